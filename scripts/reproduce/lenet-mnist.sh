#!/bin/bash
# lenet-mnist.sh - Smith 2018 (A disciplined approach), Table 1: LeNet on MNIST, Caffe's inverse
# decay for 85 epochs against one cycle of 12. --quick: 14 against 2, one seed. --full: four seeds,
# and one cycle of 85 epochs.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin lenet-mnist "$@"

long=85 short=12
case $size in
quick) long=14 short=2 seeds=${seeds:-1} ;;
full) seeds=${seeds:-4} ;;
*) seeds=${seeds:-3} ;;
esac
arms=("1cycle-$short" "inverse-$long")
[ "$size" != full ] || arms+=("1cycle-$long")

mnist
for seed in $(seq "$seeds"); do
    for arm in "${arms[@]}"; do
        add "$arm-s$seed" "lenet-${arm%-*}.yaml" --set "data.file=$file" \
            --set "train.seed=$seed" --set "train.epochs=${arm##*-}"
    done
done
run_queue

runs=()
for arm in "${arms[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm"); done
csv "${runs[@]}" >"$out.csv"
colour() { case $1 in 1cycle-$short*) echo '#d62728' ;; inverse*) echo '#1f77b4' ;; *) echo '#ff7f0e' ;; esac }
draw "$out.png" <<END
set title "LeNet on MNIST: inverse decay against one cycle"
set xlabel 'epoch'; set ylabel 'test accuracy (%)'; set yrange [97:99.6]
plot $(for run in "${runs[@]}"; do
    echo "'$out.csv' using (strcol(1) eq '$run' ? \$2 : NaN):(100*\$7) with linespoints pt 7 ps 0.5 lc rgb '$(colour "$run")' $([[ $run == *-s1 ]] && echo "title '${run%-s1}'" || echo notitle), "
done | paste -sd ' ')
END
# The decay does not know how long the run is: its first epochs are a run of so many epochs.
early() { # of the inverse runs, the accuracy after `short` epochs
    awk -F, -v arm="inverse-$long-s" -v at="$short" '
        index($1, arm) == 1 && $2 == at { n++; s += $7; q += $7 * $7 }
        END {
            if (n) printf "%.2f", 100 * s / n; else printf "–"
            if (n > 1) printf " ± %.2f (%d)", 100 * sqrt((q > s * s / n ? q - s * s / n : 0) / (n - 1)), n
        }' "$out.csv"
}
published() {
    case $1 in
    inverse-85) echo '99.03 ± 0.04' ;;
    1cycle-12) echo '99.25 ± 0.03' ;;
    1cycle-85) echo '99.35 ± 0.03' ;;
    *) echo '–' ;;
    esac
}
{
    cat <<END
# LeNet on MNIST in one cycle

L. N. Smith, *A disciplined approach to neural network hyper-parameters* (2018), Table 1: LeNet reaches
99.03 % in 85 epochs of Caffe's inverse decay, and 99.25 % in 12 epochs of one cycle.

Setup: the model \`lenet\`, batch 512, weight decay 5e-4. \`inverse\`: 0.01 (1 + 1e-4 k)^-0.75, momentum 0.9.
\`1cycle\`: from 0.01 up to 0.1 in 5/12 of the epochs, down in 5/12, then far below; momentum 0.95 to
0.85 and back. The number in the name is the number of epochs.$([ "$size" != quick ] || echo " This is the quick form: 1/6 of the paper's epochs in both arms.")

![Test accuracy against epoch](${out##*/}.png)

| arm | epochs | test accuracy at the end (%) | published (%) |
|---|---|---|---|
END
    for arm in "${arms[@]}"; do
        mapfile -t these < <(seeds_of "$arm")
        echo "| $arm | ${arm##*-} | $(mean_sd test_accuracy "${these[@]}") | $(published "$arm") |"
    done
    echo "| the same, its first epochs | $short | $(early) | – |"
    cat <<END

Differences from the paper: inputs are standardised (Caffe divides bytes by 256); initial weights are uniform, not
Xavier; biases have no weight decay and the same rate as weights (in Caffe, twice the rate). The last row is not in the
paper: it shows how far the decay has come when the cycle ends.
END
    provenance
} >"$out.md"
echo "$out.md"
