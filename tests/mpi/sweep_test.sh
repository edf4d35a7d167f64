#!/usr/bin/env bash
# sweep_test.sh - grids: `range-test --grid` and `sweep` give a point the same result however many
# ranks and groups there are; a sweep has a row for a diverged run, stops as a whole, and goes on
# where it was; and what both refuse.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 600 --test 100 --shape 1x12x12 data.h5
exits "synthetic data set" 0
cat >r.yaml <<'YAML'
model: {name: mlp, hidden: [24], batch_norm: true}
data: {file: data.h5}
batch: {size: 48, shards: 6}
train: {epochs: 2, seed: 7}
optimizer: {name: sgd, weight_decay: 1e-3}
schedule: {name: onecycle, max_lr: 0.05}
YAML

# ---- range-test --grid: 4 points
grid() { # RANKS NAME ARGS...
  local ranks=$1 name=$2
  shift 2
  run "$ranks" range-test r.yaml --out "$name" --steps 30 --grid weight_decay=1e-2,0 \
    --grid batch.size=48,96 "$@"
  exits "range-test --grid: $name" 0
}
grid 0 one
same "its points, the last key first" "optimizer.weight_decay=1e-2 batch.size=48
optimizer.weight_decay=1e-2 batch.size=96
optimizer.weight_decay=0 batch.size=48
optimizer.weight_decay=0 batch.size=96" "$(tail -n +2 one/suggestions.csv | cut -d'"' -f2)"
same "a row a point in the terminal" 4 "$(grep -c '^weight_decay=.* size=' out)"
same "fits 80 columns" 0 "$(awk 'length > 80' out | wc -l)"
[ -s one/range.png ] && ok "one picture" || not_ok "no picture"
grid 2 two-in-one-group --groups 1
grid 3 three
grid 4 four
for name in two-in-one-group three four; do
  cmp -s one/range.csv $name/range.csv && ok "the same curves: $name" || not_ok "range.csv differs: $name"
done
run 0 range-test r.yaml --out alone --steps 30 --set optimizer.weight_decay=0 --set batch.size=96
same "a point is the test that it would be alone" "$(tail -n +2 alone/range.csv | cut -d, -f2-)" \
  "$(sed -n 's/^4,//p' one/range.csv)"

# ---- sweep: 3 points, of which one diverges
sweep() { # RANKS NAME ARGS...
  local ranks=$1 name=$2
  shift 2
  run "$ranks" sweep r.yaml max_lr=0.01,1e3,0.1 --sweep-dir "$name" "$@"
}
cell() { sed -n "s/^$2,//p" "$1/sweep.csv" | cut -d, -f"$3"; } # SWEEP POINT COLUMN (behind point)
sweep 0 s1
exits "sweep on one process" 0
same "a diverged run is a row, the last" "2 diverged" "$(tail -1 s1/sweep.csv | cut -d, -f1,3 | tr , ' ')"
same "the best is the first" "yes" "$(tail -n +2 s1/sweep.csv | head -2 | cut -d, -f4 |
  awk 'NR == 1 { a = $1 } NR == 2 { print (a >= $1 ? "yes" : "no") }')"
[ -s s1/sweep.png ] && ok "a picture" || not_ok "no picture"
same "fits 80 columns, too" 0 "$(awk 'length > 80' out | wc -l)"
run 0 train r.yaml --run-dir alone-3 --quiet --set schedule.max_lr=0.1
same "a run is the one that it would be alone" "$(field weights_hash alone-3/summary.json)" "$(cell s1 3 8)"
run 0 sweep r.yaml max_lr=1e3,0.01 --set optimizer.weight_decay=1 --sweep-dir early
same "a run that diverged before its first evaluation has no score" "diverged nan nan" \
  "$(cell early 1 2) $(cell early 1 3) $(cell early 1 4)"
same "and is behind what has one" "2 1" "$(tail -n +2 early/sweep.csv | cut -d, -f1 | xargs)"
for ranks in 2 4; do
  sweep $ranks s$ranks
  exits "sweep on $ranks ranks" 0
  same "the same weights on $ranks ranks" "$(cell s1 1 8) $(cell s1 3 8)" "$(cell s$ranks 1 8) $(cell s$ranks 3 8)"
done
sweep 3 s3 --groups 2
exits "two groups of three ranks" 0
same "the same weights in two groups" "$(cell s1 1 8) $(cell s1 3 8)" "$(cell s3 1 8) $(cell s3 3 8)"

# Going on: what is done stays, what is half done is resumed, what is missing is made.
before=$(stat -c %Y.%i s2/point-001/summary.json)
rm -r s2/point-003
run 0 train r.yaml --run-dir s2/point-003 --quiet --set schedule.max_lr=0.1 --stop-at 10
sweep 2 s2
exits "a sweep's folder is not written over" 64 "already contains a sweep"
sweep 2 s2 --resume
exits "--resume" 0
same "what was done is left alone" "$before" "$(stat -c %Y.%i s2/point-001/summary.json)"
same "what was half done went on" true "$(field resumed s2/point-003/summary.json)"
same "to the same weights" "$(cell s1 3 8)" "$(cell s2 3 8)"
run 2 sweep r.yaml max_lr=0.01,0.2 --sweep-dir s2 --resume
exits "--resume of another sweep" 64 "started with other recipes or values"

# A stop: of one rank, by a signal; the other group learns of it and all save.
long="sweep r.yaml seed=1,2 --sweep-dir stopped --set train.epochs=100000 --set checkpoint.every_epochs=0"
# shellcheck disable=SC2086
timeout 120 "${launch[@]}" -n 2 "$ONECYCLE" \
  $long >out 2>err &
job=$!
for _ in $(seq 200); do
  [ -s stopped/point-001/steps.csv ] && [ -s stopped/point-002/steps.csv ] && break
  sleep 0.1
done
kill -USR1 "$(rank_process 1 stopped)"
wait $job
code=$?
exits "a signal to one rank stops all" 75 "stopped and saved"
same "both runs are saved" "stopped stopped" \
  "$(field status stopped/point-001/summary.json) $(field status stopped/point-002/summary.json)"

# What they refuse.
refuses() { # WHAT TEXT RANKS ARGS...
  local what=$1 text=$2 ranks=$3
  shift 3
  run "$ranks" "$@" --quiet
  exits "$what" 64 "$text"
}
refuses "sweep: a wrong key" "did you mean" 0 sweep r.yaml optimizer.weight_deca=1,2
refuses "sweep: a wrong value" "schedule.max_lr" 0 sweep r.yaml max_lr=0.1,fast
refuses "sweep: no values" "expected KEY=VALUE" 0 sweep r.yaml max_lr
refuses "sweep: an empty value" "a value is empty" 0 sweep r.yaml max_lr=0.1,,0.2
refuses "sweep: a value twice" "appears twice" 0 sweep r.yaml max_lr=0.1,0.1
refuses "sweep: a key twice" "is given twice" 0 sweep r.yaml max_lr=0.1 schedule.max_lr=0.2
refuses "sweep: nothing to sweep" "after the recipe" 0 sweep r.yaml
refuses "sweep: too many points" "more than 1024" 0 sweep r.yaml "seed=$(seq -s, 40)" "epochs=$(seq -s, 40)"
refuses "sweep: more groups than ranks" "groups" 2 sweep r.yaml max_lr=0.1,0.2,0.3 --groups 3
refuses "sweep: more groups than points" "groups" 4 sweep r.yaml max_lr=0.1,0.2 --groups 3
refuses "sweep: ranks without shards" "nothing to do" 4 sweep r.yaml batch.shards=1,2
refuses "sweep: the time of an allocation" "train.fit_time: found allocation" 2 sweep r.yaml \
  max_lr=0.1,0.2 --set train.fit_time=allocation
refuses "range-test: --write with --grid" "several rates" 0 range-test r.yaml --grid seed=1,2 --write
refuses "range-test: a wrong key in --grid" "did you mean" 0 range-test r.yaml --grid bach.size=1,2
[ ! -e runs ] && ok "no folder is left" || not_ok "runs: $(ls -R runs | head -5)"
finish
