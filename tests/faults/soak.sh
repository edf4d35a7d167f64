#!/usr/bin/env bash
# soak.sh - 100,000 steps of a tiny network with 10,000 checkpoints in one run, which should change
# nothing: prints resident memory, descriptors and threads as the run goes on, then the median time
# of a step in each tenth of it. Not a test of CI. ONECYCLE=build/onecycle tests/faults/soak.sh
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
steps=${STEPS:-100000} every=10
run 0 import synthetic --seed 3 --train 640 --test 64 data.h5
exits "synthetic data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [16]}
data: {file: data.h5}
batch: {size: 16, shards: 2}
train: {epochs: $((steps / 40)), seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: $every, every_epochs: 0, best: false}
YAML
"$ONECYCLE" train r.yaml --run-dir run --quiet >out 2>err &
pid=$!
echo "saved step, resident KiB, descriptors, threads"
while kill -0 "$pid" 2>/dev/null; do
  step=$(sed 's/[^0-9]*0*\([0-9]*\).*/\1/' run/checkpoints/latest 2>/dev/null)
  resident=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
  [ -z "$resident" ] || [ -z "$step" ] ||
    echo "$step, $resident, $(ls "/proc/$pid/fd" 2>/dev/null | wc -l), $(ls "/proc/$pid/task" 2>/dev/null | wc -l)"
  sleep "${EACH:-3}"
done
wait "$pid"
code=$?
exits "the run" 0
same "rows of steps.csv" "$steps" "$(($(wc -l <run/steps.csv) - 1))"
column=$(head -n 1 run/steps.csv | tr , '\n' | grep -n '^images_per_second$' | cut -d: -f1)
echo "tenth of the run, median microseconds of a step, 99th percentile"
for tenth in $(seq 0 9); do
  tail -n +2 run/steps.csv | sed -n "$((tenth * steps / 10 + 1)),$(((tenth + 1) * steps / 10))p" |
    awk -F, -v c="$column" '$c > 0 {print 16e6 / $c}' | sort -n |
    awk -v t="$((tenth + 1))" '{v[NR] = $1} END {printf "%d, %.1f, %.1f\n", t, v[int(NR / 2)], v[int(NR * 0.99)]}'
done
grep -c 'no checkpoint' err | sed 's/$/ checkpoints were not written/'
finish
