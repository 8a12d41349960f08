"""Groups: their names, what their entries may mention, repetition, conditions, shared weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.analysis import Analysis, analyze
from archspec.diagnostics import Diagnostic
from archspec.graph import INPUT, make_graph
from archspec.language import read_spec, read_text
from tests.support.items import ids
from tests.support.ladder import analysis_of, spec_of

HEAD = "archspec: 1\ninput: [4, 16, 16]\ndefaults: {conv: {kernel_size: 1, bias: false}}\nlayers:\n"
"""The 1×1 convolutions of these networks keep the shape, so that all of it can be added."""


def network(*layers: str) -> str:
    return HEAD + "".join(f"  - {line}\n" for line in layers)


def names(*layers: str) -> list[str]:
    """Return the ids of all entries of a network without faults, in the order they run."""
    return ids(analysis_of(network(*layers)))


def faults_of(text: str) -> tuple[Diagnostic, ...]:
    """Return every fault of a text."""
    reading = read_text(text)
    if reading.spec is None:
        return reading.diagnostics
    graph, graph_faults = make_graph(reading.spec)
    _, faults = analyze(graph)
    return (*reading.diagnostics, *graph_faults, *faults)


def codes(*layers: str) -> list[str]:
    return [fault.code for fault in faults_of(network(*layers))]


def fed_by(analysis: Analysis, node: str) -> tuple[str, ...]:
    """Return the nodes that feed one, by their entries."""
    (found,) = (n for n in analysis.graph.nodes if entry_of(n.name) == node)
    return tuple(map(entry_of, found.inputs))


def entry_of(node: str) -> str:
    """Return the entry of a node, in networks where an entry is one: `conv1` of `conv1.conv`."""
    return node.removesuffix(".conv")


def weights_of(analysis: Analysis) -> list[str | None]:
    """Return for each node whose weights it has, if not its own."""
    return [n.weights and entry_of(n.weights) for n in analysis.graph.nodes]


# Names.


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param(
            ["residual: [{conv: 4}, {conv: 4}]", "relu"],
            ["residual1.conv1", "residual1.conv2", "residual1.add", "relu1"],
            id="a body has no name of its own",
        ),
        pytest.param(
            ["residual: {body: [{conv: 4}], shortcut: [{conv: 4}], id: first}", "relu"],
            ["first.conv1", "first.shortcut.conv1", "first.add", "relu1"],
            id="a shortcut has one, and an id stands for the label",
        ),
        pytest.param(["residual: [{conv: 4}]"], ["conv1", "add"], id="a group alone adds no name"),
        pytest.param(
            ["residual: {body: [{conv: 4}], id: first}"],
            ["first.conv1", "first.add"],
            id="a group alone with an id does",
        ),
        pytest.param(
            ["branches: {join: concat, paths: {left: [], right: [{conv: 4}]}}", "relu"],
            ["branches1.right.conv1", "branches1.concat", "relu1"],
            id="paths have their names, an empty one no entry",
        ),
        pytest.param(
            ["repeat: {times: 2, layers: [{conv: 4}, relu]}", "relu"],
            ["repeat1.0.conv1", "repeat1.0.relu1", "repeat1.1.conv1", "repeat1.1.relu1", "relu1"],
            id="rounds have their numbers",
        ),
        pytest.param(
            ["repeat: {times: 2, layers: [{residual: [{conv: 4}]}]}"],
            ["0.conv1", "0.add", "1.conv1", "1.add"],
            id="groups alone in groups alone",
        ),
        pytest.param(
            ["when: {condition: true, layers: [{conv: 4}]}", "relu"],
            ["when1.conv1", "relu1"],
            id="a condition is a group",
        ),
        pytest.param(
            ["when: {condition: false, layers: [{conv: 4}]}", "relu"], ["relu1"], id="or nothing"
        ),
        pytest.param(
            ["residual: [{conv: 4}]", "residual: [{conv: 4}]"],
            ["residual1.conv1", "residual1.add", "residual2.conv1", "residual2.add"],
            id="groups are counted",
        ),
        pytest.param(
            ["residual: [{residual: [{conv: 4}]}]"],
            ["residual1.conv1", "residual1.add", "add"],
            id="a residual alone in a residual keeps its name, as both have a join",
        ),
        pytest.param(
            ["residual: [{branches: {join: add, paths: {a: [], b: []}}}]"],
            ["branches1.add", "add"],
            id="and so do branches",
        ),
        pytest.param(
            ["residual: [{repeat: {times: 2, layers: [{conv: 4}]}}]"],
            ["0.conv1", "1.conv1", "add"],
            id="a repeat alone in a residual has nothing that collides",
        ),
        pytest.param(
            ["residual: [{when: {condition: true, layers: [{residual: [{conv: 4}]}]}}]"],
            ["residual1.conv1", "residual1.add", "add"],
            id="nor may what lies between hide a collision",
        ),
        pytest.param(
            ["auxiliary: {layers: [{conv: 4}]}", "relu"],
            ["auxiliary1.conv1", "relu1"],
            id="a head is a group",
        ),
        pytest.param(
            ["conv: 4", "share: conv1", "share: {of: conv1, id: again}"],
            ["conv1", "share1", "again"],
            id="what is shared has a name of its own",
        ),
        pytest.param(
            ["residual: {body: [{conv: 4}], id: one}", "share: one"],
            ["one.conv1", "one.add", "share1.conv1", "share1.add"],
            id="a shared group with it, inside",
        ),
    ],
)
def test_names_lead_through_the_groups(layers: list[str], expected: list[str]) -> None:
    assert names(*layers) == expected


def test_tensors_are_named_by_the_ids_of_their_entries() -> None:
    text = """\
archspec: 1
input: [4, 8, 8]
defaults: {conv: {kernel_size: 3, padding: 1, bias: false, norm: batch, activation: relu}}
blocks:
  Basic: {parameters: {width: integer}, layers: [{residual: [{conv: $width}, {conv: $width}]}]}
  Stage: {parameters: {width: integer}, layers: [{repeat: {times: 2, layers: [{Basic: $width}]}}]}
layers:
  - conv: {out_channels: 4, norm: none, activation: none, id: stem}
  - Stage: {width: 4, id: layer1}
  - gap
  - flatten
  - linear: {out_features: 10, id: fc}
"""
    convs = [f"layer1.{i}.conv{j}" for i in (0, 1) for j in (1, 2)]
    expected = ["stem.conv.weight"]
    for conv in convs:
        expected += [f"{conv}.conv.weight", f"{conv}.norm.weight", f"{conv}.norm.bias"]

    analysis = analysis_of(text)

    assert list(analysis.param_shapes) == [*expected, "fc.linear.weight", "fc.linear.bias"]
    assert analysis.totals.params == 4 * 4 * 9 * 5 + 4 * 8 + 4 * 10 + 10


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["relu: {id: a}", "repeat: {times: 2, layers: [relu], id: a}"], id="groups"),
        pytest.param(["residual: [relu: {id: add}, relu]"], id="a join"),
        pytest.param(["residual: [relu: {id: shortcut}, relu]"], id="the way around"),
        pytest.param(
            ["residual: [{when: {condition: true, layers: [{relu: {id: add}}]}}]"], id="hidden"
        ),
        pytest.param(["residual: [{repeat: {times: 2, layers: [relu], id: add}}]"], id="a group"),
    ],
)
def test_two_things_of_one_name_are_a_fault(layers: list[str]) -> None:
    assert codes(*layers) == ["duplicate-id"]


def test_an_id_inside_a_group_may_be_one_outside_of_it() -> None:
    layers = ["conv: {out_channels: 4, id: a}", "residual: [{conv: {out_channels: 4, id: a}}]"]

    assert names(*layers) == ["a", "residual1.a", "residual1.add"]


# What the groups do.


def test_a_residual_adds_its_input_to_what_its_body_makes() -> None:
    analysis = analysis_of(network("conv: 4", "residual: [{conv: 4}]", "relu"))

    assert fed_by(analysis, "residual1.conv1") == ("conv1",)
    assert fed_by(analysis, "residual1.add") == ("residual1.conv1", "conv1")
    assert fed_by(analysis, "relu1") == ("residual1.add",)


def test_a_shortcut_is_fed_by_what_feeds_the_body() -> None:
    analysis = analysis_of(
        network("conv: 4", "residual: {body: [{conv: 4}], shortcut: [{conv: 4}]}")
    )

    assert fed_by(analysis, "residual1.shortcut.conv1") == ("conv1",)
    assert fed_by(analysis, "residual1.add") == ("residual1.conv1", "residual1.shortcut.conv1")


@pytest.mark.parametrize(("join", "channels"), [("add", 4), ("multiply", 4), ("concat", 4 + 4 + 4)])
def test_branches_join_their_paths_in_order(join: str, channels: int) -> None:
    paths = "{a: [], b: [{conv: 4}], c: [relu, {conv: 4}]}"
    analysis = analysis_of(network("conv: 4", f"branches: {{join: {join}, paths: {paths}}}"))

    inputs = ("conv1", "branches1.b.conv1", "branches1.c.conv1")
    assert fed_by(analysis, f"branches1.{join}") == inputs
    assert analysis.output == (channels, 16, 16)


def test_a_path_may_begin_at_an_earlier_entry() -> None:
    paths = "{a: [relu], b: {from: conv1, layers: [relu]}, c: {from: input}}"
    analysis = analysis_of(
        network("conv: 4", "conv: 4", f"branches: {{join: add, paths: {paths}}}")
    )

    assert fed_by(analysis, "branches1.a.relu1") == ("conv2",)
    assert fed_by(analysis, "branches1.b.relu1") == ("conv1",)
    assert fed_by(analysis, "branches1.add") == ("branches1.a.relu1", "branches1.b.relu1", INPUT)


def test_a_path_may_begin_where_a_parameter_says() -> None:
    text = network("conv: 4", "conv: 4", "branches: {join: add, paths: {a: [], b: {from: $tap}}}")
    analysis = analysis_of(f"{text}parameters: {{tap: conv1}}\n")

    assert fed_by(analysis, "branches1.add") == ("conv2", "conv1")


@pytest.mark.parametrize(
    ("times", "channels"),
    [("0", []), ("1", [2]), ("3", [2, 4, 6]), ("${1 + 1}", [2, 4])],
)
def test_a_repeat_knows_the_number_of_the_round(times: str, channels: list[int]) -> None:
    layers = f'repeat: {{times: "{times}", layers: [{{conv: "${{(index + 1) * 2}}"}}]}}'
    layers = layers.replace(f'"{times}"', times) if times.isdigit() else layers
    analysis = analysis_of(network(layers, "relu"))

    assert [facts.output[0] for facts in analysis.entries[:-1]] == channels


def test_an_index_may_have_a_name_of_its_own() -> None:
    inner = 'repeat: {times: 2, index: j, layers: [{conv: "${i * 10 + j + 1}"}]}'
    analysis = analysis_of(network(f"repeat: {{times: 2, index: i, layers: [{{{inner}}}]}}"))

    assert [facts.output[0] for facts in analysis.entries] == [1, 2, 11, 12]


def test_an_inner_index_stands_before_an_outer_one() -> None:
    inner = 'repeat: {times: 2, layers: [{conv: "${index + 1}"}]}'
    analysis = analysis_of(network(f"repeat: {{times: 2, layers: [{{{inner}}}]}}"))

    assert [facts.output[0] for facts in analysis.entries] == [1, 2, 1, 2]


def test_rounds_have_weights_of_their_own() -> None:
    analysis = analysis_of(network("repeat: {times: 3, layers: [{conv: 4}]}"))

    assert analysis.totals.params == 3 * 4 * 4


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("true", ["when1.relu1"]),
        ("false", ["when1.tanh1"]),
        ('"${width > 3}"', ["when1.relu1"]),
        ('"${width == 3}"', ["when1.tanh1"]),
        ("\"${name == 'small'}\"", ["when1.relu1"]),
        ("$is_small", ["when1.tanh1"]),
    ],
)
def test_a_condition_chooses(condition: str, expected: list[str]) -> None:
    when = f"when: {{condition: {condition}, layers: [relu], otherwise: [tanh]}}"
    text = network(when, "conv: '${width + is_small + (name == name)}'")
    parameters = "parameters: {width: 4, name: small, is_small: false}\n"

    assert ids(analysis_of(text + parameters))[:1] == expected


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("when: {condition: false, layers: [reluu]}", id="not taken"),
        pytest.param("when: {condition: true, layers: [relu], otherwise: [reluu]}", id="nor this"),
        pytest.param("when: {condition: false, layers: [residual: [reluu]]}", id="inside"),
        pytest.param("repeat: {times: 0, layers: [reluu]}", id="no round"),
    ],
)
def test_what_is_not_taken_is_looked_over_all_the_same(layers: str) -> None:
    assert codes(layers, "relu") == ["unknown-kind"]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("when: {condition: '${n > 0}', layers: [{conv: '${4 // n}'}]}", id="guarded"),
        pytest.param("when: {condition: '${n > 0}', layers: [{conv: $n}]}", id="value"),
        pytest.param("when: {condition: false, layers: [{add: [nobody]}]}", id="reference"),
        pytest.param("repeat: {times: $n, layers: [{conv: $index}]}", id="index"),
    ],
)
def test_what_depends_on_values_is_looked_at_where_it_is_taken(layers: str) -> None:
    assert ids(analysis_of(network(layers, "conv: '${n + 1}'") + "parameters: {n: 0}\n")) == [
        "conv1"
    ]


def test_a_repeat_of_many_entries_is_written_out() -> None:
    analysis = analysis_of(network("repeat: {times: 1000, layers: [relu]}", "relu"))

    assert len(analysis.entries) == 1001


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("repeat: {times: 100001, layers: [relu]}", id="at once"),
        pytest.param(
            "repeat: {times: 400, layers: [{repeat: {times: 400, layers: [relu]}}]}", id="together"
        ),
        pytest.param(
            "repeat: {times: 2000000000, layers: [{repeat: {times: 0, layers: [relu]}}]}",
            id="of nothing",
        ),
    ],
)
def test_a_network_without_end_is_a_fault_and_nothing_is_judged(layers: str) -> None:
    text = network(layers) + "targets: {params: {at_least: 5}}\n"
    reading = read_text(text)
    (fault,) = reading.diagnostics

    assert (fault.code, "20,000" in f"{fault.message} {fault.help}") == ("too-many-entries", True)
    assert reading.spec is None or make_graph(reading.spec)[0].nodes[0].layer is None


def test_rounds_of_nothing_take_no_time() -> None:
    layers = "repeat: {times: 2000000000, layers: []}"

    assert names(f"repeat: {{times: 15000, layers: [{{{layers}}}]}}", "relu") == ["relu1"]


# What an entry may mention.


@pytest.mark.parametrize(
    ("layers", "node", "inputs"),
    [
        pytest.param(["conv: 4", "relu", "add: [conv1]"], "add1", ["relu1", "conv1"], id="first"),
        pytest.param(
            ["conv: 4", "relu", "add: [conv1, previous]"], "add1", ["conv1", "relu1"], id="order"
        ),
        pytest.param(["relu", "add: [input]"], "add1", ["relu1", INPUT], id="input"),
        pytest.param(
            ["relu", "concat: [input, input, previous]"],
            "concat1",
            [INPUT, INPUT, "relu1"],
            id="one twice",
        ),
        pytest.param(
            ["residual: [{conv: 4}]", "relu", "add: [residual1]"],
            "add1",
            ["relu1", "residual1.add"],
            id="a group stands for its output",
        ),
        pytest.param(
            ["residual: [{conv: 4}]", "relu", "add: [residual1.conv1]"],
            "add1",
            ["relu1", "residual1.conv1"],
            id="inside a group",
        ),
        pytest.param(
            ["repeat: {times: 2, layers: [{conv: 4}], id: r}", "add: [r.0.conv1]"],
            "add1",
            ["r.1.conv1", "r.0.conv1"],
            id="inside a round",
        ),
        pytest.param(
            ["repeat: {times: 2, layers: [{conv: 4}], id: r}", "add: [r.0]"],
            "add1",
            ["r.1.conv1", "r.0.conv1"],
            id="a round",
        ),
        pytest.param(
            ["conv: 4", "residual: [{conv: 4}, {add: [conv1]}]"],
            "residual1.add1",
            ["residual1.conv1", "residual1.conv1"],
            id="the nearest one first",
        ),
        pytest.param(
            ["conv: {out_channels: 4, id: far}", "residual: [{conv: 4}, {add: [far]}]"],
            "residual1.add1",
            ["residual1.conv1", "far"],
            id="one further out",
        ),
        pytest.param(
            [
                "conv: {out_channels: 4, id: far}",
                "repeat: {times: 1, layers: [{residual: [relu, {add: [far]}]}, relu]}",
            ],
            "repeat1.0.residual1.add1",
            ["repeat1.0.residual1.relu1", "far"],
            id="one two levels further out",
        ),
        pytest.param(
            ["branches: {join: concat, paths: {a: [{conv: 4}], b: [relu, {add: [a.conv1]}]}}"],
            "b.add1",
            ["b.relu1", "a.conv1"],
            id="in a path beside it",
        ),
        pytest.param(
            ["when: {condition: false, layers: [relu], id: w}", "conv: 4", "add: [w]"],
            "add1",
            ["conv1", INPUT],
            id="what is empty is what it was fed",
        ),
        pytest.param(
            ["auxiliary: {layers: [relu], id: aux}", "conv: 4", "add: [input]"],
            "conv1",
            [INPUT],
            id="a head changes nothing",
        ),
    ],
)
def test_an_id_leads_to_the_node_that_gives_its_output(
    layers: list[str], node: str, inputs: list[str]
) -> None:
    assert fed_by(analysis_of(network(*layers)), node) == tuple(inputs)


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        (["conv: 4", "add: [conv2]", "conv: 4"], "later-reference"),
        (["relu", "add: {inputs: [own], id: own}"], "later-reference"),
        (["residual: [{relu: {id: r}}, {add: [residual1]}]", "relu"], "later-reference"),
        (["conv: 4", "add: [conv9]"], "unknown-id"),
        (["repeat: {times: 2, layers: [relu, relu]}", "add: [repeat1.2.relu1]"], "unknown-id"),
        (["repeat: {times: 2, layers: [relu, relu]}", "add: [relu1]"], "unknown-id"),
        (["auxiliary: {layers: [relu, relu]}", "relu", "add: [auxiliary1.relu1]"], "auxiliary-re"),
        (["auxiliary: {layers: [{add: [relu1]}]}", "relu"], "later-reference"),
    ],
)
def test_what_is_not_there_yet_or_not_at_all_is_a_fault(layers: list[str], code: str) -> None:
    (found,) = codes(*layers)

    assert found.startswith(code)


def test_a_head_may_mention_the_network_and_another_head() -> None:
    first = "auxiliary: {layers: [{conv: 4}, {add: [far]}], id: one}"
    second = "auxiliary: {layers: [relu, {add: [one.conv1]}], id: two}"
    analysis = analysis_of(network("conv: {out_channels: 4, id: far}", first, "relu", second))

    assert fed_by(analysis, "one.add1") == ("one.conv1", "far")
    assert fed_by(analysis, "two.add1") == ("two.relu1", "one.conv1")
    assert [head.weight for head in analysis.graph.heads] == [0.3, 0.3]


def test_a_block_mentions_its_own_ids_only() -> None:
    block = "blocks: {Skip: {layers: [{conv: 4}, relu, {add: [conv1]}]}}\n"
    text = block + network("conv: {out_channels: 4, id: conv1}", "Skip", "Skip")
    analysis = analysis_of(text)

    assert fed_by(analysis, "skip2.add1") == ("skip2.relu1", "skip2.conv1")


@pytest.mark.parametrize("mentioned", ["stem", "skip1", "skip1.relu1"])
def test_a_block_mentions_nothing_outside_of_it(mentioned: str) -> None:
    block = f"blocks: {{Skip: {{layers: [relu, {{add: [{mentioned}]}}]}}}}\n"
    text = block + network("conv: {out_channels: 4, id: stem}", "Skip", "relu")
    found = [(fault.code, len(fault.related)) for fault in faults_of(text)]

    assert found == [("unknown-id", 1)]


# Shared weights.


def test_a_shared_layer_has_its_weights_once_and_its_macs_twice() -> None:
    analysis = analysis_of(network("conv: 4", "share: conv1", "share: conv1"))

    assert analysis.totals.params == 4 * 4
    assert analysis.totals.macs == 3 * 4 * 4 * 16 * 16
    assert list(analysis.param_shapes) == ["conv1.conv.weight"]


def test_a_shared_group_runs_inside_with_the_same_weights() -> None:
    body = "[{conv: {out_channels: 4, norm: batch}}, {conv: 4}]"
    analysis = analysis_of(network(f"residual: {{body: {body}, id: one}}", "share: one"))
    again = [n for n in analysis.graph.nodes if n.name.startswith("share1.")]

    assert analysis.totals.params == 4 * 4 + 4 + 4 + 4 * 4
    assert [(node.name, node.weights) for node in again] == [
        ("share1.conv1.conv", "one.conv1.conv"),
        ("share1.conv1.norm", "one.conv1.norm"),
        ("share1.conv2.conv", "one.conv2.conv"),
        ("share1.add", "one.add"),
    ]
    assert fed_by(analysis, "share1.conv1") == ("one.add",)
    assert fed_by(analysis, "share1.add") == ("share1.conv2", "one.add")


def test_a_skip_inside_a_shared_group_leads_to_its_own_round() -> None:
    group = "repeat: {times: 1, layers: [{conv: 4}, relu, {add: [conv1]}], id: one}"
    analysis = analysis_of(network("conv: {out_channels: 4, id: far}", group, "share: one"))

    assert fed_by(analysis, "share1.0.add1") == ("share1.0.relu1", "share1.0.conv1")


def test_a_skip_out_of_a_shared_group_leads_where_it_led() -> None:
    group = "repeat: {times: 1, layers: [{conv: 4}, {add: [far]}], id: one}"
    analysis = analysis_of(network("conv: {out_channels: 4, id: far}", group, "share: one"))

    assert fed_by(analysis, "share1.0.add1") == ("share1.0.conv1", "far")


def test_what_is_shared_may_be_shared_again() -> None:
    analysis = analysis_of(network("conv: 4", *(f"share: {n}" for n in ("conv1", "share1"))))

    assert weights_of(analysis) == [None, "conv1", "conv1"]


def test_a_share_inside_a_shared_group_leads_to_the_first_weights() -> None:
    group = "repeat: {times: 1, layers: [{conv: 4}, {share: conv1}], id: one}"
    analysis = analysis_of(network(group, "share: one"))

    assert weights_of(analysis) == [
        None,
        "one.0.conv1",
        "one.0.conv1",
        "one.0.conv1",
    ]
    assert ids(analysis) == [
        "one.0.conv1",
        "one.0.share1",
        "share1.0.conv1",
        "share1.0.share1",
    ]


def test_a_block_may_share_what_is_inside_of_it() -> None:
    block = "blocks: {Twice: {layers: [{conv: 4}, {share: conv1}]}}\n"
    analysis = analysis_of(block + network("Twice", "Twice"))

    assert weights_of(analysis) == [
        None,
        "twice1.conv1",
        None,
        "twice2.conv1",
    ]


def test_a_shared_group_with_a_head_has_a_second_head() -> None:
    group = "repeat: {times: 1, layers: [{conv: 4}, {auxiliary: {layers: [{conv: 4}]}}], id: one}"
    analysis = analysis_of(network(group, "share: one"))

    assert [head.name for head in analysis.graph.heads] == [
        "one.0.auxiliary1",
        "share1.0.auxiliary1",
    ]


@pytest.mark.parametrize(
    ("first", "levels"),
    [("[{conv: 4}, relu]", 30), ("[{conv: 4}, relu]", 300), ("[]", 30)],
    ids=["wide", "deep", "empty"],
)
def test_shares_of_shares_without_end_are_bounded(first: str, levels: int) -> None:
    """Each group holds the one before it twice: 2^30 convolutions in 30 lines."""
    twice = "when: {{condition: true, layers: [{{share: r{0}}}, {{share: r{0}}}], id: r{1}}}"
    groups = [twice.format(i, i + 1) for i in range(levels)]
    text = network(f"when: {{condition: true, layers: {first}, id: r0}}", *groups)

    assert {fault.code for fault in faults_of(text)} <= {"too-many-entries", "too-deep"}
    assert faults_of(text)


def test_a_long_chain_of_shares_is_read() -> None:
    chain = [f"share: {{of: s{i}, id: s{i + 1}}}" for i in range(2000)]
    analysis = analysis_of(network("conv: {out_channels: 4, id: s0}", *chain))

    assert set(weights_of(analysis)) == {None, "s0"}


# `edit` and groups.

PARENT = f"""{HEAD}
  - repeat: {{times: 2, id: stage1, layers: [{{conv: 4}}]}}
  - residual: [relu]
  - Head: 4
blocks:
  Head:
    parameters: {{width: integer, stride: 1}}
    layers: [{{conv: {{out_channels: $width, stride: $stride}}}}]
"""


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            "set: {stage1: {times: 1}}",
            ["stage1.0.conv1", "residual1.relu1", "residual1.add", "head1.conv1"],
        ),
        ("remove: [stage1]", ["residual1.relu1", "residual1.add", "head1.conv1"]),
        ("remove: [stage1, head1]", ["relu1", "add"]),
        (
            "replace: {residual1: [gap, {Head: 5}]}, remove: [stage1]",
            ["gap", "head1.conv1", "head2.conv1"],
        ),
        (
            "set: {residual1: {shortcut: [tanh]}}, remove: [stage1]",
            ["residual1.relu1", "residual1.shortcut.tanh1", "residual1.add", "head1.conv1"],
        ),
        ("set: {head1: {stride: 2}}, remove: [stage1, residual1]", ["conv1"]),
        (
            "after: {stage1: [{share: stage1}]}, remove: [residual1, head1]",
            ["stage1.0.conv1", "stage1.1.conv1", "share1.0.conv1", "share1.1.conv1"],
        ),
    ],
)
def test_an_edit_changes_a_group_by_its_id(tmp_path: Path, edit: str, expected: list[str]) -> None:
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text(f"archspec: 1\nextends: parent.yaml\nedit: {{{edit}}}\n", "utf-8")
    reading = read_spec(child)

    assert reading.diagnostics == ()
    assert reading.spec is not None
    analysis, faults = analyze(make_graph(reading.spec)[0])
    assert faults == ()
    assert analysis is not None
    assert ids(analysis) == expected


def test_a_spec_of_groups_alone_knows_its_output() -> None:
    spec = spec_of(network("residual: [{conv: 4}]"))

    assert make_graph(spec)[0].output == "add"
