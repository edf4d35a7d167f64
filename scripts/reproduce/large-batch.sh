#!/bin/bash
# large-batch.sh - does one cycle keep large batches in step? LeNet on MNIST, and on CIFAR-10 ResNet-20 and
# a whitened network of six convolutions, at batches of 128 to 8192, the same number of epochs each: SGD
# whose highest rate grows linearly with the batch, LARS and LAMB, whose rates grow with its root. Default:
# 6 epochs, one seed. --quick: MNIST alone, 2 epochs, four sizes. --full: 30 epochs. In the environment
# SETS (mnist cifar whitened resnet9), ARMS (sgd lars lamb), BATCHES and EPOCHS choose among these cells or
# say other numbers: each cell is a run of its own, so they may be run over several sittings, and --report
# shows those there are.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin large-batch "$@"

sets=mnist\ cifar\ whitened batches=128\ 256\ 512\ 1024\ 2048\ 4096\ 8192 epochs=6
case $size in
quick) sets=mnist batches=128\ 512\ 2048\ 8192 epochs=2 ;;
full) epochs=30 ;;
esac
read -ra sets <<<"${SETS:-$sets}"
read -ra arms <<<"${ARMS:-sgd lars lamb}"
read -ra batches <<<"${BATCHES:-$batches}"
epochs=${EPOCHS:-$epochs} seeds=${seeds:-1}
declare -A file_of=() called=([mnist]='LeNet, MNIST' [cifar]='ResNet-20, CIFAR-10' [whitened]='whitened, CIFAR-10'
    [resnet9]='ResNet-9, CIFAR-10')
# The highest rate at a batch of 128. Those of cifar and whitened come from a few trials of 8 epochs at 1024 and
# 4096 (docs/results/README.md), lars of the latter alone; the others from smaller batches here, from D. Page's
# ResNet and from the range that docs/GUIDE.md names.
declare -A rate=([mnist-sgd]=0.05 [cifar-sgd]=0.2 [whitened-sgd]=0.2 [resnet9-sgd]=0.1 [mnist-lars]=4
    [cifar-lars]=10 [whitened-lars]=10 [resnet9-lars]=10 [mnist-lamb]=0.006 [cifar-lamb]=0.015
    [whitened-lamb]=0.01 [resnet9-lamb]=0.01)

for set in "${sets[@]}"; do
    [ -n "${called[$set]:-}" ] || fail "SETS: $set; expected mnist, cifar, whitened or resnet9"
    if [ "$set" != mnist ]; then cifar10; elif [ "$only_report" = 0 ]; then mnist; fi
    file_of[$set]=${file:-}
done
for arm in "${arms[@]}"; do [ -n "${rate[mnist-$arm]:-}" ] || fail "ARMS: $arm; expected sgd, lars or lamb"; done

# options SET ARM BATCH: what a cell has that its recipe has not
options() {
    local scale=sqrt more=()
    case $2 in
    sgd) scale=linear ;;
    # Tensors that are not adapted would follow the large rate of lars as it is.
    lars) more=('optimizer.groups=["*bn*|*norm*|*.bias","*"]' 'optimizer.rate_factors=[0.02,1]') ;;
    lamb) more=(optimizer.weight_decay=0.01) ;;
    esac
    [ "$1" != cifar ] || more+=(model.zero_gamma=true)
    case $1-$2 in resnet9-sgd | whitened-sgd) more+=(optimizer.nesterov=true) ;; esac
    printf -- '--set %s ' "optimizer.name=$2" "batch.size=$3" "schedule.max_lr=${rate[$1-$2]}" \
        schedule.base_batch=128 "schedule.scale_lr=$scale" "${more[@]}"
    echo
}
max_lr() { # SET ARM BATCH
    awk -v r="${rate[$1-$2]}" -v b="$3" -v linear="$([ "$2" = sgd ] && echo 1)" \
        'BEGIN { printf "%.3g", r * (linear ? b / 128 : sqrt(b / 128)) }'
}

if [ "$only_report" = 0 ]; then
    for seed in $(seq "$seeds"); do
        for set in "${sets[@]}"; do
            for batch in "${batches[@]}"; do
                for arm in "${arms[@]}"; do
                    read -ra more < <(options "$set" "$arm" "$batch")
                    add "$set-$arm-$batch-s$seed" "large-batch-$set.yaml" --set "data.file=${file_of[$set]}" \
                        --set "train.seed=$seed" --set "train.epochs=$epochs" "${more[@]}"
                done
            done
        done
    done
fi
run_queue

# each CMD...: CMD SET ARM BATCH for every cell that has runs
each() {
    local set arm batch
    for set in "${sets[@]}"; do
        for arm in "${arms[@]}"; do
            for batch in "${batches[@]}"; do
                [ -z "$(seeds_of "$set-$arm-$batch")" ] || "$@" "$set" "$arm" "$batch"
            done
        done
    done
}
list() { seeds_of "$1-$2-$3"; }
cell() { # a line for each run
    local run
    for run in $(list "$@"); do
        case $(status "$run") in done | diverged) ;; *) continue ;; esac
        echo "$1,$2,$3,${run##*-s},$(of_run "$run" steps),$(max_lr "$@"),$(status "$run"),$(of_run "$run" test_accuracy),$(of_run "$run" seconds)"
    done
}
mean_of() { # SET ARM BATCH: 88.86, or something else than a number
    local runs
    mapfile -t runs < <(list "$@")
    mean_sd test_accuracy "${runs[@]}" | awk '{ print $1 }'
}
row() {
    local runs best
    mapfile -t runs < <(list "$@")
    best=$(for arm in "${arms[@]}"; do mean_of "$1" "$arm" 128; done |
        awk '/^[0-9]+[.]/ && $1 > best { best = $1 } END { print best }')
    echo "| ${called[$1]} | $2 | $3 | $(max_lr "$@") | $(of_run "${runs[0]}" steps) | $(mean_sd test_accuracy "${runs[@]}")" \
        "| $(mean_of "$@" | awk -v best="$best" '/^[0-9]+[.]/ && best != "" { printf "%+.2f", $1 - best; n++ } END { if (!n) printf "–" }') |"
}
# bounds SET: the accuracies of a panel with a percent of room
bounds() {
    awk -F, -v set="$1" '$1 == set && $7 == "done" {
            if (!n++ || $8 < low) low = $8
            if ($8 > high) high = $8
        }
        END { if (n) printf "[%.4g:%.4g]", 100 * low - 0.5, 100 * high + 0.5; else printf "[0:100]" }' "$out-cells.csv"
}

mapfile -t runs < <(each list)
[ ${#runs[@]} -gt 0 ] || fail "no runs in $work"
csv "${runs[@]}" >"$out.csv"
{
    echo data,optimizer,batch,seed,steps,max_lr,status,test_accuracy,seconds
    each cell
} >"$out-cells.csv"
draw "$out.png" <<END
set multiplot layout 1,${#sets[@]} title "One cycle at equal epochs: test accuracy against batch"
set logscale x 2; set xlabel 'batch'; set ylabel 'test accuracy (%)'; set xrange [100:10400]
set xtics (128, 512, 2048, 8192); set key bottom left
$(for set in "${sets[@]}"; do
    echo "set title '${called[$set]}'; set yrange $(bounds "$set")"
    printf 'plot '
    for arm in "${arms[@]}"; do
        printf "'%s-cells.csv' using (strcol(1) eq '%s' && strcol(2) eq '%s' && strcol(7) eq 'done' ? \$3 : NaN):(100*\$8) with linespoints pt 7 lw 2 title '%s', " "$out" "$set" "$arm" "$arm"
    done
    echo "NaN notitle"
done)
unset multiplot
END
{
    cat <<END
# One cycle and large batches

Smith (2018) recommends the largest batch that fits in memory, with a larger learning rate: one cycle should keep its
accuracy at the same number of epochs, that is, with fewer steps. Goyal et al. (2017) let the rate of SGD grow with
the batch; LARS (You et al. 2017) and LAMB (You et al. 2020) give each layer a rate by its norms. The papers have no
table of these batch sizes for these networks, so there is no published column.

Setup: $epochs epochs of fastai v1's cycle; ${cifar_kind:-MNIST alone}.
Crops and flips on CIFAR-10; blocks of ResNet-20 begin as their shortcuts (\`model.zero_gamma\`). The highest rate is that of
a batch of 128 times batch / 128 (sgd), or the root of it (lars, lamb). A shard is 32 images at any batch size, so batch
normalisation always sees the same number. One row for each cell that has ended, from \`${out##*/}-cells.csv\`; the
last column is the difference in points to the best result of the same network with a batch of 128.

![Test accuracy against batch](${out##*/}.png)

| network, data | optimiser | batch | highest rate | steps | test accuracy at the end (%) | against 128 |
|---|---|---|---|---|---|---|
END
    each row
    provenance
} >"$out.md"
echo "$out.md"
