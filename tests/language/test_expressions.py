"""`$width` and `${width * 4}`: whole-number arithmetic, and nothing that runs code."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archspec.language.expressions import (
    LARGEST,
    LONGEST,
    ExpressionFault,
    Value,
    evaluate,
    is_expression,
    is_name,
    names_in,
)
from tests.support.ladder import analysis_of, network

NAMES: dict[str, Value] = {
    "width": 16,
    "depth": 3,
    "share": 0.5,
    "is_wide": True,
    "activation": "relu",
}
MOST_SECONDS = 1.0
"""Of the processor, for one expression."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$width", 16),
        ("${width}", 16),
        ("${ width * 4 }", 64),
        ("${1 + 2 * 3}", 7),
        ("${(1 + 2) * 3}", 9),
        ("${7 // 2}", 3),
        ("${-7 // 2}", -4),
        ("${7 % 4}", 3),
        ("${-7 % 4}", 1),
        ("${10 - 4 - 3}", 3),
        ("${min(width, depth)}", 3),
        ("${max(width, depth, 40)}", 40),
        ("${max(8, (width * 3 // 4) // 8 * 8)}", 8),
        ("${-width}", -16),
        ("${(width +\n  depth)}", 19),
        ("${9223372036854775808}", 2**63),
        # Comparisons, and arithmetic with them.
        ("${width > 8}", True),
        ("${width == 16}", True),
        ("${width != 16}", False),
        ("${width <= depth}", False),
        ("${activation == 'relu'}", True),
        ("${activation != 'relu'}", False),
        ("${activation == 3}", False),
        ("${share == share}", True),
        ("${(width > 8) * 4 + (width < 8) * 2}", 4),
        ("${is_wide * width}", 16),
        # A parameter as it is.
        ("$share", 0.5),
        ("${share}", 0.5),
        ("$is_wide", True),
        ("$activation", "relu"),
        ("${'relu'}", "relu"),
    ],
)
def test_an_expression_is_whole_number_arithmetic(text: str, value: Value) -> None:
    assert is_expression(text)
    found = evaluate(text, NAMES)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${width / 2}", "bad-expression"),
        ("${width ** 2}", "bad-expression"),
        ("${True}", "bad-expression"),
        ("${None}", "bad-expression"),
        ("${...}", "bad-expression"),
        ("${b'a'}", "bad-expression"),
        ("${1j}", "bad-expression"),
        ("${1 << 40}", "bad-expression"),
        ("${width | 1}", "bad-expression"),
        ("${width & 1}", "bad-expression"),
        ("${width ^ 1}", "bad-expression"),
        ("${width @ 1}", "bad-expression"),
        ("${~width}", "bad-expression"),
        ("${+width}", "bad-expression"),
        ("${not width}", "bad-expression"),
        ("${width and 1}", "bad-expression"),
        ("${width or 1}", "bad-expression"),
        ("${1 < width < 3}", "bad-expression"),
        ("${width in (1, 2)}", "bad-expression"),
        ("${width is 1}", "bad-expression"),
        ("${1 if width else 2}", "bad-expression"),
        ("${[1][0]}", "bad-expression"),
        ("${width[0]}", "bad-expression"),
        ("${[1, 2]}", "bad-expression"),
        ("${(1, 2)}", "bad-expression"),
        ("${ {1: 2} }", "bad-expression"),
        ("${[i for i in (1, 2)]}", "bad-expression"),
        ("${sum(i for i in (1, 2))}", "bad-expression"),
        ("${f'{width}'}", "bad-expression"),
        ("${(x := 3)}", "bad-expression"),
        ("${*width}", "bad-expression"),
        ("${width.real}", "bad-expression"),
        ("${activation.upper()}", "bad-expression"),
        ("${().__class__.__bases__}", "bad-expression"),
        ("${__import__('os')}", "bad-expression"),
        ("${__import__('os').system('true')}", "bad-expression"),
        ("${open('/etc/passwd')}", "bad-expression"),
        ("${(lambda: 1)()}", "bad-expression"),
        ("${lambda: 1}", "bad-expression"),
        ("${await width}", "bad-expression"),
        ("${yield}", "bad-expression"),
        ("${pow(2, 3)}", "bad-expression"),
        ("${abs(width)}", "bad-expression"),
        ("${min()}", "bad-expression"),
        ("${min(1, key=width)}", "bad-expression"),
        ("${max(*width)}", "bad-expression"),
        ("${max(**width)}", "bad-expression"),
        ("${min.__call__(1)}", "bad-expression"),
        ("${}", "bad-expression"),
        ("${ }", "bad-expression"),
        ("${1 +}", "bad-expression"),
        ("${1; 2}", "bad-expression"),
        ("${x = 3}", "bad-expression"),
        ("${import os}", "bad-expression"),
        ("${\x00}", "bad-expression"),
        ("${" + "(" * 150 + "}", "bad-expression"),
        ("${" + "~" * 190 + "1}", "bad-expression"),
        ("${" + "1 + " * 100 + "1}", "bad-expression"),
        ("${1.5 * 2}", "not-whole"),
        ("${width * 0.5}", "not-whole"),
        ("${1e400}", "not-whole"),
        ("${share * 2}", "not-whole"),
        ("${max(share, 1)}", "not-whole"),
        ("${-share}", "not-whole"),
        ("${share > 0}", "not-whole"),
        ("${'a' * 3}", "not-whole"),
        ("${activation + 'x'}", "not-whole"),
        ("${activation < 3}", "not-whole"),
        ("${breadth}", "unknown-parameter"),
        ("$breadth", "unknown-parameter"),
        ("${true}", "unknown-parameter"),
        ("${breadth > 3}", "unknown-parameter"),
        ("${min}", "unknown-parameter"),
        ("${1 // 0}", "division-by-zero"),
        ("${1 % (width - 16)}", "division-by-zero"),
        ("${9999999999 * 9999999999}", "out-of-range"),
        ("${9223372036854775809}", "out-of-range"),
        ("${" + "9" * 150 + "}", "out-of-range"),
    ],
)
def test_anything_else_is_a_fault(text: str, code: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        evaluate(text, NAMES)

    assert caught.value.code == code
    assert caught.value.help
    assert "\n" not in caught.value.message
    assert len(caught.value.message) <= 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${width // (depth - 3)}", "`width // (depth - 3)` divides by zero"),
        ("${width + share * 2}", "`share` is 0.5, no whole number"),
        ("${activation * 2}", "`activation` is the text 'relu', no whole number"),
        ("${1 + breadth}", "no parameter is called `breadth`"),
        ("${width * depth.real}", "`depth.real` is not allowed"),
        ("${(9223372036854775807 *\n 9) // 9}", "`9223372036854775807 * 9` is larger than 2^63"),
    ],
)
def test_a_fault_names_the_part_that_is_at_fault(text: str, words: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        evaluate(text, NAMES)

    assert caught.value.message == words


@pytest.mark.parametrize(
    "text", ["width", "a $width", "$", "$1", "5", 5, None, "${1} x", "$a b", "${a", "$a}", "$é"]
)
def test_other_values_are_no_expressions(text: object) -> None:
    assert not is_expression(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$width", ("width",)),
        ("${width * depth + width}", ("width", "depth")),
        ("${max(width, 3)}", ("max", "width")),
        ("${3 * 4}", ()),
        ("width", ()),
    ],
)
def test_the_names_of_an_expression_are_known(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("name", ["width", "_width", "w2", "Width", "min", "match"])
def test_a_word_is_a_name(name: str) -> None:
    assert is_name(name)
    assert evaluate(f"${{{name} + 1}}", {name: 1}) == 2


@pytest.mark.parametrize("name", ["", "2w", "a b", "a-b", "é", "for", "lambda", "True", "None"])
def test_what_no_expression_could_mention_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_fields_take_expressions_where_they_take_whole_numbers() -> None:
    analysis = analysis_of(
        network("[1, 9]", 'conv: {out_channels: "${2 * 3}", kernel_size: ["${5 // 2}"]}')
    )

    assert analysis.output == (6, 8)


def outcome(text: str) -> Value | ExpressionFault:
    """Return what becomes of an expression, which takes no time."""
    since = time.process_time()
    try:
        found: Value | ExpressionFault = evaluate(text, NAMES)
    except ExpressionFault as fault:
        found = fault
    assert time.process_time() - since < MOST_SECONDS
    return found


TOKENS = """
x 0 1 7 0.5 9999999999999999999
'a' + - * // % / ** << ( ) [ ] { } , . := = == < >= not and in if else
lambda : min( max( pow( for await f'{ }' ~ \\
""".split()
tokens = st.sampled_from([*NAMES, *TOKENS, "\n"])


@given(
    st.text(max_size=LONGEST + 20)
    | st.lists(tokens, max_size=60).map("".join)
    | st.lists(tokens, max_size=40).map(" ".join)
)
@example("-" * (LONGEST - 1) + "1")
@example("not " * 40 + "1")
@example("(" * 99 + "1" + ")" * 99)
@example("[" * 99 + "]" * 99)
@example("1" + "//1" * 66)
@example("9**9**9**9")
@example("'" + "a" * 100 + "'*9999999999")
@example("min(" * 40 + "1" + ")" * 40)
@example("{" * 100)
@example("\ud800")
@example("\t1")
@example("#")
@example("1 #")
def test_any_text_gives_a_value_or_a_fault_at_once(body: str) -> None:
    found = outcome("${" + body + "}")

    if isinstance(found, ExpressionFault):
        assert found.help
        assert "\n" not in found.message
    else:
        assert isinstance(found, int | float | str)
        assert not isinstance(found, int) or abs(found) <= LARGEST


sums = st.recursive(
    st.integers(0, 99).map(str) | st.sampled_from(["width", "depth"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=8,
)


@given(sums)
def test_arithmetic_is_that_of_python(body: str) -> None:
    code = compile(ast.parse(body, mode="eval"), "", "eval")
    try:
        expected = eval(code, {"__builtins__": {}}, {"width": 16, "depth": 3})  # our own grammar
    except ZeroDivisionError:
        expected = None

    found = outcome(f"${{{body}}}")

    if isinstance(found, ExpressionFault):
        assert found.code == "out-of-range" or expected is None
    else:
        assert found == expected
