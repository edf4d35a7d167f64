"""optimizers_golden.py - makes optimizers_golden.csv: every optimiser of onecycle by PyTorch's own
in double precision, 20 steps with a rate and a momentum (beta1) that change at each step. Run with
a Python that has torch 1.13 (/usr/bin/python3):
    python3 optimizers_golden.py FOLDER

Weights and gradients are golden_formula.py's, gradients plus half the weight, so that weight decay
and momentum matter; none is near 0. Decoupled decay is AdamW's rule before the step: weight *= 1 - rate * decay."""
import sys

import torch
from golden_formula import fill

COUNT, STEPS, DECAY = 11, 20, 0.3

# name, decoupled, nesterov, dampening, what PyTorch has besides (rate, momentum), its state's names
CASES = [
    ("sgd", 0, 0, 0.0, torch.optim.SGD, {}, ("momentum_buffer",)),
    ("sgd", 1, 0, 0.0, torch.optim.SGD, {}, ("momentum_buffer",)),
    ("sgd", 0, 1, 0.0, torch.optim.SGD, {"nesterov": True}, ("momentum_buffer",)),
    ("sgd", 1, 1, 0.0, torch.optim.SGD, {"nesterov": True}, ("momentum_buffer",)),
    ("sgd", 0, 0, 0.25, torch.optim.SGD, {"dampening": 0.25}, ("momentum_buffer",)),
    ("sgd", 1, 0, 0.25, torch.optim.SGD, {"dampening": 0.25}, ("momentum_buffer",)),
    ("adagrad", 0, 0, 0.0, torch.optim.Adagrad, {"eps": 1e-10}, ("sum",)),
    ("adagrad", 1, 0, 0.0, torch.optim.Adagrad, {"eps": 1e-10}, ("sum",)),
    ("adadelta", 0, 0, 0.0, torch.optim.Adadelta, {"rho": 0.9, "eps": 1e-6},
     ("square_avg", "acc_delta")),
    ("adadelta", 1, 0, 0.0, torch.optim.Adadelta, {"rho": 0.9, "eps": 1e-6},
     ("square_avg", "acc_delta")),
    ("rmsprop", 0, 0, 0.0, torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-8},
     ("square_avg", "momentum_buffer")),
    ("rmsprop", 1, 0, 0.0, torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-8},
     ("square_avg", "momentum_buffer")),
    ("adam", 0, 0, 0.0, torch.optim.Adam, {"eps": 1e-8}, ("exp_avg", "exp_avg_sq")),
    ("adam", 1, 0, 0.0, torch.optim.Adam, {"eps": 1e-8}, ("exp_avg", "exp_avg_sq")),
    ("adamw", 0, 0, 0.0, torch.optim.Adam, {"eps": 1e-8}, ("exp_avg", "exp_avg_sq")),
    ("adamw", 1, 0, 0.0, torch.optim.AdamW, {"eps": 1e-8}, ("exp_avg", "exp_avg_sq")),
]


def rate_at(name, step):
    return {"sgd": 0.001, "adadelta": 1.0}.get(name, 0.01) * (1 - step / 40)


def momentum_at(step):
    return 0.95 - 0.005 * step


def run(name, kind, options, decoupled):
    weight = torch.nn.Parameter(torch.from_numpy(fill((COUNT,), 100, 2.0, 1.0)).double())
    own_decay = not decoupled or kind is torch.optim.AdamW
    if kind in (torch.optim.SGD, torch.optim.RMSprop):
        options = {"momentum": 0.9, **options}
    optimizer = kind([weight], lr=1.0, weight_decay=DECAY if own_decay else 0, **options)
    group = optimizer.param_groups[0]
    for step in range(STEPS):
        group["lr"] = rate_at(name, step)
        if "betas" in group:
            group["betas"] = (momentum_at(step), 0.99)
        elif "momentum" in group:
            group["momentum"] = momentum_at(step)
        fresh = torch.from_numpy(fill((COUNT,), 1000 * (step + 1), 0.5, 1.0)).double()
        weight.grad = fresh + 0.5 * weight.detach()
        if not own_decay:
            with torch.no_grad():
                weight.mul_(1 - group["lr"] * DECAY)
        optimizer.step()
    return weight.detach(), optimizer.state[weight]


out = open(sys.argv[1] + "/optimizers_golden.csv", "w")
print("# PyTorch", torch.__version__, "by optimizers_golden.py", file=out)
print("name,decoupled,nesterov,dampening,tensor,index,value", file=out)
for name, decoupled, nesterov, dampening, kind, options, slots in CASES:
    weight, state = run(name, kind, options, decoupled)
    for tensor, values in (("weight", weight), *((str(i), state[s]) for i, s in enumerate(slots))):
        for index, value in enumerate(values.tolist()):
            print(f"{name},{decoupled},{nesterov},{dampening},{tensor},{index},{value!r}", file=out)
