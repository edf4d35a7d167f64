#!/usr/bin/env bash
# stream_test.sh - data larger than data.memory: the same weights whatever the budget, the ranks
# and the place of a resume; one copy of the data a node; and what goes wrong while reading
# ends the job on all ranks.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 20000 --test 1003 --shape 3x32x32 data.h5 # 61 MiB
exits "synthetic data set" 0
cat >recipe.yaml <<YAML
model: {name: mlp, hidden: [32], batch_norm: true}
data: {file: data.h5, window: 8MiB}
batch: {size: 96, shards: 8}
train: {epochs: 2, seed: 7}
schedule: {name: onecycle, max_lr: 0.01}
YAML
# train RANKS NAME ARGS...
train() {
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train recipe.yaml --run-dir "$name" "$@"
}
# streams WHAT: the last run read while training.
streams() { grep -q "read while training" err out && ok "$1" || not_ok "$1: it did not stream"; }

train 0 memory --set data.memory=512MiB
exits "in memory" 0
whole=$(hash_of memory)
loss=$(tail -n 1 memory/epochs.csv | cut -d, -f1-6)
for shape in 1x1x2MiB 1x1x64MiB 1x1x40MiB 1x3x9MiB 2x1x5MiB 3x2x16MiB 4x1x16MiB 4x1x512MiB; do
  IFS=x read -r ranks threads budget <<<"$shape"
  train "$ranks" "$shape" --set data.memory="$budget" --set compute.threads="$threads"
  exits "$ranks ranks of $threads threads, $budget a node" 0
  same "weights of $shape" "$whole" "$(hash_of "$shape")"
  same "evaluation of $shape" "$loss" "$(tail -n 1 "$shape/epochs.csv" | cut -d, -f1-6)"
done
train 2 streaming --set data.memory=5MiB --set train.max_steps=3
streams "5 MiB is less than the set"
differ "another window is another order" "$whole" "$(train 0 window --set data.window=4MiB && hash_of window)"

# 208 steps an epoch: step 300 is in the middle of the second.
train 2 resumed --set data.memory=5MiB --stop-at 300
exits "stop in the middle of an epoch" 75
train 3 resumed --resume --set data.memory=20MiB
exits "resume on 3 ranks with another budget" 0
same "weights after the resume" "$whole" "$(hash_of resumed)"
train 1 resumed2 --set data.memory=5MiB --stop-at 301
train 1 resumed2 --resume --set data.memory=512MiB
same "weights after a resume in memory" "$whole" "$(hash_of resumed2)"

# What augmentation draws belongs to epoch and sample: neither ranks nor the budget change it.
mixed() {
  train "$1" "$2" --set train.epochs=1 --set augment.crop=4 --set augment.flip=random \
    --set augment.mixup=0.4 "${@:3}"
}
mixed 0 mixed-memory --set data.memory=512MiB
exits "augmented and mixed, in memory" 0
for shape in 1x16MiB 2x16MiB 3x64MiB; do
  mixed "${shape%x*}" "mixed-$shape" --set data.memory="${shape#*x}"
  exits "augmented and mixed, ${shape#*x} on ${shape%x*} ranks" 0
  same "weights of the mixed run $shape" "$(hash_of mixed-memory)" "$(hash_of "mixed-$shape")"
done
differ "mixing changes the weights" "$whole" "$(hash_of mixed-memory)"

# Validation, balance.
split() { train "$1" "$2" --set data.validation=0.2 --set data.balance=true --set train.epochs=1 "${@:3}"; }
split 0 split1 --set data.memory=512MiB
exits "validation and balance" 0
split 3 split3 --set data.memory=16MiB
exits "validation and balance, streaming on 3 ranks" 0
same "weights with validation and balance" "$(hash_of split1)" "$(hash_of split3)"
same "validation's loss" "$(cut -d, -f1-6 split1/epochs.csv)" "$(cut -d, -f1-6 split3/epochs.csv)"
run 2 eval --validation split1
exits "eval --validation" 0
validation=$(sed -n 's/^samples //p' out)
[ "$validation" -gt 3700 ] && [ "$validation" -lt 4300 ] && ok "a fifth is kept: $validation" ||
  not_ok "validation has $validation samples of 20000"
run 0 eval split1
exits "eval of the test split" 0
same "the test split is whole" 1003 "$(sed -n 's/^samples //p' out)"
run 0 eval --validation memory
exits "no validation samples" 64 "data.validation"

# Budgets that cannot do.
train 2 little --set data.memory=1MiB
exits "too little memory" 64 "reading ahead takes at least"
train 0 unitless --set data.memory=512
exits "bytes need a unit" 64 "a unit is missing"

# The file is cut while two ranks read it: all end with the same status, at once.
cp data.h5 cut.h5
timeout 120 "${launch[@]}" -n 2 \
  "$ONECYCLE" train recipe.yaml --run-dir cut --set data.file=cut.h5 --set data.memory=5MiB \
  --set train.epochs=100000 >out 2>err &
job=$!
for _ in $(seq 300); do
  [ -s cut/epochs.csv ] && [ "$(wc -l <cut/epochs.csv)" -gt 1 ] && break
  sleep 0.1
done
truncate -s 1M cut.h5
wait $job
code=$?
exits "a file cut while training" 65 "cut.h5"
grep -q "truncated\|was changed" err && ok "it says why" || not_ok "cut.h5: no reason given"
same "the summary says so" failed "$(field status cut/summary.json)"

# Proportional set size of all ranks together, in MiB, while training: RANKS BUDGET.
memory_of() {
  local ranks=$1 budget=$2 name=pss$1-$2 job total=0 pid
  ASAN_OPTIONS=detect_leaks=0 "${launch[@]}" \
    -n "$ranks" "$ONECYCLE" train recipe.yaml --run-dir "$name" --quiet --set train.epochs=100000 \
    --set data.memory="$budget" >out 2>err &
  job=$!
  for _ in $(seq 300); do
    [ -s "$name/epochs.csv" ] && [ "$(wc -l <"$name/epochs.csv")" -gt 1 ] && break
    sleep 0.1
  done
  for pid in $(ranks_here "$name" | cut -d " " -f 2); do
    total=$((total + $(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup")))
  done
  kill -TERM "$job"
  wait "$job" 2>/dev/null
  echo $((total / 1024))
}
if [ -r /proc/self/smaps_rollup ] && ! nm "$ONECYCLE" 2>/dev/null | grep -q __asan_init; then
  one=$(memory_of 1 512MiB) four=$(memory_of 4 512MiB) without=$(memory_of 4 20MiB)
  echo "MiB: 1 rank $one, 4 ranks $four, 4 ranks streaming with 20 MiB $without"
  # 61 MiB of data: one copy more than streaming's 20, not four.
  [ "$four" -gt $((without + 20)) ] && [ "$four" -lt $((without + 90)) ] &&
    ok "4 ranks hold one copy" || not_ok "4 ranks hold $four MiB, streaming $without MiB"
else
  echo "skipped: memory of a node (no smaps_rollup, or a sanitizer's own memory)"
fi
finish
