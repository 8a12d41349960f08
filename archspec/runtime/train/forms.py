"""The form of a module that is trained: the same tensors, in the way that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import fx, nn

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.record import Settings
from archspec.runtime.build import with_auxiliary
from archspec.runtime.fast import quicken
from archspec.runtime.machine.world import World


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
    return world.parallel(trained, device, idle=_has_idle_tensors(graph))


def precision_of(settings: Settings, device: torch.device) -> AbstractContextManager[object]:
    """Return what runs around a training's forward pass, for the precision of its settings."""
    is_low = settings.precision == "bfloat16"
    return torch.autocast(device.type, torch.bfloat16) if is_low else nullcontext()


def _has_idle_tensors(module: fx.GraphModule) -> bool:
    """Return whether a parameter leads to no output, so that no gradient comes to it."""
    alive: set[fx.Node] = set()
    waiting = [node for node in module.graph.nodes if node.op == "output"]
    while waiting:
        node = waiting.pop()
        if node not in alive:
            alive.add(node)
            waiting += node.all_input_nodes
    reading = ("call_module", "get_attr")
    used = {node.target for node in alive if node.op in reading}
    return any(n.target not in used for n in module.graph.nodes if n.op in reading)


@contextmanager
def form_faults(settings: Settings) -> Iterator[None]:
    """Tell in words when torch can compute a network, and not in the way that was asked for.

    Raises EnvironmentFault: `cannot-compile`, `unsupported-precision`.
    """
    try:
        yield
    except (RuntimeError, TypeError) as fault:
        lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
        reason = lines[0][:200] if lines else type(fault).__name__
        if settings.compiled and _is_of_compiler(fault):
            fact = f"torch.compile gives up: {reason}"
            help = "install the C++ compiler that torch looks for, or leave --compile out"
            raise EnvironmentFault([Diagnostic("cannot-compile", fact, None, help)]) from None
        if settings.precision == "bfloat16" and "bfloat16" in reason.lower():
            fact = f"a layer of this network has no bfloat16 on this device: {reason}"
            help = "leave --precision out"
            fault_of_form = Diagnostic("unsupported-precision", fact, None, help)
            raise EnvironmentFault([fault_of_form]) from None
        raise


def _is_of_compiler(fault: Exception) -> bool:
    return any(
        kind.__module__.startswith(("torch._dynamo", "torch._inductor"))
        for kind in type(fault).__mro__
    )


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
