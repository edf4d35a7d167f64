#!/usr/bin/env bash
# average_test.sh - averages of weights against NumPy, from the checkpoints of every step: by the
# formulas of the papers, in double precision.
. "$(dirname "$0")/../lib/check.sh"
find_python numpy h5py
cd "$scratch" || exit 1
run 0 import synthetic --seed 3 --train 200 --test 40 --shape 1x8x8 data.h5
cat >r.yaml <<'YAML'
model: {name: mlp, hidden: [16], batch_norm: true}
data: {file: data.h5}
batch: {size: 40, shards: 2}
train: {max_steps: 10, epochs: 100}
schedule: {name: constant, lr: 0.1}
checkpoint: {every_steps: 1, keep: 20}
YAML
train() { run 0 train r.yaml --quiet --run-dir "$@"; }
train plain
train ema --set average=ema --set average.decay=0.3
exits "ema" 0
train lookahead --set average=lookahead --set average.every=4 --set average.rate=0.25
exits "lookahead" 0
train grown --set average=lookahead --set average.every=4 --set average.rate=0.25 --set average.power=2 \
  --set average.statistics=true
exits "lookahead that grows" 0
train swa --set average=swa --set average.every=2 --set average.start=4
exits "swa" 0
# Weights that hardly move: then statistics of swa and running averages are of the same thing.
train still --set average=swa --set average.every=1 --set average.start=5 --set schedule.lr=1e-9 \
  --set batch_norm.momentum=0.5 --set average.batches=5
exits "swa at rest" 0
cat >check.py <<'PY'
import glob
import sys

import h5py
import numpy


def numbers(file, group):
    found = []
    file[group].visititems(lambda _, o: found.append(o[()].ravel()) if isinstance(o, h5py.Dataset) else None)
    return numpy.concatenate(found).astype(float)


def steps(run, group):
    return {int(h5py.File(p).attrs["step"]): numbers(h5py.File(p), group)
            for p in sorted(glob.glob(run + "/checkpoints/step-*.h5"))}


def alike(found, expected):
    return numpy.all(abs(found - expected) <= 1e-6 * numpy.maximum(abs(expected), 0.01))


def ema():
    good = True
    for kind in ("parameters", "state"):
        trained, found = steps("ema", "training/" + kind), steps("ema", kind)
        average = trained[1]
        for step in range(1, 11):
            keep = min(0.3, step / (9 + step))  # (1 + t) / (10 + t), t = step - 1
            average = trained[1] if step == 1 else keep * average + (1 - keep) * trained[step]
            good &= alike(found[step], average)
    return good and not alike(found[10], trained[10])


def lookahead():
    trained, found = steps("lookahead", "training/parameters"), steps("lookahead", "parameters")
    plain = steps("plain", "parameters")
    first = found[1] + 0.25 * (plain[4] - found[1])
    return (all((trained[s] == plain[s]).all() for s in (1, 2, 3)) and (found[3] == found[1]).all()
            and not alike(found[1], plain[1]) and alike(found[4], first) and (trained[4] == found[4]).all()
            and (found[7] == found[4]).all() and not alike(found[8], found[4])
            and (trained[8] == found[8]).all())


def grown():
    """At step t of 10 the average keeps 0.75 (t / 10)^2 of itself, running statistics as well."""
    good = True
    for kind in ("parameters", "state"):
        trained, found = steps("grown", "training/" + kind), steps("grown", kind)
        plain = steps("plain", kind)
        keep = 0.75 * 0.4 ** 2
        good &= alike(found[4], keep * found[1] + (1 - keep) * plain[4])
        good &= (trained[4] == found[4]).all() and (found[7] == found[4]).all()
        good &= not alike(trained[7], found[7]) and (trained[8] == found[8]).all()
    return good


def swa():
    trained, found = steps("swa", "training/parameters"), steps("swa", "parameters")
    plain = steps("plain", "parameters")
    return (all((trained[s] == plain[s]).all() for s in range(1, 11)) and (found[3] == trained[3]).all()
            and alike(found[4], trained[4]) and alike(found[7], (trained[4] + trained[6]) / 2)
            and alike(found[10], (trained[4] + trained[6] + trained[8] + trained[10]) / 4))


def still():
    state, running = steps("still", "state")[10], steps("still", "training/state")[10]
    (mean, variance), (other, spread) = numpy.split(state, 2), numpy.split(running, 2)
    print(abs(mean - other) / numpy.sqrt(spread), variance / spread, file=sys.stderr)
    return ((state != running).any() and numpy.all(abs(mean - other) < 0.4 * numpy.sqrt(spread))
            and numpy.all(abs(variance / spread - 1) < 0.5))


sys.exit(0 if globals()[sys.argv[1]]() else 1)
PY
for name in ema lookahead grown swa still; do
  "$python" -B check.py $name 2>err && ok "$name: NumPy's numbers" || not_ok "$name: other numbers"
done

# Everyone else takes the average for the network.
run 0 eval swa
exits "eval" 0
same "eval finds what training found" \
  "$(printf %.4f "$(field test_loss swa/summary.json)")" \
  "$(printf %.4f "$(grep -o '[0-9]\.[0-9]\{6,\}' out | head -1)")"
run 0 train r.yaml --quiet --run-dir refused --set train.max_steps=0 --set train.epochs=0 \
  --set train.fit_time=1h --set average=lookahead --set average.every=5%
exits "a percentage of a length that nobody knows" 64 "average.every: found 5%"
finish
