#!/usr/bin/env bash
# diverge_test.sh - one absurd sample makes one batch of each epoch diverge: with guard.on_divergence
# the run gets over it, to the same bits on any number of ranks and however it was interrupted; what it
# cannot get over ends it with 72, and the steps are named.
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/trainings.sh"
cd "$scratch" || exit 1
table 400 1e30 >train.csv
table 400 3000 >spike.csv
table 60 0 >test.csv
for name in train spike; do
  run 0 import csv --label label --test test.csv $name.csv $name.h5
  exits "table $name" 0
done
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8], batch_norm: true}
data: {file: train.h5, normalise: none}
batch: {size: 20, shards: 8}
train: {epochs: 3, seed: 7}
average: ema
optimizer: {name: adam}
schedule: {name: onecycle, max_lr: 0.01}
guard: {on_divergence: stop, snapshot_every: 7}
YAML
# train RANKS NAME ARGS...
train() {
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train r.yaml --run-dir "$name" --quiet "$@"
}
# same_tables WHAT A B: the steps of A and B have the same numbers
same_tables() {
  cmp -s <(cut -d, -f1-6 "$2/steps.csv") <(cut -d, -f1-6 "$3/steps.csv") && ok "$1" ||
    not_ok "$1: steps.csv of $2 and $3 differ"
}

train 0 stop
exits "by default it stops" 72 "the loss or a gradient is not finite"
first=$(sed -n 's/.*training diverged at step \([0-9]*\):.*/\1/p' stop/log.txt)
[ "${first:-0}" -gt 2 ] && ok "at step $first" || not_ok "no step that diverged, or too early: '$first'"

for mode in rollback skip; do
  guard=(--set guard.on_divergence=$mode)
  train 0 $mode "${guard[@]}"
  exits "$mode" 0
  whole=$(hash_of $mode)
  same "$mode: all steps" 60 "$(field steps $mode/summary.json)"
  same "$mode: a row for each" 61 "$(wc -l <$mode/steps.csv)"
  same "$mode: it is in the log" 3 "$(grep -c 'of guard.max_retries: 10' $mode/log.txt)"
  ranks=3
  [ $mode = skip ] || ranks="2 3 4"
  for ranks in $ranks; do
    train $ranks $mode$ranks "${guard[@]}"
    exits "$mode on $ranks ranks" 0
    same "$mode: weights on $ranks ranks" "$whole" "$(hash_of $mode$ranks)"
    same_tables "$mode: steps on $ranks ranks" $mode $mode$ranks
  done
  # Before the last divergence, when the checkpoint holds an earlier snapshot; right behind the first.
  last=$(sed -n 's/.*step \([0-9]*\)\( is skipped\)\{0,1\}: the loss.*/\1/p' $mode/log.txt | tail -n 1)
  [ $(((last - 1) % 7)) != 0 ] && ok "$mode: the last one at step $last" ||
    not_ok "$mode: the last one, step '$last', is right behind a snapshot"
  stops="$((last - 1)) $first"
  [ $mode = skip ] && stops=$first
  for stop in $stops; do
    train 2 $mode-$stop "${guard[@]}" --stop-at $stop
    exits "$mode: stop at step $stop" 75
    train 3 $mode-$stop "${guard[@]}" --resume
    exits "$mode: resume on other ranks" 0
    same "$mode: weights after the resume" "$whole" "$(hash_of $mode-$stop)"
    same_tables "$mode: steps after the resume" $mode $mode-$stop
  done
done
same "skip: steps without a part" 3 "$(field skipped_steps skip/summary.json)"
same "skip: no rollback" 0 "$(field rollbacks skip/summary.json)"
same "rollback: three" 3 "$(field rollbacks rollback/summary.json)"
[ "$(field skipped_steps rollback/summary.json)" -gt 3 ] && ok "rollback: steps were undone" ||
  not_ok "rollback: no step was undone"
differ "which is another run" "$(hash_of skip)" "$(hash_of rollback)"

# Once too often.
train 2 over --set guard.on_divergence=skip --set guard.max_retries=2
exits "retries used up" 72 "guard.max_retries: 2, and steps $first, [0-9]* diverged before; lower schedule.max_lr"
same "the summary says so" diverged "$(field status over/summary.json)"
same "and how many were skipped" 2 "$(field skipped_steps over/summary.json)"
train 0 over --resume --set guard.on_divergence=skip
exits "a resume may allow more" 0
same "to the weights of a run that always did" "$(hash_of skip)" "$(hash_of over)"
train 0 stop --resume --set guard.on_divergence=rollback
exits "a run that stopped may go on with a rollback" 0

# A loss that is finite, but far above the others.
spikes=(--set data.file=spike.h5 --set model.batch_norm=false --set guard.spike=4 --set train.epochs=4)
train 0 spike "${spikes[@]}" --set guard.on_divergence=skip
exits "spikes" 0
[ "$(field skipped_steps spike/summary.json)" -ge 3 ] && ok "were skipped" || not_ok "no spike was skipped"
grep -q "the loss is above guard.spike: 4 times its median (loss" spike/log.txt && ok "and told" ||
  not_ok "nothing of a spike in the log"
train 3 spike3 "${spikes[@]}" --set guard.on_divergence=skip --stop-at 37
exits "stopped among them" 75
train 2 spike3 "${spikes[@]}" --set guard.on_divergence=skip --resume
exits "and resumed" 0
same "the same weights" "$(hash_of spike)" "$(hash_of spike3)"
train 0 spiked "${spikes[@]}"
exits "without a way to get over it" 72 "above guard.spike: 4 times its median"
finish
