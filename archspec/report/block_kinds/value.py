"""`value SPEC QUANTITY`: one number in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NoReturn

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.judge import SeedSummary, Spread
from archspec.judge.figures import figures, show_figure
from archspec.report.block_kinds.kind import Kind
from archspec.report.blocks import Block, Form
from archspec.report.desk import Seat
from archspec.report.markers import Word
from archspec.spec.quantities import CLAIMED_MEASURED, MEASURED, STATIC
from archspec.tables.columns import show_shape

Number = int | float | Fraction

SHAPES: Mapping[str, Callable[[Analysis], str]] = {
    "input": lambda analysis: show_shape(analysis.spec.input),
    "output": lambda analysis: show_shape(analysis.output),
}
SPREADS = (*CLAIMED_MEASURED, "chosen_test_accuracy")
"""Measured in every seed: `best_test_accuracy.mean`."""
PARTS = ("mean", "sd", "min", "max", "n")
SHARES = ("met", "n", "share", "low", "high")
"""Of a target: seeds that met it, of how many, in percent, and the bounds of its interval."""
FORMATS: Mapping[str, tuple[int, str]] = {
    "plain": (1, ""),
    "thousands": (1, ""),
    "percent": (1, " %"),
    "kilo": (1_000, "k"),
    "mega": (1_000_000, "M"),
    "giga": (1_000_000_000, "G"),
}
"""Format → divisor, and what stands behind the number."""
QUANTITIES: tuple[str, ...] = (
    *STATIC,
    *SHAPES,
    "seeds",
    *(f"{name}.{part}" for name in SPREADS for part in PARTS),
    *(f"{name}.{part}" for name in MEASURED for part in SHARES),
)
FORM = Form(
    "value",
    "value specs/step3.yaml params",
    1,
    1,
    ("format", "decimals", "records"),
    takes_quantity=True,
    is_inline=True,
)


def write(block: Block, seat: Seat) -> str:
    """Return the number as people read it, or in the format that the block names."""
    assert block.quantity is not None
    name = block.quantity.text.lower()
    if name not in QUANTITIES:
        help = did_you_mean(name, QUANTITIES) or f"such as {', '.join(STATIC[:4])}, seeds"
        _refuse("unknown-quantity", f"unknown quantity `{name}`", block.quantity, help)
    style, decimals = _format(block), _decimals(block)
    analysis = seat.analysis(block.specs[0])
    if name in SHAPES:
        return SHAPES[name](analysis)
    if name in STATIC:
        values = set(figures(analysis, name))
        is_global = name == "receptive_field" and analysis.receptive_field.is_global
        if len(values) != 1 or is_global:
            return show_figure(analysis, name)
        return show_number(values.pop(), style, decimals)
    number = _measured(name, seat.evidence(block.specs[0], block).summary)
    if number is None:
        help = "train it and keep the run: `archspec train`, `archspec keep`"
        _refuse("no-records", f"no kept run of this recipe tells `{name}`", block.quantity, help)
    return show_number(number, style, decimals)


def show_number(number: Number, style: str | None = None, decimals: int | None = None) -> str:
    """Return a number in a format: whole ones with thousands, others with two decimals."""
    divisor, unit = FORMATS[style or "thousands"]
    if decimals is None:
        decimals = 0 if isinstance(number, int) and divisor == 1 else 2 if divisor == 1 else 1
    scaled = Fraction(number) / divisor
    separator = "" if style == "plain" else ","
    if decimals == 0:  # exactly, however large
        return f"{round(scaled):{separator}}{unit}"
    return f"{float(scaled):{separator}.{decimals}f}{unit}"


def _measured(name: str, summary: SeedSummary) -> Number | None:
    if name == "seeds":
        return summary.n
    quantity, _, part = name.partition(".")
    if quantity in SPREADS:
        spread = summary.spreads.get(quantity)
        return _of_spread(spread, part) if spread is not None else None
    share = next((share for share in summary.shares if share.target.name == quantity), None)
    if share is None or share.share is None:
        return None
    low, high = share.interval
    parts: dict[str, Number] = {
        "met": len(share.met),
        "n": share.n,
        "share": 100 * share.share,
        "low": 100 * low,
        "high": 100 * high,
    }
    return parts[part]


def _of_spread(spread: Spread, part: str) -> Number | None:
    values: dict[str, Number | None] = {
        "mean": spread.mean,
        "sd": spread.sd,
        "min": spread.min,
        "max": spread.max,
        "n": spread.n,
    }
    return values[part]


def _format(block: Block) -> str | None:
    option = block.options.get("format")
    if option is not None and option.text not in FORMATS:
        help = did_you_mean(option.text, FORMATS) or f"formats are {', '.join(FORMATS)}"
        _refuse("unknown-format", f"unknown format `{option.text}`", option, help)
    return option.text if option is not None else None


def _decimals(block: Block) -> int | None:
    option = block.options.get("decimals")
    if option is None:
        return None
    if option.text not in map(str, range(10)):
        fact = f"expected 0 to 9 decimals, got `{option.text}`"
        _refuse("out-of-range", fact, option, "write `decimals=2`")
    return int(option.text)


def _refuse(code: str, message: str, word: Word, help: str) -> NoReturn:
    raise SpecError([Diagnostic(code, message, word.span, help)])


KIND = Kind(FORM, write)
