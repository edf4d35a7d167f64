#!/usr/bin/env bash
# rounded_bits_test.sh - reduce.precision: gradients that travel as whole numbers give the same
# weights on any ranks, threads, buckets and resumes, and still learn.
. "$(dirname "$0")/../lib/check.sh"
run 0 import synthetic --seed 3 --train 1000 --test 200 "$scratch/data.h5"
exits "synthetic data set" 0
recipe=$scratch/lenet.yaml
cat >"$recipe" <<YAML
model: {name: lenet, batch_norm: true}
data: {file: data.h5}
batch: {size: 48, shards: 12}
train: {max_steps: 30, epochs: 100, seed: 7}
optimizer: {name: sgd, weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.05}
reduce: {precision: int16}
YAML

# train RANKS NAME ARGS...: a run in $scratch/NAME
train() {
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train "$recipe" --run-dir "$scratch/$name" --quiet "$@"
}

for precision in int16 int8; do
  train 0 $precision --set reduce.precision=$precision
  exits "30 steps in $precision, without mpirun" 0
  # ranks x threads x bucket x overlap x hierarchy x side by side
  for shape in 2x1xautoxonxautox1 3x2x16KiBxoffxnodex2 5x1x4KiBxonxflatx1 8x1xautoxoffxautox1; do
    IFS=x read -r ranks threads bucket overlap hierarchy beside <<<"$shape"
    train "$ranks" "$precision$shape" --set reduce.precision=$precision \
      --set compute.threads="$threads" --set reduce.bucket="$bucket" \
      --set reduce.overlap="$overlap" --set reduce.hierarchy="$hierarchy" \
      --set compute.side_by_side="$beside"
    same "weights in $precision, $shape" "$(hash_of $precision)" "$(hash_of "$precision$shape")"
  done
done
train 2 float --set reduce.precision=float
differ "whole numbers are not floats" "$(hash_of float)" "$(hash_of int16)"
differ "8 bits are not 16" "$(hash_of int8)" "$(hash_of int16)"

train 4 resumed --stop-at 17
exits "stop at step 17" 75
train 3 resumed --resume
exits "resume on 3 ranks" 0
same "weights after the resume" "$(hash_of int16)" "$(hash_of resumed)"
train 2 other --stop-at 17
train 2 other --resume --set reduce.precision=float
exits "another precision is another run" 64 reduce.precision
train 2 other --resume --force-recipe --set reduce.precision=float
exits "unless it is forced" 0
train 2 back --set reduce.precision=float --stop-at 17
train 1 back --resume --force-recipe --set reduce.precision=int8
exits "and the other way" 0

train 2 many --set reduce.precision=int8 --set batch.shards=32
exits "more shards than 8 bits have room for" 64 "int8 with 32 shards; expected at most 31"
finish
