#!/usr/bin/env bash
# foreign_test.sh - training from HDF5 files made with h5py: shapes and types, the same weights on
# any number of ranks and any budget, statistics as numpy has them, and what is refused.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
cd "$scratch" || exit 1
cat >make.py <<'PY'
import h5py, numpy
r = numpy.random.default_rng(5)
y = r.integers(0, 3, 4000)
x = r.normal(size=(4000, 3, 12, 12)) + 2 * numpy.eye(3)[y][:, :, None, None] + 7
t = x.mean(axis=(0, 2, 3)), x.std(axis=(0, 2, 3))
with h5py.File("user.h5", "w") as f:
    for name, n, dtype, data in [("f4", 4, "f4", x), ("f8", 4, "f8", x), ("i2", 4, "i2", x * 100),
                                 ("u1", 4, "u1", numpy.clip(x * 15, 0, 255)),
                                 ("flat", 2, "f4", x.mean(axis=3).reshape(4000, 36)),
                                 ("plane", 3, "f4", x[:, 0])]:
        f["x/" + name] = data.astype(dtype)
    f["y"] = y
    f["y8"] = y.astype("u1")
    f["column"] = y[:, None].astype("i4")
    f["r8"] = x[:, 0].mean(axis=(1, 2)) * 50 + 900
    f["r4"] = numpy.stack([f["r8"][:], x.mean(axis=(1, 2, 3))], axis=1).astype("f4")
    f["bits"] = numpy.stack([y == 0, y != 1], axis=1).astype("u1")
    f["halves"] = f["bits"][:] * 0.5
    f["tx"], f["ty"] = x[:200].astype("f4"), y[:200]
    f["wrong/less"], f["wrong/float"] = y[:-1], y / 2
    f["wrong/minus"], f["wrong/big"] = y - 1, y + 2**40
    f["wrong/complex"] = x[:, 0] * 1j
    f["wrong/scalar"] = 3
    f["wrong/five"] = x[:, None]
    f.create_dataset("packed", data=x.astype("f4"), compression="gzip")
    f.create_dataset("cut", data=x.astype("f4"), chunks=(100, 1, 6, 6))
    f.create_dataset("rows", data=x.astype("f4"), chunks=(100, 3, 12, 12))
    f.create_dataset("unwritten", shape=(4000, 3, 12, 12), dtype="f4", chunks=(100, 3, 12, 12))
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    f["loop"] = h5py.SoftLink("/loop")
    layout = h5py.VirtualLayout(shape=(4000, 3, 12, 12), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4000, 3, 12, 12))
    f.create_virtual_dataset("virtual", layout)
with h5py.File("other.h5", "w") as f:
    f["x"] = x.astype("f4")
numpy.savetxt("statistics.txt", t)
PY
"$python" make.py || exit 1
cat >recipe.yaml <<'YAML'
model: {name: mlp, hidden: [16]}
data: {file: user.h5, inputs: /x/f4, targets: /y, validation: 0.2, window: 1MiB}
batch: {size: 64, shards: 4}
train: {epochs: 3}
schedule: {name: onecycle, max_lr: 0.05}
YAML
train() { # RANKS NAME ARGS...
  local ranks=$1 name=$2
  shift 2
  run "$ranks" train recipe.yaml --run-dir "$name" "$@"
}
learns() { # NAME: it found the classes
  awk -v a="$(field test_accuracy "$1/summary.json")" 'BEGIN { exit !(a > 0.9) }' &&
    ok "$1 learns" || not_ok "$1: test accuracy $(field test_accuracy "$1/summary.json")"
}

train 0 f4
exits "float32 of 3 dimensions" 0
learns f4
for way in "2 512MiB" "3 2MiB" "1 3MiB"; do
  name="f4-${way/ /-}"
  train "${way% *}" "$name" --set data.memory="${way#* }"
  exits "$way" 0
  same "weights of $way" "$(hash_of f4)" "$(hash_of "$name")"
done
for kind in f8 i2 u1 flat plane; do
  train 2 "$kind" --set data.inputs=/x/"$kind"
  exits "inputs /x/$kind" 0
  [ $kind = plane ] || learns "$kind" # one channel tells one class from the others
done
for targets in y8 column; do
  train 0 "$targets" --set data.targets=/"$targets"
  same "targets $targets" "$(hash_of f4)" "$(hash_of "$targets")"
done
# Regression on (N) float64, (N, 2) float32 and whole numbers; several labels a sample.
for targets in r8 r4 y; do
  train 1 mse-$targets --set data.targets=/$targets --set loss.name=mse --set schedule.max_lr=0.001
  exits "mse on $targets" 0
  train 3 mse-$targets-3 --set data.targets=/$targets --set loss.name=mse --set schedule.max_lr=0.001 \
    --set data.memory=2MiB
  same "weights of mse on $targets" "$(hash_of mse-$targets)" "$(hash_of mse-$targets-3)"
done
awk -v a="$(field test_r2 mse-r8/summary.json)" 'BEGIN { exit !(a > 0.9) }' &&
  ok "regression learns" || not_ok "R2 $(field test_r2 mse-r8/summary.json)"
train 2 bits --set data.targets=/bits --set loss.name=binary_cross_entropy
exits "several labels" 0
learns bits
train 0 refused --set data.targets=/halves --set loss.name=binary_cross_entropy
exits "labels that are neither 0 nor 1" 65 "0 or 1"
train 0 refused --set data.targets=/r8
exits "numbers are no classes" 65 "loss.name"
train 0 refused --set data.targets=/wrong/less --set loss.name=mse
exits "fewer targets than samples" 65 "wrong/less"
train 0 refused --set data.targets=/wrong/five --set loss.name=mse
exits "targets of too many dimensions" 65 "wrong/five"
for inputs in rows cut; do
  train 0 "$inputs" --set data.inputs=/"$inputs"
  same "chunks: $inputs" "$(hash_of f4)" "$(hash_of "$inputs")"
done
train 2 rows2 --set data.inputs=/rows --set data.memory=2MiB
same "chunks of whole rows stream" "$(hash_of f4)" "$(hash_of rows2)"
train 0 cut2 --set data.inputs=/cut --set data.memory=2MiB
exits "chunks that cut rows do not stream" 65 "chunks that split samples.*onecycle import hdf5 '.*user.h5' OUT.h5 --inputs '/cut' --targets '/y' --test-fraction"
train 0 tested --set data.validation=0 --set data.test_inputs=/tx --set data.test_targets=/ty
exits "a test split" 0
grep -q "200 test samples" err out && ok "its 200 samples" || not_ok "200 test samples"
run 0 schedule recipe.yaml
same "schedule knows the steps" "$(wc -l <f4/steps.csv)" "$(wc -l <out)"
train 0 plain --set data.normalise=none
exits "as they are" 0
differ "normalising matters" "$(hash_of f4)" "$(hash_of plain)"
"$python" - f4/checkpoints <<'PY' && ok "mean and deviation as numpy has them" || not_ok "statistics"
import glob, json, sys, h5py, numpy
with h5py.File(sorted(glob.glob(sys.argv[1] + "/step-*.h5"))[-1]) as f:
    schema = json.loads(f["input/schema"].asstr()[()])
    found = numpy.array([schema["mean"], schema["deviation"]])
assert numpy.allclose(found, numpy.loadtxt("statistics.txt"), rtol=1e-7), found
PY
train 2 f4 --resume
exits "a finished run resumes" 0
run 2 eval f4 --validation
exits "eval" 0

refuse() { # WHAT TEXT ARGS...
  local what=$1 text=$2
  shift 2
  train 0 "refused" "$@"
  exits "$what" 65 "$text"
  [ ! -e refused/steps.csv ] || not_ok "$what: a run was begun"
}
refuse "labels too few" "3999 labels" --set data.targets=/wrong/less
refuse "labels of floats" "whole numbers" --set data.targets=/wrong/float
refuse "labels below 0" "label -1" --set data.targets=/wrong/minus
refuse "labels beyond any class" "label 10995116277[0-9]* at index 0" --set data.targets=/wrong/big
refuse "complex numbers" "complex numbers" --set data.inputs=/wrong/complex
refuse "a single number" "has 0 dimensions" --set data.inputs=/wrong/scalar
refuse "too many dimensions" "found 5 dimensions" --set data.inputs=/wrong/five
refuse "a link into another file" "outside" --set data.inputs=/outside
refuse "a link to itself" "loop" --set data.inputs=/loop
refuse "a virtual array" "virtual" --set data.inputs=/virtual
refuse "a group" "is a group" --set data.inputs=/x
refuse "nothing there" "has no /none" --set data.inputs=/none
head -c 100000 user.h5 >short.h5
refuse "a truncated file" "short.h5" --set data.file=short.h5
train 0 refused --set data.validation=0
exits "nothing to evaluate on" 64 "data.validation"
train 0 refused --set "data.targets=''"
exits "inputs without targets" 64 "belong together"
train 2 unwritten --set data.inputs=/unwritten --set data.memory=2MiB
exits "rows that were never written" 65 "unwritten was created but never written"
finish
