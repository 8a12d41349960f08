"""Several seeds of one spec trained as one network: every tensor holds all seeds, side by side.

A batch of B images for each of S seeds is one batch of B·S, the seeds of the first image first.
What acts on single samples runs as it is; a convolution has S times the groups, a batch norm S
times the channels, a linear layer is a batched product, and any other layer with weights is
vmapped. A step has about as many kernels as that of one seed, and none waits for the device.
"""

from archspec.runtime.side_by_side.finish import evaluate_best
from archspec.runtime.side_by_side.fitness import ensure_fits
from archspec.runtime.side_by_side.group import Group, Outcome, make_group
from archspec.runtime.side_by_side.journal import carry_out_together

__all__ = [
    "Group",
    "Outcome",
    "carry_out_together",
    "ensure_fits",
    "evaluate_best",
    "make_group",
]
