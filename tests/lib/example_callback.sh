#!/usr/bin/env bash
# example_callback.sh PROGRAM - docs/examples/callback.c does what it says.
. "$(dirname "$0")/check.sh"
program=$1
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 600 --test 100 data.h5
exits "data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: data.h5}
batch: {size: 50}
train: {epochs: 3}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.01}
YAML
"$program" r.yaml stopped 0.0 2>err
same "stops after the first evaluation" 75 $?
same "at the end of the first epoch" 13 "$(wc -l <stopped/steps.csv)"
"$program" r.yaml whole 1.1 2>err
same "goes on to the end" 0 $?
same "all steps" 37 "$(wc -l <whole/steps.csv)"
finish
