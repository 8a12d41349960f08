"""The form of a module that is trained: the same tensors, in the way that the settings ask for."""

from __future__ import annotations

import torch
from torch import fx, nn

from archspec.analysis import Analysis
from archspec.record import Settings
from archspec.runtime.build import with_auxiliary
from archspec.runtime.fast import quicken
from archspec.runtime.world import World


def for_training(
    module: fx.GraphModule,
    analysis: Analysis,
    settings: Settings,
    world: World,
    device: torch.device,
) -> nn.Module:
    """Return what a training step calls in place of `module`, over the same tensors.

    It gives (output, *outputs of auxiliary heads) where the network has such heads. Among ranks on
    GPUs the batch norms of `module` itself become synchronised ones.
    """
    if world.size > 1 and device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
    graph = with_auxiliary(module, analysis) if analysis.graph.heads else module
    trained: nn.Module = quicken(graph, device) if settings.fast else graph
    if settings.compiled:
        trained = torch.compile(trained)  # type: ignore[assignment]
    return world.parallel(trained, device)


def notices_of(analysis: Analysis, world: World, device: torch.device) -> tuple[str, ...]:
    """Return what a reader of the record should know of how several ranks compute it."""
    has_batch_norm = any(name.endswith("running_mean") for name in analysis.buffers)
    if world.size == 1 or device.type == "cuda" or not has_batch_norm:
        return ()
    fact = (
        "batch norm takes the statistics of each rank's own part of a batch, since only GPUs "
        "synchronise them; the running ones are those of rank 0"
    )
    return (fact,)
