#!/usr/bin/env bash
# lost_rank_test.sh - a job outlives its ranks: killed in steps, evaluations and saves, first rank or not, it
# ends with the weights of the run that lost nobody, tables whole; too few ranks are saved, others stop.
# LOST_RANK_RUNS=N: N runs that each lose one or two ranks at random (4 without it). Skipped where MPI has no
# User-Level Failure Mitigation: `scripts/try-on.sh --again trixie -- scripts/test.sh -R lost_rank` has it.
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/trainings.sh"
. "$(dirname "$0")/../lib/lost.sh"
cd "$scratch" || exit 1
left_alone 12

goes_on() { # NAME WHO: the job ended as if nothing had happened
  ends
  exits "$1: without rank $2" 0
  same "$1: the weights" "$want" "$(field weights_hash "$1/summary.json")"
  same "$1: a row for each step" "$(seq 372)" "$(tail -n +2 "$1/steps.csv" | cut -d, -f1)"
  same "$1: a row for each epoch" 12 "$(tail -n +2 "$1/epochs.csv" | cut -d, -f1 | sort -u | wc -l)"
}

start first
goes_on first "$(lose 0)"
same "and says so" 1 "$(grep -c 'lost 1 of 4 ranks; the others go on from step' first/log.txt)"
for i in $(seq "${LOST_RANK_RUNS:-4}"); do
  start "run$i" --set reduce.overlap="$( ((i % 2)) && echo on || echo off)"
  sleep "0.$((RANDOM % 5))"
  who=$(lose any)
  if ((i % 2 == 0)); then
    sleep "0.$((RANDOM % 5))"
    who+=" and $(lose any)"
  fi
  goes_on "run$i" "$who"
done

start few --set train.min_ranks=4
lose 2 >/dev/null
ends
exits "fewer than train.min_ranks" 75 'train.min_ranks is 4: the run is saved'
run 3 train r.yaml --run-dir few --resume
same "and resumed" "$want" "$(field weights_hash few/summary.json)"
start stop --set train.on_lost_rank=stop
lose 2 >/dev/null
ends
exits "train.on_lost_rank: stop" 71
start still --set train.peer_timeout=2
stopped=$(rank_process 1)
kill -STOP "$stopped"
ends
exits "a rank that stands still" 71 'waited .* s in .* for \(the other ranks\|rank 1\)'
kill -KILL "$stopped" 2>/dev/null
finish
