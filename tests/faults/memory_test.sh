#!/usr/bin/env bash
# memory_test.sh - a request of the program for memory or a thread gets nothing, once or from then on,
# while it starts, does ten steps, saves, and resumes: it says so and ends with a documented code, or
# goes on; a resume ends with the weights of a training that was left alone. A sample of the requests;
# all of them with LONG_FORM (tests/lib/long.sh).
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/long.sh"
. "$(dirname "$0")/../lib/trainings.sh"
: "${FAULTY:?the copy of the program with tests/faults/helpers/faulty_memory.c}"
cd "$scratch" || exit 1
samples=120
mkdir nothing # no gnuplot: not ours, and slow
two_layers 5 5
# train NAME=VALUE...: into `run`, going on from what is there; in phase start it is stopped after 10 steps.
train() {
  timeout 60 env PATH="$scratch/nothing" FAULT_REPORT="$scratch/report" "$@" "$FAULTY" train "$scratch/r.yaml" \
    --run-dir "$scratch/run" --resume >out 2>err
  code=$?
}
fresh() {
  rm -rf run report
  [ "$1" = start ] && stop=(COUNT_STOP="9 0 15") || { stop=() && cp -r stopped run; }
}
why() {
  local first=$code number call
  [ -s report ] || { echo void && return; }
  read -r number call <report
  case $1/$first in
  start/75 | resume/0) ;;
  */70 | */71 | */74) grep -q . err || { echo "$call: exit code $first without a word" && return; } ;;
  *) echo "$call: exit code $first: $(tail -n 1 err)" && return ;;
  esac
  rm report
  train
  [ "$code" = 0 ] || { echo "$call: the resume ended with $code: $(tail -n 1 err)" && return; }
  [ "$(field weights_hash run/summary.json)" = "$whole" ] || { echo "$call: other weights" && return; }
  echo good
}
train
exits "left alone" 0
whole=$(field weights_hash run/summary.json)
fresh start
train "${stop[@]}" FAULT_MEMORY=0
exits "stopped" 75
requests_start=$(cut -d' ' -f1 report)
mv run stopped
fresh resume
train FAULT_MEMORY=0
exits "resumed" 0
requests_resume=$(cut -d' ' -f1 report)
points=()
for phase in start resume; do
  requests=requests_$phase
  [ "${!requests}" -gt 100 ] || not_ok "$phase: only ${!requests} requests"
  for number in $(seq "${!requests}"); do points+=("$phase.once.$number" "$phase.lasting.$number"); done
done
comparable
try() {
  local phase how number
  IFS=. read -r phase how number <<<"$1"
  fresh "$phase"
  [ "$how" = once ] || stop+=(FAULT_MEMORY_LASTS=1)
  train "${stop[@]}" FAULT_MEMORY="$number"
  note "$1" "$(why "$phase")"
}
try_points $samples try "${points[@]}"
for phase in start resume; do
  for how in once lasting; do judge "$phase, $how" "$phase.$how."; done
done
! is_long || echo "$(wc -l <"$long_points") of ${#points[@]} points tried, $(grep -c ' void$' "$long_points") void"
finish
