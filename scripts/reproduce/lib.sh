# lib.sh - what the scripts of this folder share: options, the program, data sets, a queue of runs,
# tables. To be sourced; not a program, and no experiment is in here.
#
# A run is a run directory below runs/reproduce/NAME. Each is started with --resume, so a script
# that was stopped goes on where it was, and a run that has ended is not run again.

# shellcheck shell=bash disable=SC2034 # variables are for the scripts that source this

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
recipes=scripts/reproduce/recipes

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^# shellcheck/{/^# shellcheck/!s/^# \{0,1\}//p}' "$0"
    cat <<'END'

Options:
  --quick       smallest form: the experiment's shape in under 5 minutes, its figures mean little
  --full        the size of the paper
  --data FILE   CIFAR-10: its binary archive, a folder or archive of images (train/CLASS/*.jpg),
                or an .h5 file of onecycle import. Also CIFAR10=FILE in the environment
  --jobs N      runs side by side (default: half the processors, or all of 2)
  --ranks N     ranks of each run (default 1)
  --seeds N     runs of each arm, with seeds 1 to N
  --report      run nothing: table and plot of the runs that have ended
  --runs DIR    where the runs lie (default runs/reproduce)
  --out DIR     where the results go (default docs/results): NAME.md, .csv and .png; of --quick
                NAME-quick.md and so on
Stop it at any time; the same command goes on where it was.
END
}

# begin NAME OPTION...: sets name, size (quick, default, full), work (where runs lie), out (results
# without suffix), seeds ('' if not given)
begin() {
    name=$1 size=default data=${CIFAR10:-} ranks=1 seeds='' only_report=0 words=()
    local runs=runs/reproduce folder=docs/results
    jobs=$(nproc)
    [ "$jobs" -le 2 ] || jobs=$((jobs / 2))
    shift
    for word in "$@"; do [ "$word" = --report ] || words+=("$word"); done
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) size=quick ;;
        --full) size=full ;;
        --report) only_report=1 ;;
        --help | -h)
            usage
            exit 0
            ;;
        --data | --runs | --out | --jobs | --ranks | --seeds)
            [ $# -gt 1 ] || fail "$1 needs a value"
            case $1 in
            --data) data=$2 ;;
            --runs) runs=$2 ;;
            --out) folder=$2 ;;
            *)
                [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || fail "$1 $2: expected a whole number from 1"
                printf -v "${1#--}" %s "$2"
                ;;
            esac
            shift
            ;;
        *) fail "unknown option $1 (--help lists them)" ;;
        esac
        shift
    done
    work=$runs/$name out=$folder/$name
    case $size in
    quick) work+=-quick out+=-quick ;;
    full) work+=-full out+=-full ;;
    esac
    mkdir -p "$work" "$(dirname "$out")"
    onecycle=${ONECYCLE:-build/onecycle}
    [ -x "$onecycle" ] || build
    queue=()
}

build() {
    echo "Building $onecycle (its packages: scripts/packages.sh build run)"
    mkdir -p build
    { cmake -S . -B build -DCMAKE_BUILD_TYPE=Release &&
        cmake --build build -j "$(nproc)"; } >build/build.log 2>&1 ||
        fail "the build failed, see build/build.log"
}

# mnist, cifar10: make the data set if it is not there, and set `file` to it. cifar10 also sets
# cifar_kind, what the results must say about it.
mnist() {
    file=datasets/mnist/mnist.h5
    [ -f "$file" ] && return
    datasets/mnist/fetch.sh || fail "MNIST cannot be had; see datasets/mnist/README.md"
    "$onecycle" import idx datasets/mnist "$file" >/dev/null
}

cifar10() {
    local jpeg=../shared/data/cifar10-jpeg.tar.gz binary=datasets/cifar10/cifar-10-binary.tar.gz
    local kind
    if [ -z "$data" ]; then
        if [ -f "$jpeg" ]; then
            data=$jpeg
        else
            datasets/cifar10/fetch.sh || fail "CIFAR-10 cannot be had; give it with --data"
            data=$binary
        fi
    fi
    [ -e "$data" ] || fail "$data: no such file or folder"
    case $data in
    *.h5) file=$data kind=none ;;
    *binary*) file=datasets/cifar10/cifar10.h5 kind=cifar ;;
    *) file=datasets/cifar10/cifar10-images.h5 kind=images ;;
    esac
    [ -f "$file" ] || "$onecycle" import "$kind" "$data" "$file" >/dev/null ||
        fail "$data cannot be imported"
    case ${data##*/} in
    *jpeg* | *jpg*) cifar_kind="CIFAR-10 as JPEG files (lossy: accuracies are slightly below those of the original set)" ;;
    *binary*) cifar_kind="CIFAR-10, the original binary version" ;;
    *) cifar_kind="CIFAR-10 from \`${data##*/}\`" ;;
    esac
}

# of_run RUN KEY: from its summary.json
of_run() {
    sed -n "s/^ *\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$work/$1/summary.json"
}

# status RUN: done, diverged, stopped, or missing
status() {
    local value=missing
    [ ! -f "$work/$1/summary.json" ] || value=$(of_run "$1" status)
    echo "$value"
}

# add RUN RECIPE OPTION...: a run for the queue, with options of `onecycle train`
add() { queue+=("$(printf '%q ' "$@")"); }

# parallel CMD...: takes the place of this shell, on `ranks` ranks; one needs no mpirun (MPIRUN)
parallel() {
    export OPENBLAS_NUM_THREADS=1
    [ "$ranks" -gt 1 ] || exec "$@"
    exec bash tests/lib/launch.sh "$ranks" "$@"
}

# One run, to its end. Divergence is a result, too. A TERM goes on to the program, which saves; as
# USR1, because mpirun takes a TERM for itself and kills the ranks within seconds.
train() { # RUN RECIPE OPTION...
    local run=$1 recipe=$2 code=0 pid
    shift 2
    case $(status "$run") in done | diverged) return ;; esac
    parallel "$onecycle" train "$recipes/$recipe" "$@" \
        --run-dir "$work/$run" --resume --quiet >>"$work/$run.log" 2>&1 &
    pid=$!
    trap 'kill -USR1 $pid 2>/dev/null' TERM
    wait $pid || code=$?
    while kill -0 $pid 2>/dev/null; do wait $pid || code=$?; done
    case $code in
    0) printf '%s  %-28s %s\n' "$(date +%T)" "$run" "$(mean_sd test_accuracy "$run")" ;;
    72) printf '%s  %-28s diverged\n' "$(date +%T)" "$run" ;;
    75) printf '%s  %-28s stopped and saved\n' "$(date +%T)" "$run" ;;
    *) printf '%s  %-28s exit code %d, see %s\n' "$(date +%T)" "$run" "$code" "$work/$run.log" ;;
    esac
}

# Runs the queue, `jobs` at a time, in its order.
run_queue() {
    local job
    [ "$only_report" = 0 ] || return 0
    echo "$name: ${#queue[@]} runs, $jobs side by side; they lie in $work"
    trap 'kill -TERM $(jobs -p) 2>/dev/null; wait; exit 75' INT TERM
    for job in "${queue[@]}"; do
        while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
        eval "train $job" &
    done
    wait
    trap - INT TERM
    for job in "${queue[@]}"; do
        case $(status "${job%% *}") in
        done | diverged) ;;
        *) fail "${job%% *} has not ended (see $work/${job%% *}.log); the same command goes on" ;;
        esac
    done
}

# mean_sd KEY RUN...: "99.25 ± 0.03 (3)" of percents of those that have ended; "diverged"; "-"
mean_sd() {
    local key=$1 run
    shift
    for run in "$@"; do
        case $(status "$run") in
        done) of_run "$run" "$key" | grep . ;;
        diverged) echo diverged ;;
        esac
    done | awk '
        /diverged/ { d++; next }
        { n++; s += $1; q += $1 * $1 }
        END {
            if (n) printf "%.2f", 100 * s / n
            if (n > 1) printf " ± %.2f", 100 * sqrt((q - s * s / n > 0 ? q - s * s / n : 0) / (n - 1))
            if (n > 1) printf " (%d)", n
            if (d) printf "%s%d diverged", n ? ", " : "", d
            if (!n && !d) printf "–"
        }'
}

# seeds_of ARM: the runs ARM-s1, ARM-s2... that are there
seeds_of() {
    local run
    for run in "$work/$1"-s[0-9]*/; do
        [ ! -d "$run" ] || basename "$run"
    done | sort -V
}

# csv RUN...: epochs.csv of all, with the run's name before each row
csv() {
    local run first=1
    for run in "$@"; do
        [ -f "$work/$run/epochs.csv" ] || continue
        [ $first = 0 ] || sed -n '1s/^/run,/p' "$work/$run/epochs.csv"
        first=0
        sed "1d;s/^/$run,/" "$work/$run/epochs.csv"
    done
}

# draw FILE.png <<gnuplot commands
draw() {
    command -v gnuplot >/dev/null || {
        echo "no plot: gnuplot is not there (scripts/packages.sh run)" >&2
        return 0
    }
    {
        echo "set terminal pngcairo size 1000,600 font 'sans,11' background 'white'"
        echo "set output '$1'"
        echo "set datafile separator ','; set grid lc rgb '#dddddd'; set key bottom right; set border 3; set tics nomirror"
        cat
    } | gnuplot
}

# How it was made: the last section of a result
provenance() {
    local total time=''
    total=$(for log in "$work"/*/summary.json; do
        [ ! -f "$log" ] || sed -n 's/^ *"seconds": *\([0-9.]*\),*$/\1/p' "$log"
    done | awk '{ s += $1 } END { printf "%.0f", s }')
    # A range test leaves no summary to read it from.
    [ "$total" = 0 ] ||
        time="| training time, all runs | $total s of wall-clock time, including other load on the machine; $jobs at a time, $ranks $([ "$ranks" = 1 ] && echo rank || echo ranks) each |"$'\n'
    cat <<END

## How it was made
\`\`\`
scripts/reproduce/$name.sh${words[*]:+ ${words[*]}}
\`\`\`
| | |
|---|---|
| program | $("$onecycle" version | awk 'NR == 1 { v = $0 } /^commit/ { print v ", commit " $2 }') |
| machine | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) $([ "$(nproc)" = 1 ] && echo processor || echo processors), kernels $("$onecycle" version | sed -n 's/^kernels *\([^,]*\).*/\1/p') |
$time| date | $(date +%F) |

The number after \`-s\` in a run's name in \`${out##*/}.csv\` is its seed; ± is the standard deviation over seeds, with
the number of seeds in parentheses.
END
}
