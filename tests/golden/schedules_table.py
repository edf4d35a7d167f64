"""schedules_table.py - makes schedules_table.txt: rates and momenta of every schedule at chosen
steps, from other implementations. Run with a Python that has torch 1.13 (/usr/bin/python3):
    python3 schedules_table.py FOLDER

Where PyTorch has the schedule the numbers come from its objects, stepped one by one with an SGD
optimiser. The others are walked here: fastai v2's combine_scheds over k / n (fastai2, flat_cos, and
its fit_sgdr for cycles of lengths that are not whole); Smith's as his Caffe logs print it
(docs/GUIDE.md), in his own variables base, max, stepsize; piecewise by numpy's interp.
fastai v1 has a script of its own: onecycle_table.py.

A block is one line "@ STEPS STEPS_PER_EPOCH SETTINGS" (a recipe's section schedule), then lines
"step,lr,momentum"; both are nan where the schedule has ended."""
import math
import sys
import warnings

import numpy
import torch
from torch.optim import lr_scheduler

warnings.simplefilter("ignore")
LENGTHS = (1, 2, 3, 10, 97, 1000)
PARTS = (0.0, 0.1, 0.123, 0.3, 0.37, 0.5, 0.77, 0.85, 1.0)
NAN = (math.nan, math.nan)


def interesting(n, turns):
    """All steps of a short run; of a long one its ends, every 24th part and both sides of turns."""
    if n <= 20:
        return range(n)
    near = {int(turn) + d for turn in turns for d in (-1, 0, 1, 2)}
    return sorted({0, 1, 2, n // 2, n - 3, n - 2, n - 1, *range(7, n, n // 24), *near}
                  & set(range(n)))


def block(n, per_epoch, settings, values, turns=()):
    """values: of all n steps."""
    assert len(values) == n
    print(f"@ {n} {per_epoch} {settings}", file=out)
    for step in interesting(n, turns):
        print(step, *(repr(float(v)) for v in values[step]), sep=",", file=out)


def walk(n, make, lr=0.5, momentum=0.9):
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


def warm(steps, start, used):
    """PyTorch's LinearLR up to the first rate of a schedule, then the schedule."""
    rate, momentum = used[0]
    return walk(steps, lambda o: lr_scheduler.LinearLR(o, start, 1, steps), rate, momentum) + used


def one_cycle(n, pct, anneal, three, **changed):
    options = {"max_lr": 0.7, "base_momentum": 0.8, "max_momentum": 0.93, "div_factor": 17,
               "final_div_factor": 300, **changed}
    return walk(n, lambda o: lr_scheduler.OneCycleLR(
        o, total_steps=n, pct_start=pct, anneal_strategy=anneal, three_phase=three, **options))


def torch_one_cycles():
    shape = "max_lr: 0.7, div_factor: 17, final_div: 300, momentum: [0.93, 0.8]"
    for n in LENGTHS:
        for pct in PARTS:
            for anneal in ("cos", "linear"):
                for dialect in ("torch", "torch3"):
                    three = dialect == "torch3"
                    if pct * n == 1 or (three and (pct > 0.5 or pct * n < 1)):
                        continue  # PyTorch divides by zero; or ours refuses
                    block(n, 0, f"dialect: {dialect}, pct_start: {pct}, anneal: {anneal}, {shape}",
                          one_cycle(n, pct, anneal, three), (pct * n - 1, 2 * pct * n - 2))
    for n in (2, 3, 10, 97):
        for dialect in ("torch", "torch3"):
            if dialect == "torch" or n > 3:
                block(n, 0, f"dialect: {dialect}, max_lr: 1", walk(n, lambda o: (
                    lr_scheduler.OneCycleLR(o, 1.0, n, three_phase=dialect == "torch3"))))
                block(n, 0, f"dialect: {dialect}, max_lr: 0.7, div_factor: 1, final_div: 1",
                      one_cycle(n, 0.3, "cos", dialect == "torch3", div_factor=1,
                                final_div_factor=1, base_momentum=0.85, max_momentum=0.95))
    block(104, 0, f"dialect: torch, warmup: 7, {shape}",
          warm(7, 0.1, one_cycle(97, 0.3, "cos", False)))


def straight(start, end, place):
    return start + place * (end - start)


def half_cosine(start, end, place):
    return start + (1 + math.cos(math.pi * (1 - place))) * (end - start) / 2


def combine(parts, legs, place):
    """Of fastai v2's combine_scheds: legs one after the other, each a part of the whole."""
    for part, (anneal, start, end) in zip(parts[:-1], legs):
        if place < part:
            return anneal(start, end, place / part)
        place -= part
    anneal, start, end = legs[len(parts) - 1]
    return anneal(start, end, place / parts[-1])


def fastai2():
    for n in LENGTHS:
        for pct in (0.25, *PARTS):
            # A leg without any length is no leg: v2 would divide by zero.
            parts, left = ([pct, 1 - pct], slice(0, 2)) if 0 < pct < 1 else ([1], slice(0, 1))
            first = 1 if pct == 0 else 0
            for name, anneal in (("cos", half_cosine), ("linear", straight)):
                lr = [(anneal, 0.7 / 17, 0.7), (anneal, 0.7, 0.7 / 3000)][first:][left]
                momentum = [(anneal, 0.95, 0.8), (anneal, 0.8, 0.95)][first:][left]
                used = [(combine(parts, lr, k / n), combine(parts, momentum, k / n))
                        for k in range(n)]
                block(n, 0, f"dialect: fastai2, max_lr: 0.7, pct_start: {pct}, anneal: {name}, "
                      "div_factor: 17, final_div: 3000, momentum: [0.95, 0.8]", used, (pct * n,))
            legs = [(straight, 0.7, 0.7), (half_cosine, 0.7, 0.7 / 1e5)][first:][left]
            used = [(combine(parts, legs, k / n), 0.9) for k in range(n)]
            block(n, 0, f"name: flat_cos, lr: 0.7, pct_start: {pct}", used, (pct * n,))
    used = [(combine([0.25, 0.75], [(half_cosine, 1.0, 1.0), (half_cosine, 1.0, 1e-5)], k / 10),
             combine([0.25, 0.75], [(half_cosine, 0.95, 0.85), (half_cosine, 0.85, 0.95)], k / 10))
            for k in range(10)]
    block(10, 0, "dialect: fastai2, max_lr: 1, div_factor: 1", used)
    block(15, 0, "dialect: fastai2, max_lr: 1, div_factor: 1, warmup: 5, warmup_start: 0.3",
          warm(5, 0.3, used))
    used = [(combine([0.75, 0.25], [(straight, 0.7, 0.7), (half_cosine, 0.7, 0.07)], k / 30), 0.6)
            for k in range(30)]
    block(30, 0, "name: flat_cos, lr: 0.7, final_div: 10, momentum: 0.6", used, (22,))


def fine_tune():
    """fastai v2's Learner.fine_tune: fit_one_cycle twice, each with its own combined_cos."""
    def cycle(n, peak, pct, div):
        lr = [(half_cosine, peak / div, peak), (half_cosine, peak, peak / 1e5)]
        momentum = [(half_cosine, 0.95, 0.85), (half_cosine, 0.85, 0.95)]
        return [(combine([pct, 1 - pct], lr, k / n), combine([pct, 1 - pct], momentum, k / n))
                for k in range(n)]

    for n in LENGTHS[1:]:
        for frozen in sorted({1, n // 3, n - 1} - {0}):
            used = cycle(frozen, 2e-3, 0.99, 25) + cycle(n - frozen, 1e-3, 0.3, 5)
            block(n, 0, f"name: fine_tune, max_lr: 2e-3, frozen: {frozen}", used, (frozen,))
    block(30, 10, "name: fine_tune, max_lr: 2e-3", cycle(10, 2e-3, 0.99, 25) + cycle(20, 1e-3, 0.3, 5))
    block(30, 0, "name: fine_tune, max_lr: 2e-3, frozen: 40%, pct_start: 0.5, div_factor: 10, lr_mult: 7",
          cycle(12, 2e-3, 0.99, 25) + cycle(18, 1e-3, 0.5, 10))


def sgdr(n, cycles, mult, lr):
    """fastai v2's fit_sgdr, which divides by zero when mult is 1."""
    one = 1 / sum(mult**i for i in range(cycles))
    parts = [one * mult**i for i in range(cycles)]
    return [(combine(parts, [(half_cosine, lr, 0)] * cycles, k / n), 0.9) for k in range(n)]


def smith(n, base, top, up, cycle, high=0.95, low=0.85):
    """Up steps rise, up to `cycle` the rate falls, the rest stays at a thousandth of base."""
    used = []
    for k in range(n):
        if k < up:
            lr = base + (top - base) * k / up
        elif k < cycle:
            lr = max(base / 1000, top * (1 - (k - up) / (cycle - up)))
        else:
            lr = base / 1000
        if k < up:
            part = k / up
        elif k < cycle:
            part = 1 - (k - up) / (cycle - up)
        else:  # triangles of stepsize `up`, the first of half the height
            later = (k - cycle) / up
            part = (1 - abs(later % 2 - 1)) / 2 ** (math.floor(later / 2) + 1)
        used.append((lr, high - (high - low) * part))
    return used


def smiths():
    """c100Resnet56 (base .1, max 1.2, stepsize 3417) and gResnet56 in hyperParam1's logs."""
    for base, top, size, n in ((0.1, 1.2, 3417, 7500), (0.08, 0.8, 4003, 9277), (1.0, 1.0, 4, 12)):
        block(n, 0, f"dialect: smith, max_lr: {top}, div_factor: {top / base!r}, "
              f"annihilation: {(n - 2 * size + 0.5) / n!r}", smith(n, base, top, size, 2 * size),
              (size, 2 * size))
    for n in LENGTHS:
        for rest in (0, 0.1, 0.37):
            cycle = n - int(n * rest)
            for pct in (None, 0, 0.1, 0.3, 0.37, 0.5, 0.85, 1):
                up = cycle // 2 if pct is None else min(int(n * pct), cycle)
                # A part has a step at least; what it takes is not given back.
                up, down = max(1, up), max(1, cycle - up)
                block(n, 0, "dialect: smith, max_lr: 0.7, momentum: [0.93, 0.8], annihilation: "
                      f"{rest}, pct_start: {'auto' if pct is None else pct}",
                      smith(n, 0.7 / 25, 0.7, up, up + down, 0.93, 0.8), (up, up + down))


def cyclical():
    modes = (("triangular", 1.0), ("triangular2", 1.0), ("exp_range", 0.9993))
    for n, size in ((2, 1), (3, 1.5), (4, 2), (10, 2.5), (12, 3), (97, 8), (97, 3.5), (1000, 125),
                    (1000, 37)):
        whole = math.ceil(n // (2 * size) * 2 * size)
        for mode, gamma in modes:
            used = walk(n, lambda o: lr_scheduler.CyclicLR(
                o, base_lr=0.013, max_lr=0.4, step_size_up=size, mode=mode, gamma=gamma,
                base_momentum=0.8, max_momentum=0.95))
            block(n, 0, f"name: cyclical, mode: {mode}, max_lr: 0.4, base_lr: 0.013, "
                  f"step_size: {size}, gamma: {gamma}, momentum: [0.95, 0.8]",
                  used[:whole] + [NAN] * (n - whole), (size, whole))
    for n in LENGTHS:  # cycles that fill the run, and their warm-up
        for cycles in (0.5, 1, 2, 3, 7):
            if n < cycles:
                continue
            for mode, gamma in modes:
                used = walk(n, lambda o: lr_scheduler.CyclicLR(
                    o, base_lr=0.1, max_lr=0.4, step_size_up=n / cycles / 2, mode=mode,
                    gamma=gamma, base_momentum=0.85, max_momentum=0.95))
                shape = (f"name: cyclical, mode: {mode}, max_lr: 0.4, cycles: {cycles}, "
                         f"gamma: {gamma}")
                block(n, 0, shape, used, (n / cycles,))
                if n > 3:
                    block(n + 5, 0, shape + ", warmup: 5", warm(5, 0.1, used))


def no_cycles(n):
    """(settings, values) of the schedules that only fall, over n steps of 13 an epoch."""
    def by(factor):
        return walk(n, lambda o: lr_scheduler.LambdaLR(o, factor))

    yield "name: constant, lr: 0.5", by(lambda k: 1)
    yield "name: step, lr: 0.5, every: 7, gamma: 0.3", walk(
        n, lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3))
    yield "name: step, lr: 0.5, every: 2 epochs, gamma: 0.3", walk(
        n, lambda o: lr_scheduler.StepLR(o, step_size=26, gamma=0.3))
    yield "name: step, lr: 0.5, every: 1", walk(
        n, lambda o: lr_scheduler.StepLR(o, step_size=1, gamma=0.1))
    yield "name: multistep, lr: 0.5, milestones: [1, 30, 4 epochs], gamma: 0.2", walk(
        n, lambda o: lr_scheduler.MultiStepLR(o, [1, 30, 52], gamma=0.2))
    yield "name: exponential, lr: 0.5, gamma: 0.987", walk(
        n, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.987))
    yield "name: exponential, lr: 0.5, gamma: 0.5, every: 1 epochs", walk(
        n, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.5 ** (1 / 13)))
    for gamma, power in ((0.01, 0.75), (1e-4, 0.75), (0.5, 1), (0, 3)):
        yield f"name: inverse, lr: 0.5, gamma: {gamma}, power: {power}", by(
            lambda k: (1 + gamma * k) ** -power)
    for power in (0, 1, 2.5):
        yield f"name: polynomial, lr: 0.5, power: {power}", walk(
            n, lambda o: lr_scheduler.PolynomialLR(o, n, power))
    yield "name: polynomial, lr: 0.5, power: 2, min_lr: 0.1", by(
        lambda k: 0.2 + 0.8 * (1 - k / n) ** 2)
    yield "name: cosine, lr: 0.5, min_lr: 0.01", walk(
        n, lambda o: lr_scheduler.CosineAnnealingLR(o, n, eta_min=0.01))
    yield "name: cosine, lr: 0.5", walk(n, lambda o: lr_scheduler.CosineAnnealingLR(o, n))
    yield "name: warm_restarts, lr: 0.5, min_lr: 0.01", walk(
        n, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, n, eta_min=0.01))
    yield "name: piecewise, lr: 0.5, knots: [2, 9, 9, 3 epochs], factors: [0.5, 1, 0.3, 0.01]", by(
        lambda k: numpy.interp(k, [2, 9], [0.5, 1]) if k < 9
        else numpy.interp(k, [9, 39], [0.3, 0.01]))


def decays():
    for n in LENGTHS:
        for settings, values in no_cycles(n):
            block(n, 13, settings, values, (26, 30, 52))
            if n > 3:
                block(n + 3, 13, settings + ", warmup: 3, warmup_start: 0.2",
                      warm(3, 0.2, values))
        if n > 3:
            block(n, 0, "name: cosine, lr: 0.5, warmup: 3, warmup_start: 0.2", walk(
                n, lambda o: lr_scheduler.SequentialLR(o, [
                    lr_scheduler.LinearLR(o, 0.2, 1, 3), lr_scheduler.CosineAnnealingLR(o, n - 3)],
                    [3])))
    for n in (10, 1000):  # parts of the run
        block(n, 0, "name: step, lr: 0.5, every: 30%, gamma: 0.3", walk(
            n, lambda o: lr_scheduler.StepLR(o, n * 3 // 10, gamma=0.3)), (0.3 * n, 0.6 * n))
        block(n, 0, "name: multistep, lr: 0.5, milestones: [30%, 60%, 80%]", walk(
            n, lambda o: lr_scheduler.MultiStepLR(o, [n * 3 // 10, n * 6 // 10, n * 8 // 10])),
            (0.3 * n, 0.6 * n, 0.8 * n))
        block(n, 0, "name: exponential, lr: 0.5, gamma: 0.01, every: 100%", walk(
            n, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.01 ** (1 / n))))
        block(n, 0, "name: piecewise, lr: 0.5, knots: [0%, 20%, 100%], factors: [0.1, 1, 0]", walk(
            n, lambda o: lr_scheduler.LambdaLR(
                o, lambda k: numpy.interp(k / n, [0, 0.2, 1], [0.1, 1, 0]))), (0.2 * n,))


def warm_restarts():
    for first, mult, cycles in ((2, 1, 5), (3, 2, 5), (97, 3, 3), (10, 1, 7)):
        n = sum(first * mult**i for i in range(cycles))
        used = walk(n, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(
            o, first, mult, eta_min=0.02))
        settings = f"name: warm_restarts, lr: 0.5, min_lr: 0.02, cycle_mult: {mult}"
        turns = (first, first * (1 + mult))
        block(n, 0, f"{settings}, cycle: {first}", used, turns)
        block(n, 0, f"{settings}, cycles: {cycles}", used, turns)
        block(n + 1, 0, f"{settings}, cycle: {first}, cycles: {cycles}", used + [NAN], turns)
        block(n + 4, 0, f"{settings}, cycle: {first}, warmup: 4", warm(4, 0.1, used))
    for n in (3, 10, 97, 1000):
        for cycles, mult in ((2, 2), (2, 1.5), (3, 2)):
            if n / sum(mult**i for i in range(cycles)) >= 1:
                block(n, 0, f"name: warm_restarts, lr: 0.5, cycles: {cycles}, cycle_mult: {mult}",
                      sgdr(n, cycles, mult, 0.5))


def knots():
    """The DAWNBench entry of D. Page: numpy's interp of the epoch over [0, 5, 24]."""
    n, per_epoch = 240, 10
    used = [(0.4 * numpy.interp(k / per_epoch, [0, 5, 24], [0, 1, 0]), 0.9) for k in range(n)]
    block(n, per_epoch, "name: piecewise, lr: 0.4, knots: [0, 5 epochs, 24 epochs], "
          "factors: [0, 1, 0]", used, (50,))


out = open(sys.argv[1] + "/schedules_table.txt", "w")
print("# PyTorch", torch.__version__, "by schedules_table.py; see there", file=out)
torch_one_cycles()
fastai2()
fine_tune()
smiths()
cyclical()
decays()
warm_restarts()
knots()
