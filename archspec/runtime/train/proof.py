"""What is compared before the first step: module with analysis, network with data, the ranks."""

from __future__ import annotations

import torch
from torch import nn

from archspec.analysis import Analysis
from archspec.analysis.trainable import end_faults
from archspec.diagnostics import Diagnostic, SpecError
from archspec.layers.base import Shape, count
from archspec.record import Hashes, Proof, Settings, to_plain
from archspec.runtime.data import Splits
from archspec.runtime.machine.world import World
from archspec.runtime.train.checkpoint import differing


def prove(module: nn.Module, analysis: Analysis) -> Proof:
    """Compare names, shapes and count of parameters and buffers with the analysis.

    Raises SpecError (`not-as-analysed`) with what differs; published numbers would be wrong then.
    """
    params = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    buffers = {name: tuple(tensor.shape) for name, tensor in module.named_buffers()}
    differences = differing(analysis.param_shapes, params, "the analysis", "the module")
    differences += differing(analysis.buffers, buffers, "the analysis", "the module")
    total = sum(tensor.numel() for tensor in module.parameters())
    if not differences and total != analysis.totals.params:
        differences = [f"{total:,} parameters instead of {analysis.totals.params:,}"]
    if differences:
        message = f"the module is not what was analysed: {'; '.join(differences)}"
        help = "this is a fault of archspec; please report it with the spec"
        raise SpecError([Diagnostic("not-as-analysed", message, analysis.spec.place(), help)])
    return Proof(params=count(params), tensors=len(params) + len(buffers))


def ensure_ranks_agree(
    world: World, hashes: Hashes, seed: int, split: Splits, settings: Settings
) -> None:
    """Refuse ranks that would not train the same; UsageError (`ranks-differ`)."""
    sizes = [len(part) for part in (split.train, split.validation, split.test) if part]
    world.ensure_equal(
        {
            "their version of torch": torch.__version__,
            "the hash of the recipe": hashes.recipe[:12],
            "the seed": seed,
            "the numbers of images": sizes,
            **{f"the setting {name}": value for name, value in to_plain(settings).items()},
        }
    )


def ensure_fits_data(analysis: Analysis, image: Shape, classes: int) -> None:
    """Compare the network's two ends with the data: image (C, H, W) and number of classes.

    Raises SpecError: `input-mismatch` at the spec's input, `classes-mismatch` at its last layer.
    """
    channels, height, width = image
    if faults := tuple(end_faults(analysis, (channels, height, width), classes)):
        raise SpecError(faults)
