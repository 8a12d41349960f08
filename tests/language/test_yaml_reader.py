"""The located tree: every value knows its place, and no text can exhaust the reader."""

from __future__ import annotations

import time

import pytest

from archspec.diagnostics import Diagnostic, Source
from archspec.language.tree import Mapping, Node, Sequence
from archspec.language.yaml_faults import NOT_ALLOWED
from archspec.language.yaml_reader import MOST_LEVELS, MOST_NODES, read_tree

Place = tuple[int, int]


def tree_of(text: str) -> Node:
    """Read a text that must have no fault."""
    node, faults = read_tree(Source("a.yaml", text))
    assert faults == []
    assert node is not None
    return node


def only_fault(text: str) -> Diagnostic:
    """Return the one fault of a text."""
    _, (fault,) = read_tree(Source("a.yaml", text))
    return fault


def place(node: Node) -> tuple[Place, Place]:
    """Return begin and end of a value's place."""
    span = node.span
    return (span.line, span.column), (span.end_line, span.end_column)


def begin(fault: Diagnostic) -> Place:
    """Return the place where a fault's span begins."""
    assert fault.span is not None
    return fault.span.line, fault.span.column


@pytest.mark.parametrize(
    ("text", "path", "begin", "end"),
    [
        pytest.param("epochs: 3\n", ("epochs",), (1, 9), (1, 10), id="value"),
        pytest.param("a:\n  - 1\n  - 22\n", ("a", 1), (3, 5), (3, 7), id="item"),
        pytest.param("a: {b: {c: 5}}\n", ("a", "b", "c"), (1, 12), (1, 13), id="flow"),
        pytest.param("a: 'x'\n", ("a",), (1, 4), (1, 7), id="quotes-count"),
        # A column counts characters: one for each of é, 你, 𝄞 and the two of a flag.
        pytest.param("é: 你\n", ("é",), (1, 4), (1, 5), id="letters-beyond-ascii"),
        pytest.param("[𝄞, 🇨🇭, b]\n", (2,), (1, 9), (1, 10), id="beyond-the-basic-plane"),
        pytest.param("# 你好\nkey: value # 𝄞\n", ("key",), (2, 6), (2, 11), id="comments"),
        pytest.param("a: 1\r\nb: 22\r\n", ("b",), (2, 4), (2, 6), id="windows-line-ends"),
    ],
)
def test_a_value_knows_its_place(
    text: str, path: tuple[str | int, ...], begin: Place, end: Place
) -> None:
    node: Node | None = tree_of(text)
    for step in path:
        assert node is not None
        node = node.child(step)

    assert node is not None
    assert place(node) == (begin, end)


def test_a_key_knows_its_place_and_stays_as_it_is_written() -> None:
    node = tree_of("1: a\nno: b\nnull: c\n")

    assert isinstance(node, Mapping)
    assert list(node.entries) == ["1", "no", "null"]
    assert str(node.key_place("null")) == "a.yaml:3:1"


def test_a_missing_value_is_shown_at_the_nearest_one_around_it() -> None:
    node = tree_of("train:\n  optimizer: {SGD: {lr: 1}}\n")

    assert str(node.place("train", "optimizer", "SGD", "momentum")) == "a.yaml:2:15"


@pytest.mark.parametrize("text", ["", "# only words\n", "---\n"])
def test_an_empty_text_has_no_value(text: str) -> None:
    node, faults = read_tree(Source("a.yaml", text))

    assert faults == []
    assert node is None or node.plain() is None


def test_an_alias_stands_for_its_anchor() -> None:
    node = tree_of("a: &x {k: [1, 2]}\nb: *x\n")

    assert node.plain() == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}}


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        pytest.param("a: 1\na: 2\n", "duplicate-key", (2, 1), id="duplicate"),
        pytest.param("a: {b: 1, b: 1}\n", "duplicate-key", (1, 11), id="duplicate-in-flow"),
        pytest.param("a: *x\n", "unknown-alias", (1, 4), id="alias-without-anchor"),
        pytest.param("a: 1\n---\nb: 2\n", "several-documents", (2, 1), id="two-documents"),
        pytest.param("a: !!python/object:os.system {}\n", "yaml-tag", (1, 4), id="tag"),
        pytest.param("? [1, 2]\n: 3\n", "wrong-type", (1, 3), id="list-as-key"),
        pytest.param("a: {b: 1\n", "not-yaml", None, id="open-bracket"),
        pytest.param("a: 'b\n", "not-yaml", None, id="open-quote"),
        pytest.param("a:\n\t- 1\n", "not-yaml", None, id="tab"),
        pytest.param("a: \x00\n", "not-yaml", (1, 4), id="null-character"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_spec_is_a_fault_with_a_place(
    text: str, code: str, at: Place | None
) -> None:
    fault = only_fault(text)

    assert fault.code == code
    assert begin(fault) == (at or begin(fault))
    assert fault.help


def test_a_second_key_points_at_the_first() -> None:
    (related,) = only_fault("a: 1\nb: 2\na: 3\n").related

    assert (related.span.line, related.span.column) == (1, 1)


def test_an_alias_counts_as_much_as_what_it_repeats() -> None:
    """Ten aliases of ten aliases of …: 10^9 values in 300 characters."""
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 10)]
    started = time.perf_counter()

    fault = only_fault("\n".join(["l0: &l0 [0, 0]", *levels, ""]))

    assert fault.code == "too-large"
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("[" * 100_000, "too-deep", id="open-lists"),
        pytest.param("- " * 100_000, "too-deep", id="lists-in-lists"),
        pytest.param("[" + "0," * MOST_NODES + "]", "too-large", id="many-values"),
    ],
)
def test_a_text_without_end_is_bounded(text: str, code: str) -> None:
    assert only_fault(text).code == code


def test_the_bounds_are_not_in_the_way_of_large_files() -> None:
    many = tree_of("[" + "0," * (MOST_NODES - 1) + "]")
    deep = tree_of("[" * MOST_LEVELS + "]" * MOST_LEVELS)

    assert isinstance(many, Sequence)
    assert len(many.items) == MOST_NODES - 1
    assert isinstance(deep, Sequence)


def test_the_characters_of_yaml_1_2_are_allowed_and_no_others() -> None:
    # Section 5.1, c-printable.
    stretches = [(0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x7E), (0x85, 0x85), (0xA0, 0xD7FF)]
    stretches += [(0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
    allowed = {code for first, last in stretches for code in range(first, last + 1)}
    order_mark = 0xFEFF

    refused = {ord(found) for found in NOT_ALLOWED.findall("".join(map(chr, range(0x110000))))}

    assert refused == set(range(0x110000)) - allowed | {order_mark}
