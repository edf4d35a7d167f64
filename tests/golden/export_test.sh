#!/usr/bin/env bash
# export_test.sh - `export weights`: what numpy and a reader of .safetensors of our own find in the
# files is what h5py finds in the checkpoint, under the documented names.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
export PYTHONPATH="$ONECYCLE_SOURCE/tests/lib" PYTHONDONTWRITEBYTECODE=1
cd "$scratch" || exit 1
cat >compare.py <<'PY'
# compare.py CHECKPOINT FILE [torchvision]: the same tensors, to the bit
import re, sys, zipfile
import h5py, numpy, safetensors

def torchvision(name):
    name = re.sub(r"^s(\d)b(\d+)_", lambda m: f"layer{m[1]}.{int(m[2]) - 1}.", name)
    name = name.replace("project_bn.", "downsample.1.").replace("project.", "downsample.0.")
    name = re.sub(r"^(conv|bn)\.", r"\g<1>1.", name)
    return name.replace("running_variance", "running_var")

want = {}
with h5py.File(sys.argv[1], "r") as f:
    for group in "parameters", "state":
        for name in f.get(group, {}):
            want[torchvision(name) if len(sys.argv) > 3 else name] = f[group][name][()]
if sys.argv[2].endswith(".npz"):
    with zipfile.ZipFile(sys.argv[2]) as z:
        assert z.testzip() is None
        assert all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist())
        for i in z.infolist():
            raw = z.read(i)
            assert raw[:8] == b"\x93NUMPY\x01\x00" and (10 + int.from_bytes(raw[8:10], "little")) % 64 == 0
    with numpy.load(sys.argv[2], allow_pickle=False) as z:
        got = {name: z[name] for name in z.files}
else:
    got = safetensors.load(sys.argv[2])
assert set(got) == set(want), set(got) ^ set(want)
for name in want:
    assert got[name].dtype == numpy.float32 and got[name].shape == want[name].shape, name
    assert got[name].tobytes() == want[name].tobytes(), name
PY
good() { # WHAT CHECK ARGS...
  local what=$1
  shift
  if [ "$code" = 0 ] && "$python" "$@" 2>"$scratch/err"; then ok "$what"; else not_ok "$what ($code)"; fi
}

"$ONECYCLE" import synthetic --train 64 --test 16 --shape 1x12x12 grey.h5 >card
"$ONECYCLE" import synthetic --train 8 --test 8 --shape 3x16x16 colour.h5 >card
cat >grey.yaml <<'YAML'
model: {name: mlp, hidden: [8], batch_norm: true}
data: {file: grey.h5}
batch: {size: 32}
train: {max_steps: 3}
schedule: {max_lr: 0.1}
YAML
cat >r18.yaml <<'YAML'
model: resnet18
data: {file: colour.h5}
batch: {size: 8}
train: {max_steps: 1}
checkpoint: {best: false}
schedule: {max_lr: 0.01}
YAML
run 0 train grey.yaml --run-dir grey --quiet
exits "a run" 0
for ending in npz safetensors; do
  run 0 export weights grey grey.$ending
  good "$ending of a run" compare.py grey/checkpoints/step-000000003.h5 grey.$ending
  run 0 export weights grey/checkpoints/best.h5 grey.$ending --force
  good "$ending of a checkpoint, in place of the old one" compare.py grey/checkpoints/best.h5 grey.$ending
  cp grey.$ending before
  run 0 export weights grey/checkpoints/best.h5 grey.$ending --force
  same "$ending: the same bytes again" "$(sha256sum <before)" "$(sha256sum <grey.$ending)"
done
run 0 train r18.yaml --run-dir r18 --quiet
exits "a run of resnet18" 0
for ending in npz safetensors; do
  run 0 export weights r18 r18.$ending --names torchvision
  good "$ending with torchvision's names" compare.py r18/checkpoints/step-000000001.h5 r18.$ending torchvision
done

run 0 export weights grey grey.npz
exits "a file that is there" 74 "grey.npz: already exists.*--force"
run 0 export weights grey grey.pt
exits "another ending" 64 "grey.pt: expected a name that ends in .npz or .safetensors"
run 0 export weights grey new.npz --names torchvision
exits "torchvision's names of another network" 64 "network mlp; expected resnet18"
run 0 export weights grey.h5 new.npz
exits "a data set" 65 "grey.h5"
run 0 export weights grey.npz new.npz
exits "no checkpoint" 65 "expected a checkpoint"
run 0 export weights none new.npz
exits "nothing there" 74 "none"
run 0 export weights grey
exits "no output" 64 "expected weights, a checkpoint and OUT"
run 0 export pictures grey new.npz
exits "another kind" 64 "pictures"
run 0 export weights grey no/such/folder.npz
exits "no folder" 74 "no/such/folder.npz"
if [ ! -e new.npz ] && ! ls -A | grep -q '^\.'; then ok "nothing is left behind"; else not_ok "nothing is left behind"; fi
finish
