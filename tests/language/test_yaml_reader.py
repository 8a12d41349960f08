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


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_what_ends_a_line_in_yaml_1_1_alone_is_an_ordinary_character(end: str) -> None:
    text = f"a: b{end}c # of{end}a page\nd: 'x{end}y'\ne: \"x{end}y\"\nf: 3\n"
    node = tree_of(text)

    assert isinstance(node, Mapping)
    assert node.plain() == {"a": f"b{end}c", "d": f"x{end}y", "e": f"x{end}y", "f": 3}
    assert place(node.entries["f"][1]) == ((4, 4), (4, 5))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"\ud83c\udf31 a \uD83C\uDF31"', "\U0001f331 a \U0001f331"),
        (r'"\u00e9 \ud83d\ude00"', "\u00e9 \U0001f600"),
        (r'"\\ud83c and \ud83c\udf31"', "\\ud83c and \U0001f331"),
        (r"'\ud83c\udf31'", r"\ud83c\udf31"),
        (r"\ud83c\udf31", r"\ud83c\udf31"),
        (r'"\U0001F331"', "\U0001f331"),
        ('"\ue000 \\ud83c\\udf31"', "\ue000 \U0001f331"),
    ],
)
def test_the_escapes_of_json_are_one_character(written: str, value: str) -> None:
    node = tree_of(f"a: {written}\nb: 1 # {written}\n")

    assert node.plain() == {"a": value, "b": 1}
    assert place(node)[1] == (3, 1)
    assert node.place("a").end_column == len(written) + 4


@pytest.mark.parametrize("written", [r"\ud83c", r"\udf31", r"\udf31\ud83c", r"\\\ud83c\n"])
def test_half_of_a_character_is_told(written: str) -> None:
    fault = only_fault(f'a: "{written}"\n')

    assert (fault.code, fault.message) == ("not-yaml", "an escape that is half of a character")


def test_a_text_with_every_character_for_private_use_is_read() -> None:
    private = "".join(map(chr, range(0xE000, 0xF900)))

    assert tree_of(f"a: {private}\n").plain() == {"a": private}
    assert only_fault(f'a: "{private}\\ud83c\\udf31"\n').code == "not-yaml"


@pytest.mark.parametrize(
    ("text", "begin_of", "words"),
    [
        ("a: 1\nb:\xa0 5\n", (2, 3), "U+00A0 (no-break space) in column 3 is no blank"),
        ("a: 1\nb\uff1a 5\n", (2, 2), "U+FF1A (fullwidth colon) in column 2 is no `:`"),
        ("a: {b: 1\uff0c c: 2\nd: 3\n", (1, 9), "U+FF0C (fullwidth comma) in column 9 is no `,`"),
        ("a: 'x\xa0y' # \xa0\nb: 1\n\u200bc\nd: 1\n", (3, 1), "U+200B (zero width space)"),
    ],
)
def test_a_sign_that_is_none_is_named_with_its_column(
    text: str, begin_of: Place, words: str
) -> None:
    fault = only_fault(text)

    assert (fault.code, begin(fault)) == ("not-yaml", begin_of)
    assert words in fault.message


def test_a_fault_beside_odd_characters_in_words_is_told_as_it_is() -> None:
    fault = only_fault("a: 'x\xa0y' # “z”\n b: [1\n")

    assert "U+" not in fault.message


@pytest.mark.parametrize(
    ("text", "plain", "faults"),
    [
        ("{params:3000}", {"params": 3000}, 1),
        ("{a=1, b :2, c: 3}", {"a": 1, "b": 2, "c": 3}, 2),
        ("{a:'x', b:\"3\"}", {"a": "x", "b": "3"}, 2),
        ("{a: 2,809, b: 1}", {"a": 2809, "b": 1}, 1),
        ("{a: 12,345,678}", {"a": 12345678}, 2),
        ("{lr: 0,05, b: -1,5}", {"lr": 0.05, "b": -1.5}, 2),
        ("{a:2,809}", {"a": 2809}, 2),
        ("[1,024, 28]", [1024, 28], 1),
        ("[7,000, 8,000]", [7000, 8000], 2),
        # What is another key, item or text.
        ("{a: 2, 809}", {"a": 2, "809": None}, 0),
        ("{a: x,809}", {"a": "x", "809": None}, 0),
        ("{a: '2',809}", {"a": "2", "809": None}, 0),
        ("{a: 2,809: 1}", {"a": 2, "809": 1}, 0),
        ("{http://x, b}", {"http": "//x", "b": None}, 1),
        ("{a:1 : 2, b}", {"a:1": 2, "b": None}, 0),
        ("[1, 024]", [1, 24], 0),
        ("[a,024]", ["a", 24], 0),
        ("[1,24]", [1, 24], 0),
        ("a:1:\nb: c:1\n", {"a:1": None, "b": "c:1"}, 0),
    ],
)
def test_what_is_run_together_or_split_is_read_as_it_was_meant(
    text: str, plain: object, faults: int
) -> None:
    node, found = read_tree(Source("a.yaml", text))

    assert node is not None
    assert node.plain() == plain
    assert len(found) == faults


def test_a_number_that_a_comma_split_stands_where_both_parts_do() -> None:
    node, (fault,) = read_tree(Source("a.yaml", "{a: 2,809}"))

    assert node is not None
    assert place(node.child("a") or node) == ((1, 5), (1, 10))
    assert (begin(fault), fault.help, fault.fix) == ((1, 7), "write `2809`", None)
