"""Plain scalars by YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2), not by YAML 1.1."""

from __future__ import annotations

import math

import pytest

from archspec.diagnostics import Source
from archspec.language.scalars import MOST_DIGITS, resolve
from archspec.language.tree import Scalar
from archspec.language.yaml_reader import read_tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # What PyYAML's own reader, which knows YAML 1.1, gets otherwise.
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("010", 10),
        ("08", 8),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2026-01-31", "2026-01-31"),
        # What both read alike.
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("0.1", 0.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5E+2", -150.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.inf", math.inf),
        ("inf", "inf"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        (".", "."),
        ("1e", "1e"),
        ("3x3", "3x3"),
        ("conv", "conv"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    found = resolve(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_a_number(text: str) -> None:
    found = resolve(text)

    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize("text", ["'8'", '"8"', "|-\n  8", ">-\n  8"])
def test_a_number_in_quotes_or_in_a_block_is_text(text: str) -> None:
    node, faults = read_tree(Source("a.yaml", text))

    assert faults == []
    assert isinstance(node, Scalar)
    assert node.value == "8"


def test_a_number_of_a_million_digits_is_read_at_once_and_is_out_of_any_range() -> None:
    found = resolve("1" * 1_000_000)

    assert isinstance(found, int)
    assert found >= 10 ** (MOST_DIGITS - 1)
