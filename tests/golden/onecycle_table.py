#!/usr/bin/env python3
"""onecycle_table.py - writes onecycle_table.csv, the golden table of the schedule onecycle.

It acts out what fastai v1 does while it trains (callbacks/one_cycle.py, callback.py): a
learner's values are set once before training, and after each batch the scheduler of the
current phase takes one step. onecycle computes step k directly; this gets there by walking.
Only the standard library. Usage: onecycle_table.py > onecycle_table.csv
"""
import math


class Phase:
    """Two values that go from start to end in a number of ticks, along half a cosine or straight
    (annealing_linear, which v1's schedulers can be given too)."""

    def __init__(self, ticks, lr, momentum, linear):
        self.ticks, self.done = max(1, ticks), 0
        self.lr, self.momentum, self.linear = lr, momentum, linear

    def tick(self):
        self.done += 1
        place = self.done / self.ticks
        weight = 1 - place if self.linear else (math.cos(math.pi * place) + 1) / 2  # of the start
        return tuple(end + (start - end) * weight for start, end in (self.lr, self.momentum))

    def over(self):
        return self.done >= self.ticks


def walk(n, max_lr, div, pct, final_div, high, low, linear):
    """(lr, momentum) that each of n batches is trained with."""
    first, last = max_lr / div, max_lr / (final_div or div * 1e4)
    rising = int(n * pct)
    phases = [Phase(rising, (first, max_lr), (high, low), linear),
              Phase(n - rising, (max_lr, last), (low, high), linear)]
    now, used = (first, high), []
    for _ in range(n):
        used.append(now)
        assert phases, "fastai would have stopped training"
        now = phases[0].tick()
        if phases[0].over():
            phases.pop(0)
    return used


CASES = [  # n, max_lr, div_factor, pct_start, final_div (0: auto), momentum high, low, linear
    (10, 1.0, 25, 0.3, 0, 0.95, 0.85, 0),
    (1404, 0.05, 25, 0.3, 0, 0.95, 0.85, 0),
    (200, 0.1, 10, 0.5, 1000, 0.9, 0.8, 0),
    (97, 3e-3, 25, 0.25, 1, 0.99, 0.7, 0),
    (1000003, 2.5, 40, 0.3, 1e7, 0.95, 0.85, 0),
    (7, 0.4, 1, 0.9, 0, 0.9, 0.9, 0),
    (20, 1.0, 25, 0.0, 0, 0.95, 0.85, 0),
    (20, 1.0, 25, 1.0, 0, 0.95, 0.85, 0),
    (3, 1.0, 25, 0.3, 0, 0.95, 0.85, 0),
    (2, 1.0, 25, 0.5, 0, 0.95, 0.85, 0),
    (1, 1.0, 25, 0.3, 0, 0.95, 0.85, 0),
]
CASES += [(n, 0.7, 17, pct, 3000, 0.93, 0.8, linear) for n in (1, 2, 3, 10, 97, 1000)
          for pct in (0.0, 0.1, 0.123, 0.3, 0.37, 0.5, 0.77, 0.85, 1.0) for linear in (0, 1)]


def interesting(n, pct):
    """All steps of a short run; of a long one the ends, the peak and places between."""
    if n <= 20:
        return range(n)
    peak = int(n * pct)
    steps = {0, 1, 2, peak // 2, peak - 1, peak, peak + 1, n // 2, (peak + n) // 2, n - 2, n - 1}
    return sorted(step for step in steps if 0 <= step < n)


print("n,max_lr,div_factor,pct_start,final_div,high,low,linear,step,lr,momentum")
for case in CASES:
    used = walk(*case)
    for step in interesting(case[0], case[3]):
        print(",".join(repr(value) for value in (*case, step, *used[step])))
