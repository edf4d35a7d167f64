#!/usr/bin/env bash
# walk_test.sh - a training at each of whose calls on files something happens once: the call fails, the
# process is killed, or the power is cut, which takes what was not synced. A resume goes on from the
# checkpoint that was being written or the one before, and ends with the weights of a training that
# was left alone. A sample of the points; all of them with LONG_FORM (tests/lib/long.sh).
. "$(dirname "$0")/../lib/check.sh"
. "$(dirname "$0")/../lib/long.sh"
. "$(dirname "$0")/../lib/trainings.sh"
: "${FAULTY:?the copy of the program with tests/faults/helpers/faulty_disk.c}"
cd "$scratch" || exit 1
every=4 steps=24 samples=150 # of points, in the short form
kinds=(eio enospc eintr short before after drop halve garble)
phases=(start resume)
mkdir nothing # no gnuplot: not ours, and slow
two_layers $((steps / 4)) $every
# train OUT NAME=VALUE...: into root/run, going on from what is there. Also waits for who cuts the power.
train() {
  local out=$1
  shift
  timeout 60 env PATH="$scratch/nothing" "$@" "$FAULTY" train "$scratch/r.yaml" \
    --run-dir "$scratch/root/run" --resume 2>&1 | cat >"$out"
  code=${PIPESTATUS[0]}
}
# fresh PHASE: what there is when a point of the phase begins
fresh() {
  rm -rf root stash report
  mkdir root stash
  [ "$1" = start ] || cp -r stopped/run root/
}
fault() { train "$1" FAULT_ROOT="$scratch/root" FAULT_STASH="$scratch/stash" FAULT_REPORT="$scratch/report" "${@:2}"; }
# why PHASE KIND: what is wrong after a point, or good, or void
why() {
  local number call path durable begun resumed first=$code hash
  [ -s report ] || { echo void && return; }
  read -r number call path durable begun <report
  [ "$1" = start ] || durable=$((durable > stopped ? durable : stopped)) begun=$((begun > stopped ? begun : stopped))
  case $2/$first in
  before/137 | after/137 | drop/137 | halve/137 | garble/137 | [es]*/0 | [es]*/74) ;;
  *) echo "$call $path: exit code $first" && return ;;
  esac
  case $2.$call in # what a signal interrupts is done again
  eintr.write | eintr.fsync | eintr.close)
    [ "$first" = 0 ] && ! grep -q 'no checkpoint of step' first || { echo "$call $path: gives up" && return; }
    ;;
  esac
  train again
  [ "$code" = 0 ] || { echo "$call $path: the resume ended with $code" && return; }
  hash=$(field weights_hash root/run/summary.json)
  [ "$hash" = "$whole" ] || { echo "$call $path: other weights" && return; }
  ! grep -q 'skipping a checkpoint' again || { echo "$call $path: a damaged checkpoint" && return; }
  resumed=$(sed -n 's/.*resuming after step \([0-9]*\).*/\1/p' again)
  if [ "$first" = 137 ]; then
    if [ "${resumed:-0}" -lt "$durable" ] || [ "${resumed:-0}" -gt "$begun" ] || [ "${resumed:-0}" -lt $((begun - every)) ]; then
      echo "$call $path: resumed after ${resumed:-0}, step $durable was safe and $begun begun" && return
    fi
    [ "$(tail -n +2 root/run/steps.csv | cut -d, -f1)" = "$(seq "$steps")" ] ||
      { echo "$call $path: steps.csv has not each step once" && return; }
  fi
  [ -z "$(find root -name '.*.tmp-*')" ] || { echo "$call $path: leftovers stay" && return; }
  echo good
}

fresh start
train whole.out
exits "a training that is left alone" 0
whole=$(field weights_hash root/run/summary.json)
fresh start
train stopped.out COUNT_STOP="10 0 15"
exits "one that is stopped" 75
mv root stopped
stopped=$(sed -n 's/.*stopped after step \([0-9]*\).*/\1/p' stopped.out)
points=()
for phase in "${phases[@]}"; do
  fresh "$phase"
  fault calls.out
  same "weights with all calls counted, $phase" "$whole" "$(field weights_hash root/run/summary.json)"
  cp report "calls.$phase"
  calls=$(wc -l <report)
  [ "$calls" -gt 50 ] || not_ok "$phase: only $calls calls"
  for number in $(seq "$calls"); do
    is_write=$(sed -n "${number}s/^[0-9]* write .*/1/p" report)
    for kind in "${kinds[@]}"; do
      [ "$kind" = short ] && [ -z "$is_write" ] || points+=("$phase.$kind.$number")
    done
  done
done
comparable
try() {
  local phase kind number
  IFS=. read -r phase kind number <<<"$1"
  fresh "$phase"
  fault first FAULT_AT="$number" FAULT_KIND="$kind"
  note "$1" "$(why "$phase" "$kind")"
}
try_points $samples try "${points[@]}"
for phase in "${phases[@]}"; do
  for kind in "${kinds[@]}"; do judge "$phase, $kind" "$phase.$kind."; done
done
! is_long || echo "$(wc -l <"$long_points") of ${#points[@]} points tried, $(grep -c ' void$' "$long_points") void"
finish
