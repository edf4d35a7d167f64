"""schedules_table.py - makes schedules_table.txt: rates and momenta of every schedule at chosen
steps, from other implementations. Run with a Python that has torch 1.13 (/usr/bin/python3):
    python3 schedules_table.py FOLDER

Where PyTorch has the schedule the numbers come from its objects, stepped one by one with an SGD
optimiser. fastai2 and smith are walked here: fastai v2's combine_scheds and SchedCos over k / n;
Smith's as his Caffe logs print it (docs/MANUAL.md), in his own variables base, max, stepsize.

A block is one line "@ STEPS STEPS_PER_EPOCH SETTINGS" (a recipe's section schedule), then lines
"step,lr,momentum"; both are nan where the schedule has ended."""
import math
import sys
import warnings

import torch
from torch.optim import lr_scheduler

warnings.simplefilter("ignore")
LENGTHS = (2, 3, 10, 97, 1000)


def interesting(n):
    if n <= 100:
        return range(n)
    return sorted({*range(3), *range(7, n, 41), n // 2 - 1, n // 2, n - 3, n - 2, n - 1})


def block(n, per_epoch, settings, values):
    """values: of all n steps."""
    print(f"@ {n} {per_epoch} {settings}", file=out)
    for step in interesting(n):
        print(step, *(repr(float(v)) for v in values[step]), sep=",", file=out)


def walk(n, make, lr, momentum=0.9):
    """n steps of a PyTorch schedule: what each optimiser step would use."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum)
    schedule = make(optimizer)
    used = []
    for step in range(n):
        group = optimizer.param_groups[0]
        used.append((group["lr"], group["momentum"]))
        optimizer.step()
        if step + 1 < n:
            schedule.step()
    return used


def one_cycle():
    for n in LENGTHS:
        for pct in (0.3, 0.123, 0.5, 0.77, 1.0):
            for anneal in ("cos", "linear"):
                for dialect in ("torch", "torch3"):
                    three = dialect == "torch3"
                    if pct * n == 1 or (three and (pct > 0.5 or pct * n < 1)):
                        continue  # PyTorch divides by zero; or ours refuses
                    used = walk(n, lambda o: lr_scheduler.OneCycleLR(
                        o, max_lr=0.7, total_steps=n, pct_start=pct, anneal_strategy=anneal,
                        base_momentum=0.8, max_momentum=0.93, div_factor=17, final_div_factor=300,
                        three_phase=three), 0.1)
                    block(n, 0, f"dialect: {dialect}, max_lr: 0.7, pct_start: {pct}, "
                          f"anneal: {anneal}, div_factor: 17, final_div: 300, "
                          "momentum: [0.93, 0.8]", used)
    used = walk(10, lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=10), 0.1)
    block(10, 0, "dialect: torch, max_lr: 1", used)
    used = walk(5, lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=5, div_factor=1), 1)
    block(5, 0, "dialect: torch, max_lr: 1, div_factor: 1", used)


def fastai2():
    def sched_cos(start, end, pos):
        return start + (1 + math.cos(math.pi * (1 - pos))) * (end - start) / 2

    def combine(pct, first, second, pos):
        if pos < pct:
            return first(pos / pct)
        return second((pos - pct) / (1 - pct))

    for n in (1, *LENGTHS):
        for pct in (0.25, 0.123, 0.5, 0, 1):
            used = [(combine(pct, lambda p: sched_cos(0.7 / 17, 0.7, p),
                             lambda p: sched_cos(0.7, 0.7 / 3000, p), k / n),
                     combine(pct, lambda p: sched_cos(0.95, 0.8, p),
                             lambda p: sched_cos(0.8, 0.95, p), k / n)) for k in range(n)]
            block(n, 0, f"dialect: fastai2, max_lr: 0.7, pct_start: {pct}, div_factor: 17, "
                  "final_div: 3000, momentum: [0.95, 0.8]", used)
            used = [(combine(pct, lambda p: 0.7, lambda p: sched_cos(0.7, 0.7 / 1e5, p), k / n), 0.9)
                    for k in range(n)]
            block(n, 0, f"name: flat_cos, lr: 0.7, pct_start: {pct}", used)


def smith():
    """c100Resnet56 (base .1, max 1.2, stepsize 3417) and gResnet56 in hyperParam1's logs."""
    def lr_at(base, top, size, k):
        if k < size:
            return base + (top - base) * k / size
        if k < 2 * size:
            return max(base / 1000, top * (1 - (k - size) / size))
        return base / 1000

    def momentum_at(high, low, size, k):
        cycle = math.floor(k / (2 * size))
        x = abs(k / size - 2 * cycle - 1)
        return high - (high - low) * (1 - x) / 2**cycle

    for base, top, size, n in ((0.1, 1.2, 3417, 7500), (0.08, 0.8, 4003, 9277), (1.0, 1.0, 4, 12)):
        rest = n - 2 * size
        used = [(lr_at(base, top, size, k), momentum_at(0.95, 0.85, size, k)) for k in range(n)]
        block(n, 0, f"dialect: smith, max_lr: {top}, div_factor: {top / base!r}, "
              f"annihilation: {(rest + 0.5) / n!r}", used)


def cyclical():
    for n, size in ((4, 2), (12, 3), (97, 8), (1000, 125)):
        whole = n // (2 * size) * 2 * size
        for mode, gamma in (("triangular", 1.0), ("triangular2", 1.0), ("exp_range", 0.9993)):
            used = walk(n, lambda o: lr_scheduler.CyclicLR(
                o, base_lr=0.013, max_lr=0.4, step_size_up=size, mode=mode, gamma=gamma,
                base_momentum=0.8, max_momentum=0.95), 0.1)
            block(n, 0, f"name: cyclical, mode: {mode}, max_lr: 0.4, base_lr: 0.013, "
                  f"step_size: {size}, gamma: {gamma}, momentum: [0.95, 0.8]",
                  used[:whole] + [(math.nan, math.nan)] * (n - whole))


def decays():
    for n in LENGTHS:
        used = walk(n, lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3), 0.5)
        block(n, 0, "name: step, lr: 0.5, every: 7, gamma: 0.3", used)
        used = walk(n, lambda o: lr_scheduler.StepLR(o, step_size=26, gamma=0.3), 0.5)
        block(n, 13, "name: step, lr: 0.5, every: 2 epochs, gamma: 0.3", used)
        used = walk(n, lambda o: lr_scheduler.MultiStepLR(o, [1, 30, 52], gamma=0.2), 0.5)
        block(n, 13, "name: multistep, lr: 0.5, milestones: [1, 30, 4 epochs], gamma: 0.2", used)
        used = walk(n, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.987), 0.5)
        block(n, 0, "name: exponential, lr: 0.5, gamma: 0.987", used)
        used = walk(n, lambda o: lr_scheduler.LambdaLR(o, lambda k: (1 + 1e-2 * k) ** -0.75), 0.5)
        block(n, 0, "name: inverse, lr: 0.5, gamma: 0.01, power: 0.75", used)
        for power in (1, 2.5):
            used = walk(n, lambda o: lr_scheduler.PolynomialLR(o, n, power), 0.5)
            block(n, 0, f"name: polynomial, lr: 0.5, power: {power}", used)
        used = walk(n, lambda o: lr_scheduler.CosineAnnealingLR(o, n, eta_min=0.01), 0.5)
        block(n, 0, "name: cosine, lr: 0.5, min_lr: 0.01", used)
        if n > 3:
            used = walk(n, lambda o: lr_scheduler.SequentialLR(o, [
                lr_scheduler.LinearLR(o, 0.2, 1, 3), lr_scheduler.CosineAnnealingLR(o, n - 3)],
                [3]), 0.5)
            block(n, 0, "name: cosine, lr: 0.5, warmup: 3, warmup_start: 0.2", used)


def warm_restarts():
    for first, mult, cycles in ((2, 1, 5), (3, 2, 5), (97, 3, 3), (10, 1, 7)):
        n = sum(first * mult**i for i in range(cycles))
        used = walk(n, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(
            o, first, mult, eta_min=0.02), 0.5)
        block(n, 0, f"name: warm_restarts, lr: 0.5, min_lr: 0.02, cycle: {first}, "
              f"cycle_mult: {mult}", used)
        block(n, 0, f"name: warm_restarts, lr: 0.5, min_lr: 0.02, cycles: {cycles}, "
              f"cycle_mult: {mult}", used)


def knots():
    """The DAWNBench entry of D. Page: numpy's interp of the epoch over [0, 5, 24]."""
    import numpy
    n, per_epoch = 240, 10
    used = [(0.4 * numpy.interp(k / per_epoch, [0, 5, 24], [0, 1, 0]), 0.9) for k in range(n)]
    block(n, per_epoch, "name: piecewise, lr: 0.4, knots: [0, 5 epochs, 24 epochs], "
          "factors: [0, 1, 0]", used)


out = open(sys.argv[1] + "/schedules_table.txt", "w")
print("# PyTorch", torch.__version__, "by schedules_table.py; see there", file=out)
one_cycle()
fastai2()
smith()
cyclical()
decays()
warm_restarts()
knots()
