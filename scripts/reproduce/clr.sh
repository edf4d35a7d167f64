#!/bin/bash
# clr.sh - Smith 2017 (CLR), Figure 1 on CIFAR-10: Caffe's network at its fixed rates (70,000 steps)
# against cyclical ones (the paper's in 25,000, others in 28,000), and the step at which each reaches
# the fixed run's final accuracy. Default: the paper's length, one seed, an hour and a half of one core.
# --full: three seeds. --quick: two arms, all lengths a twentieth.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin clr "$@"

scale=1 arms=(fixed figure1 triangular2 onecycle)
case $size in
quick) scale=20 arms=(fixed figure1) ;;
full) seeds=${seeds:-3} ;;
esac
seeds=${seeds:-1}
declare -A steps=([fixed]=$((70000 / scale)) [figure1]=$((25000 / scale))
    [triangular2]=$((28000 / scale)) [onecycle]=$((28000 / scale)))

cifar10
for seed in $(seq "$seeds"); do
    for arm in "${arms[@]}"; do
        length=()
        [ "$arm" != triangular2 ] || length=(--set "schedule.step_size=$((steps[$arm] / 12))")
        add "$arm-s$seed" "clr-$arm.yaml" --set "data.file=$file" --set "train.seed=$seed" \
            --set "train.max_steps=${steps[$arm]}" "${length[@]}"
    done
done
run_queue

runs=()
for arm in "${arms[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm"); done
csv "${runs[@]}" >"$out.csv"

# The first evaluation at or above the fixed run's last one, of the same seed, in parts of the fixed
# run's length. An evaluation is an epoch, 500 steps.
reached() { # ARM
    local run seed
    for run in $(seeds_of "$1"); do
        seed=${run##*-s}
        awk -F, -v run="$run" -v fixed="fixed-s$seed" '
            $1 == fixed { goal = $7; length_ = $3 }
            $1 == run { step[++n] = $3; accuracy[n] = $7 }
            END {
                for (i = 1; i <= n && accuracy[i] < goal; i++) ;
                if (i > n) print "not reached"
                else printf "%d (%.0f %%)\n", step[i], 100 * step[i] / length_
            }' "$out.csv"
    done | paste -sd ';' | sed 's/;/; /g'
}

draw "$out.png" <<END
set title "CIFAR-10, cifar_full: fixed against cyclical learning rates" noenhanced
set xlabel 'step'; set ylabel 'test accuracy (%)'; set yrange [40:*]
plot $(for run in "${runs[@]}"; do
    echo "'$out.csv' using (strcol(1) eq '$run' ? \$3 : NaN):(100*\$7) with linespoints pt 7 ps 0.6 lw 2 title '$run', "
done | paste -sd ' ')
END
{
    cat <<END
# Cyclical learning rates on CIFAR-10

L. N. Smith, *Cyclical Learning Rates for Training Neural Networks* (2017): with cyclical
learning rates, Caffe's CIFAR-10 network reaches 81.4 % in 25,000 steps; with its original rates it needs 70,000.

Setup: Caffe's \`cifar10_full\`, with Caffe's initial weights and weight decay, on $cifar_kind; batch 100, no
augmentation. $([ "$scale" = 1 ] && echo "Lengths of fixed and figure1 are the paper's." || echo "All lengths are 1/$scale of the paper's.")

- \`fixed\`: 0.001 for 6/7 of ${steps[fixed]} steps, then a tenth and a hundredth of that rate (1/14 of the steps each).
- \`figure1\`: the paper's cycles between 0.001 and 0.005, later at a tenth and a hundredth of these; ${steps[figure1]} steps.
$([ "$size" = quick ] || cat <<MORE
- \`triangular2\`: six cycles between 0.0001 and 0.01, each half as high as the one before; ${steps[triangular2]} steps.
- \`onecycle\`: one cycle, 0.001 to 0.009 and back, momentum 0.95 to 0.85, then down to a thousandth of the first rate; ${steps[onecycle]} steps.
MORE
)

![Test accuracy against step](${out##*/}.png)

| arm | steps | test accuracy (%) | reaches the fixed run's final accuracy at step (of the fixed run's length) | published: steps | accuracy (%) |
|---|---|---|---|---|---|
END
    for arm in "${arms[@]}"; do
        mapfile -t these < <(seeds_of "$arm")
        case $arm in
        fixed) published='70,000 | 81.4' ;;
        figure1) published='25,000 | 81.4' ;;
        *) published='– | –' ;;
        esac
        echo "| $arm | ${steps[$arm]} | $(mean_sd test_accuracy "${these[@]}") | $(reached "$arm") | $published |"
    done
    cat <<END

Evaluations are 500 steps (one epoch) apart, which limits the resolution of the step counts. Differences from
Caffe: the mean that is subtracted is one number per channel, not an image; each channel is scaled to unit standard
deviation; biases have the rates of the weights (in Caffe, twice these). Neither uses flips.
END
    provenance
} >"$out.md"
echo "$out.md"
