#!/usr/bin/python3
"""pytorch_record.py - datasets/cifar10/record.yaml with PyTorch on the CPU, for
scripts/reproduce/record.sh to set beside `onecycle train`: the network, whitening, augmentation,
schedule and lookahead of airbench94 (Jordan 2024, arXiv 2404.00498), in float32. Batch normalisation
has the statistics of --ghost images at a time, as batch.shards gives them to onecycle, or of the
whole batch as in the paper (--ghost 0). Reads the HDF5 files of `onecycle import`. One process of N
threads. Prints one JSON object an epoch and one at the end; `seconds` is of training and whitening,
without evaluation. --limit ends after so many steps.
"""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, help="an HDF5 file of onecycle import")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--ghost", type=int, default=64)
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--limit", type=int, default=0, help="steps to end after")
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)

import h5py  # noqa: E402 - the threads are set by now
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

BATCH, EPOCHS, STEPS = 1024, 10, 476
RATE, MOMENTUM, DECAY, BIAS_FACTOR = 1.5, 0.85, 0.0153 / 11.5, 64
FLOOR, PEAK_AT, END = 0.2, 0.23, 0.07
LAYOUT = torch.channels_last if options.channels_last else torch.contiguous_format


class Norm(nn.Module):
    """Batch normalisation with a bias alone; running averages keep 0.6 of themselves a batch."""

    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x):
        if not self.training:
            return F.batch_norm(x, self.mean, self.variance, None, self.bias, False, 0, 1e-12)
        pieces = x.split(options.ghost) if options.ghost else (x,)
        means, variances = torch.zeros_like(self.mean), torch.zeros_like(self.variance)
        out = []
        for piece in pieces:
            mean, variance = torch.zeros_like(self.mean), torch.zeros_like(self.variance)
            out.append(F.batch_norm(piece, mean, variance, None, self.bias, True, 1, 1e-12))
            means += mean / len(pieces)
            variances += variance / len(pieces)
        self.mean.lerp_(means, 0.4)
        self.variance.lerp_(variances, 0.4)
        return torch.cat(out) if len(out) > 1 else out[0]


def identity(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[:inputs])
    return layer


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        nn.init.zeros_(self.whiten.bias)
        self.whiten.weight.requires_grad = False
        layers, before = [nn.GELU()], 24
        for width in (64, 256, 256):
            layers += [identity(before, width), nn.MaxPool2d(2), Norm(width), nn.GELU(),
                       identity(width, width), Norm(width), nn.GELU()]
            before = width
        self.body = nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(),
                                  nn.Linear(before, 10, bias=False))

    def forward(self, x):
        return self.body(self.whiten(x)) / 9

    def whiten_by(self, images):
        patches = F.unfold(images, 2).transpose(1, 2).reshape(-1, 12).double()
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        rows = (vectors / (values + 5e-4).sqrt()).T.flip(0).reshape(12, 3, 2, 2)
        self.whiten.weight.data[:] = torch.cat((rows, -rows))


class Split:
    """Normalised images, N x 3 x 32 x 32, and labels."""

    def __init__(self, file, name):
        images = torch.from_numpy(file[name + "/images"][...])
        unit = 1 if file.attrs["format_version"] >= 3 else 255  # older files: of bytes / 255
        mean, deviation = (torch.from_numpy(file[name][...]).mul(unit).float().view(1, -1, 1, 1)
                           for name in ("mean", "deviation"))
        self.images = images.float().sub_(mean).div_(deviation)
        self.labels = torch.from_numpy(file[name + "/labels"][...]).long()


def window(padded, rows, columns):
    """32 x 32 of each image from its own row and column."""
    sample = torch.arange(len(padded)).view(-1, 1, 1)
    rows = rows.view(-1, 1, 1) + torch.arange(32).view(1, -1, 1)
    columns = columns.view(-1, 1, 1) + torch.arange(32).view(1, 1, -1)
    return padded.permute(0, 2, 3, 1)[sample, rows, columns].permute(0, 3, 1, 2)


def views(images):
    """Each with its weight: as it is and mirrored; both moved by a pixel, edges mirrored."""
    padded = F.pad(images, (1,) * 4, "reflect")
    for weight, image in ((0.25, images), (0.125, padded[:, :, :32, :32]),
                          (0.125, padded[:, :, 2:, 2:])):
        yield weight, image
        yield weight, image.flip(3)


def evaluate(net, split, tta):
    net.eval()
    right = 0
    with torch.no_grad():
        for which in torch.arange(len(split.labels)).split(1000):
            images = split.images[which]
            shown = views(images) if tta else ((1, images),)
            outputs = sum(weight * net(image.contiguous(memory_format=LAYOUT))
                          for weight, image in shown)
            right += (outputs.argmax(1) == split.labels[which]).sum().item()
    net.train()
    return right / len(split.labels)


class Lookahead:
    """Every 5 steps; what stays of the average grows to 0.95^5 with the third power of the way."""

    def __init__(self, net):
        self.net, self.average = net, {k: v.clone() for k, v in net.state_dict().items()}

    def move(self, keep):
        for name, value in self.net.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)
            value.copy_(self.average[name])


def factor(step):
    top = int(STEPS * PEAK_AT)
    if step < top:
        return FLOOR + (1 - FLOOR) * step / top
    return 1 - (1 - END) * (step - top) / (STEPS - top)


def epochs(training, generator):
    """Batches of ten epochs: moved by up to two pixels, mirrored in every other epoch."""
    mirrored = torch.rand(len(training.labels), generator=generator) < 0.5
    padded = F.pad(training.images, (2,) * 4, "reflect")
    for epoch in range(EPOCHS):
        order = torch.randperm(len(training.labels), generator=generator)
        batches = []
        for which in order.split(BATCH)[:len(order) // BATCH]:
            def batch(which=which):
                shifts = torch.randint(0, 5, (2, len(which)), generator=generator)
                images = window(padded[which], *shifts)
                turned = (mirrored[which] ^ bool(epoch % 2)).view(-1, 1, 1, 1)
                images = torch.where(turned, images.flip(3), images)
                return images.contiguous(memory_format=LAYOUT), training.labels[which]
            batches.append(batch)
        yield epoch, batches


def main():
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    with h5py.File(options.data, "r") as file:
        training, test = Split(file, "train"), Split(file, "test")
    net = Network().to(memory_format=LAYOUT)
    start = time.perf_counter()
    many = len(training.labels)
    net.whiten_by(training.images[torch.arange(5000) * many // 5000])
    seconds, done = time.perf_counter() - start, 0
    biases = [m.bias for m in net.modules() if isinstance(m, Norm)]
    others = [p for p in net.parameters()
              if p.requires_grad and not any(p is b for b in biases)]
    optimizer = torch.optim.SGD(
        [{"params": biases, "lr": RATE * BIAS_FACTOR, "weight_decay": DECAY / BIAS_FACTOR},
         {"params": others, "lr": RATE, "weight_decay": DECAY}],
        lr=RATE, momentum=MOMENTUM, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    lookahead = Lookahead(net)
    end = options.limit or STEPS
    for epoch, batches in epochs(training, torch.Generator().manual_seed(options.seed)):
        start = time.perf_counter()
        net.whiten.bias.requires_grad = epoch < 3
        for batch in batches:
            images, labels = batch()
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net(images), labels, label_smoothing=0.2).backward()
            optimizer.step()
            schedule.step()
            done += 1
            if done % 5 == 0:
                lookahead.move(0.95 ** 5 * (done / STEPS) ** 3)
            if done == end:
                break
        if done == end:
            lookahead.move(1)
        seconds += time.perf_counter() - start
        if done == end:
            break
        print(json.dumps({"epoch": epoch + 1, "seconds": seconds,
                          "test_accuracy": evaluate(net, test, False)}), flush=True)
    print(json.dumps({"seconds": seconds, "steps": done,
                      "images_per_second": done * BATCH / seconds,
                      "test_accuracy": None if options.limit else evaluate(net, test, False),
                      "tta_accuracy": None if options.limit else evaluate(net, test, True)}))


main()
