#!/usr/bin/env bash
# lost_rank_recipes_test.sh - ranks are lost while a recipe asks for more than a plain step: sums that are rounded,
# batch statistics over all ranks, averages of the weights, steps that diverge and are rolled back. The end has the
# bits of one process that was left alone. Plain steps: lost_rank_test.sh. Skipped where MPI has no User-Level
# Failure Mitigation. LOST_RANK_RUNS=N: so many runs of each (2).
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/trainings.sh"
. "$(dirname "$0")/../lib/lost.sh"
cd "$scratch" || exit 1
# outlive NAME ARGS...: r.yaml with these, by one process and by four ranks that lose one, or two, at random
outlive() {
  local name=$1 who i
  shift
  run 0 train r.yaml --run-dir "$name" "$@"
  exits "$name: one process" 0
  for i in $(seq "${LOST_RANK_RUNS:-2}"); do
    start "$name-$i" "$@"
    sleep "0.$((RANDOM % 5))"
    if ((i % 2)); then
      who=$(lose 0)
    else
      who=$(lose any)
      sleep "0.$((RANDOM % 5))"
      who+=" and $(lose any)"
    fi
    ends
    exits "$name, run $i: without rank $who" 0
    same "$name, run $i: the weights" "$(hash_of "$name")" "$(hash_of "$name-$i")"
    same "$name, run $i: rollbacks" "$(field rollbacks "$name/summary.json")" "$(field rollbacks "$name-$i/summary.json")"
    cmp -s <(cut -d, -f1-6 "$name/steps.csv") <(cut -d, -f1-6 "$name-$i/steps.csv") && ok "$name, run $i: each step" ||
      not_ok "$name, run $i: other steps"
  done
}

left_alone 12
outlive whole-numbers --set reduce.precision=int16
differ "which is another run" "$want" "$(hash_of whole-numbers)"
outlive norms --set model.batch_norm=true --set batch_norm.sync=true --set average=ema --set optimizer=adam

table 1000 1e30 >train.csv
table 60 0 >test.csv
run 0 import csv --label label --test test.csv train.csv train.h5
exits "a table with an absurd row" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8], batch_norm: true}
data: {file: train.h5, normalise: none}
batch: {size: 20, shards: 8}
train: {epochs: 40, seed: 7, peer_timeout: 20}
average: ema
optimizer: adam
schedule: {name: onecycle, max_lr: 0.01}
checkpoint: {every_steps: 10}
guard: {on_divergence: rollback, snapshot_every: 7, max_retries: 1000}
YAML
outlive rollback
same "one rollback in each epoch" 40 "$(field rollbacks rollback/summary.json)"
finish
