"""losses_golden.py - makes losses_golden.csv: mean squared error and binary cross-entropy by
PyTorch's own in double precision, values and gradients. Run with a Python that has torch 1.13
(/usr/bin/python3):
    python3 losses_golden.py FOLDER

Outputs are golden_formula.py's, -4 to 4 at 6000000; targets of mse -2 to 2 at 6100000, of binary
cross-entropy 1 where that is above 0. A loss is torch's mean, so its gradient is that of the mean."""
import sys

import torch
from golden_formula import fill

SHAPE = (6, 3)
x = torch.from_numpy(fill(SHAPE, 6000000, -4.0, 8.0)).double()
y = torch.from_numpy(fill(SHAPE, 6100000, -2.0, 4.0)).double()

out = open(sys.argv[1] + "/losses_golden.csv", "w")
print("# PyTorch", torch.__version__, "by losses_golden.py", file=out)
print("name,tensor,index,value", file=out)
for name, loss, target in (
        ("mse", torch.nn.MSELoss(), y),
        ("binary_cross_entropy", torch.nn.BCEWithLogitsLoss(), (y > 0).double())):
    outputs = x.clone().requires_grad_()
    value = loss(outputs, target)
    value.backward()
    for tensor, values in (("loss", value.detach()[None]), ("dx", outputs.grad.flatten())):
        for index, number in enumerate(values.tolist()):
            print(f"{name},{tensor},{index},{number!r}", file=out)
