#!/usr/bin/env bash
# train_test.sh - what goes wrong around a training: wrong recipes, damaged or missing files, a
# folder that can't be written, kills, signals, divergence. Each ends with its exit code and one
# message, nothing already saved is lost, and what can go on goes on to the same bits.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 600 --test 100 --shape 1x20x20 data.h5
exits "synthetic data set" 0
cat >lenet.yaml <<YAML
model: lenet
data: {file: data.h5}
batch: {size: 48, shards: 4}
train: {epochs: 5, seed: 7}
optimizer: {name: sgd, weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.05}
checkpoint: {every_steps: 5, keep: 3}
YAML
train() { # NAME ARGS...
  local name=$1
  shift
  run 0 train lenet.yaml --run-dir "$name" --quiet "$@"
}
once() { # TEXT: stderr holds it on one line only
  same "said once: $1" 1 "$(grep -c -- "$1" "$scratch/err")"
}
newest() { ls "$1"/checkpoints/step-*.h5 | tail -n "${2:-1}" | head -n 1; }

train whole
exits "the run to compare with" 0
whole=$(hash_of whole)

# Usage and recipes.
train x --set train.epoch=3
exits "unknown key" 64 "train.epochs"
train x --set batch.size=ten
exits "wrong type" 64 "batch.size"
train x --set batch.size=0
exits "out of range" 64 "batch.size"
train x --set batch.size=3
exits "batch smaller than shards" 64 "shards"
train x --set batch.size=6000
exits "batch larger than the data" 64 "600 training samples"
train x --set model.classes=7
exits "classes disagree with the data" 64 "has 10"
run 5 train lenet.yaml --run-dir x --quiet
exits "more ranks than shards" 64 "5 ranks for 4 shards"
once "5 ranks for 4 shards"
run 0 train missing.yaml --run-dir x
exits "missing recipe" 74 "missing.yaml"
run 3 train missing.yaml --run-dir x
exits "missing recipe on three ranks" 74 "missing.yaml"
once "missing.yaml"
run 0 train
exits "no recipe" 64 "recipe"
run 0 train lenet.yaml --nonsense
exits "unknown option" 64 "nonsense"
run 0 trian lenet.yaml
exits "unknown command" 64 "train"
if [ -e x ]; then not_ok "a refused run left a run directory"; else ok "refused runs leave nothing"; fi

# Data.
train x --set data.file="$scratch/none.h5"
exits "missing data set" 74 "none.h5"
cp data.h5 cut.h5 && truncate -s -100 cut.h5
train x --set data.file="$scratch/cut.h5"
exits "truncated data set" 65 "cut.h5"
cp data.h5 flipped.h5
printf '\377' | dd of=flipped.h5 bs=1 seek=40000 conv=notrunc status=none
train x --set data.file="$scratch/flipped.h5"
exits "damaged data set" 65 "flipped.h5"
echo "not a data set" >text.h5
run 2 train lenet.yaml --run-dir x --quiet --set data.file="$scratch/text.h5"
exits "a text file as data set" 65 "text.h5"
once "text.h5"

# The run directory.
train whole
exits "a run directory that holds a run" 64 "--resume"
same "the run there is as it was" "$whole" "$(hash_of whole)"
echo >file
train file/run
exits "a run directory that can't be made" 74 "file/run"
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
  mkdir sealed
  timeout 60 unshare --mount sh -c "mount -t tmpfs -o ro none sealed &&
    exec '$ONECYCLE' train lenet.yaml --run-dir sealed --quiet" >out 2>err
  code=$?
  exits "a read-only run directory" 74 "sealed"
else # in a container, say; what lets root write anywhere is taken away
  mkdir -m 555 sealed
  plainly=()
  [ "$(id -u)" != 0 ] ||
    plainly=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)
  timeout 60 "${plainly[@]}" "$ONECYCLE" train lenet.yaml --run-dir sealed --quiet >out 2>err
  code=$?
  exits "a read-only run directory" 74 "sealed"
fi

# Divergence.
train wild --set schedule.max_lr=1000 --set train.max_steps=40
exits "divergence" 72 "max_lr"
same "the summary says so" diverged "$(field status wild/summary.json)"
run 2 train lenet.yaml --run-dir wild2 --quiet --set schedule.max_lr=1000
exits "divergence on two ranks" 72 "max_lr"
once "max_lr"

# Resume.
train part --stop-at 22
exits "stop at step 22" 75
train part --resume --set schedule.max_lr=0.06 --set train.seed=8 --set checkpoint.keep=9
exits "resume with another recipe" 64 "train.seed: 7, now 8; schedule.max_lr: 0.05, now 0.06; resume"
train part --force-recipe
exits "--force-recipe without --resume" 64 "expected with --resume"
cp -r part forced
train forced --resume --force-recipe --set schedule.max_lr=0.06 --set batch.size=60
exits "unless it is forced" 0 "force-recipe: batch.size: 48, now 60"
differ "which is another run" "$whole" "$(hash_of forced)"
run 0 import synthetic --seed 4 --train 600 --test 100 --shape 1x20x20 other.h5
train part --resume --force-recipe --set data.file="$scratch/other.h5"
exits "other data are refused all the same" 64 "trained on data with digest"
# A run that has become longer goes on; stopped again on its way, it has the same bits.
for name in longer parts; do
  cp -r part $name
done
train longer --resume --set train.epochs=7
exits "resume with more epochs" 0
same "to the new end" 84 "$(field steps longer/summary.json)"
train parts --resume --set train.epochs=7 --stop-at 40
run 2 train lenet.yaml --run-dir parts --quiet --resume --set train.epochs=7
exits "stopped, then on two ranks" 0
same "the same bits" "$(hash_of longer)" "$(hash_of parts)"
same "no jump of the rate" 1 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "lr") c = i } $1 == 22 { a = $c } $1 == 23 { print ($c < a && $c > 0.9 * a) }' longer/steps.csv)"
train parts --resume --set train.epochs=8
exits "a run that has ended has no schedule left" 64 "train.epochs: 7, now 8.*--continue-from"
train longer --resume --set train.epochs=6
exits "nor is a run made shorter" 64 "train.epochs: 7, now 6"

# What a resume would use.
run 0 verify part data.h5 "$(newest part)"
exits "a run, a data set and a checkpoint are whole" 0
grep -q "^--resume would use part/checkpoints/step-000000022.h5, step 22 of 60" out && ok "it says from where" || not_ok "no word of a resume"
cp -r part bitten
printf '\377' | dd of="$(newest bitten)" bs=1 seek=9000 conv=notrunc status=none
sed -i '3s/^[0-9]*,/x,/' bitten/steps.csv
cp other.h5 bitten/other.h5
sed -i "s|file: .*data.h5.*|file: $scratch/other.h5|" bitten/recipe.yaml
run 0 verify bitten
exits "a damaged run" 65 "damaged or not readable: 2 of "
same "both are named" 2 "$(grep -c '^DAMAGED.*\(step-000000022.h5\|steps.csv:3\)' out)"
grep -q "^--resume would use bitten/checkpoints/step-000000020.h5" out && ok "the one before" || not_ok "the one before"
mv data.h5 kept.h5; cp other.h5 data.h5
run 0 verify part
exits "another data set" 65
grep -q "^DAMAGED.*data.h5: not the data set" out && ok "is named" || not_ok "is named"
mv kept.h5 data.h5
run 0 verify lenet.yaml none.h5
exits "neither ours nor there" 65
same "both are told" "DAMAGED lenet.yaml NOT READ none.h5" \
  "$(sed -n 's/^\(DAMAGED\|NOT READ\)  *\([a-z.0-9]*\):.*/\1 \2/p' out | paste -sd ' ')"
run 0 verify none.h5
exits "nothing but a file that is not there" 74 "damaged or not readable: 1 of 1 files"
run 0 export weights "$(newest part)" weights.safetensors
cp weights.safetensors weights.npz
run 0 verify weights.npz
exits "what a file is, its bytes say and not its name" 0
same "and how many tensors" 1 "$(grep -c '^ok  *weights.npz: weights, [1-9]' out)"
train part --resume --set compute.conv=im2col
exits "resume with other convolutions" 64 "compute.conv: auto"
train part --resume --set data.file="$scratch/cut.h5"
exits "resume with damaged data" 65 "cut.h5"
cp -r part damaged
cp -r part ruined
cp -r part stale
truncate -s 3000 "$(newest damaged)"
train damaged --resume
exits "resume with the newest checkpoint cut" 0
grep -q "step-" err && ok "the damaged checkpoint is named" || not_ok "no word of the damaged checkpoint"
same "weights after falling back to the one before" "$whole" "$(hash_of damaged)"
for file in ruined/checkpoints/*.h5; do truncate -s 100 "$file"; done
train ruined --resume
exits "resume with all checkpoints cut" 65
touch stale/checkpoints/.step-000000030.h5.tmp-1
echo step-000000099.h5 >stale/checkpoints/latest
train stale --resume
exits "resume beside left-overs and a wrong hint" 0
same "weights" "$whole" "$(hash_of stale)"
train part --resume
exits "resume" 0
same "weights after the resume" "$whole" "$(hash_of part)"
before=$(cksum <part/summary.json)
train part --resume
exits "resume of a finished run" 0
same "which changes nothing" "$before" "$(cksum <part/summary.json)"
train fresh --resume
exits "resume without anything starts anew" 0
same "weights" "$whole" "$(hash_of fresh)"
same "at most keep checkpoints" 3 "$(ls fresh/checkpoints/step-*.h5 | wc -l)"

# Signals and kills: the program in the background, hit when it has come far enough.
start() { # NAME ARGS...
  local name=$1
  shift
  "$ONECYCLE" train lenet.yaml --run-dir "$name" --quiet "$@" >out 2>err &
  pid=$!
}
reached() { # NAME STEP: wait until the run's newest checkpoint is of that step or later
  for _ in $(seq 600); do
    [ "$(ls "$1/checkpoints" 2>/dev/null | sed -n 's/^step-0*\([0-9]*\)\.h5$/\1/p' | sort -n | tail -1)" \
      -ge "$2" ] 2>/dev/null && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.02
  done
  return 1
}
for signal in TERM USR1 USR2 INT; do
  set -m # an INT is ignored by background jobs of a shell without job control
  start "sig$signal"
  set +m
  reached "sig$signal" 5
  kill -$signal $pid
  wait $pid
  code=$?
  exits "$signal saves and stops" 75
  train "sig$signal" --resume
  same "weights after $signal" "$whole" "$(hash_of "sig$signal")"
done
for step in 5 20 35; do
  start "kill$step" --set checkpoint.every_steps=1
  reached "kill$step" $step
  kill -KILL $pid
  wait $pid 2>/dev/null
  train "kill$step" --resume --set checkpoint.every_steps=1
  exits "resume after a kill at step $step" 0
  same "weights after a kill at step $step" "$whole" "$(hash_of "kill$step")"
done
start busy
reached busy 5
kill -STOP $pid
train busy
exits "a second run in the same directory" 74 "another onecycle"
kill -CONT $pid
wait $pid
code=$?
exits "the first one goes on" 0

# A disk that is full: the checkpoint fails, the ones before stay good.
train full --stop-at 5
(
  trap '' XFSZ
  ulimit -f 800 # KiB; a checkpoint has 1.07 MB
  exec "$ONECYCLE" train lenet.yaml --run-dir full --quiet --resume
) >out 2>err
code=$?
exits "no room for the last checkpoint" 74 "what was trained after step 5 is lost"
train full --resume --set compute.memory=low
exits "resume when there is room again, otherwise computed" 0
same "weights" "$whole" "$(hash_of full)"

# eval and predict.
run 2 eval whole
exits "eval of a run on two ranks" 0
same "the accuracy of the summary" "$(printf '%.6f' "$(field test_accuracy whole/summary.json)")" \
  "$(sed -n 's/^test_accuracy //p' out)"
cp "$(newest whole)" cut.ckpt && truncate -s -1 cut.ckpt
run 0 eval cut.ckpt
exits "eval of a truncated checkpoint" 65 "cut.ckpt"
run 0 eval data.h5
exits "eval of a data set" 65 "data.h5"
run 0 import synthetic --classes 12 --shape 1x20x20 --train 100 --test 50 twelve.h5
run 0 eval whole --data twelve.h5
exits "eval on data with other classes" 65 "new: 10, 11"
echo "not an image" >image.png
run 0 predict whole image.png
exits "predict a text file" 65 "image.png"
run 0 predict whole none.png
exits "predict a missing file" 74 "none.png"
finish
