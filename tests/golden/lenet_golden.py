#!/usr/bin/env python3
"""lenet_golden.py - 20 training steps of Caffe's LeNet by PyTorch, in double and in single
precision: writes lenet_golden.csv and lenet_golden_tensors.csv beside itself, or into the
folder given. Needs PyTorch (Debian: python3-torch). Independent of onecycle's code.

Network: conv 1->20 5x5, max-pool 2/2, conv 20->50 5x5, max-pool 2/2, flatten (C,H,W), linear
800->500, ReLU, linear 500->10; no padding, 431,080 parameters. Batch 64, mean softmax
cross-entropy, SGD with v = m v + (g + d w), w = w - lr v; d = 5e-4 for weights, 0 for biases.
1cycle of fastai v1: 20 steps, max_lr 0.05, div 25, final_div 25e4, pct_start 0.3, momentum
0.95 -> 0.85 -> 0.95; the values of step k are used in step k, counted from 0.

Weight tensor t = 0..3 (conv1, conv2, linear1, linear2), element i in row-major order of
(out, in, kh, kw): float32((2 u(1000003 t + i) - 1) / sqrt(fan_in)), computed in double.
Biases 0. Image element i of step s, i in row-major order of (sample, row, column):
float32(u(7919 (s + 1) + i + 500000000) + bright), with bright = 0.5 where
(row // 3 + label) % 4 == 0, else 0. Label of sample j: hash32(777 + 64 s + j) % 10.
u and hash32: golden_formula.py.
"""
import math
import os
import sys

import numpy
import torch

from golden_formula import hash32, uniform

STEPS, BATCH, SIDE, MAX_LR, DIV, PCT, DECAY = 20, 64, 28, 0.05, 25.0, 0.3, 5e-4
NAMES = [f"{layer}.{part}" for layer in ("conv1", "conv2", "linear1", "linear2")
         for part in ("weight", "bias")]


def cosine(start, end, fraction):
    return end + (start - end) / 2 * (1 + math.cos(math.pi * fraction))


def schedule(step):
    rising = int(STEPS * PCT)
    if step < rising:
        at = step / rising
        return cosine(MAX_LR / DIV, MAX_LR, at), cosine(0.95, 0.85, at)
    at = (step - rising) / (STEPS - rising)
    return cosine(MAX_LR, MAX_LR / (DIV * 1e4), at), cosine(0.85, 0.95, at)


def network(dtype):
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(1, 20, 5), torch.nn.MaxPool2d(2), torch.nn.Conv2d(20, 50, 5),
        torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(800, 500), torch.nn.ReLU(),
        torch.nn.Linear(500, 10)).to(dtype)
    parameters = list(layers.parameters())
    assert sum(p.numel() for p in parameters) == 431080
    with torch.no_grad():
        for t, weight in enumerate(parameters[0::2]):
            fan_in = weight[0].numel()
            values = (2 * uniform(1000003 * t, weight.numel()) - 1) / math.sqrt(fan_in)
            values = torch.from_numpy(values.astype(numpy.float32))
            weight.copy_(values.reshape(weight.shape).to(dtype))
        for bias in parameters[1::2]:
            bias.zero_()
    return layers, parameters


def batch(step, dtype):
    labels = (hash32(777 + 64 * step + numpy.arange(BATCH)) % 10).astype(numpy.int64)
    images = uniform(7919 * (step + 1) + 500000000, BATCH * SIDE * SIDE)
    images = images.reshape(BATCH, 1, SIDE, SIDE)
    rows = numpy.arange(SIDE)
    bright = (rows[None, :] // 3 + labels[:, None]) % 4 == 0
    images = (images + 0.5 * bright[:, None, :, None]).astype(numpy.float32)
    return torch.from_numpy(images).to(dtype), torch.from_numpy(labels)


def train(dtype):
    """Per step (loss, accuracy), both before its update; norms of the gradients of step 0 and
    of the parameters after the last."""
    layers, parameters = network(dtype)
    optimizer = torch.optim.SGD([{"params": parameters[0::2], "weight_decay": DECAY},
                                 {"params": parameters[1::2], "weight_decay": 0.0}],
                                lr=MAX_LR, momentum=0.9)
    history, gradients = [], None
    for step in range(STEPS):
        lr, momentum = schedule(step)
        for group in optimizer.param_groups:
            group["lr"], group["momentum"] = lr, momentum
        images, labels = batch(step, dtype)
        logits = layers(images)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        if gradients is None:
            gradients = [p.grad.norm().item() for p in parameters]
        accuracy = (logits.argmax(1) == labels).double().mean().item()
        history.append((loss.item(), accuracy))
        optimizer.step()
    return history, gradients, [p.detach().norm().item() for p in parameters], parameters


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    double, gradients, norms, parameters = train(torch.float64)
    single = train(torch.float32)[0]
    made_by = f"# lenet_golden.py, PyTorch {torch.__version__}\n"
    with open(os.path.join(folder, "lenet_golden.csv"), "w") as file:
        file.write(made_by + "# step from 0; loss and accuracy of its batch before the update\n")
        file.write("step,loss_float64,loss_float32,accuracy,lr,momentum\n")
        for step in range(STEPS):
            lr, momentum = schedule(step)
            file.write(f"{step},{double[step][0]!r},{single[step][0]!r},{double[step][1]!r},"
                       f"{lr!r},{momentum!r}\n")
    with open(os.path.join(folder, "lenet_golden_tensors.csv"), "w") as file:
        file.write(made_by + "# float64; Euclidean norms: of the gradient of the loss alone (no "
                   "decay) in step 0, of the values after all steps\n")
        for t, name in enumerate(NAMES):
            file.write(f"# tensor {t}: {name} {tuple(parameters[t].shape)}\n")
        file.write("tensor,count,gradient_norm_step0,value_norm_end\n")
        for t, p in enumerate(parameters):
            file.write(f"{t},{p.numel()},{gradients[t]!r},{norms[t]!r}\n")


if __name__ == "__main__":
    main()
