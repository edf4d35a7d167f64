#!/usr/bin/env python3
"""layers_golden.py - single layers by PyTorch in double precision: writes layers_golden.csv
beside itself, or into the folder given. Needs PyTorch (Debian: python3-torch). Independent of
onecycle's code.

Inputs are not in the file, they follow a formula: element i (row-major) of an input tensor is
float32(shift + scale * u(offset + i)), computed in double, u of golden_formula.py; labels are
hash32(offset + j) % classes. Offsets, shifts and scales: the table INPUTS below, repeated in
the file's comments. `dy` is the gradient that the backward pass starts from.
Rows: name,tensor,index,value; index is row-major, value has all digits of the double.
"""
import os
import sys

import numpy
import torch
from torch.nn import functional

from golden_formula import fill, hash32

# (case, tensor): (shape, offset, shift, scale)
INPUTS = {
    ("batch_norm", "x"): ((4, 3, 5, 3), 1000000, -1.0, 3.0),
    ("batch_norm", "gamma"): ((3,), 1100000, 0.5, 1.0),
    ("batch_norm", "beta"): ((3,), 1200000, -0.5, 1.0),
    ("batch_norm", "dy"): ((4, 3, 5, 3), 1300000, -1.0, 2.0),
    ("avg_pool", "x"): ((2, 3, 7, 6), 2000000, -1.0, 2.0),
    ("avg_pool", "dy"): ((2, 3, 4, 3), 2300000, -1.0, 2.0),
    ("max_pool", "x"): ((2, 3, 7, 6), 3000000, -1.0, 2.0),
    ("max_pool", "dy"): ((2, 3, 4, 3), 3300000, -1.0, 2.0),
    ("conv2d", "x"): ((2, 3, 7, 9), 4000000, -1.0, 2.0),
    ("conv2d", "weight"): ((4, 3, 3, 3), 4100000, -0.5, 1.0),
    ("conv2d", "bias"): ((4,), 4200000, -0.5, 1.0),
    ("conv2d", "dy"): ((2, 4, 4, 5), 4300000, -1.0, 2.0),
    ("max_pool_ceil", "x"): ((2, 3, 8, 5), 6000000, -1.0, 2.0),
    ("max_pool_ceil", "dy"): ((2, 3, 4, 2), 6300000, -1.0, 2.0),
    ("avg_pool_ceil", "x"): ((2, 3, 8, 5), 6500000, -1.0, 2.0),
    ("avg_pool_ceil", "dy"): ((2, 3, 5, 3), 6800000, -1.0, 2.0),
    ("global_avg_pool", "x"): ((3, 4, 3, 5), 7000000, -1.0, 2.0),
    ("global_avg_pool", "dy"): ((3, 4), 7300000, -1.0, 2.0),
    ("global_max_pool", "x"): ((3, 4, 3, 5), 7500000, -1.0, 2.0),
    ("global_max_pool", "dy"): ((3, 4), 7800000, -1.0, 2.0),
    ("lrn_across", "x"): ((2, 7, 3, 2), 8000000, -1.0, 2.0),
    ("lrn_across", "dy"): ((2, 7, 3, 2), 8300000, -1.0, 2.0),
    ("lrn_within", "x"): ((2, 3, 5, 4), 8500000, -1.0, 2.0),
    ("lrn_within", "dy"): ((2, 3, 5, 4), 8800000, -1.0, 2.0),
    ("group_norm", "x"): ((3, 6, 3, 4), 9000000, -1.0, 3.0),
    ("group_norm", "gamma"): ((6,), 9100000, 0.5, 1.0),
    ("group_norm", "beta"): ((6,), 9200000, -0.5, 1.0),
    ("group_norm", "dy"): ((3, 6, 3, 4), 9300000, -1.0, 2.0),
    ("leaky_relu", "x"): ((2, 31), 9500000, -5.0, 10.0),
    ("leaky_relu", "dy"): ((2, 31), 9600000, -1.0, 2.0),
    ("gelu", "x"): ((2, 31), 9700000, -5.0, 10.0),
    ("gelu", "dy"): ((2, 31), 9800000, -1.0, 2.0),
    ("silu", "x"): ((2, 31), 9900000, -5.0, 10.0),
    ("silu", "dy"): ((2, 31), 9950000, -1.0, 2.0),
    ("pad_channels", "x"): ((2, 3, 5, 4), 10000000, -1.0, 2.0),
    ("pad_channels", "dy"): ((2, 8, 3, 2), 10300000, -1.0, 2.0),
    ("softmax_cross_entropy", "x"): ((5, 7), 5000000, -4.0, 8.0),
    ("softmax_cross_entropy", "labels"): ((5,), 5100000, 0.0, 7.0),  # classes 7
}
NOTES = {
    "batch_norm": "train mode, eps 1e-5; running_* from mean 0, variance 1 with momentum 0.1, "
                  "unbiased variance; y_eval: the same x with these running values",
    "avg_pool": "kernel 3, stride 2, padding 1, zeros of the padding counted, floor",
    "max_pool": "kernel 3, stride 2, padding 1, floor",
    "conv2d": "kernel 3, stride 2, padding 1",
    "max_pool_ceil": "kernel 3, stride 2, ceil_mode",
    "avg_pool_ceil": "kernel (3, 2), stride (2, 2), padding 1, zeros of the padding counted, "
                     "ceil_mode",
    "lrn_across": "size 5, alpha 2, beta 0.75, k 1.5",
    "lrn_within": "size 3, alpha 1.5, beta 0.75, k 1; composed of avg_pool2d and pow",
    "group_norm": "3 groups, eps 1e-5",
    "leaky_relu": "slope 0.1",
    "pad_channels": "stride 2, then functional.pad of the channels by 2 and 3",
    "softmax_cross_entropy": "mean over the samples; *_smooth: label smoothing 0.1",
}


def tensor(case, name):
    values = fill(*INPUTS[case, name])
    return torch.from_numpy(values).to(torch.float64).requires_grad_(name != "dy")


def batch_norm():
    x, gamma, beta, dy = (tensor("batch_norm", name) for name in ("x", "gamma", "beta", "dy"))
    layer = torch.nn.BatchNorm2d(3, eps=1e-5, momentum=0.1).to(torch.float64)
    layer.weight, layer.bias = torch.nn.Parameter(gamma), torch.nn.Parameter(beta)
    y = layer(x)
    y.backward(dy)
    result = {"y": y, "dx": x.grad, "dgamma": layer.weight.grad, "dbeta": layer.bias.grad,
              "running_mean": layer.running_mean, "running_variance": layer.running_var}
    layer.eval()
    result["y_eval"] = layer(x)
    return result


def pool(case, function):
    x, dy = tensor(case, "x"), tensor(case, "dy")
    y = function(x, 3, stride=2, padding=1)
    y.backward(dy)
    return {"y": y, "dx": x.grad}


def avg_pool():
    return pool("avg_pool", functional.avg_pool2d)


def max_pool():
    return pool("max_pool", functional.max_pool2d)


def unary(case, function):
    x, dy = tensor(case, "x"), tensor(case, "dy")
    y = function(x)
    y.backward(dy)
    return {"y": y, "dx": x.grad}


def max_pool_ceil():
    return unary("max_pool_ceil", lambda x: functional.max_pool2d(x, 3, 2, ceil_mode=True))


def avg_pool_ceil():
    return unary("avg_pool_ceil",
                 lambda x: functional.avg_pool2d(x, (3, 2), 2, 1, ceil_mode=True))


def global_avg_pool():
    return unary("global_avg_pool", lambda x: x.mean((2, 3)))


def global_max_pool():
    return unary("global_max_pool", lambda x: x.amax((2, 3)))


def lrn_across():
    return unary("lrn_across", lambda x: functional.local_response_norm(x, 5, 2.0, 0.75, 1.5))


def lrn_within():
    return unary("lrn_within", lambda x: x * (
        1 + 1.5 * functional.avg_pool2d(x * x, 3, 1, 1)).pow(-0.75))


def group_norm():
    x, gamma, beta, dy = (tensor("group_norm", name) for name in ("x", "gamma", "beta", "dy"))
    y = functional.group_norm(x, 3, gamma, beta, 1e-5)
    y.backward(dy)
    return {"y": y, "dx": x.grad, "dgamma": gamma.grad, "dbeta": beta.grad}


def leaky_relu():
    return unary("leaky_relu", lambda x: functional.leaky_relu(x, 0.1))


def gelu():
    return unary("gelu", functional.gelu)


def silu():
    return unary("silu", functional.silu)


def pad_channels():
    return unary("pad_channels", lambda x: functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 3)))


def conv2d():
    x, weight, bias, dy = (tensor("conv2d", name) for name in ("x", "weight", "bias", "dy"))
    y = functional.conv2d(x, weight, bias, stride=2, padding=1)
    y.backward(dy)
    return {"y": y, "dx": x.grad, "dweight": weight.grad, "dbias": bias.grad}


def softmax_cross_entropy():
    (count,), offset, _, classes = INPUTS["softmax_cross_entropy", "labels"]
    labels = hash32(offset + numpy.arange(count)) % int(classes)
    labels = torch.from_numpy(labels.astype(numpy.int64))
    result = {"labels": labels}
    for suffix, smoothing in (("", 0.0), ("_smooth", 0.1)):
        x = tensor("softmax_cross_entropy", "x")
        loss = functional.cross_entropy(x, labels, label_smoothing=smoothing)
        loss.backward()
        result["loss" + suffix], result["dx" + suffix] = loss, x.grad
    return result


CASES = (batch_norm, avg_pool, max_pool, conv2d, softmax_cross_entropy, max_pool_ceil,
         avg_pool_ceil, global_avg_pool, global_max_pool, lrn_across, lrn_within, group_norm,
         leaky_relu, gelu, silu, pad_channels)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    with open(os.path.join(folder, "layers_golden.csv"), "w") as file:
        file.write(f"# layers_golden.py, PyTorch {torch.__version__}\n")
        for case, note in NOTES.items():
            file.write(f"# {case}: {note}\n")
        for (case, name), (shape, offset, shift, scale) in INPUTS.items():
            rule = (f"hash32({offset} + j) % {scale:g}" if name == "labels"
                    else f"float32({shift:g} + {scale:g} u({offset} + i))")
            file.write(f"# input {case} {name} {shape}: {rule}\n")
        file.write("name,tensor,index,value\n")
        for case in CASES:
            for name, values in case().items():
                for i, value in enumerate(values.detach().reshape(-1).tolist()):
                    file.write(f"{case.__name__},{name},{i},{value!r}\n")


if __name__ == "__main__":
    main()
