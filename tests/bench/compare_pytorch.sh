#!/bin/bash
# compare_pytorch.sh [OPTION]... [ROW]... - whole training steps of onecycle and of one or more versions
# of PyTorch, in turn, on the same cores. A ROW is NETWORK:BATCH, or NETWORK for all its rows. Installs
# nothing.
#   --peer VERSION  a PyTorch to compare with; may be repeated. It is this system's python3-torch (1.13
#                   in Debian 12), or that of the folder that peer-trixie.sh makes (2.6). Default: both,
#                   as far as they are there
#   --rounds N      turns of each side (5)          --cores N     cores, of each side (2)
#   --seconds S     of each measurement (5)         --isa avx2    neither side may use AVX-512
#   --screen-seconds S   of the first measurement of each configuration (2)
#   --no-compile    leaves out torch.compile        --output FILE   where the table goes besides
#                   standard output; rewritten whenever a row is finished
# Each PyTorch is first tried in all its configurations: 1 process x N threads or N processes x 1 with
# DistributedDataParallel over gloo; NCHW or channels_last; as it comes, or tuned (the OpenMP build of
# OpenBLAS, and a malloc that keeps its memory). A 2.x is also tried with torch.compile: one process,
# channels_last, tuned. The best of each PyTorch and the best of all the rest then take turns with
# onecycle: onecycle, X, onecycle, Y, onecycle ... A ratio is the mean of the two readings of onecycle
# beside a reading of PyTorch, divided by it; the median over the rounds counts, and the PyTorch in the
# table is the one with the lowest. onecycle has N ranks x 1 thread with the recipe's default shards
# (one per rank where the default, a shard for 32 samples, leaves a rank without).
# Variables: ONECYCLE (build/onecycle), MPIRUN (mpirun), PYTHON (/usr/bin/python3), OPENBLAS_OPENMP
# (the folder of libopenblas.so.0 in the OpenMP build), PEER_TRIXIE (/var/cache/onecycle/trixie).
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/pytorch.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/peers.sh"
command=("tests/bench/compare_pytorch.sh" "$@")
rows_known="resnet9:128 resnet20:128 resnet20:512 resnet56:128 resnet18:16 mnist_cnn:128 \
mnist_cnn:512 mlp:512"
declare -A layers=([mlp]="model.hidden=[512,512]") # what the default is not

rounds=5 seconds=5 screen_seconds=2 compile=1 isa="" output=""
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
    --peer | --rounds | --seconds | --screen-seconds | --cores | --isa | --output)
        [ $# -gt 1 ] || die "$1: its value is missing"
        case $1 in
        --peer) want_peer "$1" "$2" ;;
        --rounds) whole "$1" "$2"; rounds=$2 ;;
        --seconds) whole "$1" "$2"; seconds=$2 ;;
        --screen-seconds) whole "$1" "$2"; screen_seconds=$2 ;;
        --cores) whole "$1" "$2"; cores=$2 ;;
        --isa) [ "$2" = avx2 ] || die "--isa $2: expected avx2"; isa=$2 ;;
        --output) output=$2 ;;
        esac
        shift 2 ;;
    --no-compile) compile=0; shift ;;
    --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    -*) die "$1: unknown option (see --help)" ;;
    *) add_rows "$1"; shift ;;
    esac
done
[ ${#rows[@]} -gt 0 ] || read -ra rows <<<"$rows_known"
if [ "$isa" = avx2 ]; then # each side looks at its own
    limits=(OPENBLAS_CORETYPE=Haswell DNNL_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2)
    export ONECYCLE_KERNELS=avx2 "${limits[@]}"
fi
[ -z "$output" ] || touch "$output" || die "--output $output: cannot be written"
check_machine
find_peers

# FILE: "images/s GFLOP/s MiB parameters" of a measurement
reading() {
    "$python" -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["images_per_second"], r["gflops"], r["peak_bytes"]["all"] / 2**20,
      r["settings"]["parameters"])' "$1"
}

# ROW -> a reading. Ranks that share memory gain nothing from overlap, and to try it takes 15 steps.
run_onecycle() {
    local set=${layers[${1%:*}]:-} shards=""
    [ $(((${1#*:} + 31) / 32)) -ge "$cores" ] || shards=$cores
    "$mpirun" -n "$cores" "$onecycle" bench step --model "${1%:*}" --batch "${1#*:}" \
        ${set:+--set "$set"} ${shards:+--shards "$shards"} --seconds "$seconds" --set reduce.overlap=off --json - >"$scratch/json"
    reading "$scratch/json"
}

# ROW PEER CONFIGURATION SECONDS -> a reading; what PyTorch says goes to $scratch/err
run_pytorch() {
    local shape=${3%%[ctp]*}
    run_peer "$2" "$3" pytorch_step.py --net "${1%:*}" --batch "${1#*:}" --procs "${shape%x*}" \
        --threads "${shape#*x}" --seconds "$4" >"$scratch/json" 2>"$scratch/err" &&
        reading "$scratch/json"
}

configurations() { # ROW PEER
    local shape kind
    for shape in $(printf '%s\n' "1x$cores" "${cores}x1" | sort -u); do
        for kind in "" t c ct; do
            [[ $1 == mlp:* && $kind == *c* ]] || echo "$shape$kind" # it has no images inside
        done
    done
    if [ "$compile" = 1 ] && [ "${2%%.*}" -ge 2 ]; then
        if [[ $1 == mlp:* ]]; then echo "1x${cores}tp"; else echo "1x${cores}ctp"; fi
    fi
}

# All configurations of every peer, once; best first in $scratch/screened: "images/s PEER CONFIGURATION".
# One that does not run is left out, and the notes name it.
screen() { # ROW
    local peer one found
    : >"$scratch/failed"
    for peer in "${peers[@]}"; do
        echo "$1: PyTorch $peer's configurations" >&2
        for one in $(configurations "$1" "$peer"); do
            if found=$(run_pytorch "$1" "$peer" "$one" "$screen_seconds"); then
                echo "${found%% *} $peer $one"
            else
                echo "$1: PyTorch $peer $one failed: $(tail -n 1 "$scratch/err")" >&2
                echo "$peer $one" >>"$scratch/failed"
            fi
        done
    done | sort -rg >"$scratch/screened"
    for peer in "${peers[@]}"; do
        grep -q " $peer " "$scratch/screened" || die "$1: PyTorch $peer failed in every configuration"
    done
}

# The best of each peer, and the best of the rest: "PEER CONFIGURATION" each
contenders() {
    awk '!best[$2]++ { print $2, $3; next } !rest++ { print $2, $3 }' "$scratch/screened"
}

# onecycle, X, onecycle, Y, onecycle ...: readings in $scratch/turn-onecycle, and turn-0, turn-1 ...
# for each of the PEER CONFIGURATIONs
turns() { # ROW "PEER CONFIGURATION"...
    local round who row=$1 i
    shift
    rm -f "$scratch"/turn-*
    run_onecycle "$row" >"$scratch/turn-onecycle"
    for ((round = 1; round <= rounds; round++)); do
        echo "$row: round $round of $rounds: onecycle, $(printf '%s, onecycle, ' "$@" | sed 's/, $//')" >&2
        i=0
        for who in "$@"; do
            # shellcheck disable=SC2086
            run_pytorch "$row" $who "$seconds" >>"$scratch/turn-$i" ||
                die "$row: PyTorch $who failed: $(tail -n 5 "$scratch/err")"
            run_onecycle "$row" >>"$scratch/turn-onecycle"
            i=$((i + 1))
        done
    done
    [ "$(cut -d ' ' -f 4 "$scratch"/turn-* | sort -u | wc -l)" = 1 ] ||
        die "$row: the two sides do not have the same number of parameters"
}

ratios() { # NUMBER OF -> of one of so many contenders, one a round
    awk -v i="$1" -v of="$2" 'NR == FNR { ours[NR - 1] = $1; next }
        { at = of * (FNR - 1) + i; printf "%.4f\n", (ours[at] + ours[at + 1]) / 2 / $1 }' \
        "$scratch/turn-onecycle" "$scratch/turn-$1"
}

# $scratch/ranked: "ratio PEER CONFIGURATION NUMBER", the best PyTorch first
rank() { # "PEER CONFIGURATION"...
    local i=0 who
    for who in "$@"; do
        ratios "$i" $# >"$scratch/turn-ratios-$i"
        echo "$(median 1 "$scratch/turn-ratios-$i") $who $i"
        i=$((i + 1))
    done | sort -g >"$scratch/ranked"
}

numbers() { # COLUMN FORMAT FILE
    cut -d ' ' -f "$1" "$3" | awk -v format="$2" '{ printf "%s" format, sep, $1; sep = " " }'
}

measure() { # ROW -> a line of the table in $scratch/rows; its readings go to $scratch/notes
    local many ratio peer as i other
    screen "$1"
    mapfile -t many < <(contenders)
    turns "$1" "${many[@]}"
    rank "${many[@]}"
    read -r ratio peer as i <"$scratch/ranked"
    other=$(awk -v best="$peer" '$2 != best { printf "%.2f", $1; exit }' "$scratch/ranked")
    sort -g "$scratch/turn-ratios-$i" >"$scratch/sorted"
    awk -v row="${1%:*}" -v batch="${1#*:}" -v ours="$(median 1 "$scratch/turn-onecycle")" \
        -v memory="$(median 3 "$scratch/turn-onecycle")" -v theirs="$(median 1 "$scratch/turn-$i")" \
        -v their_memory="$(median 3 "$scratch/turn-$i")" -v as="$peer $as" -v ratio="$ratio" \
        -v low="$(head -n 1 "$scratch/sorted")" -v high="$(tail -n 1 "$scratch/sorted")" \
        -v other="${other:--}" \
        'BEGIN { printf "%-9s %5d %9.1f %6.0f %9.1f %6.0f %-11s %5.2f %-16s %6s %6.2f\n", row, batch,
            ours, memory, theirs, their_memory, as, ratio, sprintf("(%.2f to %.2f)", low, high),
            other, memory / their_memory }' \
        >>"$scratch/rows"
    notes "$1" "${many[@]}" | wrap >>"$scratch/notes"
}

notes() { # ROW "PEER CONFIGURATION"...
    local row=$1 i=0 who
    shift
    echo "# $row: tried: $(awk '{ printf "%s%s %s %.1f", sep, $2, $3, $1; sep = ", " }' "$scratch/screened")"
    [ ! -s "$scratch/failed" ] || echo "#   failed: $(paste -s -d , "$scratch/failed" | sed 's/,/, /g')"
    echo "#   onecycle: $(numbers 1 %.1f "$scratch/turn-onecycle");" \
        "median $(median 2 "$scratch/turn-onecycle") GFLOP/s"
    for who in "$@"; do
        echo "#   $who: $(numbers 1 %.1f "$scratch/turn-$i"); ratios $(numbers 1 %.2f "$scratch/turn-ratios-$i")"
        i=$((i + 1))
    done
}

machine() { # -> what it can do at most, in the unit in use
    "$mpirun" -n "$cores" "$onecycle" bench machine --json - >"$scratch/json"
    "$python" -c '
import json, sys
r = json.load(open(sys.argv[1]))
print("#   machine    multiply-adds %.1f GFLOP/s per core, all busy (%.1f alone), memory %.1f GB/s"
      % (r["fma_gflops_all"], r["fma_gflops_alone"], r["bandwidth_gb"]))' "$scratch/json"
}

header() {
    echo "# Training steps of onecycle and PyTorch, in turn on the same $cores cores: float32, forward,"
    echo "# cross-entropy, backward, SGD (momentum 0.9, weight decay 5e-4), one batch in memory."
    echo "# ${command[*]}"
    versions "${isa:+; limited to $isa}"
    machine
    peer_lines
    echo "# onecycle: $cores ranks x 1 thread, default shards. PyTorch: version, processes x threads, then c"
    echo "# channels_last, t tuned (OpenMP OpenBLAS, malloc that keeps its memory), p torch.compile."
    echo "# Images/s are medians over $rounds rounds, $seconds s each; MiB: most resident, all processes together."
    echo "# ratio: of neighbours in time, median (lowest to highest); other: the other version's best ratio."
    printf '%-9s %5s %9s %6s %9s %6s %-11s %-22s %6s %6s\n' network batch onecycle MiB PyTorch MiB \
        as ratio other memory
}

table() {
    cat "$scratch/header" "$scratch/rows"
    echo "# Readings, images/s, in turn:"
    cat "$scratch/notes"
}

publish() { # what there is so far
    [ -z "$output" ] || table >"$output"
}

{ # read by bash at once, so that a long run does not mind another version of this file
    touch "$scratch/rows" "$scratch/notes"
    header | wrap >"$scratch/header"
    publish
    cat "$scratch/header"
    for row in "${rows[@]}"; do
        measure "$row"
        publish
        tail -n 1 "$scratch/rows"
    done
    table | sed -n '/^# Readings/,$p'
    exit
}
