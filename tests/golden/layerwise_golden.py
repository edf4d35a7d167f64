"""layerwise_golden.py - makes layerwise_golden.csv: LARS and LAMB as their papers write them, in
double precision by NumPy alone, 20 steps with a rate and a momentum (beta1) that change at each
step:
    python3 layerwise_golden.py FOLDER

LARS: You, Gitman and Ginsburg 2017, arXiv 1708.03888, algorithm 1. LAMB: You et al. 2020, arXiv
1904.00962, algorithm 2, phi(z) = z. Weights and gradients are golden_formula.py's, gradients plus
half the weight."""
import sys

import numpy
from golden_formula import fill

COUNT, STEPS = 5000, 20
SHOWN = (0, 1, 4095, 4096, 4999)


def lars(state, w, g, rate, momentum, decay, step):
    local = 0.02 * numpy.linalg.norm(w) / (numpy.linalg.norm(g) + decay * numpy.linalg.norm(w))
    state[0] = momentum * state[0] + rate * local * (g + decay * w)
    return w - state[0], local


def lamb(state, w, g, rate, momentum, decay, step):
    state[0] = momentum * state[0] + (1 - momentum) * g
    state[1] = 0.99 * state[1] + (1 - 0.99) * g * g
    mean, square = state[0] / (1 - momentum**step), state[1] / (1 - 0.99**step)
    direction = mean / (numpy.sqrt(square) + 1e-6) + decay * w
    ratio = numpy.linalg.norm(w) / numpy.linalg.norm(direction)
    return w - rate * ratio * direction, ratio


out = open(sys.argv[1] + "/layerwise_golden.csv", "w")
print("# by layerwise_golden.py", file=out)
print("name,decay,tensor,index,value", file=out)
for name, rule, slots, rate in (("lars", lars, 1, 0.5), ("lamb", lamb, 2, 0.01)):
    for decay in (0.0, 0.3):
        weight = fill((COUNT,), 100, 2.0, 1.0).astype(float)
        state = [numpy.zeros(COUNT) for _ in range(slots)]
        for step in range(STEPS):
            gradient = fill((COUNT,), 1000 * (step + 1), 0.5, 1.0) + 0.5 * weight
            weight, ratio = rule(state, weight, gradient, rate * (1 - step / 40),
                                 0.95 - 0.005 * step, decay, step + 1)
        print(f"{name},{decay},trust,0,{float(ratio)!r}", file=out)
        for tensor, values in (("weight", weight), *((str(i), s) for i, s in enumerate(state))):
            for index in SHOWN:
                print(f"{name},{decay},{tensor},{index},{float(values[index])!r}", file=out)
