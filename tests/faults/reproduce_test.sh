#!/usr/bin/env bash
# reproduce_test.sh - what the scripts of scripts/reproduce share (lib.sh): runs are queued, end once,
# go on after a stop; means, tables and refused options. The experiments themselves take longer.
. "$(dirname "$0")/../lib/check.sh"
folder=$ONECYCLE_SOURCE/scripts/reproduce

for script in "$folder"/*.sh; do
  [ "${script##*/}" != lib.sh ] || continue
  what=${script##*/}
  "$script" --help >"$scratch/out" 2>"$scratch/err"
  same "$what: --help" "$?" 0
  same "$what: --help names the options" "$(grep -c -e '^  --quick' "$scratch/out")" 1
  "$script" --what >"$scratch/out" 2>"$scratch/err"
  same "$what: an unknown option" "$?" 1
  same "$what: an unknown option, said once" "$(grep -c -e 'unknown option --what' "$scratch/err")" 1
  "$script" --jobs 0 >"$scratch/out" 2>"$scratch/err"
  same "$what: no jobs" "$?" 1
  same "$what: no jobs, said once" "$(grep -c -e '--jobs 0: expected a whole number from 1' "$scratch/err")" 1
done

# An experiment of two good runs and one that diverges, on a table of two lines.
cat >"$scratch/trial.sh" <<END
#!/bin/bash
# trial.sh - an experiment
# shellcheck
source "$folder/lib.sh"
begin trial "\$@"
printf 'x,y\n1,1\n-1,-1\n' >"$scratch/line.csv"
file=$scratch/line.h5
[ -f "\$file" ] || "\$onecycle" import csv "$scratch/line.csv" "\$file" --targets y --test "$scratch/line.csv" >/dev/null
for run in fine-s1:0.1 fine-s2:0.4 far-s1:900; do
    add "\${run%:*}" parabola.yaml --set "data.file=\$file" --set "schedule.lr=\${run#*:}" \\
        --set train.epochs=\${EPOCHS:-40} --set checkpoint.every_steps=0 --set checkpoint.every_epochs=0 \${MORE:-}
done
run_queue
csv \$(seeds_of fine) >"\$out.csv"
{
    echo "fine \$(mean_sd test_r2 \$(seeds_of fine)) far \$(mean_sd test_r2 \$(seeds_of far)) none \$(mean_sd test_r2)"
    provenance
} >"\$out.md"
END
trial() {
  timeout 120 bash "$scratch/trial.sh" --runs "$scratch/runs" --out "$scratch/out.d" "$@" \
    >"$scratch/out" 2>"$scratch/err"
  code=$?
}
trial --jobs 3
exits "an experiment" 0
runs=$scratch/runs/trial
same "a run that diverges is a result" "$(field status "$runs/far-s1/summary.json")" diverged
same "others end" "$(field status "$runs/fine-s2/summary.json")" "done"
same "the table of epochs has both runs" "$(cut -d, -f1 "$scratch/out.d/trial.csv" | sort | uniq -c | xargs)" \
  "40 fine-s1 40 fine-s2 1 run"
same "how it was made is there" "$(grep -c 'scripts/reproduce/trial.sh --runs .* --jobs 3' "$scratch/out.d/trial.md")" 1
before=$(stat -c %Y.%i "$runs"/*/summary.json | xargs)
trial --quiet-please
exits "an option that does not exist" 1 'unknown option'
trial --report
exits "the report alone" 0
trial
exits "again" 0
same "what has ended is not run again" "$(stat -c %Y.%i "$runs"/*/summary.json | xargs)" "$before"

# Mean and deviation by hand: 0.99 and 0.98 have the mean 98.5 % and the deviation 0.7071 %.
sed -i 's/"test_r2": .*/"test_r2": 0.99,/' "$runs/fine-s1/summary.json"
sed -i 's/"test_r2": .*/"test_r2": 0.98,/' "$runs/fine-s2/summary.json"
trial --report
same "mean, deviation, diverged, none" "$(head -n 1 "$scratch/out.d/trial.md")" \
  "fine 98.50 ± 0.71 (2) far 1 diverged none –"

rm -r "$runs"
MORE='--set optimizer.name=none' trial
exits "a run that cannot start" 1 'has not ended'

# A stop: the runs save, the script leaves with 75, the next call goes on where they were.
rm -r "$runs"
stopped() { # STEPS: let it run beyond that step, then stop it
  EPOCHS=1000000 bash "$scratch/trial.sh" --runs "$scratch/runs" --out "$scratch/out.d" --jobs 1 \
    >"$scratch/out" 2>"$scratch/err" &
  local pid=$!
  for _ in $(seq 300); do
    [ "$(tail -n 1 "$runs/fine-s1/epochs.csv" 2>/dev/null | awk -F, -v least="${1:-0}" '$2 + 0 > least')" = "" ] || break
    sleep 0.1
  done
  kill -TERM $pid
  wait $pid
  code=$?
  steps=$(field steps "$runs/fine-s1/summary.json")
}
stopped 10
exits "a stop" 75
same "a stop saves" "$(field status "$runs/fine-s1/summary.json")" stopped
first=$steps
stopped "$first"
exits "a second stop" 75
same "it went on ($first, then $steps steps)" "$((steps > first))" 1
same "from where it was" "$(field resumed "$runs/fine-s1/summary.json")" true
finish
