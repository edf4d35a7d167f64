"""suggestions_golden.py - makes suggestions_golden.csv and suggestions_curves.csv: what fastai's four
rules (and v1's) suggest on 35 curves of range tests, by a port of their formulas to numpy in double
precision, independent of onecycle. Run with a Python that has numpy (/usr/bin/python3):
    python3 suggestions_golden.py FOLDER

Curves 1 to 20 are recordings of `onecycle range-test` on MNIST, read from FOLDER's
suggestions_curves.csv and written back. 1 to 5: lenet; lenet with adamw; an mlp to the last step;
lenet with a linear range until the loss is no number; 24 steps. 6 to 8: lenet at batch 16, 4 and 2, ever
noisier; 9: mlp; 10 to 13: adam, rmsprop, adagrad, adadelta; 14 to 16: 25, 17 and 9 steps; 17 and
18: a linear and an exponential range with no rule to stop them until the loss is no number; 19: batch 1024; 20: mlp at
batch 8, 300 steps. The others are made here, with noise from golden_formula.py. fastai records smoothed losses, so that is what the curves hold."""
import csv
import math
import os
import sys

import numpy
from golden_formula import uniform

RECORDED = 20
BETA = 0.98


def smooth(losses):
    """AvgSmoothLoss: exponential average, debiased."""
    average, out = 0.0, []
    for k, loss in enumerate(losses):
        average = BETA * average + (1 - BETA) * loss
        out.append(average / (1 - BETA ** (k + 1)))
    return out


# The rules. `lrs` and `losses` are what is left of the curve; None: fastai raises an error.

def valley(lrs, losses):
    n = len(losses)
    longest, end, start = [1] * n, 0, 0
    for i in range(1, n):
        longest[i] = max([longest[j] + 1 for j in range(i) if losses[j] > losses[i]] + [1])
        if longest[i] > longest[end]:
            end, start = i, i - longest[i]
    third = (end - start) / 3
    return lrs[start + int(third) + int(third / 2)]  # negative: from the end, as ever in Python


def slide(lrs, losses, apart=15, threshold=0.005):
    if len(losses) < apart + 1:
        return None
    slope = numpy.gradient(numpy.array(losses))
    right, left = -1, -1 - apart
    rate = lrs[left]
    while left >= -len(losses) and abs(slope[right] - slope[left]) > threshold:
        rate = lrs[left]
        right, left = right - 1, left - 1
    return rate


def minimum(lrs, losses):
    return lrs[int(numpy.argmin(losses))] / 10


def steep(lrs, losses):
    if len(losses) < 2:
        return None
    return lrs[int(numpy.argmin(numpy.diff(losses) / numpy.diff(numpy.log(lrs))))]


def gradient(lrs, losses):  # of fastai v1
    if len(losses) < 2:
        return None
    return lrs[int(numpy.argmin(numpy.gradient(numpy.array(losses))))]


def cut(values, losses, first):
    """[first:-5], up to the first NaN of the losses."""
    kept = losses[first:-5]
    bad = [i for i, loss in enumerate(kept) if math.isnan(loss)]
    return values[first:-5][: bad[0] if bad else None]


def suggest(lrs, losses, steps):
    out = []
    for rule, first in ((valley, steps // 10), (slide, steps // 10), (minimum, steps // 10),
                        (steep, steps // 10), (gradient, 10)):
        x, y = cut(lrs, losses, first), cut(losses, losses, first)
        rate = rule(x, y) if y else None
        out.append(math.nan if rate is None else float(rate))
    return out


# The curves that are made.

def made(number, steps, shape, noise, count=None, low=1e-7, high=10.0):
    """Raw losses of a shape over log-rate in [0, 1], with noise, smoothed."""
    u = uniform(900000 + 1000 * number, steps)
    lrs = [low * (high / low) ** (k / steps) for k in range(steps)]
    raw = [shape(k / steps) + noise * (2 * u[k] - 1) for k in range(steps)]
    return lrs[:count], smooth(raw[:count]), steps


def bowl(x):  # flat, falls, blows up
    return 2.3 - 1.8 / (1 + math.exp(-30 * (x - 0.6))) + math.exp(40 * (x - 0.9))


def slope(x):
    return 2.3 - 2 * x


def flat(steps):
    return [1e-7 * 1e8 ** (k / steps) for k in range(steps)], [2.0] * steps, steps


def until_nan(curve, at):
    lrs, losses, steps = curve
    return lrs, [loss if k < at else math.nan for k, loss in enumerate(losses)], steps


def curves_made():
    yield made(6, 100, bowl, 0.0)
    yield made(7, 100, bowl, 0.05)
    yield made(8, 100, bowl, 0.5)
    yield made(9, 100, bowl, 2.0)
    yield made(10, 100, bowl, 0.1, count=92)              # ended by its loss
    yield until_nan(made(11, 100, bowl, 0.1), 80)         # no number from step 80 on
    yield until_nan(made(12, 100, bowl, 0.3), 26)         # so early that slide has just enough
    yield until_nan(made(13, 100, bowl, 0.3), 25)         # and here not
    yield until_nan(made(14, 100, bowl, 0.1), 11)         # one point is left
    yield until_nan(made(15, 100, bowl, 0.1), 4)          # none
    yield made(16, 100, slope, 0.0)                       # only falls: the valley is all of it
    yield made(17, 40, lambda x: 1 + x, 0.0)              # only rises
    yield flat(60)                                        # all ties
    yield made(19, 12, bowl, 0.2)                         # short
    yield made(20, 250, lambda x: 1 + math.sin(12 * x) / 2 - x, 0.1, low=1e-4, high=1.0)


def recorded(path):
    curves = {}
    with open(path) as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            lrs, losses, _ = curves.setdefault(int(row["curve"]), ([], [], int(row["steps"])))
            lrs.append(float(row["lr"]))
            losses.append(float(row["smoothed_loss"]))
    return [curves[i] for i in range(1, RECORDED + 1)]


folder = sys.argv[1]
path = os.path.join(folder, "suggestions_curves.csv")
curves = recorded(path) + list(curves_made())
with open(path, "w") as file:
    print("# smoothed losses of range tests; 1 to 20 recorded, the others by suggestions_golden.py",
          file=file)
    print("curve,steps,lr,smoothed_loss", file=file)
    for number, (lrs, losses, steps) in enumerate(curves, 1):
        for lr, loss in zip(lrs, losses):
            print(f"{number},{steps},{lr!r},{loss!r}", file=file)
with open(os.path.join(folder, "suggestions_golden.csv"), "w") as file:
    print("# numpy", numpy.__version__, "by suggestions_golden.py", file=file)
    print("curve,valley,slide,minimum,steep,gradient", file=file)
    for number, (lrs, losses, steps) in enumerate(curves, 1):
        print(number, *(repr(rate) for rate in suggest(lrs, losses, steps)), sep=",", file=file)
