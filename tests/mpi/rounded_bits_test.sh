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

train 0 alone
exits "30 steps, without mpirun" 0
# ranks x threads x bucket x overlap x hierarchy x side by side
for shape in 2x1xautoxonxautox1 3x2x16KiBxoffxnodex2 5x1x4KiBxonxflatx1 8x1xautoxoffxautox1; do
  IFS=x read -r ranks threads bucket overlap hierarchy beside <<<"$shape"
  train "$ranks" "$shape" --set compute.threads="$threads" --set reduce.bucket="$bucket" \
    --set reduce.overlap="$overlap" --set reduce.hierarchy="$hierarchy" \
    --set compute.side_by_side="$beside"
  same "weights of $shape" "$(hash_of alone)" "$(hash_of "$shape")"
done
train 2 float --set reduce.precision=float
differ "whole numbers are not floats" "$(hash_of float)" "$(hash_of alone)"

train 4 resumed --stop-at 17
exits "stop at step 17" 75
train 3 resumed --resume
exits "resume on 3 ranks" 0
same "weights after the resume" "$(hash_of alone)" "$(hash_of resumed)"
train 2 other --stop-at 17
train 2 other --resume --set reduce.precision=float
exits "another precision is another run" 64 reduce.precision
train 2 other --resume --force-recipe --set reduce.precision=float
exits "unless it is forced" 0
train 2 back --set reduce.precision=float --stop-at 17
train 1 back --resume --force-recipe
exits "and the other way" 0

train 1 eight --set reduce.precision=int8
exits "8 bits are not a choice" 64 'reduce.precision: expected float or int16, found "int8"'
run 0 import synthetic --seed 3 --train 8192 --test 1 "$scratch/many.h5"
train 1 many --set data.file="$scratch/many.h5" --set batch.size=8192 --set batch.shards=8192
exits "more shards than 16 bits have room for" 64 "int16 with 8192 shards; expected at most 8191"
finish
