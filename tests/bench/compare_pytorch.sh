#!/bin/bash
# compare_pytorch.sh [OPTION]... [ROW]... - whole training steps of onecycle and of PyTorch, in turn,
# on the same cores. A ROW is NETWORK:BATCH, or NETWORK for all its rows. Installs nothing.
#   --rounds N      turns of each side (3)          --cores N     cores, of each side (2)
#   --seconds S     of each measurement (5)         --isa avx2    neither side may use AVX-512
#   --output FILE   where the table goes besides standard output
# PyTorch is tried in all its configurations first (1 process x N threads or N processes x 1 with
# DistributedDataParallel over gloo; NCHW or channels_last; as it comes, or tuned: the OpenMP build
# of OpenBLAS, and a malloc that keeps its memory). The two best then take turns with onecycle, N
# ranks x 1 thread with the recipe's default shards (one a rank where the default, a shard for 32
# samples, leaves a rank without). Medians; ratios are against the better one.
# Variables: ONECYCLE (build/onecycle), MPIRUN (mpirun), PYTHON (/usr/bin/python3), OPENBLAS_OPENMP
# (the folder of libopenblas.so.0 in the OpenMP build).
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/pytorch.sh"
command=("tests/bench/compare_pytorch.sh" "$@")
rows_known="resnet9:128 resnet20:128 resnet20:512 resnet56:128 resnet18:16 mnist_cnn:128 \
mnist_cnn:512 mlp:512"
declare -A layers=([mlp]="model.hidden=[512,512]") # what the default is not

rounds=3 seconds=5 isa="" output=""
rows=()

add_rows() { # ROW
    local row found=0
    for row in $rows_known; do
        if [ "$row" = "$1" ] || [ "${row%:*}" = "$1" ]; then
            rows+=("$row")
            found=1
        fi
    done
    [ "$found" = 1 ] || die "$1: expected a row of: $rows_known"
}

while [ $# -gt 0 ]; do
    case $1 in
    --rounds | --seconds | --cores | --isa | --output)
        [ $# -gt 1 ] || die "$1: its value is missing"
        case $1 in
        --rounds) whole "$1" "$2"; rounds=$2 ;;
        --seconds) whole "$1" "$2"; seconds=$2 ;;
        --cores) whole "$1" "$2"; cores=$2 ;;
        --isa) [ "$2" = avx2 ] || die "--isa $2: expected avx2"; isa=$2 ;;
        --output) output=$2 ;;
        esac
        shift 2 ;;
    --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    -*) die "$1: unknown option (see --help)" ;;
    *) add_rows "$1"; shift ;;
    esac
done
[ ${#rows[@]} -gt 0 ] || read -ra rows <<<"$rows_known"
check_programs torch
if [ "$isa" = avx2 ]; then # each side looks at its own
    export OPENBLAS_CORETYPE=Haswell ONECYCLE_KERNELS=avx2
    export DNNL_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2
fi

# FILE: "images/s GFLOP/s MiB parameters" of a measurement
reading() {
    "$python" -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["images_per_second"], r["gflops"], r["peak_bytes"]["all"] / 2**20,
      r["settings"]["parameters"])' "$1"
}

# ROW -> a reading
run_onecycle() {
    local set=${layers[${1%:*}]:-} shards=""
    [ $(((${1#*:} + 31) / 32)) -ge "$cores" ] || shards=$cores
    "$mpirun" -n "$cores" "$onecycle" bench step --model "${1%:*}" --batch "${1#*:}" \
        ${set:+--set "$set"} ${shards:+--shards "$shards"} --seconds "$seconds" --json - >"$scratch/json"
    reading "$scratch/json"
}

# ROW CONFIGURATION -> a reading. A configuration: 1xN or Nx1, then c: channels_last, t: tuned.
run_pytorch() {
    local shape=${2%%[ct]*} options=() variables=()
    [[ $2 != *c* ]] || options+=(--channels-last)
    [[ $2 != *t* ]] || variables=("${tuned[@]}")
    env "${variables[@]}" "$python" "$here/pytorch_step.py" --net "${1%:*}" --batch "${1#*:}" \
        --procs "${shape%x*}" --threads "${shape#*x}" "${options[@]}" --seconds "$seconds" \
        >"$scratch/json"
    reading "$scratch/json"
}

# All configurations of PyTorch, once; best first in $scratch/screened: "images/s CONFIGURATION".
screen() { # ROW
    local shape kind found
    for shape in $(printf '%s\n' "1x$cores" "${cores}x1" | sort -u); do
        for kind in "" t c ct; do
            [[ $1 != mlp:* || $kind != *c* ]] || continue # it has no images inside
            found=$(run_pytorch "$1" "$shape$kind")
            echo "${found%% *} $shape$kind"
        done
    done | sort -rg >"$scratch/screened"
}

measure() { # ROW -> a line of the table; its readings go to $scratch/notes
    local round who first second best other
    echo "$1: PyTorch's configurations" >&2
    screen "$1"
    first=$(sed -n 1p "$scratch/screened" | cut -d ' ' -f 2)
    second=$(sed -n 2p "$scratch/screened" | cut -d ' ' -f 2)
    rm -f "$scratch"/turn-*
    for ((round = 1; round <= rounds; round++)); do
        echo "$1: round $round of $rounds: onecycle, $first, $second" >&2
        run_onecycle "$1" >>"$scratch/turn-onecycle"
        for who in "$first" "$second"; do
            run_pytorch "$1" "$who" >>"$scratch/turn-$who"
        done
    done
    [ "$(cut -d ' ' -f 4 "$scratch"/turn-* | sort -u | wc -l)" = 1 ] ||
        die "$1: the two sides do not have the same number of parameters"
    best=$first other=$second
    if awk -v a="$(median 1 "$scratch/turn-$first")" -v b="$(median 1 "$scratch/turn-$second")" \
        'BEGIN { exit !(b > a) }'; then
        best=$second other=$first
    fi
    awk -v row="${1%:*}" -v batch="${1#*:}" -v best="$best" -v other="$other" \
        -v ours="$(median 1 "$scratch/turn-onecycle")" -v gflops="$(median 2 "$scratch/turn-onecycle")" \
        -v memory="$(median 3 "$scratch/turn-onecycle")" -v peer="$(median 1 "$scratch/turn-$best")" \
        -v peer_memory="$(median 3 "$scratch/turn-$best")" -v next_best="$(median 1 "$scratch/turn-$other")" \
        'BEGIN { printf "%-10s %5d %9.1f %7.1f %6.0f %9.1f %6.0f %-6s %9.1f %-6s %6.2f %7.2f\n", row,
            batch, ours, gflops, memory, peer, peer_memory, best, next_best, other, ours / peer,
            memory / peer_memory }'
    {
        echo "# $1: tried: $(awk '{ printf "%s%s %.1f", sep, $2, $1; sep = ", " }' "$scratch/screened")"
        for who in onecycle "$best" "$other"; do
            echo "#   $who: $(awk '{ printf "%s%.1f", sep, $1; sep = " " }' "$scratch/turn-$who")"
        done
    } >>"$scratch/notes"
}

header() {
    echo "# Training steps of onecycle and PyTorch, in turn on the same $cores cores: float32, forward,"
    echo "# cross-entropy, backward, SGD (momentum 0.9, weight decay 5e-4), one batch in memory."
    echo "# ${command[*]}"
    versions "${isa:+; limited to $isa}"
    echo "# onecycle: $cores ranks x 1 thread, default shards. PyTorch: processes x threads; c channels_last,"
    echo "# t tuned (OpenMP OpenBLAS, malloc that keeps its memory). Medians of $rounds turns of" \
        "$seconds s each;"
    echo "# GFLOP/s: 6 x multiply-adds x images/s; MiB: the most resident, all processes together."
    printf '%-10s %5s %9s %7s %6s %9s %6s %-6s %9s %-6s %6s %7s\n' network batch onecycle GFLOP/s \
        MiB PyTorch MiB as next as ratio memory
}

touch "$scratch/notes"
{
    header
    for row in "${rows[@]}"; do
        measure "$row"
    done
    echo "# Readings, images/s:"
    cat "$scratch/notes"
} | tee "$scratch/table"
[ -z "$output" ] || cp "$scratch/table" "$output"
