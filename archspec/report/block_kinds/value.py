"""`value SPEC QUANTITY`: one number in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from archspec.analysis import Analysis
from archspec.analysis.words import show_shape
from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.judge.figures import figures, show_figure
from archspec.judge.quoted import FORMATS, MEASURED_NAMES, measured_number, show_number
from archspec.language.quantities import STATIC
from archspec.report.block_kinds.kind import Kind
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.report.markers import Word

SHAPES: Mapping[str, Callable[[Analysis], str]] = {
    "input": lambda analysis: show_shape(analysis.spec.input),
    "output": lambda analysis: show_shape(analysis.output),
}
QUANTITIES: tuple[str, ...] = (*STATIC, *SHAPES, *MEASURED_NAMES)
FORM = BlockForm(
    "value",
    "value specs/step3.yaml params",
    1,
    1,
    ("format", "decimals", "records"),
    takes_quantity=True,
    is_inline=True,
)


def write(block: PageBlock, seat: Seat) -> str:
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
    summary = seat.evidence(block.specs[0], block).summary
    # No seed is a number too; what the seeds measured is not there then.
    number = summary.n if name == "seeds" else measured_number(name, summary)
    if number is None:
        help = "train it and keep the run: `archspec train`, `archspec keep`"
        _refuse("no-records", f"no kept run of this recipe tells `{name}`", block.quantity, help)
    return number if isinstance(number, str) else show_number(number, style, decimals)


def _format(block: PageBlock) -> str | None:
    option = block.options.get("format")
    if option is not None and option.text not in FORMATS:
        help = did_you_mean(option.text, FORMATS) or f"formats are {', '.join(FORMATS)}"
        _refuse("unknown-format", f"unknown format `{option.text}`", option, help)
    return option.text if option is not None else None


def _decimals(block: PageBlock) -> int | None:
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
