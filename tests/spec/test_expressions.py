"""`$width` and `${width * 4}`: whole-number arithmetic, and nothing that runs code."""

from __future__ import annotations

import pytest

from archspec.spec.expressions import ExpressionFault, evaluate, is_expression
from tests.ladder import analysis_of, network

NAMES = {"width": 16, "depth": 3}


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
        ("${10 - 4 - 3}", 3),
        ("${min(width, depth)}", 3),
        ("${max(width, depth, 40)}", 40),
        ("${max(8, (width * 3 // 4) // 8 * 8)}", 8),
        ("${-width}", -16),
    ],
)
def test_an_expression_is_whole_number_arithmetic(text: str, value: int) -> None:
    assert is_expression(text)
    assert evaluate(text, NAMES) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${width / 2}", "bad-expression"),
        ("${width ** 2}", "bad-expression"),
        ("${1.5 * 2}", "bad-expression"),
        ("${True}", "bad-expression"),
        ("${'a' * 3}", "bad-expression"),
        ("${1 << 40}", "bad-expression"),
        ("${[1][0]}", "bad-expression"),
        ("${width.real}", "bad-expression"),
        ("${__import__('os')}", "bad-expression"),
        ("${(lambda: 1)()}", "bad-expression"),
        ("${pow(2, 3)}", "bad-expression"),
        ("${min()}", "bad-expression"),
        ("${max(*width)}", "bad-expression"),
        ("${}", "bad-expression"),
        ("${1 +}", "bad-expression"),
        ("${" + "(" * 150 + "}", "bad-expression"),
        ("${" + "1 + " * 100 + "1}", "bad-expression"),
        ("${breadth}", "unknown-parameter"),
        ("$breadth", "unknown-parameter"),
        ("${1 // 0}", "division-by-zero"),
        ("${1 % (width - 16)}", "division-by-zero"),
        ("${9999999999 * 9999999999}", "out-of-range"),
    ],
)
def test_anything_else_is_a_fault(text: str, code: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        evaluate(text, NAMES)

    assert caught.value.code == code


@pytest.mark.parametrize("text", ["width", "a $width", "$", "$1", "5", 5, None, "${1} x"])
def test_other_values_are_no_expressions(text: object) -> None:
    assert not is_expression(text)


def test_fields_take_expressions_where_they_take_whole_numbers() -> None:
    analysis = analysis_of(
        network("[1, 9]", 'conv: {out_channels: "${2 * 3}", kernel_size: ["${5 // 2}"]}')
    )

    assert analysis.output == (6, 8)
