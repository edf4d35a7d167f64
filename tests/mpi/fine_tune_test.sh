#!/usr/bin/env bash
# fine_tune_test.sh - `fine-tune` and the schedule fine_tune: the weights are those of fastai's formulas
# in numpy; frozen layers keep their bits; one run whatever the ranks, stops and resumes.
for each in python3 /usr/bin/python3; do
  "$each" -c 'import h5py, numpy' 2>/dev/null && python=$each && break
done
[ -n "${python:-}" ] || { echo "skipped: no python3 with h5py and numpy"; exit 77; }
tools="$(cd "$(dirname "$0")/../golden" && pwd)/fine_tune.py"
. "$(dirname "$0")/../lib/check.sh"
export PYTHONDONTWRITEBYTECODE=1
cd "$scratch" || exit 1
mkdir bin && ln -s "$(command -v false)" bin/gnuplot && PATH=$scratch/bin:$PATH # no pictures
checked() { # WHAT ARGS...: python with these
  local what=$1
  shift
  if "$python" "$@" 2>"$scratch/err"; then ok "$what"; else not_ok "$what"; fi
}

# ---- the numbers of fastai's formulas
"$python" "$tools" make || exit 1
"$ONECYCLE" import csv set.csv set.h5 --label kind --test set.csv >card || exit 1
cat >soft.yaml <<'YAML'
model: {name: mlp, hidden: []}
data: {file: set.h5, normalise: none}
batch: {size: 96, shards: 3}
train: {epochs: 9, init: begin.npz}
optimizer: {name: sgd, groups: [fc1.weight, fc1.bias]}
schedule: {max_lr: 0.4}
YAML
for kind in sgd adam; do
  run 0 fine-tune soft.yaml --freeze-epochs 5 --set optimizer.name=$kind --run-dir $kind --quiet
  exits "fine-tune with $kind" 0
  "$ONECYCLE" export weights $kind $kind.npz >card
  checked "the weights are those of fastai's formulas" "$tools" check $kind $kind
done
same "each group has its rate" "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
  NR > 6 { d = $at["lr_2"] / $at["lr_1"]; if (d < 99.99 || d > 100.01) bad++; n++ } END { print n, bad + 0 }' sgd/steps.csv)" "9 0"

# ---- frozen layers keep their bits
"$ONECYCLE" import synthetic --train 96 --test 32 --shape 3x10x10 --classes 3 pictures.h5 >card || exit 1
cat >net.yaml <<'YAML'
model:
  layers:
    - {type: conv2d, channels: 8, kernel: 3, pad: 1, bias: false}
    - batch_norm
    - {type: conv2d, channels: 8, kernel: 3, pad: 1, bias: false}
    - batch_norm
    - {type: add, from: [batch_norm4, batch_norm2]}
    - relu
    - global_avg_pool
    - linear
data: {file: pictures.h5}
batch: {size: 32, shards: 4}
train: {epochs: 3, check_replicas: 1}
optimizer: {name: adam, weight_decay: 0.01}
schedule: {max_lr: 0.02}
checkpoint: {every_steps: 1, keep: 99}
augment: {flip: random}
YAML
run 0 train net.yaml --run-dir first --quiet --set train.seed=7
exits "a run to begin with" 0
run 0 fine-tune net.yaml --init first --run-dir one --quiet
exits "fine-tune" 0
same "its length is both cycles" "$(field steps one/summary.json)" 12
cat >kept.py <<'PY'
# kept.py RUN STEP [moving]: against the run it began with
import h5py, sys
def load(path):
    f = h5py.File(path, "r")
    return {n: f[g][n][()] for g in ("parameters", "state") for n in f[g]}
a, b = load("first/checkpoints/step-000000009.h5"), load("%s/checkpoints/step-%09d.h5" % (sys.argv[1], int(sys.argv[2])))
for n in a:
    same = a[n].tobytes() == b[n].tobytes()
    frozen = int(sys.argv[2]) <= 3 and not n.startswith("linear")
    if frozen and "running" in n and len(sys.argv) > 3:
        frozen = False
    assert same == frozen, n
PY
for step in 1 3; do checked "after step $step all but the head has its bits" kept.py one $step; done
checked "after step 4 nothing has" kept.py one 4
run 0 fine-tune net.yaml --init first --run-dir moving --quiet --set batch_norm.frozen=moving
checked "moving: running averages go on, weights do not" kept.py moving 3 moving
differ "which is another run" "$(hash_of moving)" "$(hash_of one)"
checked "the checkpoint says since when all is trained" -c '
import h5py
at = lambda k: h5py.File("one/checkpoints/step-%09d.h5" % k).attrs["unfrozen_step"]
assert [at(3), at(4), at(12)] == [2**64 - 1, 3, 3]'

# ---- one run: ranks, stops, resumes
for ranks in 2 4; do
  run $ranks fine-tune net.yaml --init first --run-dir r$ranks --quiet
  same "$ranks ranks" "$(hash_of r$ranks)" "$(hash_of one)"
done
run 0 fine-tune net.yaml --init first --run-dir low --quiet --set compute.memory=low --set compute.threads=2
same "low memory, two threads" "$(hash_of low)" "$(hash_of one)"
mv first gone
for step in 2 3 4; do
  cp -r one s$step
  find s$step/checkpoints -name 'step-*' | while read -r file; do
    number=${file##*step-}
    [ "$((10#${number%.h5}))" -le $step ] || rm "$file"
  done
  ranks=$((step % 3))
  run $ranks fine-tune net.yaml --init first --run-dir s$step --quiet --resume
  exits "resumed after step $step, the first run is gone" 0
  same "the same bits" "$(hash_of s$step)" "$(hash_of one)"
done
rm s2/checkpoints/step-00000000[3-9].h5 s2/checkpoints/step-00000001*
run 2 train s2/recipe.yaml --run-dir s2 --quiet --resume
exits "train resumes it by its recipe" 0
same "likewise" "$(hash_of s2)" "$(hash_of one)"
mv gone first

# ---- options, and what does not fit
run 0 fine-tune net.yaml --init first --run-dir o --quiet --epochs 2 --freeze-epochs 2 --base-lr 0.01 --lr-mult 10 \
  --set schedule.pct_start=0.5
exits "options" 0
for line in "  epochs: 4" "  name: fine_tune" "  max_lr: 0.01" "  frozen: 2 epochs" "  lr_mult: 10" "  pct_start: 0.5"; do
  if grep -qxF -- "$line" o/recipe.yaml; then ok "recipe.yaml has $line"; else not_ok "recipe.yaml has $line"; fi
done
run 0 fine-tune net.yaml --run-dir no
exits "no weights" 64 "expected --init"
run 0 fine-tune net.yaml --init first --set optimizer.groups='["*"]' --run-dir no
exits "one group" 64 "several optimizer.groups"
run 0 fine-tune net.yaml --init first --set optimizer.freeze='["linear*"]' --run-dir no
exits "nothing of the head to train" 64 "leaves nothing of the last group"
run 0 fine-tune net.yaml --init first --set train.max_steps=3 --set train.epochs=0 --run-dir no
exits "no room for the second cycle" 64 "schedule.frozen: found 3 steps"
run 0 fine-tune o/recipe.yaml --init first --run-dir no
exits "a recipe that is it already" 64 "use .onecycle train"
run 0 schedule o/recipe.yaml --steps 8 --samples 64
exits "the schedule can be seen" 0
finish
