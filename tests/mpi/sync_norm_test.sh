#!/usr/bin/env bash
# sync_norm_test.sh - statistics of batch normalisation over more than a shard: those of the whole
# batch are the same whatever the shards, and the bits do not depend on ranks, threads or a resume;
# likewise of ghosts of several shards. A batch that is accumulated is the batch at once.
. "$(dirname "$0")/../lib/check.sh"
run 0 import synthetic --seed 3 --train 300 --test 80 --shape 3x8x8 "$scratch/data.h5"
exits "synthetic data set" 0
recipe=$scratch/recipe.yaml
cat >"$recipe" <<YAML
model: {name: wide_resnet, depth: 10, width: 1}
data: {file: data.h5}
batch: {size: 44, shards: 7}
train: {max_steps: 8, epochs: 100}
optimizer: {weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.1}
batch_norm: {sync: true}
augment: {flip: random}
YAML

train() { # RANKS NAME ARGS...
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train "$recipe" --run-dir "$scratch/$name" --quiet "$@"
}
# near A B: do the losses of two runs agree to 1e-4 in the first three steps?
near() {
  paste -d, <(cut -d, -f5 "$scratch/$1/steps.csv") <(cut -d, -f5 "$scratch/$2/steps.csv") |
    awk -F, 'NR > 1 && NR < 5 { n++; d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4) bad = 1 }
      END { exit !(n == 3 && !bad) }'
}

train 0 whole
exits "statistics of the whole batch" 0
for shape in 1x3 2x2 3x1 4x2 7x1; do
  train "${shape%x*}" "whole$shape" --set compute.threads="${shape#*x}" --set reduce.bucket=64KiB
  same "the whole batch on ${shape%x*} ranks of ${shape#*x} threads" "$(hash_of whole)" "$(hash_of "whole$shape")"
done
train 2 low --set compute.memory=low --set compute.side_by_side=2
same "in low memory" "$(hash_of whole)" "$(hash_of low)"
train 1 resumed --stop-at 5 --set compute.threads=2
exits "stopped" 75
train 3 resumed --resume
same "resumed" "$(hash_of whole)" "$(hash_of resumed)"
train 0 one --set batch.shards=1
train 0 one_alone --set batch.shards=1 --set batch_norm.sync=false
same "of one shard there is nothing to join" "$(hash_of one_alone)" "$(hash_of one)"
near whole one && ok "the whole batch in one shard" || not_ok "the whole batch in one shard"
train 0 alone --set batch_norm.sync=false
near alone one && not_ok "statistics make no difference" || ok "statistics make a difference"

# Ghosts of 2 and 4 shards, across ranks and within them.
ghost() { train "$1" "$2" --set batch_norm.sync=false --set batch.size=48 --set batch.shards=8 "${@:3}"; }
ghost 0 ghost --set batch_norm.ghost=12
exits "ghosts of two shards" 0
for shape in 2x2 3x1; do
  ghost "${shape%x*}" "ghost$shape" --set batch_norm.ghost=12 --set compute.threads="${shape#*x}"
  same "ghosts on ${shape%x*} ranks of ${shape#*x} threads" "$(hash_of ghost)" "$(hash_of "ghost$shape")"
done
ghost 0 larger --set batch.shards=4
near ghost larger && ok "as shards twice as large" || not_ok "as shards twice as large"
ghost 2 shard --set batch_norm.ghost=6
ghost 0 shard_auto
same "a ghost of one shard" "$(hash_of shard_auto)" "$(hash_of shard)"
ghost 3 half --set batch_norm.ghost=24
exits "ghosts of half the batch" 0
differ "other statistics" "$(hash_of half)" "$(hash_of ghost)"
train 0 small --set batch_norm.sync=false --set batch.size=48 --set batch.shards=auto --set batch_norm.ghost=8
same "small ghosts make small shards" 6 "$(sed -n 's/^  shards: //p' "$scratch/small/recipe.yaml")"

# Layers that are held, or idle: what is frozen.
held() { train "$1" "$2" --set optimizer.freeze='["conv.*|s1*", "s3b1_bn2.*"]' "${@:3}"; }
held 0 held
exits "frozen layers" 0
held 3 held3 --set compute.threads=2
same "frozen layers on 3 ranks" "$(hash_of held)" "$(hash_of held3)"
train 0 swa --set average=swa --set average.start=50% --set average.every=2 --set average.batches=3
train 3 swa3 --set average=swa --set average.start=50% --set average.every=2 --set average.batches=3
same "averages of weights" "$(hash_of swa)" "$(hash_of swa3)"

# A batch in rounds is the batch at once.
rounds() { train "$1" "$2" --set batch_norm.sync=false --set schedule.scale_lr=linear --set schedule.base_batch=11 "${@:3}"; }
rounds 0 once --set batch.size=44 --set batch.shards=8
for shape in 1x1 3x2; do
  rounds "${shape%x*}" "rounds$shape" --set batch.size=11 --set batch.shards=2 --set batch.accumulate=4 \
    --set compute.threads="${shape#*x}"
  same "accumulated on ${shape%x*} ranks of ${shape#*x} threads" "$(hash_of once)" "$(hash_of "rounds$shape")"
done
same "the run's recipe says how many" "44 8 1" "$(sed -n 's/^  \(size\|shards\|accumulate\): //p' "$scratch/rounds3x2/recipe.yaml" | paste -sd' ')"
rounds 1 rest --set batch.size=11 --set batch.shards=2 --set batch.accumulate=4 --stop-at 3
exits "accumulating is stopped" 75
rounds 2 rest --set batch.size=44 --set batch.shards=8 --resume
same "and goes on as the batch at once" "$(hash_of once)" "$(hash_of rest)"

# What cannot be.
train 0 none --set batch_norm.ghost=12
exits "sync and ghost" 64 "batch_norm.ghost: found 12 with batch_norm.sync"
ghost 0 none --set batch_norm.ghost=18
exits "three shards" 64 "batch_norm.ghost: 18 samples, expected a power of two times"
train 0 none --set batch_norm.sync=false --set batch_norm.ghost=12
exits "shards of different sizes" 64 "44 samples are in 7 shards"
train 2 none --set reduce.overlap=on
exits "exchange during backward" 64 "reduce.overlap: on with batch_norm.sync"
train 0 none --set batch.accumulate=2
exits "accumulating with sync" 64 "batch.accumulate: found 2 with batch_norm.sync"
finish
