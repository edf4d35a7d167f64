#!/bin/bash
# test.sh [LABEL] [CTEST-OPTION]... - install what is missing, build with tests in build-test, run
# them all (or those chosen), and close with the totals: "N passed, N failed". LABEL: fast (under a
# minute on two cores), mpi, kernels, slow or cluster. Options: those of ctest, e.g. -R unit.
# The count is in test cases: what the programs and scripts report themselves ("NAME: N passed,
# N failed"); one that ends without such a line counts as one case. Variables: BUILD_DIR, and
# CMAKE_OPTIONS for further options, e.g. -DONECYCLE_SANITIZE=ON.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=${BUILD_DIR:-build-test}

chosen=()
if [[ ${1:-} =~ ^[a-z]+$ ]]; then
    [[ $1 =~ ^(fast|mpi|kernels|slow|cluster)$ ]] || {
        echo "test.sh: no label \"$1\"; expected fast, mpi, kernels, slow or cluster" >&2
        exit 1
    }
    chosen=(-L "^$1\$")
    shift
fi

scripts/packages.sh build run test || exit 1
# The cluster tests need root, and skip themselves without Slurm.
[ "$(id -u)" != 0 ] || [[ ${chosen[*]} =~ fast|kernels ]] || scripts/packages.sh cluster || echo "Slurm could not be installed"
# Simulated clusters likewise.
[ "$(id -u)" != 0 ] || [[ ${chosen[*]} =~ fast|kernels|mpi|cluster ]] || scripts/packages.sh scale || echo "SimGrid could not be installed"

generator=()
[ -f "$build/CMakeCache.txt" ] || ! command -v ninja >/dev/null || generator=(-G Ninja)
cmake -S . -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DONECYCLE_TESTS=ON \
    -DONECYCLE_WERROR=ON ${CMAKE_OPTIONS:-} >"$build.log" 2>&1 &&
    cmake --build "$build" -j "$(nproc)" >>"$build.log" 2>&1 || {
    tail -n 60 "$build.log"
    echo "test.sh: the build failed, all of it is in $build.log"
    exit 1
}
mv "$build.log" "$build/build.log"

# What the tests write is synced file by file, thousands of times: in memory, where there is room for
# it (a container may have 64 MiB), that costs nothing.
scratch=
if [ -z "${TMPDIR:-}" ] &&
    [ "$(df --output=avail -B1M /dev/shm 2>/dev/null | tail -n 1)" -ge 4096 ] 2>/dev/null &&
    scratch=$(mktemp -d /dev/shm/onecycle-tests-XXXXXX); then
    export TMPDIR=$scratch
    trap 'rm -rf "$scratch"' EXIT
fi

log=$build/Testing/Temporary/LastTest.log
rm -f "$log"
# Those of several ranks ask for two cores (tests/CMakeLists.txt). Two more than there are: many wait,
# for a start, a time limit, Slurm.
ctest --test-dir "$build" -j "$(($(nproc) + 2))" --output-on-failure --no-tests=error "${chosen[@]}" "$@" | tee "$build/ctest.log"
status=${PIPESTATUS[0]}

# LastTest.log: for each test "N/M Test: NAME", its output, then "Test Passed." or the like. What
# was skipped is "Test Passed." there, too: only what ctest prints tells.
[ -f "$log" ] || {
    echo "test.sh: ctest left no $log"
    exit 1
}
awk '
    function close_test() {
        if (name == "") return
        for (program in bad_of) { good += good_of[program]; bad += bad_of[program] }
        delete good_of
        delete bad_of
        if (name in skip) {
            skipped++
            print "skipped: " name ": " (reason == "" ? "no reason given" : reason)
        } else {
            if (outcome !~ /^Test Passed/ && bad == 0) bad = 1
            if (outcome ~ /^Test Passed/ && good + bad == 0) good = 1
            passed += good
            failed += bad
        }
        name = ""
    }
    NR == FNR {
        if (match($0, /Test +#[0-9]+: [^ ]+ .*\*\*\*Skipped/)) {
            sub(/.*Test +#[0-9]+: /, "")
            skip[$1]
        }
        next
    }
    /^[0-9]+\/[0-9]+ Test: / { close_test(); name = $3; good = bad = 0; outcome = reason = ""; next }
    /^[A-Za-z0-9_.-]+: [0-9]+ passed, [0-9]+ failed$/ {
        # every rank of an MPI program reports: count the worst of them, once
        if (!($1 in bad_of) || $4 > bad_of[$1]) { good_of[$1] = $2; bad_of[$1] = $4 }
    }
    /^([A-Za-z0-9_.-]+: )?skipped: / { reason = $0; sub(/^.*skipped: /, "", reason) }
    /^Test (Passed|Failed|Timeout|timed out)/ { outcome = $0 }
    END {
        close_test()
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
        exit failed > 0 || passed == 0
    }' "$build/ctest.log" "$log" || status=1
exit $status
