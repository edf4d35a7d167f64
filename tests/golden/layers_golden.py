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
    ("softmax_cross_entropy", "x"): ((5, 7), 5000000, -4.0, 8.0),
    ("softmax_cross_entropy", "labels"): ((5,), 5100000, 0.0, 7.0),  # classes 7
}
NOTES = {
    "batch_norm": "train mode, eps 1e-5; running_* from mean 0, variance 1 with momentum 0.1, "
                  "unbiased variance; y_eval: the same x with these running values",
    "avg_pool": "kernel 3, stride 2, padding 1, zeros of the padding counted, floor",
    "max_pool": "kernel 3, stride 2, padding 1, floor",
    "conv2d": "kernel 3, stride 2, padding 1",
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
        for case in (batch_norm, avg_pool, max_pool, conv2d, softmax_cross_entropy):
            for name, values in case().items():
                for i, value in enumerate(values.detach().reshape(-1).tolist()):
                    file.write(f"{case.__name__},{name},{i},{value!r}\n")


if __name__ == "__main__":
    main()
