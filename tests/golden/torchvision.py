# torchvision.py - torchvision's resnet18 for torchvision_test.sh, with random weights and statistics:
# `make` writes its tensors as .npz and .safetensors, images, and what the network makes of them, by
# numpy alone (convolutions written out here); with PyTorch installed also by its own modules.
import sys
import numpy
import safetensors

CLASSES, SIDE, IMAGES = 10, 64, 4
BLOCKS = [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]


def names():
    """(prefix, inputs, outputs, stride, has a projection) of each block"""
    inputs = 64
    for i, (outputs, stride) in enumerate(BLOCKS):
        yield f"layer{i // 2 + 1}.{i % 2}.", inputs, outputs, stride, stride != 1 or inputs != outputs
        inputs = outputs


def make_state(r):
    state = {}

    def conv(name, inputs, outputs, kernel):
        scale = (1 / (inputs * kernel * kernel)) ** 0.5
        state[name + ".weight"] = r.normal(0, scale, (outputs, inputs, kernel, kernel)).astype("f4")

    def norm(name, channels):
        state[name + ".weight"] = r.uniform(0.5, 1.5, channels).astype("f4")
        state[name + ".bias"] = r.normal(0, 0.2, channels).astype("f4")
        state[name + ".running_mean"] = r.normal(0, 0.2, channels).astype("f4")
        state[name + ".running_var"] = r.uniform(0.5, 2, channels).astype("f4")
        state[name + ".num_batches_tracked"] = numpy.int64(3)

    conv("conv1", 3, 64, 7)
    norm("bn1", 64)
    for prefix, inputs, outputs, _, projects in names():
        conv(prefix + "conv1", inputs, outputs, 3)
        norm(prefix + "bn1", outputs)
        conv(prefix + "conv2", outputs, outputs, 3)
        norm(prefix + "bn2", outputs)
        if projects:
            conv(prefix + "downsample.0", inputs, outputs, 1)
            norm(prefix + "downsample.1", outputs)
    state["fc.weight"] = r.normal(0, 0.02, (CLASSES, 512)).astype("f4")
    state["fc.bias"] = r.normal(0, 1, CLASSES).astype("f4")
    return state


def windows(x, kernel, stride, pad, fill):
    x = numpy.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=fill)
    view = numpy.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))
    return view[:, :, ::stride, ::stride]


def by_numpy(state, x):
    s = {name: numpy.asarray(value, "f8") for name, value in state.items()}

    def conv(x, name, stride, pad):
        weight = s[name + ".weight"]
        return numpy.einsum("nchwij,ocij->nohw", windows(x, weight.shape[2], stride, pad, 0), weight, optimize=True)

    def norm(x, name):
        at = lambda key: s[f"{name}.{key}"][:, None, None]
        return (x - at("running_mean")) / numpy.sqrt(at("running_var") + 1e-5) * at("weight") + at("bias")

    relu = lambda x: numpy.maximum(x, 0)
    x = relu(norm(conv(x.astype("f8"), "conv1", 2, 3), "bn1"))
    x = windows(x, 3, 2, 1, -numpy.inf).max(axis=(4, 5))
    for prefix, _, _, stride, projects in names():
        y = relu(norm(conv(x, prefix + "conv1", stride, 1), prefix + "bn1"))
        y = norm(conv(y, prefix + "conv2", 1, 1), prefix + "bn2")
        if projects:
            x = norm(conv(x, prefix + "downsample.0", stride, 0), prefix + "downsample.1")
        x = relu(x + y)
    return x.mean(axis=(2, 3)) @ s["fc.weight"].T + s["fc.bias"]


def by_torch(state, x):
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride, projects):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.relu = nn.ReLU(inplace=True)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.downsample = None
            if projects:
                self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + (x if self.downsample is None else self.downsample(x)))

    class ResNet18(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
            self.relu = nn.ReLU(inplace=True)
            self.maxpool = nn.MaxPool2d(3, 2, 1)
            rows = list(names())
            for i in range(4):
                blocks = [Block(*row[1:]) for row in rows[2 * i : 2 * i + 2]]
                setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            self.fc = nn.Linear(512, CLASSES)

        def forward(self, x):
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(torch.flatten(self.avgpool(x), 1))

    net = ResNet18()
    net.load_state_dict({name: torch.as_tensor(value) for name, value in state.items()}, strict=True)
    net.eval()
    with torch.no_grad():
        return net(torch.as_tensor(x)).numpy()


def compare(got, want, what):
    apart = abs(got - want).max()
    print(f"{what}: outputs up to {abs(want).max():.3g}, apart {apart:.2g}")
    assert apart < 1e-4, what


if sys.argv[1] == "make":
    r = numpy.random.default_rng(18)
    state = make_state(r)
    numpy.savez("tv.npz", **state)
    safetensors.save("tv.safetensors", {n: ("I64", v) if n.endswith("tracked") else v for n, v in state.items()})
    x = r.normal(size=(IMAGES, 3, SIDE, SIDE)).astype("f4")
    numpy.save("x.npy", x)
    numpy.save("y.npy", numpy.zeros((IMAGES, CLASSES), "f4"))
    want = by_numpy(state, x)
    numpy.save("want.npy", want)
    print(f"outputs up to {abs(want).max():.3g}")
elif sys.argv[1] == "torch":  # the reference itself, and our export into PyTorch's module
    state, x = dict(numpy.load("tv.npz")), numpy.load("x.npy")
    compare(by_numpy(state, x), by_torch(state, x), "numpy and PyTorch")
    compare(by_torch(safetensors.load(sys.argv[2]), x), by_torch(state, x), "PyTorch, on what was exported")
    numpy.save("want.npy", by_torch(state, x))
else:  # outputs of `predict`
    got = numpy.loadtxt(sys.argv[1], delimiter=",", skiprows=1)[:, 1:]
    compare(got, numpy.load("want.npy"), sys.argv[1])
