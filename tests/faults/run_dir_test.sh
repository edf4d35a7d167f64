#!/usr/bin/env bash
# run_dir_test.sh - what may stand in a run directory or happen to it: a process killed before its
# last lines, a lock that is held, odd entries, damaged tables, links, the folder gone. Nothing that
# is not this run's is deleted or followed, nothing hangs, and every end reaches log.txt.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 96 --test 48 data.h5
exits "synthetic data set" 0
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: data.h5}
batch: {size: 16, shards: 2}
train: {epochs: 3, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: 3, keep: 2}
YAML
train() { # NAME ARGS...
  local name=$1
  shift
  run 0 train r.yaml --run-dir "$name" --quiet "$@"
}
there() { if [ -e "$2" ] || [ -L "$2" ]; then ok "$1"; else not_ok "$1: $2 is not there"; fi; }
gone() { if [ -e "$2" ] || [ -L "$2" ]; then not_ok "$1: $2 is there"; else ok "$1"; fi; }
says() { if grep -q -- "$2" "$3"; then ok "$1"; else not_ok "$1: $3 does not say '$2'"; fi; }
train whole
exits "the run to compare with" 0
whole=$(hash_of whole)
train part --stop-at 10
exits "a run that stopped" 75

# Killed between the last checkpoint and the end.
cp -r whole killed
rm -r killed/summary.json killed/plots
touch killed/.steps.csv.tmp-1 killed/.summary.json.tmp-12 killed/.notes.tmp-1 killed/.steps.csv.tmp-x
train killed --resume
exits "resume of a run that was killed at its end" 0
same "the summary is written" done "$(field status killed/summary.json)"
same "with the same weights" "$whole" "$(hash_of killed)"
if command -v gnuplot >/dev/null; then
  there "and the plots" killed/plots/training.png
  run 0 report killed --text
  says "report: done" done out
fi
gone "temporary files go" killed/.steps.csv.tmp-1
gone "all of them" killed/.summary.json.tmp-12
there "others stay" killed/.notes.tmp-1
there "names that only look alike, too" killed/.steps.csv.tmp-x
cp part/summary.json killed/
train killed --resume
same "a summary of an earlier stop is replaced" done "$(field status killed/summary.json)"
rm -f killed/plots/loss.png
mkdir -p killed/plots && touch killed/plots/.loss.png.tmp-77
train killed --resume
gone "temporary pictures go" killed/plots/.loss.png.tmp-77
! command -v gnuplot >/dev/null || there "a missing picture is drawn" killed/plots/loss.png

# A folder with checkpoints holds a run.
cp -r part bare
rm bare/recipe.yaml
before=$(cd bare/checkpoints && cksum -- *)
train bare
exits "no recipe, but checkpoints" 64 "already contains a run"
same "which stay" "$before" "$(cd bare/checkpoints && cksum -- *)"
train bare --resume
exits "and can be gone on from" 0
same "to the same weights" "$whole" "$(hash_of bare)"

# Odd entries among the checkpoints.
cp -r part odd
mkfifo odd/checkpoints/step-000000300.h5
mkdir odd/checkpoints/step-000000012.h5
cp data.h5 odd/checkpoints/step-000000015.h5
cp data.h5 odd/checkpoints/step-000000001.h5
ln -s ../../data.h5 odd/checkpoints/step-000000002.h5
train odd --resume
exits "a pipe, a folder, data sets and a link as checkpoints" 0
same "weights" "$whole" "$(hash_of odd)"
there "the pipe stays" odd/checkpoints/step-000000300.h5
says "and is told" "step-000000300.h5: not a regular file" err
there "the folder has another name" odd/checkpoints/step-000000012.h5.found-1
cmp -s data.h5 odd/checkpoints/step-000000015.h5.found-1 && ok "so has a data set in the way" ||
  not_ok "the data set is gone"
cmp -s data.h5 odd/checkpoints/step-000000001.h5 && ok "one that is not in the way stays" ||
  not_ok "the other data set is gone"
there "the link stays" odd/checkpoints/step-000000002.h5
says "all is told in log.txt" "step-000000001.h5" odd/log.txt
cp -r part other
run 0 train r.yaml --run-dir seed --quiet --set train.seed=8 --stop-at 4
cp seed/checkpoints/step-000000004.h5 other/checkpoints/
train other --resume
exits "an older checkpoint of another run" 0
cmp -s seed/checkpoints/step-000000004.h5 other/checkpoints/step-000000004.h5 &&
  ok "is not deleted" || not_ok "the other run's checkpoint is gone"
mkfifo pipe.yaml
run 0 train pipe.yaml --run-dir x
exits "a pipe as recipe" 74 "not a regular file"
run 0 train r.yaml --run-dir x --quiet --set data.file="$PWD/pipe.yaml"
exits "a pipe as data set" 74 "not a regular file"
for command in eval predict inspect report; do
  run 0 $command pipe.yaml $([ $command != predict ] || echo pipe.yaml)
  [ "$code" -ge 64 ] && [ "$code" -le 75 ] && ok "$command of a pipe: $code" ||
    not_ok "$command of a pipe: $code"
done
gone "refused runs leave nothing" x
for file in lock log.txt; do
  cp -r part pipes && rm pipes/$file && mkfifo pipes/$file
  train pipes --resume
  exits "a pipe as $file" 74 "$file: not a regular file"
  rm pipes/$file && ln -s "$PWD/r.yaml" pipes/$file
  before=$(cksum <r.yaml)
  train pipes --resume
  exits "a link as $file" 74 "$file"
  same "is not followed" "$before" "$(cksum <r.yaml)"
  rm -r pipes
done

# Tables.
cp -r part table
sed -i '6s/,/;/' table/steps.csv
cp table/steps.csv damaged.csv
train table --resume
exits "a damaged row" 0
says "is told with its line" "table/steps.csv:6: damaged row" err
same "costs only itself" 17 "$(grep -c '^[1-9]' table/steps.csv)"
cmp -s damaged.csv table/steps.csv.damaged-1 && ok "the table as it was is kept" || not_ok "no copy"

# A lock that is held.
exec 9>>part/lock
flock 9
train part
exits "in use" 74 "another onecycle"
"$ONECYCLE" train r.yaml --run-dir part --quiet --resume >out 2>err 9>&- &
pid=$!
for _ in $(seq 200); do grep -q "waiting for it" err && break; sleep 0.05; done
says "a resume says that it waits" "waiting for it" err
kill -TERM $pid
wait $pid
code=$?
exits "a signal ends the waiting" 75
"$ONECYCLE" train r.yaml --run-dir part --quiet --resume >out 2>err 9>&- &
pid=$!
for _ in $(seq 200); do grep -q "waiting for it" err && break; sleep 0.05; done
exec 9>&-
wait $pid
code=$?
exits "a resume goes on when the lock is free" 0
same "to the same weights" "$whole" "$(hash_of part)"

# Two at once get a number each.
run 0 train r.yaml --quiet --stop-at 1 &
first=$!
"$ONECYCLE" train r.yaml --quiet --stop-at 1 >/dev/null 2>&1
wait $first
same "two runs at once" "r-001 r-002" "$(ls runs | tr '\n' ' ' | sed 's/ $//')"

# The folder goes while the run goes on.
mkdir -p away
"$ONECYCLE" train r.yaml --run-dir removed --quiet --set train.epochs=100000 \
  --set checkpoint.every_steps=200 >out 2>err &
pid=$!
for _ in $(seq 400); do [ -e removed/checkpoints/latest ] && break; sleep 0.05; done
mv removed away/
wait $pid
code=$?
exits "the run directory is moved away" 74 "was removed, moved or replaced"
gone "and not made anew" removed

# Every end reaches log.txt.
train wild --set schedule.max_lr=1000 --set train.epochs=20
exits "divergence" 72
says "is the log's last line" "$(sed -n 's/^onecycle: //p' err | cut -c1-40)" <(tail -n 1 wild/log.txt)
cp -r whole again
train again --resume --set schedule.max_lr=0.3
exits "another recipe" 64
says "is in log.txt" "error: .*max_lr" again/log.txt
for file in again/checkpoints/*.h5; do truncate -s 900 "$file"; done
train again --resume
exits "all checkpoints damaged" 65
says "is in log.txt, too" "error: .*checkpoints can be used" again/log.txt
train early --stop-at 1
same "what was not evaluated is null" null "$(field test_accuracy early/summary.json)"
same "the loss, too" null "$(field test_loss early/summary.json)"
finish
