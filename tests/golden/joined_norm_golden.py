"""joined_norm_golden.py - makes joined_norm_golden.csv: batch normalisation of one batch and its
gradients, by their definition, in exact rational sums and double precision, of Python alone:
    python3 joined_norm_golden.py FOLDER

Ioffe and Szegedy 2015, algorithm 1 and section 3. Inputs are golden_formula.py's numbers, channels
with means up to 17 times their deviation."""
import math
import struct
import sys
from fractions import Fraction

SAMPLES, CHANNELS, PIXELS, EPSILON = 12, 3, 4, 1e-5
SHIFT = (0.0, 2.0, -10.0)


def uniform(index):
    x = index & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> shift
        x = x * factor & 0xFFFFFFFF
    return (x ^ x >> 16) / 2.0**32


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def fill(count, offset, shift, scale):
    return [single(shift + scale * uniform(offset + i)) for i in range(count)]


def total(numbers):
    return sum(map(Fraction, numbers), Fraction(0))


NUMBERS = SAMPLES * CHANNELS * PIXELS
x = fill(NUMBERS, 0, -1.0, 2.0)
dy = fill(NUMBERS, 1000, -0.5, 1.0)
weight, bias = fill(CHANNELS, 2000, 0.5, 1.0), fill(CHANNELS, 3000, -0.5, 1.0)
y, dx = [0.0] * NUMBERS, [0.0] * NUMBERS
result = {"y": y, "dx": dx, "dweight": [], "dbias": [], "mean": [], "variance": []}
for c in range(CHANNELS):
    at = [(n * CHANNELS + c) * PIXELS + p for n in range(SAMPLES) for p in range(PIXELS)]
    count = len(at)
    for i in at:
        x[i] = single(x[i] + SHIFT[c])
    mean = total(x[i] for i in at) / count
    variance = sum((Fraction(x[i]) - mean)**2 for i in at) / count
    inverse = 1 / math.sqrt(float(variance) + EPSILON)
    h = {i: float(Fraction(x[i]) - mean) * inverse for i in at}
    dbias = float(total(dy[i] for i in at))
    dweight = float(total(dy[i] * h[i] for i in at))
    for i in at:
        y[i] = h[i] * weight[c] + bias[c]
        dx[i] = weight[c] * inverse * (dy[i] - dbias / count - h[i] * dweight / count)
    result["dweight"].append(dweight)
    result["dbias"].append(dbias)
    result["mean"].append(float(mean))
    result["variance"].append(float(variance * count / (count - 1)))
out = open(sys.argv[1] + "/joined_norm_golden.csv", "w")
print("# by joined_norm_golden.py", file=out)
print("name,tensor,index,value", file=out)
for tensor, values in (("x", x), ("dy", dy), ("weight", weight), ("bias", bias), *result.items()):
    for index, value in enumerate(values):
        print(f"batch_norm,{tensor},{index},{value!r}", file=out)
