"""Whether several seeds of a spec can be trained side by side, asked before the first step."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import torch
from torch import fx, nn

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Span, SpecError
from archspec.language.sections import Train
from archspec.runtime.build import with_auxiliary
from archspec.runtime.side_by_side.linear import apart
from archspec.runtime.side_by_side.stack import Step, stacked, together

ELEMENTWISE = (
    "ASGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
)
"""Optimizers that give each value of a tensor the same whatever stands beside it."""

NOT_PROPORTIONAL = ("ASGD", "Rprop")
"""Those of them whose step is not in proportion to the learning rate."""

ALONE = "leave --side-by-side out: each seed then trains in a process of its own"

PROBED_IMAGES = 3
"""Images of each seed in the comparison; a norm needs several."""

MOST_GRADIENTS = 40_000_000
"""Parameters, of all seeds that are compared; of more, gradients would take too much memory."""

MOST_MACS = 2_000_000_000
"""Multiply-adds of one image; the activations of more would take too much memory as well."""

TOLERANCE = 1e-6
"""In float64, of the largest value of a tensor; other values than alone are wrong by far more."""


def ensure_fits(train: Train, analysis: Analysis) -> None:
    """Refuse an optimizer or schedule that would mix the seeds; SpecError (`not-side-by-side`)."""
    name, place = train.optimizer.name, analysis.spec.place
    if name not in ELEMENTWISE:
        fact = f"{name} mixes the values of a tensor, and side by side a tensor holds all seeds"
        _refuse(fact, place("train", "optimizer", name))
    if train.scheduler and train.scheduler.name == "ReduceLROnPlateau" and name in NOT_PROPORTIONAL:
        fact = (
            "ReduceLROnPlateau gives each seed a learning rate of its own, "
            f"and the step of {name} is not in proportion to it"
        )
        _refuse(fact, place("train", "scheduler", train.scheduler.name))


def ensure_separate(modules: Sequence[fx.GraphModule], analysis: Analysis) -> None:
    """Prove that seeds do not mix: side by side two of them compute what they compute alone.

    Outputs, gradients (of networks that are not too large) and the statistics of norms are compared
    in float64 on the CPU, on random images, without dropout; the modules stay as they are. Raises
    SpecError (`not-side-by-side`) naming the layer that cannot be computed, or what differs.
    """
    alone = [copy.deepcopy(module).cpu().double() for module in modules[:2]]
    kept = stacked(alone)
    for module in (*alone, kept):
        _without_chance(module)
    seeds = len(alone)
    shape = (PROBED_IMAGES, seeds, *analysis.spec.input)
    images = torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    ours = _compute(together(_training(kept, analysis), seeds), images.flatten(0, 1), analysis)
    for seed, module in enumerate(alone):
        theirs = _compute(_training(module, analysis), images[:, seed], analysis)
        names = ("the output", *(f"the output of {head.name}" for head in analysis.graph.heads))
        outputs = {
            name: (one, apart(other, seeds)[:, seed])
            for name, one, other in zip(names, theirs, ours, strict=True)
        }
        gradients = {
            f"the gradient of {name}": (parameter.grad, _part(kept.get_parameter(name).grad, seed))
            for name, parameter in module.named_parameters()
        }
        buffers = {
            name: (buffer.double(), kept.get_buffer(name)[seed].double())
            for name, buffer in module.named_buffers()
        }
        for compared in (outputs, gradients, buffers):
            if (name := _differing(compared)) is not None:
                _refuse(f"{name} becomes another for several seeds at once than for one")


def _compute(
    module: fx.GraphModule, images: torch.Tensor, analysis: Analysis
) -> tuple[torch.Tensor, ...]:
    """Return the outputs, after a pass backward from a sum that depends on each value."""
    params = sum(parameter.numel() for parameter in module.parameters())
    is_small = 0 < params <= MOST_GRADIENTS and analysis.totals.macs <= MOST_MACS
    with torch.set_grad_enabled(is_small):  # a pass without gradients keeps no activations
        made = _Watched(module, analysis).run(images)
    outputs: tuple[torch.Tensor, ...] = made if isinstance(made, tuple) else (made,)
    if is_small:
        total = torch.stack([_weighed(output) for output in outputs]).sum()
        total.backward()  # type: ignore[no-untyped-call]
    return tuple(output.detach() for output in outputs)


def _weighed(output: torch.Tensor) -> torch.Tensor:
    """Return a sum in which each value counts by a factor of its own, the same for every seed.

    A plain sum would say nothing of what stands before a norm.
    """
    shape = (PROBED_IMAGES, *output.shape[1:])
    factors = torch.rand(shape, dtype=output.dtype, generator=torch.Generator().manual_seed(1))
    each = factors.repeat_interleave(len(output) // PROBED_IMAGES, dim=0)
    return (output * each).sum()


class _Watched(fx.Interpreter):
    """Runs a network node by node, and tells which one torch cannot compute."""

    def __init__(self, module: fx.GraphModule, analysis: Analysis) -> None:
        super().__init__(module)
        self.analysis = analysis

    def run_node(self, node: fx.Node) -> Any:
        """Compute a node; SpecError when torch refuses."""
        try:
            return super().run_node(node)
        except (RuntimeError, ValueError, TypeError) as fault:
            reason = str(fault).strip().split("\n")[0].rstrip(".")
            name = self._owner(node)
            fact = f"{name} cannot be computed for several seeds at once: {reason[:160]}"
            _refuse(fact, _span(name, self.analysis))

    def _owner(self, node: fx.Node) -> str:
        called = self.submodules.get(str(node.target)) if node.op == "call_module" else None
        target = node.target if isinstance(node.target, str) else node.name
        return called.owner if isinstance(called, Step) else target


def _span(name: str, analysis: Analysis) -> Span | None:
    for entry in analysis.graph.entries:
        if name in (node.name for node in entry.nodes):
            return entry.entry.span
    return None


def _training(module: fx.GraphModule, analysis: Analysis) -> fx.GraphModule:
    return with_auxiliary(module, analysis) if analysis.graph.heads else module


def _without_chance(module: nn.Module) -> None:
    """Let norms alone behave as in training."""
    module.eval()
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._NormBase):
            part.train()


def _part(tensor: torch.Tensor | None, seed: int) -> torch.Tensor | None:
    return None if tensor is None else tensor[seed]


def _differing(
    pairs: Mapping[str, tuple[torch.Tensor | None, torch.Tensor | None]],
) -> str | None:
    """Return the first name whose tensors differ, by the size of theirs and of all together.

    A gradient that is zero by the rules, as that of a bias before a norm, is rounding alone.
    """
    sizes = {name: _largest(one) for name, (one, _) in pairs.items()}
    least = TOLERANCE * max(sizes.values(), default=0.0)
    for name, (one, other) in pairs.items():
        if one is None or other is None:
            if one is not other:
                return name
        elif _largest(one - other) > TOLERANCE * max(sizes[name], least):
            return name
    return None


def _largest(tensor: torch.Tensor | None) -> float:
    return 0.0 if tensor is None or not tensor.numel() else float(tensor.abs().max())


def _refuse(fact: str, span: Span | None = None) -> NoReturn:
    raise SpecError([Diagnostic("not-side-by-side", fact, span, ALONE)]) from None
