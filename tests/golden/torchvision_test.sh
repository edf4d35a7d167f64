#!/usr/bin/env bash
# torchvision_test.sh - a file of torchvision's resnet18 as the beginning of a run: what `predict` makes
# of images is what numpy makes of the same weights, to 1e-4; where PyTorch is installed, what its
# modules make of them, also from what `export weights` wrote.
tools="$(cd "$(dirname "$0")" && pwd)/torchvision.py"
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
export PYTHONPATH="$ONECYCLE_SOURCE/tests/lib" PYTHONDONTWRITEBYTECODE=1
cd "$scratch" || exit 1
good() { # WHAT CHECK ARGS...
  local what=$1
  shift
  if [ "$code" = 0 ] && "$python" "$tools" "$@" 2>"$scratch/err"; then ok "$what"; else not_ok "$what ($code)"; fi
}
"$python" "$tools" make || exit 1
"$ONECYCLE" import npy set.h5 --inputs x.npy --targets y.npy --kind regression --test-inputs x.npy --test-targets y.npy >card || exit 1
# Targets are numbers, so that `predict` tells what the last layer gives. A step that moves nothing.
cat >r.yaml <<'YAML'
model: resnet18
data: {file: set.h5, normalise: none, normalise_targets: false}
batch: {size: 4}
train: {max_steps: 1, init_strict: true}
schedule: {name: constant, lr: 1e-30, momentum: 0}
batch_norm: {momentum: 0.9999999999999999}
checkpoint: {best: false}
YAML
for ending in npz safetensors; do
  run 0 train r.yaml --init tv.$ending --run-dir $ending --quiet
  exits "a run from torchvision's $ending" 0
  run 0 predict $ending --data set.h5
  cp out $ending.csv
  good "its outputs are those of numpy" $ending.csv
done
run 0 export weights safetensors back.safetensors --names torchvision
exits "and back" 0
run 0 train r.yaml --init tv.npz --set train.init_names=onecycle --run-dir no
exits "asked for our own names" 65 "lacks"
code=0
if "$python" -c 'import torch' 2>/dev/null; then
  good "PyTorch says what numpy does, and takes the exported file" torch back.safetensors
  good "and what predict does" safetensors.csv
else
  echo "skipped: the comparison with PyTorch itself (python3-torch is not installed)"
fi
finish
