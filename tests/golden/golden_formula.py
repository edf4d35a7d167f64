"""golden_formula.py - the numbers that the golden runs start from: a formula, so that any
language makes the same ones. Not a good random generator, and not the one onecycle uses.

hash32 is the finaliser "lowbias32" (C. Wellons, hash-prospector). All indices are modulo 2^32.
tests/golden.c is the same in C; its constants are checked by tests/unit/golden_formula_test.c.
"""
import numpy


def hash32(index):
    x = numpy.asarray(index, dtype=numpy.uint64) & numpy.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> numpy.uint64(shift)
        x = (x * numpy.uint64(factor)) & numpy.uint64(0xFFFFFFFF)
    return x ^ (x >> numpy.uint64(16))


def uniform(offset, count):
    """count numbers in [0, 1), double: u(offset), u(offset + 1), ..."""
    return hash32(offset + numpy.arange(count, dtype=numpy.uint64)).astype(numpy.float64) / 2.0**32


def fill(shape, offset, shift, scale):
    """float32(shift + scale * u(offset + i)), computed in double, rounded once."""
    values = shift + scale * uniform(offset, int(numpy.prod(shape)))
    return values.astype(numpy.float32).reshape(shape)
