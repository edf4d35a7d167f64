#!/bin/bash
# compare_training.sh [OPTION]... [ROW]... - whole trainings of onecycle and of PyTorch by the same recipe,
# in turn, on the same cores: seconds of training and test accuracy at the end. Installs nothing.
#   lenet, mnist_cnn   on MNIST: 3 epochs, batch 128, max_lr 0.05
#   resnet20           on CIFAR-10: 10 epochs, batch 512, max_lr 0.8, crops and flips (half an hour)
#   --seeds N       turns of each side, with the seeds 1 to N (3)
#   --peer VERSION  as compare_pytorch.sh's
#   --mnist FILE, --cifar10 FILE   the data sets (where datasets/*/README.md makes them)
#   --output FILE   where the table goes besides standard output
# PyTorch is one process of two threads in the best of four configurations of each version (NCHW or
# channels_last; as it comes, or tuned as in compare_pytorch.sh), found in 60 steps of each; onecycle is
# two ranks. The ratio is of the two trainings with the same seed, which are neighbours in time: its
# median counts.
# Seconds are of training without evaluation, as both sides count them. Both have OneCycleLR's cycle
# and weight decay 5e-4; each draws its own initial weights, order and crops.
# Variables: as compare_pytorch.sh.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/pytorch.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/peers.sh"
command=("tests/bench/compare_training.sh" "$@")
seeds=3 output="" rows=()
declare -A file=([mnist]=$root/datasets/mnist/mnist.h5 [cifar10]=$root/datasets/cifar10/cifar10.h5)
declare -A data=([lenet]=mnist [mnist_cnn]=mnist [resnet20]=cifar10)
declare -A recipe=([mnist]=lenet [cifar10]=resnet20-1cycle)
declare -A how=([mnist]="--epochs 3 --batch 128 --max-lr 0.05"
    [cifar10]="--epochs 10 --batch 512 --max-lr 0.8 --crop 4 --flip")
declare -A sets=([mnist]="schedule.dialect=torch") # beside the recipe

while [ $# -gt 0 ]; do
    case $1 in
    --seeds | --peer | --mnist | --cifar10 | --output)
        [ $# -gt 1 ] || die "$1: its value is missing"
        case $1 in
        --seeds) whole "$1" "$2"; seeds=$2 ;;
        --peer) want_peer "$1" "$2" ;;
        --output) output=$2 ;;
        *) file[${1#--}]=$(realpath "$2") ;;
        esac
        shift 2 ;;
    --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    *)
        [ -n "${data[$1]:-}" ] || die "$1: expected an option (see --help) or lenet, mnist_cnn, resnet20"
        rows+=("$1")
        shift ;;
    esac
done
[ ${#rows[@]} -gt 0 ] || rows=(lenet mnist_cnn)
for row in "${rows[@]}"; do
    [ -f "${file[${data[$row]}]}" ] || die "${file[${data[$row]}]}: not there (see datasets/${data[$row]}/README.md)"
done
modules=(torch h5py)
check_machine
find_peers

# ROW SEED -> "seconds accuracy"
train_onecycle() {
    local set=${data[$1]} options=() one
    for one in ${sets[$set]:-}; do options+=(--set "$one"); done
    rm -rf "$scratch/run"
    OPENBLAS_NUM_THREADS=1 "$mpirun" -n "$cores" "$onecycle" train \
        "$root/datasets/$set/${recipe[$set]}.yaml" --set "model=$1" --set "data.file=${file[$set]}" \
        --set "train.seed=$2" "${options[@]}" --run-dir "$scratch/run" --quiet >/dev/null
    "$python" -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(r["seconds"], r["test_accuracy"])' "$scratch/run/summary.json"
}

# ROW SEED PEER CONFIGURATION OPTION... -> "seconds accuracy"
train_pytorch() {
    local set=${data[$1]}
    # shellcheck disable=SC2086
    run_peer "$3" "$4" pytorch_train.py --net "$1" --data "$(share_file "$3" "${file[$set]}")" \
        ${how[$set]} --seed "$2" --threads "$cores" "${@:5}" >"$scratch/json"
    "$python" -c 'import json, sys
r = json.loads(open(sys.argv[1]).readlines()[-1])
print(r["seconds"], r["test_accuracy"])' "$scratch/json"
}

mean() { # COLUMN FILE -> "mean, least to most"
    cut -d ' ' -f "$1" "$2" | awk '{ s += $1; if (NR == 1 || $1 < a) a = $1; if (NR == 1 || $1 > b) b = $1 }
        END { printf "%.4f (%.4f to %.4f)", s / NR, a, b }'
}

measure() { # ROW -> its lines of the table
    local peer kind best ratio seed
    echo "$1: PyTorch's configurations" >&2
    for peer in "${peers[@]}"; do
        for kind in "" t c ct; do
            echo "$(train_pytorch "$1" 1 "$peer" "1x$cores$kind" --limit 60) $peer 1x$cores$kind"
        done
    done | sort -g >"$scratch/screened"
    best=$(sed -n 1p "$scratch/screened" | cut -d ' ' -f 3,4)
    rm -f "$scratch"/turn-*
    for ((seed = 1; seed <= seeds; seed++)); do
        echo "$1: seed $seed of $seeds: onecycle, $best" >&2
        train_onecycle "$1" "$seed" >>"$scratch/turn-onecycle"
        # shellcheck disable=SC2086
        train_pytorch "$1" "$seed" $best >>"$scratch/turn-pytorch"
    done
    paste -d ' ' "$scratch/turn-onecycle" "$scratch/turn-pytorch" |
        awk '{ printf "%.4f\n", $1 / $3 }' | sort -g >"$scratch/ratios"
    ratio=$(printf '%.2f (%.2f to %.2f)' "$(median 1 "$scratch/ratios")" \
        "$(head -n 1 "$scratch/ratios")" "$(tail -n 1 "$scratch/ratios")")
    awk -v row="$1" -v ratio="$ratio" -v ours="$(median 1 "$scratch/turn-onecycle")" -v best="$best" \
        -v peer="$(median 1 "$scratch/turn-pytorch")" \
        'BEGIN { printf "%-10s %9.1f s %9.1f s %-11s %s\n", row, ours, peer, best, ratio }'
    echo "#   test accuracy, mean: onecycle $(mean 2 "$scratch/turn-onecycle")," \
        "PyTorch $(mean 2 "$scratch/turn-pytorch")"
    echo "#   seconds: onecycle $(cut -d ' ' -f 1 "$scratch/turn-onecycle" | xargs printf '%.1f ')" \
        "PyTorch $(cut -d ' ' -f 1 "$scratch/turn-pytorch" | xargs printf '%.1f ')"
    echo "#   tried, seconds of 60 steps: $(awk '{ printf "%s%s %s %.1f", sep, $3, $4, $1; sep = ", " }' "$scratch/screened")"
}

{
    echo "# Trainings by the same recipe, onecycle and PyTorch in turn on the same $cores cores, float32"
    {
        echo "# ${command[*]}"
        versions ""
        peer_lines
    } | wrap
    echo "# onecycle: $cores ranks x 1 thread. PyTorch: version, 1 process x $cores threads; c channels_last," \
        "t tuned."
    echo "# Medians of the seconds of training, without evaluation, over $seeds seeds; ratio: seed by seed,"
    echo "# median (lowest to highest)."
    printf '%-10s %11s %11s %-11s %s\n' network onecycle PyTorch as ratio
    for row in "${rows[@]}"; do
        measure "$row" | wrap
    done
} | tee "$scratch/table"
[ -z "$output" ] || cp "$scratch/table" "$output"
