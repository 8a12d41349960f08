"""Analysis → torch module: one loop over the layers' calls, nothing of archspec in the result."""

from __future__ import annotations

import importlib
from functools import reduce
from operator import getitem
from typing import Any

import torch

from archspec.analysis import Analysis
from archspec.graph import INPUT, Node
from archspec.layers import Init, Shape, TorchCall


def build(analysis: Analysis) -> torch.fx.GraphModule:
    """Return the network as a torch.fx.GraphModule, on the CPU, in float32, in training mode.

    Its input is (N, *spec.input), its output (N, *analysis.output). `state_dict` names are the
    entries' ids, with the part behind a dot where an entry has parts: `conv1.conv.weight`.
    Weights are drawn from torch's global generator, by torch's own initialization or by `init`.
    Auxiliary heads are in it, and do not run: `with_auxiliary` makes the module that runs them.
    The module pickles, exports, and runs where archspec is not installed.
    """
    root = torch.nn.Module()
    for node in analysis.graph.nodes:
        if _owner(analysis, node) == node.name:
            _make(root, node, analysis.node(node.name).inputs)
    return _module(root, analysis, with_auxiliary=False)


def with_auxiliary(module: torch.nn.Module, analysis: Analysis) -> torch.fx.GraphModule:
    """Return a module over the same tensors that gives (output, *outputs of auxiliary heads).

    module: as `build` made it, wherever its tensors lie by now.
    """
    return _module(module, analysis, with_auxiliary=True)


def _module(
    root: torch.nn.Module, analysis: Analysis, *, with_auxiliary: bool
) -> torch.fx.GraphModule:
    graph = torch.fx.Graph()
    values = {INPUT: graph.placeholder(INPUT)}
    for node in analysis.graph.nodes:
        if with_auxiliary or not node.is_auxiliary:
            values[node.name] = _call(graph, analysis, node, values)
    heads = [values[head.output] for head in analysis.graph.heads] if with_auxiliary else []
    output = values[analysis.graph.output]
    graph.output((output, *heads) if heads else output)
    return _over(root, graph, class_name(analysis.spec.name))


def rewritten(
    module: torch.fx.GraphModule, graph: torch.fx.Graph, name: str, steps: torch.nn.Module
) -> torch.fx.GraphModule:
    """Return a module that runs another graph over the same tensors.

    steps: what the graph calls beside the parts of `module`, as a child of this name.
    """
    root = torch.nn.Module()
    root._modules.update(module._modules)
    root.add_module(name, steps)
    return _over(root, graph, type(module).__name__)


def _over(root: torch.nn.Module, graph: torch.fx.Graph, name: str) -> torch.fx.GraphModule:
    """Return the module of a graph over all children of `root`, whatever the graph mentions."""
    graph.lint()
    module = torch.fx.GraphModule(root, graph, class_name=name)
    # GraphModule takes over what the graph mentions, in its own order; the rest stays with it.
    module._modules.clear()
    module._modules.update(root._modules)
    return module


def _owner(analysis: Analysis, node: Node) -> str:
    """Return whose module or tensors a node uses.

    What has no tensors has nothing to share, and is made for its own input: an up-sampling knows
    the size that it gives.
    """
    if node.weights is None:
        return node.name
    facts = analysis.node(node.weights)
    return node.weights if facts.param_shapes or facts.buffers else node.name


def _make(root: torch.nn.Module, node: Node, inputs: tuple[Shape, ...]) -> None:
    """Put a node's module, or the tensors of its function, into `root`."""
    assert node.layer is not None  # an analysis stands for a spec without faults
    call = node.layer.torch_call(*inputs)
    if call.style == "module":
        module = resolve(call)(**call.arguments)
        for name, init in call.inits.items():
            fill(module.get_parameter(name), init)
        _put(root, node.name, module)
    elif call.tensors:
        holder = torch.nn.Module()
        for name, tensor in call.tensors.items():
            holder.register_parameter(name, torch.nn.Parameter(torch.empty(tensor.shape)))
            fill(holder.get_parameter(name), tensor.init)
        _put(root, node.name, holder)


def _call(
    graph: torch.fx.Graph, analysis: Analysis, node: Node, values: dict[str, torch.fx.Node]
) -> torch.fx.Node:
    """Add a node's operation to the graph."""
    assert node.layer is not None
    call = node.layer.torch_call(*analysis.node(node.name).inputs)
    owner = _owner(analysis, node)
    inputs = [values[name] for name in node.inputs]
    if call.contiguous:
        inputs = [graph.call_method("contiguous", (value,)) for value in inputs]
    passed = inputs if call.inputs is None else [inputs[index] for index in call.inputs]
    if call.style == "module":
        result = graph.call_module(owner, tuple(passed), dict(call.run_arguments))
    else:
        tensors = [graph.get_attr(f"{owner}.{name}") for name in call.tensors]
        arguments = dict(call.arguments)
        if call.style == "method":
            result = graph.call_method(call.target, (*tensors, *passed), arguments)
        elif call.passing == "list":
            result = graph.call_function(resolve(call), ([*tensors, *passed],), arguments)
        elif call.passing == "pairwise":

            def both(one: torch.fx.Node, other: torch.fx.Node) -> torch.fx.Node:
                return graph.call_function(resolve(call), (one, other), arguments)

            result = reduce(both, (*tensors, *passed))
        else:
            result = graph.call_function(resolve(call), (*tensors, *passed), arguments)
    return result if call.item is None else graph.call_function(getitem, (result, call.item))


def fill(tensor: torch.Tensor, init: Init) -> None:
    """Fill a tensor in place by a function of torch.nn.init."""
    with torch.no_grad():
        getattr(torch.nn.init, init.name)(tensor, **init.arguments)


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
    assert root in ("torch", "torchvision"), call.target
    if root == "torchvision":  # its parts are imported on demand
        importlib.import_module("torchvision.ops")
    return reduce(getattr, path, importlib.import_module(root))


def class_name(name: str) -> str:
    """Return a spec's name as a class name: `step1_as_printed` gives `Step1AsPrinted`."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name).split()
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Network{joined}"
