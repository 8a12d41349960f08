"""Analysis → torch module: one loop over the layers' calls, nothing of archspec in the result."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import torch

from archspec.analysis import Analysis
from archspec.graph import INPUT
from archspec.layers import TorchCall


def build(analysis: Analysis) -> torch.nn.Module:
    """Return the network as a torch.fx.GraphModule, on the CPU, in float32, in training mode.

    Its input is (N, *spec.input), its output (N, *analysis.output). `state_dict` names are the
    entries' ids, with the part behind a dot where an entry has parts: `conv1.conv.weight`.
    Weights are drawn from torch's global generator, by torch's own initialization. The module
    pickles, exports, and runs where archspec is not installed.
    """
    graph = torch.fx.Graph()
    values = {INPUT: graph.placeholder(INPUT)}
    root = torch.nn.Module()
    facts = {node.name: node for node in analysis.nodes}
    for group in analysis.graph.entries:
        for node in group.nodes:
            assert node.layer is not None  # an analysis stands for a spec without faults
            call = node.layer.torch_call(*facts[node.name].inputs)
            arguments = tuple(values[name] for name in node.inputs)
            if call.style == "module":
                _put(root, node.name, resolve(call)(**call.arguments))
                values[node.name] = graph.call_module(node.name, arguments)
            else:
                values[node.name] = graph.call_function(
                    resolve(call), arguments, dict(call.arguments)
                )
    graph.output(values[analysis.graph.output])
    graph.lint()
    return torch.fx.GraphModule(root, graph, class_name=class_name(analysis.spec.name))


def _put(root: torch.nn.Module, name: str, module: torch.nn.Module) -> None:
    """Add a module under a dotted name.

    GraphModule keeps the network's order of modules that it finds inside another one; given a
    mapping, it puts names with fewer dots first.
    """
    *path, last = name.split(".")
    for step in path:
        if step not in dict(root.named_children()):
            root.add_module(step, torch.nn.Module())
        root = root.get_submodule(step)
    root.add_module(last, module)


def resolve(call: TorchCall) -> Any:
    """Return the torch class or function that a call names."""
    root, *path = call.target.split(".")
    assert root == "torch", call.target
    return reduce(getattr, path, importlib.import_module(root))


def class_name(name: str) -> str:
    """Return a spec's name as a class name: `step1_as_printed` gives `Step1AsPrinted`."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name).split()
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Network{joined}"
