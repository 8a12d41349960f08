from __future__ import annotations

import pytest

from archspec.tables import COLUMNS, Cell, agree, column_of
from archspec.tables.columns import Column


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Input", "input"),
        ("INPUT SIZE", "input"),
        ("**Layer**", "layer"),
        ("Layer (type)", "layer"),
        ("Output Shape", "output"),
        ("output_shape", "output"),
        ("Kernel size", "kernel"),
        ("`kernel_size`", "kernel"),
        ("Receptive field", "rf"),
        ("receptive-field", "rf"),
        ("RF", "rf"),
        ("Clipped receptive field", "clipped"),
        ("Parameters", "params"),
        ("Param #", "params"),
        ("# params", "params"),
        ("Mult-Adds", "macs"),
        ("MACs", "macs"),
        ("Remarks", None),
        ("", None),
    ],
)
def test_headings_are_understood_in_their_spellings(header: str, column: str | None) -> None:
    assert column_of(header) == column


@pytest.mark.parametrize("column", COLUMNS.values(), ids=lambda column: column.name)
def test_our_own_headings_are_understood(column: Column) -> None:
    assert column_of(column.header) == column.name


@pytest.mark.parametrize(
    ("column", "published", "computed"),
    [
        ("input", "28x28x1", "28x28x1"),
        ("input", "28×28×1", "28x28x1"),
        ("input", "28 X 28 x 1", "28x28x1"),
        ("input", "(1, 28, 28)", "28x28x1"),
        ("input", "[1, 28, 28]", "28x28x1"),
        ("output", "[-1, 8, 26, 26]", "26x26x8"),
        ("output", "10", "10"),
        ("output", "(10,)", "10"),
        ("output", "3,136", "3136"),
        ("input", "`28x28x1`", "28x28x1"),
        ("kernel", "3x3", "3x3"),
        ("kernel", "3", "3x3"),
        ("kernel", "(3, 3)", "3x3"),
        ("kernel", "3 × 5", "3x5"),
        ("kernel", "–", "-"),
        ("kernel", "", "-"),
        ("kernel", "none", "-"),
        ("rf", "28", 28),
        ("rf", "28x28", 28),
        ("rf", "28 px", 28),
        ("rf", "5x9", "5x9"),
        ("rf", "Global (28)", "global (28)"),
        ("rf", "global", "global (28)"),
        ("clipped", "28 px", 28),
        ("jump", "0.5", "1/2"),
        ("start", "-1", "-1"),
        ("params", "1,234", 1234),
        ("params", "1 234", 1234),
        ("params", "1234", 1234),
        ("params", "**1,234**", 1234),
        ("params", "1,234,567", 1234567),
        ("share", "14.9 %", 14.92),
        ("share", "15", 14.92),
        ("layer", "conv 1", "Conv1"),
        ("layer", "Conv_1", "Conv1"),
        ("kind", "conv", "conv"),
    ],
)
def test_the_same_in_another_spelling_agrees(column: str, published: str, computed: Cell) -> None:
    assert agree(column, published, computed)


@pytest.mark.parametrize(
    ("column", "published", "computed"),
    [
        ("input", "28x28x3", "28x28x1"),
        ("input", "1x28x28", "28x28x1"),
        ("input", "(28, 28, 1)", "28x28x1"),
        ("output", "10", "1x1x10"),
        ("output", "28x28", "28x28x28"),
        ("output", "", "10"),
        ("kernel", "3x3", "1x1"),
        ("kernel", "3", "3x5"),
        ("kernel", "3x3", "-"),
        ("rf", "28", "global (28)"),
        ("rf", "global (28)", 28),
        ("rf", "global (27)", "global (28)"),
        ("rf", "global", 28),
        ("params", "1,235", 1234),
        ("params", "1,23", 123),
        ("params", "1.2k", 1200),
        ("params", "9" * 5000, 9),
        ("share", "14.8 %", 14.92),
        ("layer", "Conv2", "Conv1"),
    ],
)
def test_something_else_does_not(column: str, published: str, computed: Cell) -> None:
    assert not agree(column, published, computed)
