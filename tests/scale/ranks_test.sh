#!/usr/bin/env bash
# ranks_test.sh - on simulated clusters (scale.sh): the sum has the bits of the tree of shards on any
# number of ranks, messages of a rank grow with the logarithm of their number, its memory hardly.
. "$(dirname "$0")/../lib/check.sh"
command -v smpicc >/dev/null && command -v jq >/dev/null ||
  { echo "ranks_test: skipped: libsimgrid-dev or jq is not installed (scripts/packages.sh scale)"; exit 77; }
scale=$(dirname "$0")/scale.sh

ONECYCLE=$ONECYCLE timeout 300 "$scale" --network lenet --bucket 262144 --modes off,on \
  2 5 7 12 16 37 64 128 >"$scratch/out" 2>"$scratch/err"
code=$?
exits "lenet on 2 to 128 ranks, exchanged after and during backward" 0
grep -E '^(off|on)' "$scratch/out" | sed 's/^/        /'
same "a line for each" 16 "$(grep -c -E '^(off|on)' "$scratch/out")"

# of MODE RANKS COLUMN
of() { awk -v mode="$1" -v ranks="$2" -v column="$3" '$1 == mode && $2 == ranks {print $column}' "$scratch/out"; }
for mode in off on; do
  same "$mode: messages of 16 and of 64 ranks are as their logarithms" "$((3 * $(of $mode 16 7)))" "$((2 * $(of $mode 64 7)))"
  for ranks in 5 7 12 37; do
    awk -v m="$(of $mode $ranks 7)" -v most="$(of $mode 128 7)" 'BEGIN {exit !(m > 0 && m <= 2 * most)}' &&
      ok "$mode: messages of $ranks ranks" || not_ok "$mode: $(of $mode $ranks 7) messages of $ranks ranks"
  done
  awk -v a="$(of $mode 16 9)" -v b="$(of $mode 128 9)" 'BEGIN {exit !(b > 0 && b < 1.1 * a)}' &&
    ok "$mode: memory of 128 ranks is that of 16" || not_ok "$mode: memory $(of $mode 16 9) and $(of $mode 128 9)"
done
finish
