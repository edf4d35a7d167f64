#!/usr/bin/env bash
# kernels_test.sh - ONECYCLE_KERNELS: wrong names are refused, right ones are used, and a training
# learns the same with all that every processor runs.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
unset ONECYCLE_KERNELS
run 0 version
exits "version" 0
best=$(sed -n 's/^kernels *\([a-z0-9]*\),.*/\1/p' out)
differ "the best kernels are not the plain ones" "$best" reference
run 0 import synthetic --seed 3 --train 300 --test 100 data.h5
exits "synthetic data set" 0
cat >recipe.yaml <<YAML
model: {layers: [
  {type: conv2d, channels: 8, kernel: 3, pad: 1, bias: false}, {type: batch_norm}, {type: relu},
  {type: max_pool, kernel: 2}, {type: conv2d, channels: 20, kernel: 3, stride: 2},
  {type: relu}, {type: global_avg_pool}, {type: linear}]}
data: {file: data.h5}
batch: {size: 30, shards: 2}
train: {epochs: 2, seed: 7}
schedule: {name: onecycle, max_lr: 0.1}
YAML
near() { # WHAT A B
  if awk -v a="$2" -v b="$3" 'BEGIN { d = a - b; exit !(a > 0 && d * d <= 4e-4 * a * a) }'; then
    ok "$1"
  else
    not_ok "$1: '$2' and '$3'"
  fi
}
learn() { # NAME
  run "${2:-0}" train recipe.yaml --run-dir "$1" --quiet
  exits "training with $1" 0
}
last_loss() { tail -n 1 "$1/steps.csv" | cut -d , -f 5; }
learn "$best"
for kernels in reference generic; do
  export ONECYCLE_KERNELS=$kernels
  run 0 version
  exits "version with $kernels" 0
  same "version names $kernels" "$kernels" "$(sed -n 's/^kernels *\([a-z0-9]*\),.*/\1/p' out)"
  learn $kernels
  near "$kernels learns what $best learns" "$(last_loss $kernels)" "$(last_loss "$best")"
done
learn generic-2 2
same "generic, on two ranks too" "$(field weights_hash generic/summary.json)" \
  "$(field weights_hash generic-2/summary.json)"
differ "reference computes otherwise" "$(field weights_hash reference/summary.json)" \
  "$(field weights_hash "$best/summary.json")"
export ONECYCLE_KERNELS=abacus
run 0 version
exits "unknown kernels" 64 'ONECYCLE_KERNELS.*"abacus".*reference, generic, avx2 or avx512'
run 2 train recipe.yaml --run-dir x --quiet
exits "unknown kernels on two ranks" 64 abacus
export ONECYCLE_KERNELS=
run 0 version
exits "an empty name is none" 0
finish
