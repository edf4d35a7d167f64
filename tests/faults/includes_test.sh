#!/bin/bash
# includes_test.sh - the tree keeps to the include rules, and scripts/check_includes.sh finds
# each kind of breach, put into a copy of a file.
set -uo pipefail
source_root=${ONECYCLE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
script=$source_root/scripts/check_includes.sh
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
passed=0 failed=0

result() { # TEXT STATUS
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "includes_test: FAILED: $1"
    fi
}

# copy_of FILE: a tree with nothing else in it
copy_of() {
    rm -rf "$copy/src" "$copy/mpi"
    mkdir -p "$copy/src" "$copy/mpi" "$(dirname "$copy/$1")"
    cp "$source_root/$1" "$copy/$1"
}

# breach FILE LINE EXPECTED: with LINE put at the end of FILE the script must fail and say so
breach() {
    copy_of "$1"
    printf '%s\n' "$2" >>"$copy/$1"
    local output status=0
    output=$(bash "$script" "$copy") && status=1
    grep -qF -- "$3" <<<"$output" || status=1
    [ $status = 0 ] || echo "$output"
    result "'$2' in $1 is not found" $status
}

output=$(bash "$script" "$source_root")
status=$?
[ $status = 0 ] || echo "$output"
result "the tree breaks its rules" $status

breach src/base/status.c '#include "run/run.h"' 'base may not include from run'
breach src/data/files/packed.c '#include "data/dataset/dataset.h"' 'data/files may not include from data/dataset'
breach src/schedules/onecycle.c '#include "kernels/kernels.h"' 'schedules may not include from kernels'
breach mpi/comm.c '#include "data/dataset/dataset.h"' 'mpi may not include from data/dataset'
breach src/base/log.c '#include "status.h"' 'write it with its folder'
breach src/run/run.c '#include <mpi.h>' '<mpi.h> belongs only in'
breach src/run/run.c '# include <hdf5.h>' '<hdf5.h> belongs only in'
breach src/layers/linear.c '#include <cblas.h>' '<cblas.h> belongs only in'
breach src/base/arena.c 'void f(void) { exit (1); }' 'src/base/arena.c'
breach src/base/arena.c 'void f(void) { abort(); }' 'only src/cli may do this'
breach src/base/clock.c 'char *f(void) { return getenv("HOME"); }' 'only src/cli may do this'
breach mpi/comm.c 'void f(void) { printf("x"); }' 'only src/cli may do this'
breach src/tensor/tensor.c 'void f(void) { fputs("x", stdout); }' 'only src/cli may do this'
breach src/cli/main.c 'void f(oc_comm **c) { oc_comm_open(c, 0); }' 'only src/job opens a communicator'

# What only looks like a breach is none.
printf '%s\n' '/* exit(1);' 'abort() */' 'const char *s = "exit(1)"; // printf(' 'int on_exit_code(int);' \
    >"$copy/harmless.c"
copy_of src/base/status.c
mv "$copy/harmless.c" "$copy/src/base/harmless.c"
bash "$script" "$copy" | grep -F harmless
[ "${PIPESTATUS[1]}" != 0 ]
result "comments and strings are taken for code" $?

echo "includes_test: $passed passed, $failed failed"
[ "$failed" = 0 ]
