#!/bin/bash
# clr.sh - Smith 2017 (CLR), Figure 1 and Table 1 on CIFAR-10: Caffe's cifar10_full at its fixed
# rates (70,000 steps) against cyclical ones (25,000), and the step at which each reaches the fixed
# run's final accuracy. All arms are shortened alike: to 1/2 (default) or 1/20 (--quick); --full is
# not shortened. Rates are ten times Caffe's at any length: the page says why.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin clr "$@"

scale=2 factor=10
case $size in
quick) scale=20 ;;
full) scale=1 ;;
esac
arms=(fixed figure1)
[ "$size" = quick ] || arms+=(triangular2)
seeds=${seeds:-1}
declare -A steps=([fixed]=$((70000 / scale)) [figure1]=$((25000 / scale))
    [triangular2]=$((25000 / scale)))
times() { awk -v a="$1" -v b="$factor" 'BEGIN { print a * b }'; }

cifar10
for seed in $(seq "$seeds"); do
    for arm in "${arms[@]}"; do
        rates=(--set "schedule.lr=$(times 0.001)")
        [ "$arm" != triangular2 ] || rates=(--set "schedule.base_lr=$(times 0.001)" --set "schedule.max_lr=$(times 0.006)")
        add "$arm-s$seed" "clr-$arm.yaml" --set "data.file=$file" --set "train.seed=$seed" \
            --set "train.max_steps=${steps[$arm]}" "${rates[@]}"
    done
done
run_queue

runs=()
for arm in "${arms[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm"); done
csv "${runs[@]}" >"$out.csv"

# The first evaluation at or above the fixed run's last one, of the same seed. An evaluation is an
# epoch, 500 steps.
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

L. N. Smith, *Cyclical Learning Rates for Training Neural Networks* (2017): with cyclical rates Caffe's
\`cifar10_full\` reaches in 25,000 steps what takes it 70,000 at its fixed rates, 81.4 %.

Here: the model \`cifar_full\` on $cifar_kind; batch 100, momentum 0.9, weight decay 0.004, no
augmentation. All arms have $([ "$scale" = 1 ] && echo "the paper's steps" || echo "1/$scale of the paper's steps") and $factor times its rates: Caffe's are for
bytes less a mean image, whose deviation is about 60, and for initial weights to match; here inputs
have a deviation of 1, and at Caffe's own rates the fixed arm is far from what it can learn even
after 24,500 steps (74.6 %).

- \`fixed\`: $(times 0.001) for 6/7 of ${steps[fixed]} steps, then a tenth and a hundredth of it (1/14 each).
- \`figure1\`: cycles between $(times 0.001) and $(times 0.005), later at a tenth and a hundredth of that; ${steps[figure1]} steps.
$([ "$size" = quick ] || echo "- \`triangular2\`: cycles between $(times 0.001) and $(times 0.006), each half as high as the one before; whole cycles only, so 24/25 of ${steps[triangular2]} steps.")

![Test accuracy against step](${out##*/}.png)

| arm | steps | test accuracy (%) | reaches the fixed run's final accuracy at step (of its length) | published: steps | accuracy (%) |
|---|---|---|---|---|---|
END
    for arm in "${arms[@]}"; do
        mapfile -t these < <(seeds_of "$arm")
        published='70,000 | 81.4'
        [ "$arm" = fixed ] || published='25,000 | 81.4'
        echo "| $arm | ${steps[$arm]} | $(mean_sd test_accuracy "${these[@]}") | $(reached "$arm") | $published |"
    done
    cat <<END

Evaluations are 500 steps (an epoch) apart, so that is how finely steps can be told. Differences from
the paper: images are divided by their deviation a channel after the mean is taken off, where Caffe
takes off a mean image from bytes; initial weights are uniform (PyTorch's), not Caffe's; the last
layer has the weight decay of the others (Caffe's is 250 times as strong); biases have no decay and
the rates of the weights. So only the comparison of arms is the paper's, not the absolute figures.
END
    provenance
} >"$out.md"
echo "$out.md"
