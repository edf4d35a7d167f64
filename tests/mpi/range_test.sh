#!/usr/bin/env bash
# range_test.sh - the range test on 1, 2, 3 and 4 ranks: the same curve bit for bit, weights put
# back, its end decided by all ranks alike; groups of parameters, any schedule, streamed data,
# threads; what --write does to a recipe; and what it refuses.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 600 --test 100 --shape 1x12x12 data.h5
exits "synthetic data set" 0
cat >plain.yaml <<'YAML'
# Mine: keep this line.
model: {name: mlp, hidden: [24], batch_norm: true}
data: {file: data.h5}
batch: {size: 48, shards: 6}
train: {epochs: 4, seed: 7}
optimizer: {name: sgd, weight_decay: 1e-3}
schedule:
  name: onecycle   # the policy
  max_lr: 123      # to be found
  momentum: [0.9, 0.8]
YAML
column() { tail -n +2 "$1/suggestions.csv" | cut -d, -f"$2"; }

everywhere() { # WHAT ARGS...: on 1, 2, 3 and 4 ranks
  local what=$1 ranks
  shift
  run 1 range-test "$@" --out "$what-1" --quiet
  exits "$what on 1 rank" 0
  same "$what: weights are put back" "$(column "$what-1" 13)" "$(column "$what-1" 14)"
  for ranks in 2 3 4; do
    run $ranks range-test "$@" --out "$what-$ranks" --quiet
    exits "$what on $ranks ranks" 0
    cmp -s "$what-1/range.csv" "$what-$ranks/range.csv" && ok "$what: curve on $ranks ranks" ||
      not_ok "$what: range.csv differs on $ranks ranks"
    same "$what: weights are put back on $ranks ranks" "$(column "$what-1" 13)" \
      "$(column "$what-$ranks" 14)"
  done
}

everywhere diverging plain.yaml --steps 60 --max-lr 1000
same "its loss ends it" diverged "$(column diverging-1 3)"
same "before the last step" yes "$([ "$(column diverging-1 4)" -lt 60 ] && echo yes)"
same "rows are steps" "$(column diverging-1 4)" "$(tail -n +2 diverging-1/range.csv | wc -l)"
[ -s diverging-1/range.png ] && ok "a picture" || not_ok "no picture"

# What is not finite ends the test, and is not the end of the job.
everywhere infinite plain.yaml --steps 60 --min-lr 1 --max-lr 1e30 --stop-factor 0
same "a loss that is no number ends it" not_finite "$(column infinite-1 3)"

# A linear range, evaluated on the way, two threads a rank, groups of parameters that keep their
# shares, another optimiser, and a schedule that is not used.
cat >linear.yaml <<'YAML'
model: {name: mlp, hidden: [24], batch_norm: true}
data: {file: data.h5}
batch: {size: 48, shards: 8}
train: {epochs: 4, seed: 7}
compute: {threads: 2}
optimizer: {name: adamw, groups: ["fc1.*", "*"], freeze: ["*.bias"]}
schedule: {name: warm_restarts, lr: 'slice(1e-3, 1e-1)', warmup: 3, momentum: 0.8}
YAML
everywhere linear linear.yaml --linear --steps 24 --max-lr 0.05 --evaluate-every 8
same "evaluated after every 8 steps" "8 16 24" \
  "$(tail -n +2 linear-1/range.csv | awk -F, '$7 != "nan" { printf "%s%s", sep, $2; sep = " " }')"
same "rates rise in a straight line" "24 rows, 0 wrong" "$(tail -n +2 linear-1/range.csv | awk -F, '
  { want = 0.05 * (NR - 1) / 24; if ($3 - want > 1e-15 || want - $3 > 1e-15) wrong++ }
  END { printf "%d rows, %d wrong", NR, wrong }')"
run 0 range-test plain.yaml --steps 30 --max-lr 1 --quiet --out memory
run 2 range-test plain.yaml --steps 30 --max-lr 1 --quiet --out streamed --set data.memory=512KiB
exits "data that are read while training" 0
cmp -s memory/range.csv streamed/range.csv && ok "the same curve" || not_ok "streamed: another curve"

# --write: the value's bytes change and nothing else.
cp plain.yaml before.yaml
run 2 range-test plain.yaml --steps 40 --max-lr 10 --write --out written
exits "--write" 0
same "what is printed fits 80 columns" 0 "$(awk 'length > 80' out | wc -l)"
rate=$(awk -v x="$(column written 11)" 'BEGIN { printf "%.3g", x }')
same "only the rate is another" "$(sed "s/max_lr: 123 /max_lr: $rate /" before.yaml)" "$(cat plain.yaml)"
run 0 train plain.yaml --set train.max_steps=2 --run-dir trained --quiet
exits "the recipe trains" 0
run 0 range-test plain.yaml --steps 40 --max-lr 10 --quiet --suggestion steep --out steep
exits "--suggestion, --quiet" 0
same "prints the rate alone" "$(awk -v x="$(column steep 9)" 'BEGIN { printf "%.3g", x }')" \
  "$(cat out)"
run 0 range-test plain.yaml --steps 40 --max-lr 10 --quiet --suggestion steep --out scaled \
  --set schedule.scale_lr=linear --set schedule.base_batch=16
same "of a recipe that scales its rate, the one before scaling" \
  "$(awk -v x="$(column steep 9)" 'BEGIN { printf "%.3g", x / 3 }')" "$(cat out)"
sed -i '/max_lr/d' plain.yaml
run 0 range-test plain.yaml --steps 40 --max-lr 10 --write --quiet --out absent
exits "a recipe without a rate" 0
grep -q "^  max_lr: $(cat out)\$" plain.yaml && ok "gets one" || not_ok "no max_lr in plain.yaml"
run 0 range-test linear.yaml --steps 40 --min-lr 1e-4 --max-lr 1 --write --quiet --out slice
exits "a slice" 0
grep -q 'lr: "slice(.*, '"$(cat out)"')", warmup: 3' linear.yaml && ok "keeps its proportions" ||
  not_ok "linear.yaml: $(grep lr: linear.yaml)"
cp plain.yaml before.yaml
run 0 range-test plain.yaml --steps 40 --max-lr 10 --write --quiet --set schedule.name=cosine \
  --set schedule.momentum=0.9 --set schedule.lr=1 --out other
exits "the rate of a schedule that the file does not have" 64
cmp -s plain.yaml before.yaml && ok "leaves it alone" || not_ok "plain.yaml was changed"

# What it refuses, before anything is trained.
refuses() { # WHAT TEXT ARGS...
  local what=$1 text=$2
  shift 2
  run 0 range-test plain.yaml --out refused "$@"
  exits "$what" 64 "$text"
}
refuses "no steps" "--steps 0: expected a whole number from 1" --steps 0
refuses "a range that does not rise" "expected an increasing range" --min-lr 1 --max-lr 1
refuses "an exponential range from 0" "more than 0 (or a linear one)" --min-lr 0
refuses "a rate that is no number" "expected a number of 0 or more" --max-lr nan
refuses "a stop factor below 1" "stop factor 0.5" --stop-factor 0.5
refuses "a suggestion that does not exist" "expected valley" --suggestion vally
refuses "a wrong key" "did you mean" --set optimizer.weight_deca=1
refuses "a folder in use" "holds a range test already" --out written
[ ! -e refused ] && ok "no folder is left" || not_ok "refused: a folder"
run 0 range-test plain.yaml --steps 2 --write --out few
exits "--write of a curve that is too short" 64 "there is no suggestion"

# A signal to one rank: all end together with 75, and nothing is recommended.
timeout 60 "${launch[@]}" -n 2 "$ONECYCLE" \
  range-test plain.yaml --steps 1000000 --max-lr 1e-6 --out stopped >out 2>err &
for _ in $(seq 100); do
  pid=$(rank_process 1 stopped)
  [ -d stopped ] && [ -n "$pid" ] && break
  sleep 0.1
done
sleep 0.5
kill -USR1 "$pid"
wait $!
code=$?
exits "a signal" 75 "stopped by a signal"
same "its curve is kept" stopped "$(column stopped 3)"
finish
