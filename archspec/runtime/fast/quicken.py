"""A network rewritten for training: chains of norm, ReLU and dropout become one step each."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx, nn

from archspec.runtime.build import rewritten
from archspec.runtime.fast.drop import Dice
from archspec.runtime.fast.steps import FastStep, is_batch_norm, is_dropout, is_relu, make_step

STEPS = "_quick"
"""Name of the module that holds the steps; no tensor lies in it."""


_GIVING_NEW_GRADIENTS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.MaxPool2d)
"""Modules whose backward makes the gradient of their input, and leaves it to its only taker."""


def quicken(module: fx.GraphModule, device: torch.device) -> fx.GraphModule:
    """Return a module for training, over the same parameters and buffers.

    Its `state_dict` is that of `module`, and so are its results: without dropout but for float
    rounding, with dropout in distribution. Whoever measures uses `module` itself. Where nothing is
    gained, as on a GPU, `module` comes back.
    """
    if device.type != "cpu":
        return module
    graph, steps, dice = fx.Graph(), nn.Module(), Dice()
    graph.output(graph.graph_copy(module.graph, {}))
    if _is_channels_last(module):
        _lay_out(graph, module)
    for chain, step in list(_steps(graph, module, dice)):
        name = str(len(steps._modules))
        steps.add_module(name, step)
        with graph.inserting_before(chain[0]):
            made = graph.call_module(f"{STEPS}.{name}", chain[0].args)
        chain[-1].replace_all_uses_with(made)
        for node in reversed(chain):
            graph.erase_node(node)
    if any(step.draws for step in steps.children() if isinstance(step, FastStep)):
        _seed_first(graph, steps, dice)
    return rewritten(module, graph, STEPS, steps)


def channels_last(images: torch.Tensor) -> torch.Tensor:
    """Return images [N, 1, H, W] with strides that say channels-last.

    One channel lies in memory the same way in both formats, and torch takes it for the other one:
    the maps of the first convolution would then change their format on the way to the second.
    """
    if images.dim() != 4 or images.shape[1] != 1 or not images.is_contiguous():
        return images
    _, _, height, width = images.shape
    return images.as_strided(images.shape, (height * width, 1, width, 1))


def _lay_out(graph: fx.Graph, module: fx.GraphModule) -> None:
    """Let convolutions of one channel see that it is laid out channels-last."""
    for node in graph.nodes:
        reader = _module_of(node, module)
        if isinstance(reader, nn.Conv2d) and reader.in_channels == 1:
            with graph.inserting_before(node):
                node.args = (graph.call_function(channels_last, node.args),)


def _seed_first(graph: fx.Graph, steps: nn.Module, dice: Dice) -> None:
    """Let the numbers of a pass be seeded at its beginning."""
    steps.add_module("dice", dice)
    given = next(node for node in graph.nodes if node.op == "placeholder")
    with graph.inserting_after(given):
        seeded = graph.call_module(f"{STEPS}.dice", (given,))
    given.replace_all_uses_with(seeded, delete_user_cb=lambda user: user is not seeded)


def _steps(
    graph: fx.Graph, module: fx.GraphModule, dice: Dice
) -> Iterator[tuple[list[fx.Node], FastStep]]:
    """Give the chains of nodes that are replaced, with what replaces them."""
    taken: set[fx.Node] = set()
    for node in graph.nodes:
        if node in taken or _module_of(node, module) is None:
            continue
        chain = [node]
        if is_batch_norm(_module_of(node, module)):
            chain += [user for user in _only_user(node) if is_relu(_module_of(user, module))]
        if is_relu(_module_of(chain[-1], module)):
            last = chain[-1]
            chain += [user for user in _only_user(last) if is_dropout(_module_of(user, module))]
        modules = [_module_of(each, module) for each in chain]
        owns_gradient = any(
            type(_module_of(user, module)) in _GIVING_NEW_GRADIENTS
            for user in _only_user(chain[-1])
        )
        present = tuple(each for each in modules if each is not None)
        step = make_step(present, dice, owns_gradient=owns_gradient)
        if step is not None:
            taken.update(chain)
            yield chain, step


def _module_of(node: fx.Node, module: fx.GraphModule) -> nn.Module | None:
    """Return the module that a node calls with one value and nothing else."""
    if node.op != "call_module" or len(node.args) != 1 or node.kwargs:
        return None
    target = str(node.target)
    return None if target.startswith(f"{STEPS}.") else module.get_submodule(target)


def _only_user(node: fx.Node) -> list[fx.Node]:
    """Return the one node that takes a result, or none when there are others."""
    return list(node.users) if len(node.users) == 1 else []


def _is_channels_last(module: nn.Module) -> bool:
    """Return whether some weight lies channels-last in memory, and in no other order too."""
    return any(
        not weight.is_contiguous() and weight.is_contiguous(memory_format=torch.channels_last)
        for weight in module.parameters()
        if weight.dim() == 4
    )
