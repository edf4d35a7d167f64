#!/usr/bin/env bash
# whiten_test.sh - a first layer that whitens, parameters frozen from a step on, and evaluation by
# several views, each against its definition, computed in plain Python from exported numbers. No
# module but those of Python itself is needed.
. "$(dirname "$0")/../lib/check.sh"
find_python zipfile
cd "$scratch" || exit 1
cat >pictures.py <<'PY'
"""Arrays of .npy and .npz files as flat lists of doubles, and images (N, 3, 6, 5) with labels."""
import array
import ast
import random
import struct
import zipfile

N, C, H, W, CLASSES = 60, 3, 6, 5, 4


def write(path, shape, values, kind="<f4"):
    head = repr({"descr": kind, "fortran_order": False, "shape": shape}).encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
        file.write(array.array("f" if kind == "<f4" else "i", values).tobytes())


def read(path, name):
    data = zipfile.ZipFile(path).read(name + ".npy")
    (length,) = struct.unpack("<H", data[8:10])
    head = ast.literal_eval(data[10:10 + length].decode())
    values = array.array("f")
    values.frombytes(data[10 + length:])
    return head["shape"], values.tolist()


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def images(seed):
    """Smooth ones, whose patches are far from white; the class is in the mean of a channel."""
    r = random.Random(seed)
    out, labels = [], []
    for i in range(N):
        labels.append(i % CLASSES)
        for c in range(C):
            v = 0.5 * (i % CLASSES) * (c == 1)
            for _ in range(H * W):
                v += r.gauss(0, 0.3 + 0.2 * c)
                out.append(single(v))
    return out, labels
PY
"$python" -B - <<'PY'
from pictures import *

for name, seed in (("train", 1), ("test", 2)):
    x, y = images(seed)
    write(name + ".npy", (N, C, H, W), x)
    write(name + "-labels.npy", (N,), y, "<i4")
PY
run 0 import npy --inputs train.npy --targets train-labels.npy --test-inputs test.npy \
  --test-targets test-labels.npy --channels-first data.h5
exits "import" 0
cat >r.yaml <<'YAML'
model:
  layers:
    - {type: conv2d, name: whiten, channels: 20, kernel: 2, initial: whiten, epsilon: 0.002}
    - gelu
    - {type: conv2d, name: conv, channels: 24, kernel: 3, pad: 1, bias: false, initial: dirac}
    - {type: batch_norm, name: norm, scale: false, epsilon: 1e-12, rate: 0.4}
    - gelu
    - global_max_pool
    - {type: linear, name: fc, bias: false}
    - {type: scale, factor: 0.25}
data: {file: data.h5}
batch: {size: 20, shards: 4}
train: {max_steps: 12, epochs: 100}
optimizer:
  nesterov: true
  weight_decay: 0.001
  decay_bias_and_norm: true
  groups: ["*norm*.bias", "*"]
  rate_factors: [8, 1]
  decay_factors: [0.125, 1]
  freeze: [whiten.weight]
  freeze_late: [whiten.bias]
  freeze_late_from: 2 epochs
schedule: {name: piecewise, lr: 0.5, knots: [0, 25%, 100%], factors: [0.2, 1, 0.1], momentum: 0.85}
augment: {crop: 1, padding: reflect, flip: alternating}
average: {name: lookahead, every: 2, rate: 0.2262190625, power: 3, statistics: true}
checkpoint: {every_steps: 1, keep: 20}
YAML
run 0 train r.yaml --run-dir whole
exits "train" 0
same "what was whitened is in the log" 1 "$(grep -c 'whiten whitens patches of 2x2 pixels: eigenvalues .* of 60 images' whole/log.txt)"
for step in 1 5 6 7 12; do
  run 0 export weights "$(printf 'whole/checkpoints/step-%09d.h5' $step)" $step.npz
done
"$python" -B - <<'PY' && ok "weights whiten the training images' patches" || not_ok "weights do not whiten"
import math
import sys

from pictures import *

x, _ = images(1)
area, size = H * W, 4 * C
for c in range(C):  # normalised, as the network sees them
    places = [i * C * area + c * area + p for i in range(N) for p in range(area)]
    mean = sum(x[p] for p in places) / len(places)
    deviation = math.sqrt(sum((x[p] - mean) ** 2 for p in places) / len(places))
    for p in places:
        x[p] = (x[p] - mean) / deviation
patches = [[x[((i * C + c) * H + top + dy) * W + left + dx]
            for c in range(C) for dy in range(2) for dx in range(2)]
           for i in range(N) for top in range(H - 1) for left in range(W - 1)]
moment = [[sum(p[a] * p[b] for p in patches) / len(patches) for b in range(size)] for a in range(size)]
shape, weight = read("1.npz", "whiten.weight")
rows = [weight[i * size:(i + 1) * size] for i in range(20)]
good = shape == (20, C, 2, 2) and all(rows[10 + i] == [-w for w in rows[i]] for i in range(10))
values = []
for row in rows[:10]:  # moment row = value row, and |row| = 1 / sqrt(value + epsilon)
    value = 1 / sum(w * w for w in row) - 0.002
    values.append(value)
    product = [sum(m * w for m, w in zip(line, row)) for line in moment]
    good &= all(abs(p - value * w) < 1e-4 * abs(values[0] * max(row, key=abs)) for p, w in zip(product, row))
good &= values == sorted(values, reverse=True) and min(values) > 0
for i in range(10):  # a full set: no eigenvector twice, and what is left of the trace is below each
    for j in range(i):
        scale = math.sqrt((values[i] + 0.002) * (values[j] + 0.002))
        good &= abs(scale * sum(a * b for a, b in zip(rows[i], rows[j]))) < 1e-4
rest = sum(moment[a][a] for a in range(size)) - sum(values)
good &= 0 < rest < 2.001 * values[-1]
sys.exit(0 if good else 1)
PY
"$python" -B - <<'PY' && ok "the bias is trained for two epochs, weights never" || not_ok "freezing"
import sys

from pictures import *

weight = [read("%d.npz" % s, "whiten.weight")[1] for s in (1, 6, 12)]
bias = [read("%d.npz" % s, "whiten.bias")[1] for s in (1, 5, 6, 7, 12)]
fc = [read("%d.npz" % s, "fc.weight")[1] for s in (6, 12)]
sys.exit(0 if weight[0] == weight[1] == weight[2] and bias[0] != bias[2] and any(bias[2])
         and bias[2] == bias[3] == bias[4] and fc[0] != fc[1] else 1)
PY
for ranks in 2 3 4; do
  run $ranks train r.yaml --run-dir ranks$ranks --quiet
  exits "$ranks ranks" 0
  same "weights on $ranks ranks" "$(hash_of whole)" "$(hash_of ranks$ranks)"
done
# A resume behind the place where the bias is frozen, and one before it.
for at in 4 9; do
  run 2 train r.yaml --run-dir resumed$at --quiet --stop-at $at
  exits "stopped at step $at" 75
  run 3 train r.yaml --run-dir resumed$at --quiet --resume --set compute.threads=2
  exits "resumed at step $at" 0
  same "weights of a resume at step $at" "$(hash_of whole)" "$(hash_of resumed$at)"
done
run 0 train r.yaml --run-dir late --quiet --set 'optimizer.freeze_late=["*"]'
exits "nothing left to train" 64 "optimizer.freeze_late: leaves no parameter to train"
run 0 train r.yaml --run-dir late --quiet --set 'optimizer.freeze_late=["whiten.wait"]'
exits "no such parameter" 64 'optimizer.freeze_late: no remaining parameter matches "whiten.wait"'

# Views: outputs of shifted and mirrored images, averaged. Of predictions, which are probabilities,
# these are means of logarithms, normalised anew.
"$python" -B - <<'PY'
from pictures import *


def reflected(i, size):
    return -i if i < 0 else 2 * (size - 1) - i if i >= size else i


x, _ = images(2)
for shift in (0, 1, -1):
    for mirrored in (0, 1):
        out = []
        for m in range(N * C):
            for row in range(H):
                for column in range(W):
                    at = W - 1 - column if mirrored else column
                    out.append(x[(m * H + reflected(row - shift, H)) * W + reflected(at - shift, W)])
        write("view%d%d.npy" % (shift, mirrored), (N, C, H, W), out)
PY
for view in 00 01 10 11 -10 -11; do
  "$ONECYCLE" predict whole --npy view$view.npy --channels-first >view$view.csv
done
for kind in "" --flip --tta; do
  run 2 eval whole $kind
  exits "eval $kind" 0
  sed -n 's/^test_//p' out >"eval$kind"
done
for kind in flip tta; do
  "$ONECYCLE" predict whole --npy view00.npy --channels-first --$kind >predict-$kind.csv || not_ok "predict --$kind"
done
differ "views change the loss" "$(cat eval--flip)" "$(cat eval--tta)"
"$python" -B - <<'PY' && ok "eval and predict --flip and --tta average the views" || not_ok "--flip, --tta: other numbers"
import math
import sys

from pictures import *

_, labels = images(2)
KINDS = {"": {"00": 1}, "--flip": {"00": 0.5, "01": 0.5},
         "--tta": {"00": 0.25, "01": 0.25, "10": 0.125, "11": 0.125, "-10": 0.125, "-11": 0.125}}


def table(name):
    with open(name + ".csv") as file:
        rows = [line.strip().split(",") for line in file][1:]
    return [[math.log(float(p)) for p in row[-CLASSES:]] for row in rows]


good = True
for kind, weights in KINDS.items():
    loss = right = 0
    tables = {view: table("view" + view) for view in weights}
    predicted = kind and table("predict-" + kind[2:])
    for i, label in enumerate(labels):
        outputs = [sum(w * tables[v][i][k] for v, w in weights.items()) for k in range(CLASSES)]
        loss += math.log(sum(math.exp(o) for o in outputs)) - outputs[label]
        right += outputs.index(max(outputs)) == label
        total = math.log(sum(math.exp(o) for o in outputs))
        good &= not kind or all(abs(p - (o - total)) < 2e-5 for p, o in zip(predicted[i], outputs))
    with open("eval" + kind) as file:
        found = dict(line.split() for line in file)
    good &= abs(float(found["loss"]) - loss / N) < 2e-5 and float(found["accuracy"]) == round(right / N, 6)
    print(kind, found, loss / N, right / N, file=sys.stderr)
sys.exit(0 if good else 1)
PY
finish
