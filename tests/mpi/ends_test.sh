#!/usr/bin/env bash
# ends_test.sh - how a job ends: a request to stop is never lost and is answered at once; a stopped
# rank ends any command with 71; little memory, little address space and a small /dev/shm hang nothing.
# The scratch folder may not lie in /dev/shm, where scripts/test.sh puts that of others: a small one is
# mounted over it.
case ${TMPDIR:-} in /dev/shm*) export TMPDIR=/var/tmp ;; esac
. "$(dirname "$0")/../lib/check.sh"
[ "$launcher" != none ] || { echo "skipped: no mpirun here"; exit 77; }
unset OPENBLAS_NUM_THREADS # as users start it
cd "$scratch" || exit 1
said='stopping after this step; saved work is kept'

run 0 import synthetic --seed 3 --train 20000 --test 30000 --shape 1x32x32 data.h5
exits "data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [512, 512]}
data: {file: data.h5}
batch: {size: 64}
train: {max_steps: 100000, peer_timeout: 3}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.001}
checkpoint: {every_epochs: 0}
YAML

# A signal that is there before the program is: it waits, and is obeyed.
for name in TERM INT USR1 USR2; do
  timeout 60 env --block-signal="$name" sh -c 'kill -$0 $$; exec "$@"' "$name" \
    "$ONECYCLE" train r.yaml --set train.max_steps=500 --run-dir "early-$name" >out 2>"$scratch/err"
  code=$?
  exits "$name before the start: stopped, not killed" 75
done

# While the libraries are loaded: as soon as the signals are held. Before that it is still bash.
"$ONECYCLE" train r.yaml --run-dir loading >out 2>"$scratch/err" &
loads() { grep -qx onecycle "/proc/$1/comm" && grep -Eq '^Sig(Blk|Cgt):.*[4-7c-f]...$' "/proc/$1/status"; }
until loads $! 2>/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.001; done
kill -TERM $!
wait $!
code=$?
exits "TERM while loading: stopped, not killed" 75

# What does not train ends by a signal as any program does.
env --block-signal=TERM sh -c 'kill -TERM $$; exec "$@"' sh \
  "$ONECYCLE" import synthetic --train 100 other.h5 >out 2>"$scratch/err"
code=$?
exits "a signal ends an import" 143

# job ARGS...: two ranks in the background
job() {
  timeout 100 "${launch[@]}" -n 2 "$ONECYCLE" "$@" \
    >"$scratch/out" 2>"$scratch/err" &
  job=$!
}
trains() { [ -s "$1/steps.csv" ] && [ "$(wc -l <"$1/steps.csv")" -gt 1 ]; }

# USR1 to mpirun reaches the ranks, and rank 0 alone answers. Rank 1 waits while rank 0 saves, on a disk
# that other tests keep busy. MPICH's launcher lost many of these codes (src/job/exit_code.c).
times=1
[ "$launcher" != mpich ] || times=6
for ((i = 1; i <= times; i++)); do
  job train r.yaml --run-dir told$i --set train.peer_timeout=10
  until trains told$i || ! kill -0 $job 2>/dev/null; do sleep 0.1; done
  kill -USR1 "$(pgrep -P $job)" # mpirun, whatever it calls itself
  wait $job
  code=$?
  exits "USR1 to mpirun" 75 "$said"
  same "one rank answers" 1 "$(grep -c "$said" "$scratch/err")"
done

# A rank that stands still, in a command that has no recipe of its own. The network is large enough that
# fast machines, too, are still at it after the start.
run 2 train r.yaml --run-dir large --set model.hidden=[3072,3072] --set train.max_steps=2
job eval large
until [ -n "$(rank_process 1 large)" ] || ! kill -0 $job 2>/dev/null; do sleep 0.05; done
sleep 0.7
kill -STOP "$(rank_process 1 large)"
wait $job
code=$?
exits "eval with a stopped rank ends" 71 'waited .* s in .* for \(the other ranks\|rank 1\)'

# One that stands still while it trains: the log of the run says it, too.
job train r.yaml --run-dir still --set train.peer_timeout=2
until trains still && [ -n "$(rank_process 1 still)" ] || ! kill -0 $job 2>/dev/null; do sleep 0.1; done
kill -STOP "$(rank_process 1 still)"
wait $job
code=$?
exits "training with a stopped rank ends" 71 'waited .* s in .* for \(the other ranks\|rank 1\)'
same "and log.txt says so" 1 "$(grep -Ec 'error: rank 0 on .*: waited .* for (the other ranks|rank 1)' still/log.txt)"

# A small /dev/shm: MPI needs some of it, the data none.
small='mount -t tmpfs -o size=32m tmpfs /dev/shm'
if unshare -m sh -c "$small" 2>/dev/null; then
  cat >s.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: data.h5}
batch: {size: 64}
train: {max_steps: 3}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.001}
YAML
  two() { # NAME LIMIT
    unshare -m sh -c "$small; ulimit -f $2; exec timeout 60 ${launch[*]} -n 2 $ONECYCLE train s.yaml --run-dir $1" >out 2>"$scratch/err"
    code=$?
  }
  two shm unlimited
  exits "a data set larger than /dev/shm" 0
  same "in memory, once per node" 1 "$(grep -c 'in memory, once per node' "$scratch/err")"
  two noshare 40000 # KiB: no file, and no shared memory, may be larger
  exits "no room for shared memory: read while training" 0 'warning: no .* bytes .*read while training'
  same "with one warning" 1 "$(grep -c 'warning: no ' "$scratch/err")"
  same "the same bits" "$(field weights_hash shm/summary.json)" \
    "$(field weights_hash noshare/summary.json)"
else
  echo "skipped: a /dev/shm of one's own takes root"
fi

# Little address space: the least with which the program starts at all, which the libraries decide. With less it
# ends, too, with whatever the system says (127), or where a library asks for more for ever, with 70.
# AddressSanitizer needs more than any.
if ! grep -q __asan_init "$ONECYCLE"; then
  code=127 limit=60000
  while [ $code != 0 ] && [ $limit -lt 2000000 ]; do
    limit=$((limit + 20000))
    (ulimit -v $limit && exec timeout -s KILL 60 "$ONECYCLE" version) >out 2>"$scratch/err"
    code=$?
    case $code in
    0 | 127) ;;
    70) grep -q 'MiB of address space (ulimit -v) are not enough' "$scratch/err" || not_ok "$limit KiB: no reason" ;;
    *) not_ok "$limit KiB of address space: exit code $code" ;;
    esac
  done
  exits "little address space: the program ends" 0
  (ulimit -v $limit && ONECYCLE_KERNELS=generic exec timeout -s KILL 30 "$ONECYCLE" train r.yaml \
    --run-dir short) >out 2>"$scratch/err"
  code=$?
  exits "too little to train: what is missing, and what to do" 70 'ulimit -v.*batch.shards'
fi
finish
