#!/usr/bin/env bash
# targets_test.sh - regression and several labels per sample, from a CSV table to predictions: the same
# weights and scores on any number of ranks and after a resume, and what does not go together.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
# Three features; far is a number with mean 500, near another; big and odd are labels.
awk 'BEGIN { srand(4); print "a,b,c,far,near,big,odd"
  for (i = 0; i < 1200; i++) { a = rand(); b = rand() * 10; c = rand() - 0.5
    printf "%.6f,%.6f,%.6f,%.6f,%.6f,%d,%d\n", a, b, c, 500 + 40 * a - 9 * b + rand(),
      a * 0.01 + c * 0.02, (b > 5), (a + c > 0.5) } }' >table.csv
run 0 import csv --targets far,near --ignore big,odd --test-fraction 0.25 table.csv numbers.h5
exits "a table of numbers" 0
run 0 import csv --multi-label big,odd --ignore far,near --test-fraction 0.25 table.csv labels.h5
exits "a table of labels" 0
run 0 import csv --label big --ignore far,near,odd --test-fraction 0.25 table.csv classes.h5
exits "a table of classes" 0
cat >recipe.yaml <<'YAML'
model: {name: mlp, hidden: [16]}
data: {file: numbers.h5}
batch: {size: 40, shards: 5}
train: {epochs: 12}
optimizer: {name: adamw, weight_decay: 0.01}
schedule: {name: onecycle, max_lr: 0.03}
YAML
train() { # RANKS NAME ARGS...
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train recipe.yaml --run-dir "$name" --quiet "$@"
}
above() { # WHAT LEAST VALUE
  awk -v v="$3" -v least="$2" 'BEGIN { exit !(v >= least) }' && ok "$1" || not_ok "$1: $3"
}
for kind in numbers labels; do
  for ranks in 1 2 3; do
    train $ranks $kind$ranks --set data.file=$kind.h5
    exits "$kind on $ranks ranks" 0
    same "weights of $kind on $ranks ranks" "$(hash_of ${kind}1)" "$(hash_of $kind$ranks)"
    same "scores of $kind on $ranks ranks" "$(cut -d, -f1-7,10- ${kind}1/epochs.csv)" \
      "$(cut -d, -f1-7,10- $kind$ranks/epochs.csv)"
  done
  train 2 $kind-resumed --set data.file=$kind.h5 --stop-at 130 # 22 steps an epoch
  exits "$kind stops within an epoch" 75
  train 3 $kind-resumed --resume --set data.file=$kind.h5
  same "weights of $kind after a resume" "$(hash_of ${kind}1)" "$(hash_of $kind-resumed)"
  same "scores of $kind after a resume" "$(cut -d, -f1-7,10- ${kind}1/epochs.csv)" \
    "$(cut -d, -f1-7,10- $kind-resumed/epochs.csv)"
  train 2 $kind-streamed --set data.file=$kind.h5 --set data.memory=64KiB
  same "weights of $kind whatever the memory" "$(hash_of ${kind}1)" "$(hash_of $kind-streamed)"
  train 1 $kind-mixed --set data.file=$kind.h5 --set augment.mixup=0.3
  train 2 $kind-mixed2 --set data.file=$kind.h5 --set augment.mixup=0.3
  same "weights of $kind with mixup" "$(hash_of $kind-mixed)" "$(hash_of $kind-mixed2)"
  differ "mixup counts" "$(hash_of ${kind}1)" "$(hash_of $kind-mixed)"
done
above "R2 of the numbers" 0.9 "$(field test_r2 numbers1/summary.json)"
above "all labels of a sample" 0.85 "$(field test_accuracy labels1/summary.json)"
above "F1 of the labels" 0.9 "$(field test_f1 labels1/summary.json)"
[ -f numbers1/checkpoints/best.h5 ] && ok "the best by R2 is kept" || not_ok "no best.h5"

run 2 eval numbers1
exits "eval" 0
same "R2 of eval" "$(sed -n 's/^test_r2 //p' out)" "$(printf %.6f "$(field test_r2 numbers1/summary.json)")"
same "MAE of eval" "$(sed -n 's/^test_mae //p' out)" "$(printf %.6g "$(field test_mae numbers1/summary.json)")"
# Predictions have the targets' unit, by the checkpoint's own mean and deviation.
run 0 predict numbers1 --data numbers.h5
exits "predict" 0
same "names of targets" "sample,far,near" "$(head -n 1 out)"
same "a line a sample" 301 "$(wc -l <out)"
above "numbers in their unit" 450 "$(awk -F, 'NR > 1 { s += $2 } END { print s / (NR - 1) }' out)"
head -n 400 table.csv >part.csv
run 0 import csv --targets far,near --ignore big,odd --test-fraction 0.5 part.csv part.h5
run 0 eval numbers1 --data part.h5
exits "eval on other data" 0
above "R2 by the mean of training" 0.8 "$(sed -n 's/^test_r2 //p' out)"
run 0 predict labels1 --data labels.h5
same "names of labels" "sample,big,odd" "$(head -n 1 out)"
run 0 inspect numbers1/checkpoints/best.h5
exits "inspect" 0
run 0 eval numbers1 --data classes.h5
exits "numbers on classes" 65 "targets are classes, expected regression"

train 0 refused --set loss.name=softmax_cross_entropy
exits "the wrong loss" 64 "loss.name"
train 0 refused --set loss.name=mse --set data.file=classes.h5
exits "no numbers in classes" 64 "loss.name"
train 0 refused --set data.balance=true
exits "nothing to balance" 64 "data.balance"
train 0 refused --set loss.smoothing=0.1
exits "nothing to smooth" 64 "loss.smoothing"
train 0 refused --set data.normalise_targets=false --set data.file=classes.h5
exits "classes are never standardised" 64 "data.normalise_targets: false, but .*classes.h5 contains classes; expected true"
train 0 plain --set data.normalise_targets=false
exits "targets as they are" 0
differ "that is another run" "$(hash_of numbers1)" "$(hash_of plain)"
finish
