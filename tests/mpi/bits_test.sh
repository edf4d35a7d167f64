#!/usr/bin/env bash
# bits_test.sh - the promises about bits: the same weights on any number of ranks, and a run
# that was stopped and resumed (also on other ranks, also twice) is the run that never was.
. "$(dirname "$0")/../lib/check.sh"
data=$scratch/data.h5
run 0 import synthetic --seed 3 --train 1000 --test 200 "$data"
exits "synthetic data set" 0
recipe=$scratch/lenet.yaml
cat >"$recipe" <<YAML
model: lenet
data: {file: data.h5}
batch: {size: 48, shards: 24}
train: {max_steps: 65, epochs: 100, seed: 7}
optimizer: {name: sgd, weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.05}
YAML

# train RANKS NAME ARGS...: a run in $scratch/NAME
train() {
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train "$recipe" --run-dir "$scratch/$name" --quiet "$@"
}

train 0 alone
exits "65 steps without mpirun" 0
whole=$(hash_of alone)
for ranks in 1 2 3 4 5 8; do
  train $ranks "ranks$ranks"
  exits "65 steps on $ranks ranks" 0
  same "weights on $ranks ranks" "$whole" "$(hash_of "ranks$ranks")"
  cmp -s <(cut -d, -f1-6 "$scratch/alone/steps.csv") <(cut -d, -f1-6 "$scratch/ranks$ranks/steps.csv") &&
    ok "every step's loss on $ranks ranks" || not_ok "steps.csv differs on $ranks ranks"
done
# Threads take shards too: ranks x threads.
for shape in 1x2 2x2 3x3 1x24; do
  train "${shape%x*}" "shape$shape" --set compute.threads="${shape#*x}" --set train.max_steps=30
  exits "30 steps on $shape" 0
done
train 2 shape --set train.max_steps=30
for shape in 1x2 2x2 3x3 1x24; do
  same "weights on $shape" "$(hash_of shape)" "$(hash_of "shape$shape")"
done
train 0 seed --set train.seed=8
differ "another seed gives other weights" "$whole" "$(hash_of seed)"

# 1000 / 48 = 20 steps an epoch: step 50 is in the middle of the third epoch.
train 2 resumed --stop-at 50
exits "stop at step 50" 75
same "the summary says stopped" stopped "$(field status "$scratch/resumed/summary.json")"
train 3 resumed --resume --set compute.threads=2
exits "resume on 3 ranks of 2 threads" 0
same "weights after the resume" "$whole" "$(hash_of resumed)"
same "resumed is told" true "$(field resumed "$scratch/resumed/summary.json")"
same "rows of steps.csv" "$(wc -l <"$scratch/alone/steps.csv")" "$(wc -l <"$scratch/resumed/steps.csv")"
cmp -s <(cut -d, -f1-6 "$scratch/alone/steps.csv") <(cut -d, -f1-6 "$scratch/resumed/steps.csv") &&
  ok "every step's loss after the resume" || not_ok "steps.csv differs after the resume"
cmp -s <(cut -d, -f1-6 "$scratch/alone/epochs.csv") <(cut -d, -f1-6 "$scratch/resumed/epochs.csv") &&
  ok "every epoch's numbers after the resume" || not_ok "epochs.csv differs after the resume"

train 4 thrice --stop-at 20 # the end of an epoch
exits "stop at an epoch's end" 75
train 1 thrice --resume --stop-at 21
exits "stop one step on" 75
train 5 thrice --resume
exits "third part" 0
same "weights after two resumes" "$whole" "$(hash_of thrice)"

# Batch-norm and dropout, uneven shards (5 shards of 17 or 18 samples... on 3 ranks).
wide() { train "$1" "$2" --set model.batch_norm=true --set model.dropout=0.5 --set batch.size=86 \
  --set batch.shards=5 --set train.max_steps=20 --set optimizer.nesterov=true "${@:3}"; }
wide 1 wide1
exits "batch-norm and dropout on 1 rank" 0
for ranks in 2 3 5; do
  wide $ranks "wide$ranks"
  same "batch-norm and dropout on $ranks ranks" "$(hash_of wide1)" "$(hash_of "wide$ranks")"
done
wide 2 wider --stop-at 13
wide 3 wider --resume
same "batch-norm and dropout resumed" "$(hash_of wide1)" "$(hash_of wider)"

# Shards side by side: layer by layer together, whatever the layers and the shards are.
wide 2 wide_pairs --set compute.side_by_side=2
same "batch-norm and dropout, two shards side by side" "$(hash_of wide1)" "$(hash_of wide_pairs)"
for shape in 1x1x4 1x1x16 2x1x8 1x2x8 3x1x2; do
  IFS=x read -r ranks threads beside <<<"$shape"
  train $ranks "beside$shape" --set compute.threads=$threads --set compute.side_by_side=$beside \
    --set train.max_steps=30
  same "weights, ranks x threads x side by side $shape" "$(hash_of shape)" "$(hash_of "beside$shape")"
done
flat() { train "$1" "$2" --set model=mlp --set model.hidden=[70,33] --set model.dropout=0.2 \
  --set batch.size=172 --set batch.shards=16 --set train.max_steps=20 "${@:3}"; }
flat 1 flat1 --set compute.side_by_side=1
exits "fully connected layers, one shard after the other" 0
for shape in 1x1xauto 1x1x2 1x1x16 2x1x4 1x2x8 3x2xauto; do
  IFS=x read -r ranks threads beside <<<"$shape"
  flat $ranks "flat$shape" --set compute.threads=$threads --set compute.side_by_side=$beside
  same "fully connected layers $shape" "$(hash_of flat1)" "$(hash_of "flat$shape")"
done
flat 2 flats --stop-at 13 --set compute.side_by_side=8
flat 3 flats --resume --set compute.side_by_side=2
same "fully connected layers resumed" "$(hash_of flat1)" "$(hash_of flats)"
flat 0 refused --set compute.side_by_side=6
exits "side by side is a power of two" 64

# The exchange between ranks: during backward or after it, in pieces of any size, nodes first or not.
# ranks x threads x bucket x overlap x hierarchy
for shape in 2x1x4KiBxonxflat 2x2x64KiBxonxnode 3x1xautoxonxnode 4x1x64KiBxoffxflat \
  5x2x97KiBxonxnode 6x1xautoxautoxauto 8x1x1MiBxonxflat 8x1x16KiBxoffxnode; do
  IFS=x read -r ranks threads bucket overlap hierarchy <<<"$shape"
  train $ranks "exchange$shape" --set compute.threads=$threads --set reduce.bucket=$bucket \
    --set reduce.overlap=$overlap --set reduce.hierarchy=$hierarchy --set train.max_steps=30
  same "weights, $ranks ranks x $threads threads, buckets of $bucket, overlap $overlap, $hierarchy" \
    "$(hash_of shape)" "$(hash_of "exchange$shape")"
done
train 4 exchanges --stop-at 13 --set reduce.overlap=on --set reduce.bucket=64KiB --set train.max_steps=30
train 3 exchanges --resume --set reduce.overlap=off --set train.max_steps=30
same "weights, overlap and ranks changed by a resume" "$(hash_of shape)" "$(hash_of exchanges)"

# Augmentation is a function of seed, epoch and sample; mixup of the place in the batch.
changed() { train "$1" "$2" --set batch.size=86 --set batch.shards=5 --set train.max_steps=20 \
  --set augment.crop=3 --set augment.padding=reflect --set augment.flip=alternating \
  --set augment.cutout=6 --set augment.translate=0.1 --set augment.resized_crop=[0.5,1] \
  --set augment.brightness=0.2 --set augment.contrast=0.2 --set augment.mixup=0.3 \
  --set loss.smoothing=0.1 "${@:3}"; }
changed 1 changed1
exits "augmentation on 1 rank" 0
for ranks in 2 3 5; do
  changed $ranks "changed$ranks"
  same "augmentation on $ranks ranks" "$(hash_of changed1)" "$(hash_of "changed$ranks")"
done
changed 1 changed1x3 --set compute.threads=3
same "augmentation on 3 threads" "$(hash_of changed1)" "$(hash_of changed1x3)"
changed 2 changes --stop-at 16 # within the second epoch: 11 steps each
changed 3 changes --resume
same "augmentation resumed" "$(hash_of changed1)" "$(hash_of changes)"
changed 1 unchanged --set augment.flip=none
differ "each operation counts" "$(hash_of changed1)" "$(hash_of unchanged)"
run 0 eval "$scratch/changed1" --flip
exits "eval with flips" 0

# A graph: gradients of shortcuts are added in the network's order, on any number of ranks.
run 0 import synthetic --seed 3 --train 256 --test 64 --shape 3x16x16 --force "$data"
graph() { train "$1" "$2" --set model=wide_resnet --set model.depth=10 --set model.width=1 \
  --set model.dropout=0.3 --set batch.size=30 --set batch.shards=4 --set train.max_steps=10 "${@:3}"; }
graph 1 graph1
exits "a residual network on 1 rank" 0
for ranks in 2 3 4; do
  graph $ranks "graph$ranks"
  same "a residual network on $ranks ranks" "$(hash_of graph1)" "$(hash_of "graph$ranks")"
done
graph 1 graph_pairs --set compute.side_by_side=4 --set compute.memory=low
same "a residual network, four shards side by side" "$(hash_of graph1)" "$(hash_of graph_pairs)"
graph 2 graphs --stop-at 5
graph 3 graphs --resume
same "a residual network resumed" "$(hash_of graph1)" "$(hash_of graphs)"
finish
