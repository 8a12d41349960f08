"""Whatever stands in a file, reading it ends soon and in diagnostics: no exception, no hang.

Valid specs of the repository are broken: tokens deleted, doubled, swapped and replaced, values put
where others stood, bytes changed. What a long run found is kept as examples.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archspec.analysis import analyze
from archspec.diagnostics import Diagnostic, in_order
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.diagnostics.github import render_github
from archspec.diagnostics.text import render_text
from archspec.graph import make_graph
from archspec.judge import judge_items
from archspec.language import Reading, read_spec, read_text
from archspec.language.schema import spec_schema

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "specs" / "ladder"
MOST_SECONDS = 5.0
"""Of the processor, which other work on the machine does not lengthen much."""
SECONDS_A_NODE = 5e-4
"""What each operation of the network may take beside: a repeat may make 20,000 entries."""
SCHEMA = jsonschema.Draft7Validator(spec_schema())
VALID = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "specs").rglob("*.yaml"))]
TREES = [
    {
        "archspec": 1,
        "input": [3, 32, 32],
        "defaults": {"conv": {"kernel_size": 3, "norm": "batch", "activation": "relu"}},
        "layers": [
            {"conv": {"out_channels": 8, "padding": "same", "dropout": 0.1, "id": "stem"}},
            {"conv": {"out_channels": 8, "stride": [2, 2], "groups": 2, "dilation": 1}},
            {"conv_transpose": {"out_channels": 8, "kernel_size": 2, "stride": 2}},
            {"max_pool": {"kernel_size": 2, "ceil_mode": True}},
            {"upsample": {"scale_factor": 2, "mode": "bilinear"}},
            {"group_norm": 4},
            {"zero_pad": [1, 2, 3, 4]},
            {"crop": 1},
            {"adaptive_avg_pool": [3, 2]},
            "gap",
            "flatten",
            {"linear": {"out_features": 10, "order": ["linear"]}},
            "softmax",
        ],
        "data": {"dataset": "MNIST", "validation": 0.1, "augment": [{"RandomRotation": {}}]},
        "train": {"epochs": 1, "batch_size": 8, "optimizer": {"SGD": {"lr": 0.1}}},
        "targets": {"params": {"below": 1e6}, "test_accuracy": {"at_least": 9, "epochs": 1}},
        "claims": {"params": 5, "table": "../published/step3.md"},
        "notes": {"target": "words"},
    },
    {
        "archspec": 1,
        "input": [4, "$size", 16],
        "parameters": {"size": 16, "width": 4, "half": "${width // 2}", "act": "relu", "on": True},
        "blocks": {
            "Unit": {
                "parameters": {
                    "width": "integer",
                    "stride": 1,
                    "act": "$act",
                    "wide": "${width*2}",
                },
                "layers": [
                    {"conv": {"out_channels": "$width", "kernel_size": 3, "padding": 1, "id": "a"}},
                    {"when": {"condition": "${stride > 1}", "layers": [{"max_pool": "$stride"}]}},
                    {"conv": {"out_channels": 4, "kernel_size": 1, "activation": "$act"}},
                ],
            },
            "Stage": {
                "parameters": {"times": 2},
                "layers": [{"repeat": {"times": "$times", "layers": [{"Unit": {"width": 8}}]}}],
            },
        },
        "layers": [
            {"Stage": {"times": 2, "id": "stem"}},
            {"residual": {"body": [{"Unit": "$width"}], "shortcut": [], "id": "res"}},
            {
                "branches": {
                    "join": "concat",
                    "paths": {"one": [], "two": [{"Unit": 2}], "three": {"from": "res"}},
                }
            },
            {"conv": {"out_channels": 4, "kernel_size": 1, "bias": "$on", "id": "down"}},
            {"repeat": {"times": 2, "index": "i", "layers": [{"Unit": "${half + i}"}, "relu"]}},
            {"auxiliary": {"layers": [{"share": "res"}], "weight": 0.5}},
            {"add": ["res", "previous"]},
            {"multiply": {"inputs": ["stem.1"]}},
            {"share": {"of": "res", "id": "again"}},
            {"SqueezeExcitation": {"input_channels": 4, "squeeze_channels": "$half"}},
        ],
    },
    {
        "archspec": 1,
        "extends": "task10_learning_rate.yaml",
        "edit": {
            "set": {"conv1": {"dropout": 0.25}},
            "replace": {"conv2": [{"conv": 8}]},
            "before": {"conv3": ["relu"]},
            "after": {"conv4": ["relu"]},
            "remove": ["conv5"],
        },
        "train": {"epochs": 2, "scheduler": None},
    },
]
TOKEN = re.compile(r"\n *|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|#[^\n]*| +|.", re.DOTALL)
SNIPPETS = """
: , - [ ] { } ~ | > & * ! % @ ` " ' ? # << --- ... $x ${x} ${1//0} &a *a !!int !x |- >+ true no
null 0 -1 1.5 1e-3 1e400 .nan -.inf 0x1F 0o7 010 99999999999999999999 2147483647 4096 65537 1024
same none batch conv linear flatten upsample extends edit layers input defaults id order kernel_size
norm group scale_factor size padding p targets between claims table validation
residual body shortcut branches join paths from repeat times index when condition otherwise
auxiliary weight share of add concat multiply inputs input previous blocks parameters integer text
Unit Stage A B $A ${A} ${index} ${width*4} ${1/0} ${"a"*9} layer1.0.conv1 res stem down
""".split()

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 40)
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(SNIPPETS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(SNIPPETS) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)


class Outcome(NamedTuple):
    """What came of a spec. is_known: whether the network could be analyzed."""

    diagnostics: tuple[Diagnostic, ...]
    nodes: int
    is_known: bool


IDS = ["conv1", "relu1", "a", "b", "g", "g.conv1", "residual1", "0", "x", "input", "previous"]
NUMBERS = ["$n", "$k", "$index", "$flag", "$word", "${n + 1}", "${n // k}", "${k - n}", "$missing"]
small = st.integers(-1, 4) | st.sampled_from(NUMBERS)
names = st.sampled_from(IDS)
conditions = st.booleans() | st.sampled_from(["$flag", "${n > 2}", "${k == n}", "${word == 'a'}"])
block_uses = st.sampled_from(["One", "Two", "Three"])
plain_entries = (
    st.sampled_from(["relu", "gap", "flatten", "identity", "One", "Two", "residual", "softmaxx"])
    | st.builds(lambda n: {"conv": {"out_channels": n, "kernel_size": 1}}, small)
    | st.builds(
        lambda n, id: {"conv": {"out_channels": n, "kernel_size": 1, "id": id}}, small, names
    )
    | st.builds(lambda id: {"relu": {"id": id}}, names)
    | st.builds(
        lambda kind, ids: {kind: ids},
        st.sampled_from(["add", "concat", "multiply"]),
        st.lists(names, max_size=2),
    )
    | st.builds(lambda of: {"share": of}, names)
    | st.builds(lambda name, n: {name: n}, block_uses, small)
    | st.builds(lambda name, n: {name: {"n": n, "flag": True}}, block_uses, small)
)


def groups_of(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return entries that hold other ones."""
    lists = st.lists(entries, max_size=3)
    paths = st.dictionaries(
        st.sampled_from(["a", "b", "left", "add", "2nd"]),
        lists | st.builds(lambda of, inner: {"from": of, "layers": inner}, names, lists),
        max_size=3,
    )
    fields = (
        st.builds(lambda body: ("residual", body), lists)
        | st.builds(lambda b, s: ("residual", {"body": b, "shortcut": s}), lists, lists)
        | st.builds(
            lambda join, ways: ("branches", {"join": join, "paths": ways}),
            st.sampled_from(["add", "concat", "multiply", "sum"]),
            paths,
        )
        | st.builds(lambda n, i: ("repeat", {"times": n, "layers": i}), small, lists)
        | st.builds(
            lambda c, yes, no: ("when", {"condition": c, "layers": yes, "otherwise": no}),
            conditions,
            lists,
            lists,
        )
        | st.builds(lambda inner: ("auxiliary", {"layers": inner}), lists)
    )

    def with_id(group: tuple[str, Any], id: str | None) -> dict[str, Any]:
        kind, inner = group
        return {kind: {**inner, "id": id} if id and isinstance(inner, dict) else inner}

    return st.builds(with_id, fields, st.none() | names)


layer_lists = st.lists(st.recursive(plain_entries, groups_of, max_leaves=12), max_size=5)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-1, 4) | st.just("integer"),
        "k": st.integers(-1, 4) | st.sampled_from(["${n + 1}", "${n // 0}", "$missing"]),
        "flag": st.booleans() | st.just("boolean"),
        "word": st.sampled_from(["a", "relu", "text"]),
    },
)
blocks = st.dictionaries(
    block_uses | st.just("one"),
    st.fixed_dictionaries({"layers": layer_lists}, optional={"parameters": parameters}),
    max_size=3,
)


TAME = {
    "archspec": 1,
    "input": ["$k", 8, 8],
    "parameters": {"n": 2, "k": 4, "flag": True, "word": "relu"},
    "defaults": {"conv": {"kernel_size": 1, "bias": "$flag", "activation": "$word"}},
    "blocks": {
        "One": {"parameters": {"n": 4, "flag": False}, "layers": [{"conv": "$n"}, "identity"]},
        "Two": {
            "layers": [{"One": 4}, {"residual": ["One"]}, {"when": {"condition": "${n == 2}"}}]
        },
        "Three": {
            "parameters": {"n": 2},
            "layers": [{"repeat": {"times": "$n", "layers": ["Two"]}}],
        },
    },
}
tame_entries = st.sampled_from(
    [
        *("relu", "identity", "One", "Two", {"Three": 1}, {"Two": {}}, {"One": {"n": "$k"}}),
        *({"conv": 4}, {"conv": "$k"}, {"conv": "${n * 2}"}, {"conv": {"out_channels": "${k}"}}),
        *({"add": ["input"]}, {"multiply": ["input", "previous"]}, {"relu": None}),
    ]
)


def tame_groups_of(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return groups that keep the shape of what comes into them."""
    lists = st.lists(entries, max_size=3)
    paths = st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        lists | st.just({"from": "input"}) | lists.map(lambda i: {"from": "input", "layers": i}),
        min_size=1,
    )
    numbers = st.integers(0, 3) | st.sampled_from(["$n", "${n - 1}"])
    return (
        st.builds(lambda body: {"residual": body}, lists)
        | st.builds(lambda b, s: {"residual": {"body": b, "shortcut": s}}, lists, lists)
        | st.builds(lambda ways: {"branches": {"join": "add", "paths": ways}}, paths)
        | st.builds(lambda n, i: {"repeat": {"times": n, "layers": i}}, numbers, lists)
        | st.builds(
            lambda c, i: {"when": {"condition": c, "layers": i}},
            st.sampled_from([True, False, "$flag", "${n > 1}"]),
            lists,
        )
    )


tame_lists = st.lists(st.recursive(tame_entries, tame_groups_of, max_leaves=12), max_size=5)


@st.composite
def grown_trees(draw: st.DrawFn) -> dict[str, Any]:
    """Return a spec that is grown from the language of groups, blocks and parameters.

    Half of them are tame: what they say fits together, more often than not.
    """
    if draw(st.booleans()):
        return {**TAME, "layers": ["relu", *draw(tame_lists), "relu"]}
    tree: dict[str, Any] = {"archspec": 1, "input": [4, 8, 8], "layers": draw(layer_lists)}
    for key, values in (("blocks", blocks), ("parameters", parameters)):
        if draw(st.booleans()):
            tree[key] = draw(values)
    if draw(st.booleans()):
        tree["defaults"] = {"conv": {"bias": draw(conditions), "activation": "relu"}}
    return tree


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """Return a valid spec with some of its tokens deleted, doubled, swapped or replaced."""
    tokens = TOKEN.findall(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(("delete", "double", "swap", "replace", "insert", "cut"))):
            case "delete":
                del tokens[at : at + draw(st.integers(1, 4))]
            case "double":
                tokens[at:at] = tokens[at : at + draw(st.integers(1, 12))]
            case "swap":
                other = draw(st.integers(0, len(tokens) - 1))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "replace":
                tokens[at] = draw(st.sampled_from(SNIPPETS) | st.text(max_size=4))
            case "insert":
                tokens[at:at] = [draw(st.sampled_from([*SNIPPETS, "\n", "\n  ", "\t", " "]))]
            case _:
                del tokens[at + draw(st.integers(1, 60)) :]
        tokens = tokens or [""]
    return "".join(tokens)


@st.composite
def broken_trees(draw: st.DrawFn) -> str:
    """Return a valid spec with values and keys replaced, in JSON, which is YAML."""
    tree = json.loads(json.dumps(draw(st.sampled_from(TREES))))
    for _ in range(draw(st.integers(1, 4))):
        place(draw, tree)
    return json.dumps(tree, ensure_ascii=draw(st.booleans()))


def place(draw: st.DrawFn, tree: Any) -> None:
    """Put one drawn value, or key, somewhere in a tree."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if isinstance(tree[key], dict | list) and tree[key] and draw(st.integers(0, 4)):
            tree = tree[key]
            continue
        if isinstance(tree, dict) and draw(st.integers(0, 3)) == 0:
            tree[draw(st.sampled_from(SNIPPETS))] = tree.pop(key)
        elif draw(st.integers(0, 5)) == 0:
            del tree[key]
        else:
            tree[key] = draw(values)
        return


@st.composite
def broken_bytes(draw: st.DrawFn) -> bytes:
    """Return the bytes of a valid spec with some of them changed, or just bytes."""
    content = bytearray(draw(st.sampled_from(VALID)).encode())
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content) - 1))
        content[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
        content = content or bytearray(b"\n")
    return bytes(content)


def everything(reading: Reading) -> Outcome:
    """Do with what was read all that `archspec check` does, and show it in every form."""
    found, nodes, is_known = list(reading.diagnostics), 0, False
    if reading.spec is not None:
        graph, graph_faults = make_graph(reading.spec)
        analysis, faults = analyze(graph)
        verdicts = judge_items(reading.spec, analysis)
        judged = [fault for verdict in verdicts for fault in verdict.diagnostics]
        found = [*found, *graph_faults, *faults, *judged]
        nodes, is_known = len(graph.nodes), analysis is not None
    diagnostics = in_order(found)
    render_text(diagnostics, colour=True, width=80)
    render_github(diagnostics)
    json.dumps([diagnostic_as_json(diagnostic) for diagnostic in diagnostics])
    return Outcome(diagnostics, nodes, is_known)


def assert_sound(outcome: Outcome, since: float) -> None:
    diagnostics = outcome.diagnostics
    assert time.process_time() - since < MOST_SECONDS + SECONDS_A_NODE * outcome.nodes
    is_faulty = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    assert is_faulty or outcome.is_known, "a network without a fault can be analyzed"
    assert [d.code for d in diagnostics if not d.message or "Traceback" in d.message] == []
    assert [d.code for d in diagnostics if d.span and not is_inside(d)] == []


def is_inside(diagnostic: Diagnostic) -> bool:
    """Say whether a place lies in its source, the end of the text included."""
    span = diagnostic.span
    assert span
    lines = span.source.text.split("\n")
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 2
    )


@pytest.mark.parametrize("tree", TREES, ids=["layers", "groups", "edit"])
def test_what_is_broken_here_is_sound_before(tree: dict[str, Any]) -> None:
    reading = read_text(json.dumps(tree), folder=FOLDER)
    unsound = {d.code for d in everything(reading).diagnostics if d.severity == "error"}
    # What is claimed is another network's.
    assert unsound <= {"claim-contradicted", "table-differs", "target-missed"}


@given(grown_trees())
@example({"archspec": 1, "input": [4, 8, 8], "layers": [{"residual": [{"residual": []}]}]})
def test_a_spec_of_groups_and_blocks_ends_in_diagnostics_or_follows_the_schema(
    tree: dict[str, Any],
) -> None:
    since = time.process_time()
    outcome = everything(read_text(json.dumps(tree)))
    assert_sound(outcome, since)
    if all(diagnostic.severity != "error" for diagnostic in outcome.diagnostics):
        assert SCHEMA.is_valid(tree), "what the reader takes the schema takes"


@given(broken_texts())
def test_a_spec_with_broken_tokens_ends_in_diagnostics(text: str) -> None:
    since = time.process_time()
    assert_sound(everything(read_text(text, folder=FOLDER)), since)


@given(broken_trees())
def test_a_spec_with_other_values_ends_in_diagnostics(text: str) -> None:
    since = time.process_time()
    assert_sound(everything(read_text(text, folder=FOLDER)), since)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(broken_bytes())
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe")
def test_a_file_of_any_bytes_ends_in_diagnostics(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    since = time.process_time()
    assert_sound(everything(read_spec(path)), since)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=4), max_size=5).map(".".join),
    value=values.map(lambda value: json.dumps(value, ensure_ascii=False)) | st.text(max_size=12),
)
@example(key="\n", value="")
@example(key="title", value="\n")
def test_any_override_ends_in_diagnostics(key: str, value: str) -> None:
    since = time.process_time()
    reading = read_spec(ROOT / "specs" / "step3.yaml", [f"{key}={value}"])
    assert_sound(everything(reading), since)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("{" * 100_000, id="braces"),
        pytest.param("- " * 100_000, id="dashes"),
        pytest.param("? " * 100_000, id="questions"),
        pytest.param("a: " * 100_000, id="keys in a line"),
        pytest.param("a:\n" * 100_000, id="keys below each other"),
        pytest.param("&a " * 100_000, id="anchors"),
        pytest.param("!a " * 100_000, id="tags"),
        pytest.param('"' + "a\n" * 100_000, id="open quote"),
        pytest.param("[" + "1, " * 200_000 + "]", id="long list"),
        pytest.param("archspec: 1\ninput: [1, 8, 8]\nlayers:\n" + "- relu\n" * 10_000, id="long"),
        pytest.param("a: |\n" + "  x\n" * 500_000, id="long text"),
        pytest.param("a" * 1_000_000, id="long word"),
        pytest.param("#" * 1_000_000, id="long comment"),
    ],
)
def test_a_text_that_is_slow_to_read_ends_in_time(text: str) -> None:
    since = time.process_time()
    assert_sound(everything(read_text(text)), since)
