#!/bin/bash
# formats_test.sh - the Python of docs/FORMATS.md reads what the program writes, and computes
# the same digests: an independent reader (h5py) of the documented layout. Not a test of h5py.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy xxhash
folder=$scratch
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$folder/out.txt" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        tail -n 20 "$folder/out.txt"
    fi
}
sed -n '/^```python$/,/^```$/p' "$ONECYCLE_SOURCE/docs/FORMATS.md" | sed '/^```/d' >"$folder/read.py"
cat >"$folder/recipe.yaml" <<'YAML'
model:
  name: mlp
  hidden: [16]
  batch_norm: true
data:
  file: data.h5
batch:
  size: 32
train:
  epochs: 1
schedule:
  max_lr: 0.05
YAML
check "import" "$ONECYCLE" import synthetic --train 300 --test 60 "$folder/data.h5"
check "train" "$ONECYCLE" train "$folder/recipe.yaml" --run-dir "$folder/run"
checkpoint=$folder/run/checkpoints/$(cat "$folder/run/checkpoints/latest")
check "read by h5py" "$python" "$folder/read.py" "$folder/data.h5" "$checkpoint"
cp "$folder/out.txt" "$folder/read.txt"
hash=$(sed -n 's/.*"weights_hash": "\([0-9a-f]*\)".*/\1/p' "$folder/run/summary.json")
check "the hash of summary.json" grep -qx "weights_hash $hash" "$folder/read.txt"
# Targets in place of classes.
printf 'x,y,z\n' >"$folder/table.csv"
for i in $(seq 100); do echo "$i,$((i * 3)),$((i % 7))"; done >>"$folder/table.csv"
check "import csv" "$ONECYCLE" import csv --targets y,z --test-fraction 0.2 "$folder/table.csv" "$folder/targets.h5"
check "train on targets" "$ONECYCLE" train "$folder/recipe.yaml" --set data.file="$folder/targets.h5" \
    --run-dir "$folder/numbers"
checkpoint=$folder/numbers/checkpoints/$(cat "$folder/numbers/checkpoints/latest")
check "targets read by h5py" "$python" "$folder/read.py" "$folder/targets.h5" "$checkpoint"
cp "$folder/out.txt" "$folder/targets.txt"
check "names of targets" grep -q "first: {'y': .*, 'z': " "$folder/targets.txt"
echo "formats: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" = 8 ]
