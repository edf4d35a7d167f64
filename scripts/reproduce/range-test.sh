#!/bin/bash
# range-test.sh - the learning-rate range test of Smith's papers: the rate rises in a straight line
# from 0 to 3 during one short training of a CIFAR ResNet, and accuracy against the rate shows where
# it begins to learn and up to where it still does, which are the bounds of a cycle.
# Default: ResNet-20 and 56, 1000 and 500 steps of 256. --quick: ResNet-20, 120 steps. --full: both,
# 5000 steps of 1000 images, as the paper.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin range-test "$@"

models=(resnet20 resnet56) each=8
declare -A steps=([resnet20]=1000 [resnet56]=500)
options=()
case $size in
quick) models=(resnet20) steps=([resnet20]=120) each=24 ;;
full)
    steps=([resnet20]=5000 [resnet56]=5000) each=8
    options=(--set batch.size=1000 --set batch.shards=8)
    ;;
esac
cifar10

# A test leaves its folder only at its end, so what is there is whole. No resume within one.
for model in "${models[@]}"; do
    if [ -f "$work/$model/suggestions.csv" ] || [ "$only_report" = 1 ]; then continue; fi
    rm -rf "${work:?}/$model"
    echo "$name: $model, ${steps[$model]} steps"
    (parallel "$onecycle" range-test "$recipes/range.yaml" --linear --max-lr 3 \
        --steps "${steps[$model]}" --set "model.name=$model" --set "data.file=$file" \
        "${options[@]}" --out "$work/$model") >"$work/$model.log" 2>&1 ||
        fail "the test of $model failed, see $work/$model.log"
done

field() { # MODEL COLUMN: of its suggestions.csv, or –
    awk -F, -v want="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) c = i }
        NR == 2 { if (c && $c != "nan") printf "%.3g", $c; else printf "–" }' \
        "$work/$1/suggestions.csv"
}

{
    echo "network,step,lr,loss,smoothed_loss,accuracy"
    for model in "${models[@]}"; do
        [ ! -f "$work/$model/range.csv" ] ||
            awk -F, -v OFS=, -v m="$model" 'NR > 1 { print m, $2, $3, $4, $5, $6 }' \
                "$work/$model/range.csv"
    done
} >"$out.csv"

# Accuracies of single batches are noise: the drawing has their means over 2 x each + 1 steps.
awk -F, -v OFS=, -v each=$each '
    NR == 1 { next }
    { n[$1]++; lr[$1, n[$1]] = $3; a[$1, n[$1]] = $6 }
    END {
        for (m in n)
            for (i = 1; i <= n[m]; i++) {
                s = k = 0
                for (j = i - each; j <= i + each; j++)
                    if (j >= 1 && j <= n[m]) { s += a[m, j]; k++ }
                print m, lr[m, i], s / k
            }
    }' "$out.csv" | sort -t, -k1,1 -k2,2g >"$work/smooth.csv"
mark() { # MODEL COLUMN COLOUR: a dashed line, its number on the side that has more room
    local at side='left at'
    at=$(field "$1" "$2")
    [ "$at" != – ] || return 0
    [[ $at != [23]* ]] || side='right at'
    echo "set arrow from $at, graph 0 to $at, graph 1 nohead lw 2 dt 2 lc rgb '$3'"
    echo "set label '$at' $side $at, graph $([ "$2" = smith ] && echo 0.03 || echo 0.97) offset $([ "$side" = 'left at' ] && echo 0.5 || echo -0.5),0 tc rgb '$3'"
}
draw "$out.png" <<END
set multiplot layout 1,${#models[@]} title "Range test on CIFAR-10: accuracy of training batches against the learning rate"
set xlabel 'learning rate'; set ylabel 'accuracy (%)'; set xrange [0:3]; set yrange [0:*]; unset key
$(for model in "${models[@]}"; do
    [ -f "$work/$model/suggestions.csv" ] || continue
    echo "unset arrow; unset label"
    mark "$model" accuracy_rises_at '#2ca02c'
    mark "$model" smith '#d62728'
    echo "set title '$model, ${steps[$model]} steps; dashed: lower and upper bound'"
    echo "plot '$work/smooth.csv' using (strcol(1) eq '$model' ? \$2 : NaN):(100*\$3) with lines lw 2 lc rgb '#1f77b4'"
done)
unset multiplot
END
{
    cat <<END
# Range test of CIFAR ResNets

L. N. Smith's range test is one short training run in which the learning rate only rises. The rate at which accuracy
begins to rise is the lower bound of a cycle; the rate before it becomes ragged or falls is the upper bound
(*Cyclical Learning Rates*, 2017, section 3.3). In *Super-Convergence* (2018) ResNet-56 still has high
accuracy at a rate of 3; this is how very large rates were found to work.

Setup: $cifar_kind; \`onecycle range-test --linear --max-lr 3\`, batch $([ "$size" = full ] && echo 1000 || echo 256), momentum 0.9, weight decay 1e-4, flips.
The plot shows accuracies of training batches, averaged over $((2 * each + 1)) steps.

![Accuracy against learning rate](${out##*/}.png)

| network | steps | lower bound | upper bound | best accuracy (%), at rate | accuracy at the end (%) | published |
|---|---|---|---|---|---|---|
END
    for model in "${models[@]}"; do
        published='–'
        [ "$model" != resnet56 ] || published='5000 steps of 1000: best 81.6 % (test) at 1.2 of 3'
        echo "| $model | ${steps[$model]} | $(field "$model" accuracy_rises_at) | $(field "$model" smith) | $(
            awk -F, -v m="$model" '$1 == m { last = $3; if ($3 > best) { best = $3; at = $2 } }
                END { printf "%.1f, %.2f | %.1f", 100 * best, at, 100 * last }' "$work/smooth.csv"
        ) | $published |"
    done
    provenance
} >"$out.md"
echo "$out.md"
