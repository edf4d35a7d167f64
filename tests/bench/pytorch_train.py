#!/usr/bin/python3
"""pytorch_train.py - trains a network with PyTorch on the CPU, for compare_training.sh to set beside
`onecycle train`: torch's own OneCycleLR (cosine, pct_start 0.3, div_factor 25, final_div_factor 1e4,
momentum 0.95 to 0.85), SGD with weight decay, batches of one permutation an epoch, the last partial
batch left out, the whole set in memory. Reads the HDF5 files of `onecycle import`. One process of N
threads. Prints one JSON object an epoch and one at the end; `seconds` is of training alone, without
evaluation. --limit ends after so many steps: to try a configuration.
"""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--net", required=True)
parser.add_argument("--data", required=True, help="an HDF5 file of onecycle import")
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--max-lr", type=float, required=True)
parser.add_argument("--weight-decay", type=float, default=5e-4)
parser.add_argument("--crop", type=int, default=0, help="pixels of zeros around, then a random crop")
parser.add_argument("--flip", action="store_true", help="half of the images, left to right")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--limit", type=int, default=0, help="steps to end after")
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)

import h5py  # noqa: E402 - the threads are set by now
import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from pytorch_nets import NETS  # noqa: E402


class Split:
    """images: N x C x H x W bytes, as mean and deviation are; where they are cropped, with the byte nearest to the mean around."""

    def __init__(self, file, name, augment):
        images = torch.from_numpy(file[name + "/images"][...])
        self.labels = torch.from_numpy(file[name + "/labels"][...]).long()
        many, channels, self.height, self.width = images.shape
        unit = 1 if file.attrs["format_version"] >= 3 else 255  # older files: of bytes / 255
        self.mean, self.deviation = (
            torch.from_numpy(file[name][...]).mul(unit).float().view(1, channels, 1, 1)
            for name in ("mean", "deviation"))
        self.pad = options.crop if augment else 0
        self.flip = options.flip and augment
        if self.pad:
            padded = torch.empty((many, channels, self.height + 2 * self.pad,
                                  self.width + 2 * self.pad), dtype=torch.uint8)
            padded[:] = self.mean.round().to(torch.uint8)
            padded[:, :, self.pad:-self.pad, self.pad:-self.pad] = images
            images = padded
        self.images = images

    def augmented(self, which, generator):
        many = len(which)
        top, left = (torch.randint(0, 2 * self.pad + 1, (many, 1, 1), generator=generator)
                     for _ in range(2))
        rows = top + torch.arange(self.height).view(1, -1, 1)
        columns = left + torch.arange(self.width).view(1, 1, -1)
        if self.flip:
            flipped = torch.rand((many, 1, 1), generator=generator) < 0.5
            columns = torch.where(flipped, columns.flip(2), columns)
        sample = torch.arange(many).view(-1, 1, 1)
        images = self.images[which].permute(0, 2, 3, 1)
        return images[sample, rows, columns].permute(0, 3, 1, 2)

    def batch(self, which, generator):
        images = (self.augmented(which, generator) if self.pad or self.flip
                  else self.images[which])
        images = images.float().sub_(self.mean).div_(self.deviation)
        layout = torch.channels_last if options.channels_last else torch.contiguous_format
        return images.contiguous(memory_format=layout), self.labels[which]


def evaluate(net, split):
    net.eval()
    right = 0
    with torch.no_grad():
        for which in torch.arange(len(split.labels)).split(1000):
            images, labels = split.batch(which, None)
            right += (net(images).argmax(1) == labels).sum().item()
    net.train()
    return right / len(split.labels)


def main():
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    with h5py.File(options.data, "r") as file:
        training, test = Split(file, "train", True), Split(file, "test", False)
    net = NETS[options.net][2]()
    if options.channels_last:
        net = net.to(memory_format=torch.channels_last)
    steps = len(training.labels) // options.batch
    optimizer = torch.optim.SGD(net.parameters(), lr=options.max_lr, momentum=0.95,
                                weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.max_lr,
                                                   total_steps=options.epochs * steps + 1)
    generator = torch.Generator().manual_seed(options.seed)
    seconds = done = 0
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        order = torch.randperm(len(training.labels), generator=generator)
        for step in range(steps):
            images, labels = training.batch(order[step * options.batch:(step + 1) * options.batch],
                                            generator)
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            loss.item()
            done += 1
            if done == options.limit:
                break
        seconds += time.perf_counter() - start
        if done == options.limit:
            break
        print(json.dumps({"epoch": epoch, "seconds": seconds,
                          "test_accuracy": evaluate(net, test)}), flush=True)
    print(json.dumps({"seconds": seconds, "steps": done, "images_per_second":
                      done * options.batch / seconds,
                      "test_accuracy": None if options.limit else evaluate(net, test)}))


main()
