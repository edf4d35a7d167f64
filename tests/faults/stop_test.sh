#!/usr/bin/env bash
# stop_test.sh - a training that is asked to stop, by any rank at random steps, again and again: each
# time it has ended with 75 after that step or the next, and saved; over all of its starts each sample
# is used once in each epoch. Some stops; 200 with LONG_FORM (tests/lib/long.sh).
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/long.sh"
: "${FAULTY:?the copy of the program with tests/faults/helpers/counted_samples.c}"
[ "$launcher" != none ] || { echo "skipped: no launcher of ranks"; exit 77; }
cd "$scratch" || exit 1
stops=6 in_a_training=3
is_long && stops=200 in_a_training=10
RANDOM=26 samples=320 batch=16 epochs=6
steps_per_epoch=$((samples / batch)) signals=(15 10 12 2)
steps=$((steps_per_epoch * epochs))
run 0 import synthetic --seed 3 --train $samples --test 32 data.h5
exits "synthetic data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [32]}
data: {file: data.h5}
batch: {size: $batch, shards: 4}
train: {epochs: $epochs, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_epochs: 3, best: false}
YAML
ln -s "$(command -v false)" gnuplot # pictures take longer than all the rest
PATH=$PWD:$PATH
# faulty RANKS NAME=VALUE...
faulty() {
  local ranks=$1 words=()
  shift
  [ "$ranks" = 1 ] || words=("${launch[@]}" -n "$ranks")
  ASAN_OPTIONS=detect_leaks=0 timeout 120 env COUNT_SAMPLES="$PWD/samples" "$@" "${words[@]}" "$FAULTY" train r.yaml \
    --run-dir run --resume >out 2>err
  code=$?
}
# used: of each epoch how many samples were used how often, "COUNT TIMES" lines; one line if all is well
used() { awk '{for (i = 3; i <= NF; i++) n[$2 " " $i]++} END {for (k in n) t[n[k]]++; for (k in t) print t[k], k}' samples; }
faulty 1
exits "left alone" 0
whole=$(field weights_hash run/summary.json) once="$((steps * batch)) 1"
same "each sample once in each epoch" "$once" "$(used)"
comparable
total=$(grep -c ' good$' "$long_points") training=$(date +%s)
while [ "$total" -lt "$stops" ] && ! time_is_up; do
  rm -rf run samples
  training=$((training + 1)) result=good points=() next=0
  for ((n = 0; n < in_a_training && total + ${#points[@]} < stops; n++)); do
    # Some are asked for in the very step with which a start begins.
    at=$((next + RANDOM % (2 * steps / in_a_training)))
    [ "$at" -lt $((steps - 2)) ] || break
    ranks=$((1 + (training + n) % 4)) signal=${signals[RANDOM % 4]}
    faulty "$ranks" COUNT_STOP="$at $((RANDOM % ranks)) $signal"
    points+=("$ranks.$training.$n")
    stopped=$(sed -n 's/.*stopped after step \([0-9]*\) .*/\1/p' out err | head -n 1)
    if [ "$code" != 75 ]; then
      result="exit code $code on signal $signal in step $((at + 1))"
    elif [ -z "$stopped" ] || [ "$stopped" -le "$at" ] || [ "$stopped" -gt $((at + 2)) ]; then
      result="stopped after step '$stopped' on a signal in step $((at + 1))"
    elif [ "$(cat run/checkpoints/latest)" != "$(printf 'step-%09d.h5' "$stopped")" ]; then
      result="stopped after step $stopped, saved $(cat run/checkpoints/latest)"
    fi
    [ "$result" = good ] || break
    next=$stopped
  done
  faulty $((1 + training % 4))
  [ "$result" != good ] || [ "$code" = 0 ] || result="the last start ended with $code"
  [ "$result" != good ] || [ "$(field weights_hash run/summary.json)" = "$whole" ] || result="other weights"
  [ "$result" != good ] || [ "$(used)" = "$once" ] || result="samples and how often they were used: $(used | tr '\n' ';')"
  for point in "${points[@]}"; do note "$point" "$result"; done
  total=$((total + ${#points[@]}))
done
for ranks in 1 2 3 4; do judge "stops of $ranks ranks" "$ranks."; done
finish
