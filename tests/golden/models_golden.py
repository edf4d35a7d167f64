#!/usr/bin/env python3
"""models_golden.py - whole residual networks by PyTorch in double precision: writes
models_golden.csv beside itself, or into the folder given. Needs PyTorch (Debian: python3-torch).
Independent of onecycle's code.

Two images of 3x32x32, training mode: outputs, and for each parameter tensor the norm of its
gradient, backward having begun with dy. Tensor t of a network, in the order of its layers, has the
values float32(shift + scale * u(1000003 t + i)): weights of two or more dimensions shift
-sqrt(6 / fan-in), scale twice that; others shift 0.5, scale 1 (batch-norm's weights) or shift
-0.1, scale 0.2 (biases). Images: shift -1, scale 2 at 500000000; dy likewise at 600000000.
Rows: model,tensor,index,value; `y`, and `gradient_norm` with the tensor's number as index.
"""
import math
import os
import sys

import torch
from torch import nn
from torch.nn import functional

from golden_formula import fill


class Unit(nn.Module):
    def __init__(self, inputs, outputs, stride=1, pooled=False, bare=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.pooled, self.bare = pooled, bare

    def forward(self, x):
        x = self.norm(self.conv(x))
        x = x if self.bare else functional.relu(x)
        return functional.max_pool2d(x, 2) if self.pooled else x


class ResNet9(nn.Module):
    def __init__(self):
        super().__init__()
        self.units = nn.ModuleList([
            Unit(3, 64), Unit(64, 128, pooled=True), Unit(128, 128), Unit(128, 128),
            Unit(128, 256, pooled=True), Unit(256, 512, pooled=True), Unit(512, 512),
            Unit(512, 512)])
        self.fc = nn.Linear(512, 10, bias=False)

    def forward(self, x):
        u = self.units
        x = u[1](u[0](x))
        x = x + u[3](u[2](x))
        x = u[5](u[4](x))
        x = x + u[7](u[6](x))
        return 0.125 * self.fc(functional.max_pool2d(x, 4).flatten(1))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.one, self.two = Unit(inputs, outputs, stride), Unit(outputs, outputs, bare=True)
        self.stride, self.more = stride, outputs - inputs

    def forward(self, x):
        y = self.two(self.one(x))
        x = x[:, :, ::self.stride, ::self.stride]
        half = self.more // 2
        return functional.relu(y + functional.pad(x, (0, 0, 0, 0, half, self.more - half)))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        channels = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
        self.first = Unit(3, 16)
        self.blocks = nn.Sequential(*(
            Block(a, b, 1 if a == b else 2) for a, b in zip(channels, channels[1:])))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(self.first(x)).mean((2, 3)))


class Shift(nn.Module):
    """Batch normalisation with a bias and no weight."""

    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return functional.batch_norm(x, None, None, None, self.bias, True, 0.4, 1e-12)


class Airbench(nn.Module):
    def __init__(self):
        super().__init__()
        layers, before = [nn.Conv2d(3, 24, 2), nn.GELU()], 24
        for width in (64, 256, 256):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.MaxPool2d(2),
                       Shift(width), nn.GELU(),
                       nn.Conv2d(width, width, 3, padding=1, bias=False), Shift(width), nn.GELU()]
            before = width
        self.layers = nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(),
                                    nn.Linear(before, 10, bias=False))

    def forward(self, x):
        return self.layers(x) / 9


def values(shape, offset, shift, scale):
    return torch.from_numpy(fill(shape, offset, shift, scale)).to(torch.float64)


def set_parameters(network):
    for t, (name, tensor) in enumerate(network.named_parameters()):
        if tensor.dim() > 1:
            bound = math.sqrt(6 / math.prod(tensor.shape[1:]))
            shift, scale = -bound, 2 * bound
        else:
            shift, scale = (0.5, 1.0) if name.endswith("norm.weight") else (-0.1, 0.2)
        tensor.data = values(tuple(tensor.shape), 1000003 * t, shift, scale)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    with open(os.path.join(folder, "models_golden.csv"), "w") as file:
        file.write(f"# models_golden.py, PyTorch {torch.__version__}\nname,tensor,index,value\n")
        for name, network in (("resnet9", ResNet9()), ("resnet20", ResNet20()),
                              ("airbench", Airbench())):
            network = network.to(torch.float64)
            set_parameters(network)
            y = network(values((2, 3, 32, 32), 500000000, -1.0, 2.0))
            y.backward(values((2, 10), 600000000, -1.0, 2.0))
            for i, value in enumerate(y.detach().reshape(-1).tolist()):
                file.write(f"{name},y,{i},{value!r}\n")
            for t, tensor in enumerate(network.parameters()):
                file.write(f"{name},gradient_norm,{t},{tensor.grad.norm().item()!r}\n")


if __name__ == "__main__":
    main()
