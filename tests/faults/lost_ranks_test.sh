#!/usr/bin/env bash
# lost_ranks_test.sh - four ranks lose one or two, rank 0 too, at random instants and in the middle of an
# exchange, an evaluation and a save: each job ends by itself, with the weights of the run that lost nobody
# and whole tables, and mpirun with 0. How long it stood still is told, not judged. What else a lost rank
# asks for is in mpi/lost_rank_test.sh. Skipped where MPI has no User-Level Failure Mitigation.
#   LOST_RANKS_RUNS=N     so many runs (5); each is made by its number alone, but for instants
#   LOST_RANKS_TO=FOLDER  rows of runs.csv and recoveries.csv are added there, runs that are in them are not
#                         made again; what a run that failed left behind is in FOLDER/run-N, events and log of one
#                         that stood still for more than half a second in FOLDER/slow-N
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/trainings.sh"
[ ${#lose_ranks[@]} -gt 0 ] && [ -n "${AIM:-}" ] ||
  { echo "skipped: this MPI has no User-Level Failure Mitigation"; exit 77; }
cd "$scratch" || exit 1
results=${LOST_RANKS_TO:-$scratch/results}
mkdir -p "$results"
[ -s "$results/runs.csv" ] || echo "run,moment,overlap,lost,exit_code,passed,seconds" >"$results/runs.csv"
[ -s "$results/recoveries.csv" ] || echo "run,moment,lost,noticed_ms,pause_ms" >"$results/recoveries.csv"
ranks=4 steps=372 epochs=12
left_alone $epochs

below() { echo $((RANDOM % $1)); }
# plan RUN: $moment, $overlap, $victims (ranks, in order) and $aim, what AIM_KILL says (tests/faults/helpers/aim.c)
plan() {
  local first second at=0 all=(0 1 2 3)
  RANDOM=$1
  below 2 >/dev/null
  moment=$(echo exchange evaluate save random random | cut -d' ' -f$(($1 % 5 + 1)))
  overlap=$([ $(($1 / 5 % 2)) = 0 ] && echo on || echo off)
  first=$([ $(($1 % 3)) = 0 ] && echo 0 || below $ranks)
  second=$(((first + 1 + RANDOM % (ranks - 1)) % ranks))
  victims=("$first")
  [ $(($1 / 2 % 2)) = 0 ] || victims+=("$second")
  aim=
  for each in "${victims[@]}"; do
    case $moment in
    exchange) aim+=,exchange:$((1 + RANDOM % 300)):$each:$each ;; # by itself, with messages under way
    evaluate) aim+=,evaluate:$((1 + RANDOM % epochs)):$each:$each ;;
    save) # by whoever is first then
      aim+=,save:$((1 + RANDOM % 100)):$at:$each
      [ "$each" != 0 ] || at=1
      ;;
    esac
  done
  aim=${aim#,}
}
begun() { grep -c ' begin ' events 2>/dev/null; }
# Kills the next of $victims within the time a run takes.
lose() { # RANK
  sleep "$(awk -v r=$RANDOM -v s="$usual" 'BEGIN { printf "%.3f", s * r / 32768 }')"
  local process
  process=$(awk -v r="$1" '$2 == r && $3 == "begin" { print $4 }' events)
  grep -qx onecycle "/proc/$process/comm" 2>/dev/null || return 0
  echo "$(date +%s.%6N) $1 kill $1" >>events
  kill -KILL "$process" 2>/dev/null
}
start() { # NAME
  : >events
  timeout -k 5 120 "${launch[@]}" "${lose_ranks[@]}" -n $ranks env LD_PRELOAD="$AIM" AIM_EVENTS="$scratch/events" \
    AIM_KILL="$aim" "$ONECYCLE" train r.yaml --run-dir "$1" --set reduce.overlap="$overlap" \
    >"$scratch/out" 2>"$scratch/err" </dev/null &
  job=$!
}
# From the events: of each recovery, how long after the kill somebody noticed it and all went on. Kills before
# all go on are one recovery.
recoveries() { # RUN
  sort -n events | awk -v run="$1" -v moment="$moment" '
    function close_one() {
      if (killed != "") printf "%s,%s,%s,%.1f,%.1f\n", run, moment, killed, 1000 * (noticed - since), 1000 * (on - since)
      killed = noticed = on = ""
    }
    $3 == "kill" { if (on != "") close_one(); if (killed == "") since = $1; killed = killed (killed == "" ? "" : " ") $4 }
    $3 == "lost" && killed != "" && noticed == "" { noticed = $1 }
    $3 == "on" { on = $1 }
    END { if (on != "") close_one() }'
}
whole_tables() { # NAME
  [ "$(tail -n +2 "$1/steps.csv" | cut -d, -f1)" = "$(seq $steps)" ] &&
    [ "$(tail -n +2 "$1/epochs.csv" | cut -d, -f1 | sort -u | wc -l)" = $epochs ]
}
# attempt RUN: $killed ranks, exit code in $code, and $good
attempt() {
  local began
  rm -rf "run-$1"
  plan "$1"
  start "run-$1"
  began=$(date +%s.%N)
  if [ "$moment" = random ]; then
    until [ "$(begun)" = $ranks ] || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
    for each in "${victims[@]}"; do lose "$each"; done
  fi
  wait $job
  code=$?
  seconds=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
  killed=$(grep -c ' kill ' events)
  good=no
  [ "$code" = 0 ] && [ "$want" = "$(field weights_hash "run-$1/summary.json")" ] && whole_tables "run-$1" && good=yes
}

aim='' overlap=on
start calm
began=$SECONDS
wait $job
code=$?
exits "four ranks, nobody is lost" 0
same "the weights" "$want" "$(field weights_hash calm/summary.json)"
takes() { awk -v b="$(stat -c %.Y "$1/summary.json")" 'NR == 1 { print b - $1; exit }' events; } # RUN: seconds
usual=$(takes calm)
for i in $(seq "${LOST_RANKS_RUNS:-5}"); do
  grep -q "^$i," "$results/runs.csv" && continue
  for _ in 1 2 3 4 5 6; do # of instants after its end there is nothing to see
    attempt "$i"
    [ "$killed" = 0 ] && [ $good = yes ] || break
    usual=$(takes "run-$i") # the machine may have become quicker
  done
  [ "$killed" != 0 ] || good=no # a run in which nobody was killed shows nothing
  echo "$i,$moment,$overlap,${victims[*]:0:$killed},$code,$good,$seconds" >>"$results/runs.csv"
  recoveries "$i" >recoveries
  cat recoveries >>"$results/recoveries.csv"
  awk -F, '$5 > 500 { slow = 1 } END { exit !slow }' recoveries && [ -s "run-$i/log.txt" ] &&
    mkdir -p "$results/slow-$i" && cp events "run-$i/log.txt" "$results/slow-$i"
  same "run $i, $moment: without rank ${victims[*]:0:$killed}" yes $good
  [ $good = yes ] || { rm -rf "$results/run-$i" && cp -r "run-$i" "$results/run-$i" && cp events out err "$results/run-$i"; }
  rm -rf "run-$i"
done
for each in noticed:4 pause:5; do
  tail -n +2 "$results/recoveries.csv" | cut -d, -f"${each#*:}" | sort -n |
    awk -v what="${each%:*}" '{ v[NR] = $1 } END { if (NR) printf "%s: median %s ms, longest %s ms, %d recoveries\n", what, v[int((NR + 1) / 2)], v[NR], NR }'
done
finish
