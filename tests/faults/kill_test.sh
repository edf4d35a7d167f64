#!/usr/bin/env bash
# kill_test.sh - ranks of a supervised training are killed at random instants, one or all: while they
# start, resume, train and save. It ends by itself with the weights of a training that was left
# alone. Some kills; 200 with LONG_FORM (tests/lib/long.sh), KILLS says how many.
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/long.sh"
[ "$launcher" != none ] || { echo "skipped: no launcher of ranks"; exit 77; }
cd "$scratch" || exit 1
kills=4 in_a_training=2
is_long && kills=${KILLS:-200} in_a_training=4
RANDOM=26
run 0 import synthetic --seed 3 --train 640 --test 64 data.h5
exits "synthetic data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [32]}
data: {file: data.h5}
batch: {size: 16, shards: 4}
train: {epochs: ${EPOCHS:-60}, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: 20, every_epochs: 0, best: false}
YAML
ln -s "$(command -v false)" gnuplot # pictures take longer than all the rest
PATH=$PWD:$PATH
# ranks_of DIR: process ids of the ranks that train there, whichever start they belong to
ranks_of() {
  local pid
  for pid in $(pgrep -f -- "--run-dir $PWD/$1( |\$)"); do
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -q "^$rank_variable=" && echo "$pid"
  done
}
# now: milliseconds
now() { echo $(($(date +%s%N) / 1000000)); }
# kill_some DIR RANKS: at a random instant of a start; how many were killed is in $killed. A start
# whose ranks are there is waited for, until the training has ended.
kill_some() {
  local dir=$1 ranks=$2 pids=() until
  killed=0
  while kill -0 "$pid" 2>/dev/null; do
    mapfile -t pids < <(ranks_of "$dir")
    [ "${#pids[@]}" -lt "$ranks" ] || break
    sleep 0.02
  done
  until=$(($(now) + RANDOM % alone))
  while [ "$(now)" -lt "$until" ]; do
    kill -0 "$pid" 2>/dev/null || return
    sleep 0.01
  done
  mapfile -t pids < <(ranks_of "$dir")
  [ "${#pids[@]}" -gt 0 ] || return
  [ $((RANDOM % 4)) = 0 ] || pids=("${pids[RANDOM % ${#pids[@]}]}")
  kill -KILL "${pids[@]}" 2>/dev/null && killed=${#pids[@]}
}
# await_end PIDS...: until these processes are gone, so that the next ranks are those of a new start
await_end() {
  local each
  for each in "$@"; do
    while kill -0 "$each" 2>/dev/null && kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
  done
}
for ranks in 2 4; do
  began=$(now)
  run "$ranks" train r.yaml --run-dir "whole-$ranks" --quiet
  exits "$ranks ranks, left alone" 0
  declare "took_$ranks=$(($(now) - began))"
done
whole=$(field weights_hash whole-2/summary.json)
same "weights on 2 and 4 ranks" "$whole" "$(field weights_hash whole-4/summary.json)"
comparable
# A point is a kill, named by training and number, so that an interrupted long form goes on.
total=$(grep -c ' good$' "$long_points") training=$(date +%s)
while [ "$total" -lt "$kills" ] && ! time_is_up; do
  training=$((training + 1)) ranks=$((2 + 2 * (training % 2)))
  took=took_$ranks alone=${!took} points=()
  ASAN_OPTIONS=detect_leaks=0 timeout 300 "$ONECYCLE" supervise --max-fruitless 20 -- "${launch[@]}" -n "$ranks" "$ONECYCLE" train r.yaml \
    --quiet --run-dir "$PWD/run" >out 2>err &
  pid=$!
  for ((n = 0; n < in_a_training && total + ${#points[@]} < kills; n++)); do
    mapfile -t before < <(ranks_of run)
    kill_some run "$ranks"
    [ "$killed" -gt 0 ] || break
    [ "$killed" = 1 ] && who=one || who=all
    points+=("$ranks.$who.$training.$n")
    await_end "${before[@]}" $(ranks_of run)
  done
  wait "$pid"
  code=$?
  result=good
  [ "$code" = 0 ] || result="exit code $code: $(tail -n 1 err)"
  [ "$result" != good ] || [ "$(field weights_hash run/summary.json)" = "$whole" ] || result="other weights"
  [ "$result" != good ] || [ "$(tail -n +2 run/steps.csv | cut -d, -f1)" = "$(tail -n +2 whole-2/steps.csv | cut -d, -f1)" ] ||
    result="steps.csv has not each step once"
  [ "$result" = good ] || { mkdir -p "${LONG_FORM:-.}/kept-$training" && cp -r err out run "${LONG_FORM:-.}/kept-$training"; }
  for point in "${points[@]}"; do note "$point" "$result"; done
  total=$((total + ${#points[@]}))
  rm -rf run
done
for ranks in 2 4; do
  judge "$ranks ranks, one killed" "$ranks.one"
  judge "$ranks ranks, all killed" "$ranks.all"
done
finish
