#!/usr/bin/env bash
# supervise_test.sh - what supervise starts again and what not; a training killed in its middle ends
# with the weights of one that was left alone; slurm/train.sbatch names the same exit codes.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
# starts CODE OPTION... [--in DIR]: how often a command that always ends with CODE is started, in $starts
starts() {
  local ends=$1 dir=none
  shift
  rm -f started
  [ "${*: -2:1}" != --in ] || { dir=${*: -1} && set -- "${@:1:$#-2}"; }
  run 0 supervise "$@" -- sh -c "echo >>started; exit $ends" --run-dir $dir
  starts=$(wc -l <started)
}
# A launcher that waits on when its ranks have ended, whatever TERM says: 31 s, beside the rest. It is ended, and
# as the training is not done it is started again, once.
mkdir lingers ranks
cp "$(command -v sleep)" ranks/onecycle
cat >launcher.sh <<'SH'
trap '' TERM
ranks/onecycle 3
[ ! -e second ] || exit 0
touch second
exec 3<>"$1/fifo"
read -r -t 100 -u 3
SH
mkfifo lingers/fifo
timeout 120 "$ONECYCLE" supervise --max-restarts 1 -- bash launcher.sh lingers --run-dir lingers 2>lingered &
lingering=$!

for each in 71 75 6 7 9 15 137 143 205; do
  starts "$each" --max-restarts 1
  same "$each: started again, once as allowed" "$starts/$code" "2/$each"
  grep -Eq "^ *([0-9]+ \| )*$each( \| [0-9]+)*\)" "$ONECYCLE_SOURCE/slurm/train.sbatch" &&
    ok "$each: train.sbatch too" || not_ok "$each is not in train.sbatch"
done
for each in 0 64 72 74 134; do
  starts "$each"
  same "$each: not started again" "$starts/$code" "1/$each"
done
mkdir unfinished
starts 0 --max-restarts 1 --in unfinished
same "0 of a training that is not done: a lost node" "$starts/$code" 2/205
grep -q "exit code 0, but the training is not done" "$scratch/err" && ok "and says so" || not_ok "without a word"
echo '{"status": "done"}' >unfinished/summary.json
starts 0 --max-restarts 1 --in unfinished
same "0 of one that is" "$starts/$code" 1/0
starts 137
same "two starts without a step gained are enough" "$starts/$code" 2/137
run 0 supervise -- true
exits "no run directory" 64 "no --run-dir"

# batch CODE RESTARTS: train.sbatch in a job whose srun ends so, and whether it is requeued, in $requeued
mkdir stubs
printf '#!/bin/sh\nexit "$SRUN_ENDS"\n' >stubs/srun
printf '#!/bin/sh\necho RUNNING\n' >stubs/squeue
printf '#!/bin/sh\necho "$*" >requeued\n' >stubs/scontrol
printf '#!/bin/sh\n' >stubs/sleep
chmod +x stubs/*
echo >recipe.yaml
batch() {
  rm -f requeued
  SRUN_ENDS=$1 SLURM_RESTART_COUNT=$2 SLURM_JOB_ID=5 RECIPE=recipe.yaml RUN_DIR=none ONECYCLE=true \
    PATH=$PWD/stubs:$PATH bash "$ONECYCLE_SOURCE/slurm/train.sbatch" >out 2>"$scratch/err"
  code=$?
  requeued=$(cat requeued 2>/dev/null)
}
for each in 71:0 75:0 137:3 1:1; do
  batch "${each%:*}" "${each#*:}"
  same "srun's ${each%:*} after ${each#*:} restarts: requeued" "$requeued/$code" "requeue 5/${each%:*}"
done
for each in 1:0 65:1 71:20; do
  batch "${each%:*}" "${each#*:}"
  same "srun's ${each%:*} after ${each#*:} restarts: not requeued" "$requeued/$code" "/${each%:*}"
done

run 0 import synthetic --seed 3 --train 960 --test 96 data.h5
cat >r.yaml <<YAML
model: {name: mlp, hidden: [32]}
data: {file: data.h5}
batch: {size: 16, shards: 2}
train: {epochs: 60, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: 50, every_epochs: 0, best: false}
YAML
run 0 train r.yaml --run-dir calm --quiet
exits "left alone" 0
# The first start kills itself once it has saved; the next one finds `once` and is left alone.
cat >once.sh <<'SH'
[ -e once ] && exec "$@"
touch once
"$@" & pid=$!
until [ -e rough/checkpoints/latest ] || ! kill -0 $pid; do sleep 0.01; done
kill -STOP $pid && [ ! -e rough/summary.json ] && touch killed
kill -KILL $pid
wait $pid
SH
run 0 supervise -- sh once.sh "$ONECYCLE" train r.yaml --run-dir rough --quiet
exits "killed, started again" 0 "exit code 137 at saved step"
[ -e killed ] && ok "killed in its middle" || not_ok "it had ended before it was killed"
same "weights as if left alone" "$(field weights_hash calm/summary.json)" "$(field weights_hash rough/summary.json)"

rm -f asked
timeout 60 "$ONECYCLE" supervise -- sh -c 'trap "exit 75" USR1; touch asked; while :; do sleep 0.05; done' \
  --run-dir none 2>err &
pid=$!
until [ -e asked ]; do sleep 0.02; done
kill -TERM "$(pgrep -P $pid onecycle)"
wait "$pid"
code=$?
exits "TERM is passed on, then no start" 75 "asked to stop"

wait "$lingering"
code=$?
cp lingered "$scratch/err"
exits "a launcher that lingered is started again, in vain" 205 "the ranks have ended, but not the launcher"
same "twice" 1 "$(grep -c 'restart 1 of at most 1' lingered)"
finish
