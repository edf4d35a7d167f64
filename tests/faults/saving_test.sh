#!/usr/bin/env bash
# saving_test.sh - a disk that is full for a while, or hangs, in the middle of training: training goes
# on, says so, saves again when it can, and loses nothing that was saved. Ends at once when it can't.
. "$(dirname "$0")/../lib/check.sh"
: "${DISK:?the library of tests/faults/helpers/disk.c}"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 960 --test 96 data.h5
exits "synthetic data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [32]}
data: {file: data.h5}
batch: {size: 16, shards: 2}
train: {epochs: 120, seed: 7, peer_timeout: 4}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: 50, every_epochs: 0, best: false}
YAML
# start NAME ARGS...: in the background on a disk as state says, its number in $pid
start() {
  local name=$1
  shift
  LD_PRELOAD=$DISK DISK_STATE=state ASAN_OPTIONS=verify_asan_link_order=0 \
    "$ONECYCLE" train r.yaml --run-dir "$name" --quiet "$@" >out 2>err &
  pid=$!
}
# tells WHAT TEXT: err says TEXT within a minute
tells() {
  for _ in $(seq 1200); do
    grep -q -- "$2" err && ok "$1" && return
    sleep 0.05
  done
  not_ok "$1: nobody said '$2'"
}
# saved NAME: there is a checkpoint
saved() {
  for _ in $(seq 1200); do
    [ -e "$1/checkpoints/latest" ] && return
    sleep 0.05
  done
  not_ok "$1: no checkpoint"
}
ends() {
  wait "$pid"
  code=$?
}
echo good >state
run 0 train r.yaml --run-dir whole --quiet
exits "the run to compare with" 0
whole=$(hash_of whole)

start full
saved full
echo full >state
tells "a full disk is told" "no checkpoint of step .*; training goes on, the newest one is of step"
echo good >state
tells "so is that there is room again" "saved: it is possible again"
kill -TERM "$pid"
ends
exits "and a stop saves" 75
run 0 train r.yaml --run-dir full --quiet --resume
exits "a resume" 0
same "weights after a full disk" "$whole" "$(hash_of full)"
rows=$(tail -n +2 full/steps.csv | cut -d, -f1 | uniq | wc -l)
if [ "$rows" -gt 0 ] && [ "$(wc -l <full/steps.csv)" = $((rows + 1)) ]; then
  ok "steps.csv has whole rows, each once"
else
  not_ok "steps.csv: $rows rows of $(wc -l <full/steps.csv) lines"
fi

start hangs
saved hangs
echo hang >state
tells "a disk that hangs is told" "has not been written yet; training goes on, the newest one is of step"
kill -TERM "$pid"
ends
exits "a stop that cannot be saved" 74 "the file system hangs; what was trained after step .* is lost"
echo good >state
run 0 train r.yaml --run-dir hangs --quiet --resume
exits "a resume after that" 0
same "weights after a disk that hung" "$whole" "$(hash_of hangs)"
finish
