#!/usr/bin/env bash
# init_test.sh - weights to begin with: train.init from a checkpoint, a run, .npz and .safetensors, on
# any number of ranks; what does not fit; a resume without the file; --continue-from.
for each in python3 /usr/bin/python3; do
  "$each" -c 'import h5py, numpy' 2>/dev/null && python=$each && break
done
[ -n "${python:-}" ] || { echo "skipped: no python3 with h5py and numpy"; exit 77; }
. "$(dirname "$0")/../lib/check.sh"
export PYTHONPATH="$ONECYCLE_SOURCE/tests/lib" PYTHONDONTWRITEBYTECODE=1
cd "$scratch" || exit 1
mkdir bin && ln -s "$(command -v false)" bin/gnuplot && PATH=$scratch/bin:$PATH # no pictures
says() { # WHAT RUN TEXT: the run's log holds TEXT
  if grep -q -- "$3" "$2/log.txt"; then ok "$1"; else not_ok "$1: the log does not say '$3'"; fi
}

"$python" - <<'PY'
import numpy
r = numpy.random.default_rng(1)
names = ["cat", "dog", "emu", "fox"]
def table(file, names, n=128):
    with open(file, "w") as f:
        f.write("a,b,c,d,kind\n")
        for i in range(n):
            k = i % len(names)
            f.write(",".join("%.4f" % v for v in r.normal(k, 1, 4)) + "," + names[k] + "\n")
table("four.csv", names)
with open("turned.csv", "w") as f:
    for line in open("four.csv"):
        a, b, c, d, kind = line.strip().split(",")
        f.write(",".join([d, a, b, c, kind]) + "\n")
table("three.csv", names[:3])
table("others.csv", ["ant", "bee", "cat", "dog"])
PY
for each in four turned three others; do
  "$ONECYCLE" import csv $each.csv $each.h5 --label kind --test-fraction 0.25 >card || cat card
done
cat >r.yaml <<'YAML'
model: {name: mlp, hidden: [8], batch_norm: true}
data: {file: four.h5}
batch: {size: 32, shards: 4}
train: {max_steps: 6, check_replicas: 2}
schedule: {max_lr: 0.1}
checkpoint: {every_steps: 2, keep: 9}
YAML
plain="--set model.batch_norm=false"
sed 's/^schedule.*//' r.yaml >still.yaml
still() { local dir=$1; shift; run 0 train still.yaml $plain --set train.max_steps=1 --set schedule.name=constant --set schedule.lr=1e-30 --run-dir "$dir" "$@"; }

# ---- the numbers are the file's
run 0 train r.yaml --run-dir a --quiet
exits "a run with batch normalisation" 0
run 0 train r.yaml --run-dir p --quiet $plain
exits "one without" 0
for ending in npz safetensors; do
  "$ONECYCLE" export weights a a.$ending >card
  "$ONECYCLE" export weights p p.$ending >card
done
for from in p p/checkpoints/step-000000006.h5 p.npz p.safetensors; do
  dir=same-$(basename $from)
  still $dir --init $from
  exits "init from $from" 0
  same "init from $from: the weights" "$(hash_of $dir)" "$(hash_of p)"
done
says "the log says from where" same-p "train.init: 4 of 4 tensors from .*p/checkpoints/step-000000006.h5"
cp p/checkpoints/best.h5 no-ending
still no-ending-run --init no-ending
exits "a kind is seen by content, not by name" 0

# ---- any ranks, any kind: the same bits; a resume needs no file
run 0 train r.yaml --run-dir b0 --init a --quiet
exits "training on from a run" 0
differ "it is not the run from random weights" "$(hash_of b0)" "$(hash_of a)"
run 2 train r.yaml --run-dir b2 --init a.npz --quiet
same "2 ranks from .npz" "$(hash_of b2)" "$(hash_of b0)"
run 3 train r.yaml --run-dir b3 --init a.safetensors --quiet
same "3 ranks from .safetensors" "$(hash_of b3)" "$(hash_of b0)"
cp a.npz gone.npz
run 0 train r.yaml --run-dir c --init gone.npz --quiet --stop-at 3
exits "stopped" 75
rm gone.npz
run 2 train r.yaml --run-dir c --init gone.npz --quiet --resume
exits "resumed without the file" 0
same "the same bits" "$(hash_of c)" "$(hash_of b0)"
run 0 train r.yaml --run-dir d --init a.npz --quiet --stop-at 3
cp a.npz moved.npz
run 0 train r.yaml --run-dir d --init moved.npz --quiet --resume
exits "resumed where the file has moved to" 0
same "likewise the same bits" "$(hash_of d)" "$(hash_of b0)"
run 0 train r.yaml --run-dir e --init a.npz --quiet --stop-at 3
run 0 train r.yaml --run-dir e --init p.npz --quiet --resume
exits "resumed with another file" 64 "those in .*p.npz are different"
run 0 train r.yaml --run-dir e --quiet --resume
exits "resumed without train.init" 64 "made with another recipe.*init:"
"$python" - <<'PY' && ok "the digest is in the checkpoint" || not_ok "the digest is in the checkpoint"
import h5py, xxhash
stored = h5py.File("b2/checkpoints/step-000000006.h5").attrs["init_digest"].decode()
assert stored == xxhash.xxh3_128(open("a.npz", "rb").read()).hexdigest(), stored
assert "init_digest" not in h5py.File("a/checkpoints/step-000000006.h5").attrs
PY

# ---- types of .safetensors
"$python" - <<'PY'
import numpy, safetensors
base = safetensors.load("p.safetensors")
bits = {n: v.view("<u4") & 0xFFFF0000 for n, v in base.items()}  # what BF16 can hold
safetensors.save("f32.safetensors", {n: v.view("<f4") for n, v in bits.items()})
safetensors.save("bf16.safetensors", {n: ("BF16", (v >> 16).astype("<u2")) for n, v in bits.items()})
safetensors.save("f64.safetensors", {n: v.view("<f4").astype("<f8") for n, v in bits.items()})
half = {n: v.astype("<f2") for n, v in base.items()}
safetensors.save("f16.safetensors", half)
safetensors.save("half.safetensors", {n: v.astype("<f4") for n, v in half.items()})
numpy.savez("half.npz", **half)
numpy.savez_compressed("f64.npz", **{n: v.view("<f4").astype("f8") for n, v in bits.items()})
PY
for each in f32 bf16 f64 f16 half; do still t-$each --init $each.safetensors; done
for each in half f64; do still n-$each --init $each.npz; done
for each in t-bf16 t-f64 n-f64; do same "$each is f32" "$(hash_of $each)" "$(hash_of t-f32)"; done
for each in t-f16 n-half; do same "$each is the same in float32" "$(hash_of $each)" "$(hash_of t-half)"; done
differ "and rounded" "$(hash_of t-half)" "$(hash_of t-f32)"

# ---- names that are missing or left over, shapes, classes
"$python" - <<'PY'
import numpy
base = dict(numpy.load("a.npz"))
numpy.savez("less.npz", **{n: v for n, v in base.items() if n != "bn1.weight"})
numpy.savez("more.npz", extra=numpy.zeros(3, "f4"), **base)
numpy.savez("torch.npz", **{n.replace("running_variance", "running_var"): v for n, v in base.items()},
            **{"bn1.num_batches_tracked": numpy.int64(7)})
numpy.savez("shape.npz", **{**base, "fc1.weight": numpy.zeros((8, 5), "f4")})
numpy.savez("nan.npz", **{**base, "fc1.bias": numpy.full(8, numpy.nan, "f4")})
numpy.savez("whole.npz", **{**base, "fc1.bias": numpy.zeros(8, "i4")})
numpy.savez("foreign.npz", w=numpy.zeros(3, "f4"))
numpy.savez("fortran.npz", **{**base, "fc1.weight": numpy.asfortranarray(base["fc1.weight"])})
numpy.save("single.npy", base["fc1.bias"])
open("empty", "w")
open("pickle.pt", "wb").write(b"\x80\x02}.")
open("cut.npz", "wb").write(open("a.npz", "rb").read()[:-200])
open("cut.safetensors", "wb").write(open("a.safetensors", "rb").read()[:-4])
raw = bytearray(open("a.npz", "rb").read()); raw[200] ^= 1
open("flipped.npz", "wb").write(raw)
import zipfile
with zipfile.ZipFile("archive.pt", "w") as z: z.writestr("archive/data.pkl", "x")
PY
run 0 train r.yaml --run-dir less --init less.npz
exits "a tensor less" 0
says "it is told" less "1 tensors of the model are not in the file.*bn1.weight"
run 0 train r.yaml --run-dir more --init more.npz
exits "a tensor more" 0
says "it is told" more "1 tensors of the file are not in the model: extra"
run 0 train r.yaml --run-dir torch --init torch.npz --set train.init_strict=true
exits "PyTorch's word for the variance, and its counter" 0
same "they are the same weights" "$(hash_of torch)" "$(hash_of b0)"
refuse() { # WHAT CODE TEXT FILE ARGS...
  local what=$1 want=$2 text=$3 file=$4
  shift 4
  run 0 train r.yaml --run-dir no --init "$file" "$@"
  exits "$what" "$want" "$text"
}
refuse "strict: a tensor less" 65 "lacks 1 tensors of the model (bn1.weight)" less.npz --set train.init_strict=true
refuse "strict: a tensor more" 65 "the model lacks 1 of its tensors (extra)" more.npz --set train.init_strict=true
refuse "another shape" 65 "fc1.weight has shape 8x5, the model's fc1.weight has 8x4" shape.npz
refuse "not a number" 65 "fc1.bias: value 0 is nan" nan.npz
refuse "whole numbers" 65 "fc1.bias: whole numbers" whole.npz
refuse "no name in common" 65 "none of its 1 tensors" foreign.npz
refuse "Fortran order" 65 "ascontiguousarray" fortran.npz
refuse "a single array" 65 "a single .npy array" single.npy
refuse "an empty file" 65 "empty" empty
refuse "a pickle" 65 "pickle" pickle.pt
refuse "PyTorch's archive" 65 "save .safetensors" archive.pt
refuse "a truncated archive" 65 "cut.npz" cut.npz
refuse "truncated .safetensors" 65 "cut.safetensors" cut.safetensors
refuse "a flipped bit" 65 "flipped.npz" flipped.npz
refuse "a data set" 65 "four.h5" four.h5
refuse "nothing there" 74 "none.npz" none.npz
refuse "torchvision's names for another model" 64 "the model is mlp" a.npz --set train.init_names=torchvision
run 2 train r.yaml --run-dir no --init shape.npz
exits "two ranks fail together" 65 "has shape"
if [ ! -e no ]; then ok "no run directory is left"; else not_ok "no run directory is left"; fi

run 0 train r.yaml --run-dir three --init a.npz --set data.file=three.h5 --set train.init_strict=true
exits "three classes from four" 0
says "the head starts at random, with numbers" three "fc2 starts at random: the file has 4 classes"
run 0 train r.yaml --run-dir others --init a --set data.file=others.h5
exits "four other classes from a checkpoint" 0
says "the head starts at random, by names" others "fc2 starts at random: the file has no class or target ant"
run 0 train r.yaml --run-dir kept --init a --set data.file=others.h5 --set train.init_head=keep
exits "kept in any case" 0
run 0 train r.yaml --run-dir kept2 --init a.npz --set data.file=others.h5
same "it is the head of the file" "$(hash_of kept)" "$(hash_of kept2)"
differ "and another than a new one" "$(hash_of kept)" "$(hash_of others)"
run 0 train r.yaml --run-dir new --init a.npz --set data.file=others.h5 --set train.init_head=new
same "a new one by wish" "$(hash_of new)" "$(hash_of others)"
run 0 train r.yaml --run-dir no3 --init a --set data.file=three.h5 --set train.init_head=keep
exits "a head that cannot be kept" 65 "fc2.weight has shape 4x8, the model's fc2.weight has 3x8"

run 0 train r.yaml --run-dir columns --init a --set data.file=turned.h5
exits "columns in another order" 0
says "it is told" columns "columns differ from the file's, starting with d"
run 0 train r.yaml --run-dir no5 --init a --set data.file=turned.h5 --set train.init_strict=true
exits "strict: columns in another order" 65 "the column d of the data is in another place"

# ---- other commands, and on from the end of a run
run 2 range-test r.yaml --set train.init=a.npz --steps 5 --out range
exits "range-test begins with them" 0
first() { sed -n 2p "$1/range.csv" | cut -d, -f4; }
run 0 range-test r.yaml --steps 5 --out range0
differ "its first loss" "$(first range)" "$(first range0)"
run 0 sweep r.yaml weight_decay=0,1e-4 --set train.init=a --sweep-dir swept --quiet
exits "a sweep" 0
same "each of its runs" "$(hash_of swept/point-001)" "$(hash_of b0)"
run 0 train r.yaml --run-dir a --resume --set train.max_steps=9
exits "more steps than the run has" 64 "continue-from"
run 0 train r.yaml --continue-from a --run-dir on --set train.max_steps=9 --quiet
exits "a run out of its weights" 0
run 0 train r.yaml --init a --run-dir on2 --set train.max_steps=9 --quiet
same "it is one with --init" "$(hash_of on)" "$(hash_of on2)"
mkdir -p runs && cp -r a runs/mine-001
run 2 train --continue-from runs/mine-001 --set train.max_steps=9 --quiet
exits "without a recipe: by that of the run" 0
same "in the next folder of its name" "$(hash_of runs/mine-002)" "$(hash_of on)"
run 0 train r.yaml --continue-from a --run-dir a
exits "not into the run itself" 64 "already contains a run"
run 0 train r.yaml --continue-from p --run-dir no4
exits "names of another network" 65 "init_strict"
run 0 train --continue-from a --init p
exits "two beginnings" 64 "expected either --continue-from or --init"
finish
