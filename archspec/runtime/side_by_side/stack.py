"""S networks of one spec as one module: the same names, each tensor with the seeds in front."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx, nn
from torch.fx.node import map_arg

from archspec.runtime.build import rewritten
from archspec.runtime.side_by_side.linear import apart
from archspec.runtime.side_by_side.rules import Compute, rule_of

STEPS = "_side_by_side"
"""Name of the module that holds the steps; no tensor lies in it."""


def stacked(modules: Sequence[fx.GraphModule]) -> fx.GraphModule:
    """Return the tensors of all modules under the names of one: parameters and buffers [S, …].

    It is no network that could run: `together` makes that.
    """
    made = copy.deepcopy(modules[0])
    for name, _ in modules[0].named_parameters():
        every = torch.stack([m.get_parameter(name).detach() for m in modules])
        owner, last = _owner(made, name)
        owner._parameters[last] = nn.Parameter(every.contiguous())
    for name, _ in modules[0].named_buffers():
        every = torch.stack([m.get_buffer(name) for m in modules])
        owner, last = _owner(made, name)
        owner._buffers[last] = every.contiguous()
    return made


def together(module: fx.GraphModule, seeds: int) -> fx.GraphModule:
    """Return the network that computes all seeds at once, over the tensors of `module`.

    module: as `stacked` made it, or another network over its tensors. What it takes and gives is
    [B·S, …], sample b of seed s at b·S + s.
    """
    graph, steps = fx.Graph(), nn.Module()
    made: dict[fx.Node, fx.Node] = {}
    without_batch: set[fx.Node] = set()
    for node in module.graph.nodes:
        taken = _taken(node, module, seeds, without_batch)
        if taken is None:
            made[node] = graph.node_copy(node, made.__getitem__)
        else:
            compute, given = taken
            name = str(len(steps._modules))
            steps.add_module(name, Step(compute, _owner_name(node)))
            values = tuple(made[source] for source in given)
            made[node] = graph.call_module(f"{STEPS}.{name}", values)
        if node.op == "get_attr" or (
            node.all_input_nodes and without_batch.issuperset(node.all_input_nodes)
        ):
            without_batch.add(node)
    return rewritten(module, graph, STEPS, steps)


class Step(nn.Module):
    """One layer of all seeds; the module that it stands for keeps the tensors.

    owner: the node of the spec's graph that it computes.
    """

    def __init__(self, compute: Compute, owner: str) -> None:
        super().__init__()
        self.compute, self.owner = compute, owner

    def forward(self, *values: torch.Tensor) -> Any:
        """Return the layer's values of all seeds."""
        return self.compute(*values)


def _taken(
    node: fx.Node, module: fx.GraphModule, seeds: int, without_batch: set[fx.Node]
) -> tuple[Compute, list[fx.Node]] | None:
    """Return what takes the place of a node, and of what; None where each sample is by itself."""
    if node.op == "call_module":
        called = module.get_submodule(str(node.target))
        if rule := rule_of(called, seeds):
            return rule, [value for value in node.args if isinstance(value, fx.Node)]
        if _tensors(called):
            return _vmapped(node, called, seeds, without_batch), node.all_input_nodes
    is_operation = node.op in ("call_function", "call_method")
    if is_operation and without_batch.intersection(node.all_input_nodes):
        return _vmapped(node, None, seeds, without_batch), node.all_input_nodes
    return None


def _vmapped(
    node: fx.Node, called: nn.Module | None, seeds: int, without_batch: set[fx.Node]
) -> Compute:
    """Return a node's operation, vmapped over the seeds."""
    sources = node.all_input_nodes
    is_batched = [source not in without_batch for source in sources]

    def one_seed(tensors: dict[str, torch.Tensor], values: tuple[torch.Tensor, ...]) -> Any:
        given = dict(zip(sources, values, strict=True))
        arguments = map_arg(node.args, given.__getitem__)
        named = map_arg(node.kwargs, given.__getitem__)
        if called is not None:
            made = torch.func.functional_call(called, tensors, arguments, named)
        elif node.op == "call_method":
            made = getattr(arguments[0], str(node.target))(*arguments[1:], **named)
        else:
            assert callable(node.target)
            made = node.target(*arguments, **named)
        # vmap gives tensors only, and attention without weights has a None behind its values.
        return tuple(m for m in made if m is not None) if isinstance(made, tuple) else made

    of_values = tuple(1 if batched else 0 for batched in is_batched)
    is_with_batch = any(is_batched)
    mapped: Callable[..., Any] = torch.vmap(
        one_seed,
        in_dims=(0, of_values),
        out_dims=1 if is_with_batch else 0,
        randomness="different",
    )

    def compute(*values: torch.Tensor) -> Any:
        given = tuple(
            apart(value, seeds) if batched else value
            for value, batched in zip(values, is_batched, strict=True)
        )
        made = mapped(_tensors(called), given)
        if not is_with_batch:
            return made
        if isinstance(made, tuple):
            return tuple(m.flatten(0, 1) for m in made)
        return made.flatten(0, 1)

    return compute


def _tensors(module: nn.Module | None) -> dict[str, torch.Tensor]:
    if module is None:
        return {}
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _owner(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    path, _, last = name.rpartition(".")
    return module.get_submodule(path), last


def _owner_name(node: fx.Node) -> str:
    """Return the name of the spec's node that keeps the tensors of an operation."""
    if node.op == "call_module":
        return str(node.target)
    kept = [str(source.target) for source in node.all_input_nodes if source.op == "get_attr"]
    return kept[0].rpartition(".")[0] if kept else str(node.target)
