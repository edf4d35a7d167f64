#!/usr/bin/python3
"""pytorch_step.py - training steps of PyTorch on the CPU, for compare_pytorch.sh to set beside
`onecycle bench step`: forward, cross-entropy, backward, SGD with momentum 0.9 and weight decay 5e-4,
in float32, on one random batch in memory. Prints one JSON object in the form of onecycle's.

With --procs above 1: DistributedDataParallel over gloo; --batch is that of all processes together.
Gradients are let go of between steps (one process), or lie in the buckets that are reduced and are
zeroed there: the quicker way each. Not a trainer: nothing is learnt, saved or evaluated.
"""
import argparse
import datetime
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--net", required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--procs", type=int, default=1)
parser.add_argument("--threads", type=int, default=1, help="of each process")
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--compile", action="store_true", help="torch.compile (PyTorch 2)")
parser.add_argument("--seconds", type=float, default=5, help="to measure for, three steps at least")
parser.add_argument("--warmup", type=int, default=3)
options = parser.parse_args()


def launch():
    """One process a rank, none of which has the launcher's memory: torch is not imported yet. Rank
    0 has the result; the others, which wait then, are ended here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = dict(os.environ, WORLD_SIZE=str(options.procs), MASTER_ADDR="127.0.0.1",
                  MASTER_PORT=port, GLOO_SOCKET_IFNAME="lo")
    children = [subprocess.Popen([sys.executable] + sys.argv, env=dict(common, RANK=str(rank)))
                for rank in range(options.procs)]
    code = children[0].wait()
    for child in children[1:]:
        child.terminate()
        child.wait()
    return abs(code)


if options.procs > 1 and "RANK" not in os.environ:
    sys.exit(launch())
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)

import torch  # noqa: E402 - the threads are set by now
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from pytorch_nets import NETS  # noqa: E402

if options.net not in NETS:
    sys.exit(f"--net {options.net}: expected one of {' '.join(NETS)}")
if options.batch % options.procs:
    sys.exit(f"--batch {options.batch}: expected a multiple of --procs {options.procs}")


def multiply_adds(net, image):
    """Of convolutions and linear layers, for one image forward."""
    total = [0]

    def count(module, _, output):
        total[0] += output[0].numel() * module.weight[0].numel()
    hooks = [m.register_forward_hook(count) for m in net.modules()
             if isinstance(m, (nn.Conv2d, nn.Linear))]
    net.eval()
    with torch.no_grad():
        net(torch.zeros((1,) + image))
    net.train()
    for hook in hooks:
        hook.remove()
    return total[0]


def peaks(many):
    """The most bytes resident in each process."""
    mine = torch.tensor([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024])
    every = [torch.zeros_like(mine) for _ in range(options.procs)] if many else [mine]
    if many:
        torch.distributed.all_gather(every, mine)
    return [int(peak.item()) for peak in every]


def measure(step, many):
    """Seconds of each step."""
    for _ in range(options.warmup):
        step()
    times, enough = [], False
    while not enough:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
        enough = len(times) >= 3 and sum(times) >= options.seconds
        if many:  # rank 0 decides
            word = torch.tensor([int(enough)])
            torch.distributed.broadcast(word, 0)
            enough = bool(word.item())
    return times


def main():
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    image, classes, build = NETS[options.net]
    net = build()
    work = multiply_adds(net, image)
    images = torch.randn((options.batch // options.procs,) + image)
    labels = torch.randint(0, classes, (images.shape[0],))
    if options.channels_last:
        net = net.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    many, model = options.procs > 1, net
    if many:
        torch.distributed.init_process_group("gloo", timeout=datetime.timedelta(minutes=5))
        model = nn.parallel.DistributedDataParallel(net, gradient_as_bucket_view=True)
    if options.compile:
        model = torch.compile(model)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step():
        optimizer.zero_grad(set_to_none=not many)
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    times = measure(step, many)
    peak = peaks(many)
    if many and torch.distributed.get_rank() > 0:
        signal.pause()
    median = statistics.median(times)
    print(json.dumps({
        "images_per_second": options.batch / median,
        "gflops": 6e-9 * work * options.batch / median,
        "step_seconds": {"measured": len(times), "median": median, "least": min(times),
                         "most": max(times)},
        "peak_bytes": {"all": sum(peak), "ranks": peak},
        "settings": {"model": options.net, "batch": options.batch, "ranks": options.procs,
                     "threads": options.threads, "channels_last": options.channels_last,
                     "compile": options.compile,
                     "parameters": sum(p.numel() for p in net.parameters()),
                     "multiply_adds": work},
        "machine": {"torch": torch.__version__}}), flush=True)
    os._exit(0)  # the destructor of DistributedDataParallel's process group can hang (torch 1.13)


main()
