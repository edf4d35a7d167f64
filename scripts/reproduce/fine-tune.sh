#!/bin/bash
# fine-tune.sh - what weights to begin with are worth: LeNet trained on the digits 0 to 4, then
# fine-tuned (fastai v2's fine_tune) on 50 images of each of the digits 5 to 9, against training from
# nothing for as many steps, each at three rates. --quick: one seed. --full: five.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin fine-tune "$@"

case $size in
quick) seeds=${seeds:-1} ;;
full) seeds=${seeds:-5} ;;
*) seeds=${seeds:-3} ;;
esac
rates=(0.01 0.03 0.1)

# digits FIRST LAST MOST SPLIT >CSV: images of these digits, the first MOST of each
digits() {
    python3 - "$@" <<'PY'
import sys
first, last, most = map(int, sys.argv[1:4])
names = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
         "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}[sys.argv[4]]
images, labels = (open("datasets/mnist/" + name, "rb").read() for name in names)
print(",".join(f"p{i}" for i in range(784)) + ",digit")
seen = [0] * 10
for i, label in enumerate(labels[8:]):
    if first <= label <= last and seen[label] < most:
        seen[label] += 1
        print(",".join(map(str, images[16 + 784 * i : 800 + 784 * i])) + f",{label}")
PY
}

# set_of NAME FIRST LAST MOST: a data set; classes have the digits' names
set_of() {
    [ ! -f "$work/$1.h5" ] || return 0
    digits "$2" "$3" "$4" train >"$work/$1.csv"
    digits "$2" "$3" 100000 test >"$work/$1-test.csv"
    "$onecycle" import csv "$work/$1.csv" "$work/$1.h5" --label digit --shape 1x28x28 \
        --test "$work/$1-test.csv" >/dev/null || fail "the digits cannot be imported"
    rm "$work/$1.csv" "$work/$1-test.csv"
}

if [ "$only_report" = 0 ]; then
    datasets/mnist/fetch.sh || fail "MNIST cannot be had; see datasets/mnist/README.md"
    set_of first 0 4 100000
    set_of few 5 9 50
fi
work_full=$(cd "$work" && pwd)
for seed in $(seq "$seeds"); do
    add "first-s$seed" fine-tune-first.yaml --set "data.file=$work_full/first.h5" \
        --set "train.seed=$seed"
done
run_queue
queue=()
for seed in $(seq "$seeds"); do
    for rate in "${rates[@]}"; do
        options=(fine-tune-few.yaml --set "data.file=$work_full/few.h5" --set "train.seed=$seed"
            --set "schedule.max_lr=$rate")
        # The same recipe as `onecycle fine-tune ... --epochs 9 --lr-mult 10`.
        add "fine-tune-$rate-s$seed" "${options[@]}" --set schedule.name=fine_tune \
            --set schedule.lr_mult=10 --init "$work_full/first-s$seed"
        add "nothing-$rate-s$seed" "${options[@]}"
    done
done
run_queue

# frozen RUN FROM: do all tensors but the last layer's have the bits of FROM after the first cycle?
frozen() {
    local scratch
    scratch=$(mktemp -d)
    "$onecycle" export weights "$work/$1/checkpoints/step-000000010.h5" "$scratch/a.npz" >/dev/null
    "$onecycle" export weights "$work/$2" "$scratch/b.npz" >/dev/null
    python3 - "$scratch/a.npz" "$scratch/b.npz" <<'PY'
import sys, zipfile
a, b = (zipfile.ZipFile(path) for path in sys.argv[1:])
same = [name for name in a.namelist() if a.read(name) == b.read(name)]
print(len(same), "of", len(a.namelist()), "tensors:", ", ".join(sorted(n[:-4] for n in same)))
PY
    rm -r "$scratch"
}

runs=()
for arm in fine-tune nothing; do
    for rate in "${rates[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm-$rate"); done
done
csv "${runs[@]}" >"$out.csv"
draw "$out.png" <<END
set title "LeNet on 250 images of the digits 5 to 9, max_lr ${rates[1]}"
set xlabel 'epoch'; set ylabel 'test accuracy (%)'
plot $(for run in "${runs[@]}"; do
    [[ $run == *-${rates[1]}-* ]] || continue
    [[ $run == fine* ]] && colour='#d62728' || colour='#1f77b4'
    echo "'$out.csv' using (strcol(1) eq '$run' ? \$2 : NaN):(100*\$7) with linespoints pt 7 ps 0.5 lc rgb '$colour' $([[ $run == *-s1 ]] && echo "title '${run%-${rates[1]}-s1}'" || echo notitle), "
done | paste -sd ' ')
END
{
    cat <<END
# Fine-tuning LeNet: five digits after five others

LeNet is trained on the digits 0 to 4 of MNIST (2 epochs of 1cycle up to 0.05, batch 128). It is then fine-tuned
on 50 images of each of the digits 5 to 9, as in fastai v2's \`fine_tune\`: one epoch of the last layer alone, then nine
epochs of all layers, with a tenth of the rate for the layers before the last. (fastai's default of a hundredth is meant
for deep networks trained on much data; with it the first two rows are 89.56 and 90.74, no better than training from
scratch.) The alternative is the same network from random weights, on the same images, for as many steps (100, batch
25), in one cycle. The table has the final accuracy on all test images of the digits 5 to 9. Compare the best of each
column.

![Test accuracy against epoch](${out##*/}.png)

| max_lr | fine-tuned (%) | from scratch (%) |
|---|---|---|
END
    for rate in "${rates[@]}"; do
        mapfile -t tuned < <(seeds_of "fine-tune-$rate")
        mapfile -t fresh < <(seeds_of "nothing-$rate")
        echo "| $rate | $(mean_sd test_accuracy "${tuned[@]}") | $(mean_sd test_accuracy "${fresh[@]}") |"
    done
    mapfile -t first < <(seeds_of first)
    cat <<END

The first runs reach $(mean_sd test_accuracy "${first[@]}") % on the digits 0 to 4. Their five classes have other
names than those of the second set, so the last layer is reinitialised automatically. After the first cycle of
\`fine-tune-${rates[0]}-s1\` the following are bit-identical to the first run: $(frozen "fine-tune-${rates[0]}-s1" first-s1).
END
    provenance
} >"$out.md"
echo "$out.md"
