# fine_tune.py - fastai's fine_tune of a softmax regression, in numpy: what fine_tune_test.sh's runs must
# give. One batch is the whole set, so the order of samples does not matter.
#   make                   set.csv and begin.npz
#   check RUN sgd|adam     the weights of a run's newest export, RUN.npz
import math
import sys
import numpy

N, F, C, STEPS, FROZEN, PEAK = 96, 5, 3, 14, 5, 0.4


def cosine(start, end, place):
    return start + (1 + math.cos(math.pi * (1 - place))) * (end - start) / 2


def cycle(n, peak, pct, div):
    for k in range(n):
        x = k / n
        if x < pct:
            yield cosine(peak / div, peak, x / pct), cosine(0.95, 0.85, x / pct)
        else:
            y = (x - pct) / (1 - pct)
            yield cosine(peak, peak / 1e5, y), cosine(0.85, 0.95, y)


def data():
    r = numpy.random.default_rng(5)
    y = numpy.arange(N) % C
    x = numpy.round(r.normal(y[:, None], 1.0, (N, F)), 3)
    return x, y, r.normal(0, 0.5, (C, F)).astype("f4"), r.normal(0, 0.5, C).astype("f4")


def gradients(w, b, x, y):
    z = x @ w.T + b
    p = numpy.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[numpy.arange(N), y] -= 1
    return p.T @ x / N, p.sum(0) / N


class Update:
    """PyTorch's SGD and Adam of one tensor, with momenta that change from step to step."""

    def __init__(self, kind):
        self.kind, self.v, self.s, self.t = kind, 0.0, 0.0, 0

    def __call__(self, g, lr, momentum):
        self.t += 1
        if self.kind == "sgd":
            self.v = momentum * self.v + g
            return lr * self.v
        self.v = momentum * self.v + (1 - momentum) * g
        self.s = 0.99 * self.s + 0.01 * g * g
        m, s = self.v / (1 - momentum**self.t), self.s / (1 - 0.99**self.t)
        return lr * m / (numpy.sqrt(s) + 1e-8)


def train(kind):
    x, y, w, b = data()
    w, b = w.astype("f8"), b.astype("f8")
    update = Update(kind)
    for lr, momentum in cycle(FROZEN, PEAK, 0.99, 25):  # the bias alone
        b = b - update(gradients(w, b, x, y)[1], lr, momentum)
    of_weight, of_bias = Update(kind), Update(kind)  # the optimiser begins anew
    for lr, momentum in cycle(STEPS - FROZEN, PEAK / 2, 0.3, 5):
        gw, gb = gradients(w, b, x, y)
        w = w - of_weight(gw, lr / 100, momentum)
        b = b - of_bias(gb, lr, momentum)
    return w, b


if sys.argv[1] == "make":
    x, y, w, b = data()
    with open("set.csv", "w") as f:
        f.write("a,b,c,d,e,kind\n")
        for row, k in zip(x, y):
            f.write(",".join("%.3f" % v for v in row) + ",%d\n" % k)
    numpy.savez("begin.npz", **{"fc1.weight": w, "fc1.bias": b})
else:
    got, (w, b) = numpy.load(sys.argv[2] + ".npz"), train(sys.argv[3])
    apart = max(abs(got["fc1.weight"] - w).max(), abs(got["fc1.bias"] - b).max())
    moved = abs(w - data()[2]).max()
    print(f"{sys.argv[3]}: weights moved by up to {moved:.3g}, apart {apart:.2g}")
    assert apart < 2e-6 and moved > 1e-3
