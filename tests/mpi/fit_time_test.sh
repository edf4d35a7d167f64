#!/usr/bin/env bash
# fit_time_test.sh - train.fit_time on the real clock and beside a busy neighbour: the last step has
# the schedule's last rate whatever the machine does; Slurm's end of a job; what is refused. How
# long a run takes is not judged here: unit/fit_test.c and mpi/fit_test.c do that on clocks of
# their own.
. "$(dirname "$0")/../lib/check.sh"
unset SLURM_JOB_ID SLURM_JOB_END_TIME
run 0 import synthetic --seed 3 --train 600 --test 100 "$scratch/data.h5"
exits "synthetic data set" 0
recipe=$scratch/r.yaml
cat >"$recipe" <<YAML
model: {name: mlp, hidden: [64]}
data: {file: data.h5}
batch: {size: 48, shards: 6}
train: {fit_time: 12s} # starting up takes some of it, on some machines seconds
optimizer: sgd
schedule: {name: onecycle, dialect: torch, max_lr: 0.02}
YAML
last_of() { tail -n 1 "$1" | cut -d, -f"$2"; }
# the end of the 1cycle, (0.02 / 25) / 1e4, as the table of rates prints it
run 0 schedule "$recipe" --steps 1000000
exits "the schedule is printed" 0
end=$(last_of "$scratch/out" 2)

(while :; do :; done) &
neighbour=$!
run 2 train "$recipe" --run-dir "$scratch/busy"
kill $neighbour
exits "beside a busy neighbour" 0 "fit_time: [0-9]* steps, decided at step"
same "it ends at the schedule's end" "$end" "$(printf %.10g "$(last_of "$scratch/busy/steps.csv" 3)")"
run 0 inspect "$scratch/busy/checkpoints/$(cat "$scratch/busy/checkpoints/latest")"
exits "its checkpoint is shown" 0
grep -q "^decided  *from step [1-9]" "$scratch/out" && ok "with the decision" || not_ok "no decision in it"

run 0 schedule "$recipe"
exits "no number of steps to print" 64 "use --steps"
run 2 train "$recipe" --run-dir "$scratch/no" --set train.fit_time=2s
exits "too short for a step" 64 "--set train.fit_time=2s: .*not enough for a single step"
run 0 train "$recipe" --run-dir "$scratch/no" --set train.fit_time=90
exits "a time without a unit" 64 "a unit is missing"
run 0 train "$recipe" --run-dir "$scratch/no" --set train.fit_time=0
exits "nothing says how long" 64 "or train.max_steps or train.fit_time"
run 0 train "$recipe" --run-dir "$scratch/no" --set 'schedule.warmup=2 epochs'
exits "a length in epochs of nobody knows how many" 64 "schedule.warmup: is in steps or epochs.*expected % of the run"

# Slurm: the end of the job less 3 minutes.
run 2 train "$recipe" --run-dir "$scratch/no" --set train.fit_time=allocation
exits "allocation outside of a job" 64 "neither SLURM_JOB_END_TIME nor SLURM_JOB_ID"
SLURM_JOB_END_TIME=$(($(date +%s) + 300)) run 2 train "$recipe" --run-dir "$scratch/job" --quiet \
  --set train.fit_time=allocation --set train.max_steps=5
exits "in a job whose end is known" 0
same "likewise" "$end" "$(printf %.10g "$(last_of "$scratch/job/steps.csv" 3)")"
SLURM_JOB_END_TIME=soon run 0 train "$recipe" --run-dir "$scratch/no" --set train.fit_time=allocation
exits "an end that is no time" 64 'expected seconds since 1970, found "soon"'
mkdir "$scratch/bin"
printf '#!/bin/sh\n[ "$*" = "-h -j 17 -o %%L" ] && echo "$LEFT"\n' >"$scratch/bin/squeue"
chmod +x "$scratch/bin/squeue"
queue() { # LEFT JOB: as squeue says
  LEFT=$1 SLURM_JOB_ID=$2 PATH=$scratch/bin:$PATH run 0 train "$recipe" --run-dir "$scratch/queue$3" \
    --quiet --set train.fit_time=allocation --set train.max_steps=5
}
queue 5:00 17 1
exits "squeue is asked" 0
queue 1-00:00:30 17 2
exits "it says days" 0
queue 2:59 17 3
exits "too late" 64 "not enough for a single step"
queue UNLIMITED 17 4
exits "a job without end" 64 '"UNLIMITED" left for job 17'
queue 5:00 18 5
exits "squeue does not know the job" 64 '"" left for job 18'
queue 5:00 '1; rm -rf /' 6
exits "a job number that is none" 64 "expected a number"
finish
