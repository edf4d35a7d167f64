#!/bin/bash
# tidy.sh [BUILD] - clang-tidy over the program's sources, by the compile commands in BUILD
# (default: build). Takes several minutes; not part of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
[ -f "$build/compile_commands.json" ] || {
    echo "tidy.sh: no $build/compile_commands.json: configure with cmake first" >&2
    exit 1
}
git ls-files 'src/*.c' 'mpi/*.c' |
    xargs -P "$(nproc)" -n 8 clang-tidy -p "$build" --quiet 2>/dev/null
