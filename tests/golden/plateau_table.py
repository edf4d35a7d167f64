"""plateau_table.py - makes plateau_table.txt: learning rates of PyTorch's ReduceLROnPlateau after
each of a series of evaluations. Run with a Python that has torch 1.13 (/usr/bin/python3):
    python3 plateau_table.py FOLDER

A block is one line "@ SETTINGS" (a recipe's section schedule), then a line "value,lr" for each
evaluation: what it gave, and the rate from then on."""
import itertools
import math
import random
import sys

import torch
from torch.optim import lr_scheduler


def series(kind, n, up):
    """n evaluations: accuracies when up, else losses."""
    draw = random.Random(kind)
    sign = 1 if up else -1
    for k in range(n):
        smooth = 0.5 + sign * 0.4 * (1 - math.exp(-k / 8))
        if kind == "noisy":
            smooth += 0.02 * draw.gauss(0, 1)
        elif kind == "stairs":
            smooth = 0.5 + sign * 0.05 * (k // 9)
        elif kind == "worse":
            smooth = 0.5 - sign * 0.01 * k
        elif kind == "broken" and k % 7 in (0, 3):
            smooth = (math.nan, -sign * math.inf)[k % 2]
        yield smooth


def block(kind, monitor, **settings):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.3)
    mode = "max" if monitor == "test_accuracy" else "min"
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, mode=mode, **settings)
    text = ", ".join(f"{key}: {value}" for key, value in settings.items())
    print(f"@ name: reduce_on_plateau, lr: 0.3, monitor: {monitor}, {text}", file=out)
    for value in series(kind, 40, mode == "max"):
        plateau.step(value)
        print(repr(value), repr(optimizer.param_groups[0]["lr"]), sep=",", file=out)


out = open(sys.argv[1] + "/plateau_table.txt", "w")
print("# PyTorch", torch.__version__, "by plateau_table.py; see there", file=out)
KINDS = ("smooth", "noisy", "stairs", "worse", "broken")
for kind, monitor in itertools.product(KINDS, ("test_loss", "test_accuracy")):
    block(kind, monitor, factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0)
    block(kind, monitor, factor=0.5, patience=2, threshold=0.01, threshold_mode="rel", cooldown=3)
    block(kind, monitor, factor=0.3, patience=0, threshold=0.02, threshold_mode="abs", cooldown=1,
          min_lr=0.004)
    block(kind, monitor, factor=0.7, patience=1, threshold=0, threshold_mode="abs", cooldown=0)
block("worse", "test_loss", factor=0.1, patience=0, threshold=1, threshold_mode="rel", cooldown=0)
