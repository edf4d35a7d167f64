#!/bin/bash
# format.sh [--check] - clang-format over the tree's C files; with --check only tell which differ.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)
find src mpi tests -name '*.[ch]' -print0 | xargs -0 clang-format "${mode[@]}"
