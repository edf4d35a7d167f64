"""pytorch_nets.py - the networks that pytorch_step.py and pytorch_train.py have in common: those of
onecycle's models of the same names, product for product. Set the threads before importing it, as it
imports torch.
"""
from torch import nn
from torch.nn import functional as F


class Join(nn.Module):
    """act(shortcut(x) + body(x))"""

    def __init__(self, body, shortcut, relu):
        super().__init__()
        self.body, self.shortcut, self.relu = body, shortcut, relu

    def forward(self, x):
        y = self.body(x) + self.shortcut(x)
        return F.relu(y, inplace=True) if self.relu else y


class PadChannels(nn.Module):
    """He et al. 2015, option A: every second pixel, zeros for the channels there were not."""

    def __init__(self, more):
        super().__init__()
        self.pad = (0, 0, 0, 0, more // 2, more - more // 2)

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], self.pad)


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def conv_bn(inputs, outputs, kernel=3, stride=1, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
              nn.BatchNorm2d(outputs)]
    return layers + [nn.ReLU(inplace=True)] if relu else layers


def basic_block(inputs, outputs, stride, shortcut):
    body = nn.Sequential(*conv_bn(inputs, outputs, stride=stride),
                         *conv_bn(outputs, outputs, relu=False))
    return Join(body, shortcut, relu=True)


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(inplace=True),
                         nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Linear(512, 10))


def mnist_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 512), nn.ReLU(inplace=True), nn.Linear(512, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(50 * 4 * 4, 500), nn.ReLU(inplace=True), nn.Linear(500, 10))


def resnet9():
    def residual(channels):
        return Join(nn.Sequential(*conv_bn(channels, channels), *conv_bn(channels, channels)),
                    nn.Identity(), relu=False)
    return nn.Sequential(
        *conv_bn(3, 64), *conv_bn(64, 128), nn.MaxPool2d(2), residual(128),
        *conv_bn(128, 256), nn.MaxPool2d(2), *conv_bn(256, 512), nn.MaxPool2d(2), residual(512),
        nn.MaxPool2d(4), nn.Flatten(), nn.Linear(512, 10, bias=False), Times(0.125))


def cifar_resnet(blocks):
    layers, inputs = conv_bn(3, 16), 16
    for outputs in (16, 32, 64):
        for _ in range(blocks):
            wider = outputs != inputs
            layers.append(basic_block(inputs, outputs, 2 if wider else 1,
                                      PadChannels(outputs - inputs) if wider else nn.Identity()))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet18():
    layers, inputs = conv_bn(3, 64, kernel=7, stride=2) + [nn.MaxPool2d(3, 2, 1)], 64
    for outputs in (64, 128, 256, 512):
        for _ in range(2):
            wider = outputs != inputs
            shortcut = (nn.Sequential(*conv_bn(inputs, outputs, kernel=1, stride=2, relu=False))
                        if wider else nn.Identity())
            layers.append(basic_block(inputs, outputs, 2 if wider else 1, shortcut))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


# name: (images, classes, builder)
NETS = {
    "mlp": ((1, 28, 28), 10, mlp),
    "lenet": ((1, 28, 28), 10, lenet),
    "mnist_cnn": ((1, 28, 28), 10, mnist_cnn),
    "resnet9": ((3, 32, 32), 10, resnet9),
    "resnet20": ((3, 32, 32), 10, lambda: cifar_resnet(3)),
    "resnet56": ((3, 32, 32), 10, lambda: cifar_resnet(9)),
    "resnet18": ((3, 224, 224), 1000, resnet18),
}
