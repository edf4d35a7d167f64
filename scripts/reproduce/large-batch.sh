#!/bin/bash
# large-batch.sh - does one cycle keep large batches in step? LeNet on MNIST and ResNet-20 on CIFAR-10
# at batches of 128 to 4096, the same number of epochs each, the highest rate growing with the root
# of the batch. Default: 6 epochs, one seed. --quick: MNIST alone, 2 epochs, four sizes.
# --full: 30 epochs, three seeds.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin large-batch "$@"

sets=(mnist cifar) batches=(128 256 512 1024 2048 4096)
declare -A epochs=([mnist]=6 [cifar]=6) rate=([mnist]=0.05 [cifar]=0.4) files=()
case $size in
quick) sets=(mnist) batches=(128 512 2048 4096) epochs=([mnist]=2) ;;
full) epochs=([mnist]=30 [cifar]=30) seeds=${seeds:-3} ;;
esac
seeds=${seeds:-1}
max_lr() { # SET BATCH
    awk -v r="${rate[$1]}" -v b="$2" 'BEGIN { printf "%.3g", r * sqrt(b / 128) }'
}

for set in "${sets[@]}"; do
    if [ "$set" = mnist ]; then mnist; else cifar10; fi
    files[$set]=$file
done
for seed in $(seq "$seeds"); do
    for set in "${sets[@]}"; do
        for batch in "${batches[@]}"; do
            add "$set-$batch-s$seed" "large-batch-$set.yaml" --set "data.file=${files[$set]}" \
                --set "train.seed=$seed" --set "train.epochs=${epochs[$set]}" \
                --set "batch.size=$batch" --set "schedule.max_lr=$(max_lr "$set" "$batch")"
        done
    done
done
run_queue

runs=()
for set in "${sets[@]}"; do
    for batch in "${batches[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$set-$batch"); done
done
csv "${runs[@]}" >"$out.csv"
# batch, test accuracy at the end: what is drawn
for set in "${sets[@]}"; do
    for batch in "${batches[@]}"; do
        for run in $(seeds_of "$set-$batch"); do
            [ "$(status "$run")" != "done" ] || echo "$set,$batch,$(of_run "$run" test_accuracy)"
        done
    done
done >"$work/ends.csv"
draw "$out.png" <<END
set multiplot layout 1,${#sets[@]} title "One cycle at equal epochs: test accuracy against batch"
set logscale x 2; set xlabel 'batch'; set ylabel 'test accuracy (%)'; unset key; set xrange [100:5200]; set offsets graph 0, 0, 0.1, 0.1
$(for set in "${sets[@]}"; do
    echo "set title '$set, ${epochs[$set]} epochs'"
    echo "plot '$work/ends.csv' using (strcol(1) eq '$set' ? \$2 : NaN):(100*\$3) with linespoints pt 7 lw 2"
done)
unset multiplot
END
{
    cat <<END
# One cycle and large batches

Smith (2018) recommends the largest batch that fits in memory, with a larger learning rate: one cycle should keep its
accuracy at the same number of epochs, that is, with fewer steps. The papers have no table of these batch sizes for
these two networks, so there is no published column.

Setup: LeNet with batch normalisation on MNIST$([ "$size" = quick ] || echo " and ResNet-20 on $cifar_kind, crops and flips"); fastai v1's cycle; the highest rate is
${rate[mnist]} (MNIST)$([ "$size" = quick ] || echo " or ${rate[cifar]} (CIFAR-10)") at batch 128 and grows with the square root of the batch; weight decay 5e-4. A shard is
32 images at any batch size, so batch normalisation always sees the same number.

![Test accuracy against batch](${out##*/}.png)

| data, epochs | batch | highest rate | steps | test accuracy at the end (%) |
|---|---|---|---|---|
END
    for set in "${sets[@]}"; do
        for batch in "${batches[@]}"; do
            mapfile -t these < <(seeds_of "$set-$batch")
            [ ${#these[@]} -gt 0 ] || continue
            echo "| $set, ${epochs[$set]} | $batch | $(max_lr "$set" "$batch") | $(of_run "${these[0]}" steps) | $(mean_sd test_accuracy "${these[@]}") |"
        done
    done
    provenance
} >"$out.md"
echo "$out.md"
