#!/bin/bash
# super-convergence.sh - Smith and Topin 2018: a CIFAR ResNet in one cycle of N steps with a large
# rate against piecewise constant rates in 4 N (the paper: 8 N), on all of CIFAR-10 and on 20,000
# and 10,000 of its training images.
# Default: ResNet-20, batch 256, N = 1000, three seeds with 10,000 images and one with more, 80 minutes
# of one core. --quick: 10,000 images, batch 64, N = 600, one seed.
# --full: ResNet-20 and 56, batch 1000, N = 10,000 against 80,000, rates up to 3: days.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin super-convergence "$@"

models=(resnet20) sizes=(10000 20000 50000) short=1000 ratio=4 batch=256
declare -A seeds_of_size=([10000]=3)
norm=128 base_div=10 peak=1 rate=0.1 shape=() # norm: images that batch normalisation sees
case $size in
quick)
    sizes=(10000) short=600 seeds=${seeds:-1} batch=64 norm=64 peak=0.5 rate=0.05
    shape=(--set batch.size=64 --set batch.shards=1)
    ;;
full)
    models=(resnet20 resnet56) short=10000 ratio=8 seeds=${seeds:-3} batch=1000 norm=125 base_div=30 peak=3 rate=0.35
    shape=(--set batch.size=1000 --set batch.shards=8)
    ;;
esac
long=$((ratio * short))

# subset N: the data set with N training images, as many of each class, and the whole test split
subset() {
    local n=$1 scratch=$work/images kind=images
    part=$file
    [ "$n" != 50000 ] || return 0
    part=datasets/cifar10/cifar10-$n-$(basename "$file")
    [ -f "$part" ] && return
    case $data in *.h5) fail "--data $data: smaller sets are made of images or the binary version" ;; esac
    rm -rf "$scratch"
    mkdir -p "$scratch"
    if [ -d "$data" ]; then cp -r "$data/." "$scratch"; else tar -xf "$data" -C "$scratch"; fi
    if [[ $file = *cifar10.h5 ]]; then # the first N / 5 records of each of the five batches
        kind=cifar
        find "$scratch" -name 'data_batch_*.bin' | while read -r batch_file; do
            head -c $((3073 * n / 5)) "$batch_file" >"$batch_file.part"
            mv "$batch_file.part" "$batch_file"
        done
    else # the first N / 10 images of each class by name
        find "$scratch" -path '*/train/*' -type f | sort | awk -v most=$((n / 10)) '
            { class = $0; sub(/\/[^\/]*$/, "", class); if (++seen[class] > most) print }' |
            xargs -d '\n' -r rm
    fi
    "$onecycle" import "$kind" "$scratch" "$part" >/dev/null || fail "cannot import $scratch"
    rm -rf "$scratch"
}

cifar10
arms=()
for model in "${models[@]}"; do
    for n in "${sizes[@]}"; do arms+=("$model-$n-1cycle" "$model-$n-step"); done
done
for arm in "${arms[@]}"; do
    IFS=- read -r model n policy <<<"$arm"
    subset "$n"
    for seed in $(seq "${seeds:-${seeds_of_size[$n]:-1}}"); do
        if [ "$policy" = 1cycle ]; then
            own=(--set "train.max_steps=$short" --set "schedule.max_lr=$peak"
                --set "schedule.div_factor=$base_div")
        else
            own=(--set "train.max_steps=$long" --set "schedule.lr=$rate")
        fi
        add "$arm-s$seed" "super-$policy.yaml" --set "data.file=$part" --set "model.name=$model" \
            --set "train.seed=$seed" "${shape[@]}" "${own[@]}"
    done
done
run_queue

runs=()
for arm in "${arms[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm"); done
csv "${runs[@]}" >"$out.csv"
shown=${models[-1]} panels=${#sizes[@]}
draw "$out.png" <<END
set terminal pngcairo size $((panels > 1 ? 1400 : 900)),500 font 'sans,11' background 'white'
set output '$out.png'
set multiplot layout 1,$panels title "CIFAR-10, $shown: one cycle of $short steps against piecewise constant rates in $long"
set xlabel 'step'; set ylabel 'test accuracy (%)'; set yrange [10:*]; set xtics $((long / 4))
$(for n in "${sizes[@]}"; do
    echo "set title '$n training images'"
    echo "plot $(for run in $(seeds_of "$shown-$n-1cycle") $(seeds_of "$shown-$n-step"); do
        [[ $run = *1cycle* ]] && look="'#d62728' title 'one cycle'" || look="'#1f77b4' title 'piecewise constant'"
        [[ $run = *-s1 ]] || look="${look% title*} notitle"
        echo "'$out.csv' using (strcol(1) eq '$run' ? \$3 : NaN):(100*\$7) with linespoints pt 7 ps 0.4 lc rgb $look,"
    done | paste -sd ' ')"
done)
unset multiplot
END
published() {
    case $1 in # CLR in 10,000 steps / step in 80,000, batch 1000, from Smith's logs
    resnet20-50000-1cycle) echo 90.42 ;;
    resnet20-50000-step) echo 88.64 ;;
    resnet56-50000-1cycle) echo 92.44 ;;
    resnet56-50000-step) echo 90.32 ;;
    *-20000-1cycle) echo '87.92 (ResNet-56)' ;;
    *-20000-step) echo '62.33 (ResNet-56)' ;;
    *-10000-1cycle) echo '80.59 (ResNet-56)' ;;
    *-10000-step) echo '71.20 (ResNet-56)' ;;
    esac
}
{
    cat <<END
# Super-convergence on CIFAR-10

L. N. Smith and N. Topin, *Super-Convergence* (2018): one cycle with a very large rate trains a ResNet in an
eighth of the steps to a higher accuracy than piecewise constant rates. The fewer training images there are, the larger
the advantage.

Setup: $cifar_kind; batch $batch, batch normalisation over $norm images, weight decay 1e-4, flips only.
\`1cycle\`: $short steps, rates $(awk -v p="$peak" -v d="$base_div" 'BEGIN { print p / d }') to $peak, momentum 0.95 to 0.85, running averages adapted to the length of the cycle.
\`step\`: $long steps, rate $rate, a tenth of it after 5/8 and a hundredth after 7/8 of the steps, momentum 0.9.

![Test accuracy against step](${out##*/}.png)

| network, training images, policy | steps | test accuracy at the end (%) | published (%), 10,000 and 80,000 steps of 1000 images |
|---|---|---|---|
END
    for arm in "${arms[@]}"; do
        mapfile -t these < <(seeds_of "$arm")
        [[ $arm = *1cycle ]] && n=$short || n=$long
        echo "| $arm | $n | $(mean_sd test_accuracy "${these[@]}") | $(published "$arm") |"
    done
    cat <<END

Published figures are single runs from the logs in Smith's repository (lnsmith54/super-convergence).
$([ "$size" = full ] || cat <<'LESS'
This is far shorter than the paper: fewer steps with fewer images each. Both arms therefore end below the published
figures, the cycle more so, because 10,000 steps of the paper are 200 epochs. Compare the arms with each other.
LESS
)
END
    provenance
} >"$out.md"
echo "$out.md"
