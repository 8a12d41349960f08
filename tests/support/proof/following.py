"""A built module followed node by node: what each of the graph's operations became, as it ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from archspec.analysis import Analysis
from archspec.analysis.model import NodeFacts
from archspec.graph import INPUT, Node
from tests.support.proof.counting import counted_products

BATCH = 2


@dataclass(frozen=True)
class Step:
    """One operation of the network as it ran in torch; shapes are without the batch.

    operations: the nodes of torch's graph that it became, tensors of its own first; a join of one
    value became none. flops: as torch counts them, for the whole batch.
    """

    node: Node
    facts: NodeFacts
    operations: tuple[torch.fx.Node, ...]
    layer: nn.Module | None
    before: tuple[tuple[int, ...], ...]
    after: tuple[int, ...]
    flops: int


def steps_of(analysis: Analysis, module: nn.Module, device: str = "cpu") -> list[Step]:
    """Run a built module once on random numbers and return its operations, in their order.

    What feeds each of them in torch's graph must be what feeds it in ours. Auxiliary heads are
    among them when the module runs them.
    """
    built = cast(torch.fx.GraphModule, module)
    waiting = [n for n in built.graph.nodes if n.op not in ("placeholder", "output")]
    (entrance,) = (n for n in built.graph.nodes if n.op == "placeholder")
    (end,) = (n for n in built.graph.nodes if n.op == "output")
    input = torch.randn(BATCH, *analysis.spec.input, device=device)
    with counted_products() as counter:
        results = values_of(built, input, counter.get_total_flops)
    made = {INPUT: entrance}
    runs = [n for n in analysis.graph.nodes if not n.is_auxiliary or isinstance(end.args[0], tuple)]
    steps = []
    for node in runs:
        facts = analysis.node(node.name)
        fed = [made[name] for name in node.inputs]
        count = _operations_of(node, facts)
        own, waiting = waiting[:count], waiting[count:]
        made[node.name] = own[-1] if own else fed[0]
        _assert_fed_by(own, fed, node)
        steps.append(
            Step(
                node,
                facts,
                tuple(own),
                _layer_of(built, node, own),
                tuple(tuple(results[each].value.shape[1:]) for each in fed),
                tuple(results[made[node.name]].value.shape[1:]),
                sum(results[each].flops for each in own),
            )
        )
    assert waiting == [], "the module does more than the analysis knows of"
    heads = (head.output for head in analysis.graph.heads)
    ends = made[analysis.graph.output], *(made[name] for name in heads if name in made)
    assert end.args[0] == (ends if isinstance(end.args[0], tuple) else ends[0])
    return steps


@dataclass(frozen=True)
class Result:
    """What one node of torch's graph gave, and the FLOPs that it took."""

    value: Any
    flops: int


def values_of(
    module: torch.fx.GraphModule, input: torch.Tensor, count: Callable[[], int] = int
) -> dict[torch.fx.Node, Result]:
    """Run torch's graph node by node and return what each gave.

    count: says how many FLOPs are counted so far; none by default.
    """
    results: dict[torch.fx.Node, Result] = {}

    class Watched(torch.fx.Interpreter):
        def run_node(self, n: torch.fx.Node) -> Any:
            before = count()
            value = super().run_node(n)
            results[n] = Result(value, count() - before)
            return value

    Watched(module, garbage_collect_values=False).run(input)
    return results


def _operations_of(node: Node, facts: NodeFacts) -> int:
    """Return how many nodes of torch's graph stand for one of ours."""
    assert node.layer is not None
    call = node.layer.torch_call(*facts.inputs)
    passed = len(node.inputs) if call.inputs is None else len(call.inputs)
    calls = max(0, len(call.tensors) + passed - 1) if call.passing == "pairwise" else 1
    laid_out = passed if call.contiguous else 0
    return len(call.tensors) + laid_out + calls + (call.item is not None)


def _assert_fed_by(own: list[torch.fx.Node], fed: list[torch.fx.Node], node: Node) -> None:
    used = {each for operation in own for each in operation.all_input_nodes}
    tensors = {operation for operation in own if operation.op == "get_attr"}
    assert used - set(own) == (set(fed) if own else set()), node.name
    assert tensors <= used
    owner = node.weights or node.name
    assert all(str(each.target).rpartition(".")[0] == owner for each in tensors)
    modules = [each.target for each in own if each.op == "call_module"]
    # What has no tensors is made anew where it is shared: it may know the sizes of its input.
    assert modules in ([], [owner], [node.name])


def _layer_of(
    module: torch.fx.GraphModule, node: Node, own: list[torch.fx.Node]
) -> nn.Module | None:
    names = [str(each.target) for each in own if each.op == "call_module"]
    return module.get_submodule(names[0]) if names else None
