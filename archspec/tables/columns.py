"""The columns of a table: name, heading, and the cell of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from archspec.analysis import EntryFacts, NodeFacts, Totals
from archspec.analysis.model import BYTES_PER_ELEMENT
from archspec.analysis.outline import Nest
from archspec.analysis.words import (
    NOTHING,
    show_axes,
    show_equal_axes,
    show_receptive_field,
    show_shape,
)
from archspec.diagnostics import Diagnostic, UsageError, did_you_mean
from archspec.layers import count

Cell = int | float | str
"""What stands in a table: a whole number, a share in percent, or a text."""

DEFAULT_COLUMNS = ("input", "layer", "output", "kernel", "rf")


class RowFacts(NamedTuple):
    """One row: how it is called, and the facts of an entry, of one of its nodes, or of a group."""

    label: str
    id: str
    kind: str
    facts: EntryFacts | NodeFacts | Nest
    params: int
    buffers: int
    is_auxiliary: bool
    total_params: int


class Column(NamedTuple):
    """One column.

    total: gives the sum for the line under the table, where there is one. is_figure: True where
    numbers are compared down the column, so they stand on the right. peak: gives the most of it
    that is there at one time, where that is less than the sum.
    """

    name: str
    header: str
    cell: Callable[[RowFacts], Cell]
    total: Callable[[Totals], int] | None = None
    is_figure: bool = False
    peak: Callable[[Totals], int] | None = None


def _rf_cell(row: RowFacts) -> Cell:
    field = row.facts.receptive_field
    whole = len(set(field.size)) == 1 and not field.is_global
    return field.size[0] if whole else show_receptive_field(field)


def _clipped_cell(row: RowFacts) -> Cell:
    size = row.facts.receptive_field.clipped
    return size[0] if len(set(size)) == 1 else show_axes(size)


def _in_inference(row: RowFacts, value: int) -> Cell:
    """Return what counts in inference; what runs in training only has none of it."""
    return NOTHING if row.is_auxiliary else value


def _bytes(row: RowFacts) -> Cell:
    return _in_inference(row, row.facts.activation_elements * BYTES_PER_ELEMENT)


def _share(row: RowFacts) -> Cell:
    return round(100 * row.params / row.total_params, 2) if row.total_params else 0.0


_ALL = (
    Column("input", "Input", lambda row: ", ".join(map(show_shape, row.facts.inputs))),
    Column("layer", "Layer", lambda row: row.label),
    Column("output", "Output", lambda row: show_shape(row.facts.output)),
    Column("kernel", "Kernel", lambda row: show_axes(row.facts.kernel)),
    Column("rf", "RF", _rf_cell),
    Column("stride", "Stride", lambda row: show_axes(row.facts.stride)),
    Column("jump", "Jump", lambda row: show_equal_axes(row.facts.receptive_field.jump)),
    Column("start", "Start", lambda row: show_equal_axes(row.facts.receptive_field.start)),
    Column("clipped", "Clipped RF", _clipped_cell),
    Column("params", "Params", lambda row: row.params, lambda totals: totals.params, True),
    Column("buffers", "Buffers", lambda row: row.buffers, lambda totals: totals.buffers, True),
    Column(
        "macs",
        "MACs",
        lambda row: _in_inference(row, row.facts.macs),
        lambda totals: totals.macs,
        True,
    ),
    Column("share", "Share %", _share, None, True),
    Column(
        "activations",
        "Activations",
        lambda row: _in_inference(row, row.facts.activation_elements),
        lambda totals: totals.activation_elements,
        True,
        lambda totals: totals.peak_elements,
    ),
    Column(
        "bytes",
        "Bytes",
        _bytes,
        lambda totals: totals.activation_bytes,
        True,
        lambda totals: totals.peak_bytes,
    ),
    Column("kind", "Kind", lambda row: row.kind),
    Column("id", "Id", lambda row: row.id),
)

COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
"""Every column by its name, the five published ones first."""


def find_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns by name (case does not matter); UsageError names all unknown ones."""
    wanted = [name.strip().lower() for name in names]
    faults = [
        Diagnostic(
            "unknown-column",
            f"unknown column '{name}'",
            help=did_you_mean(name, COLUMNS) or f"columns are {', '.join(COLUMNS)}",
        )
        for name in wanted
        if name not in COLUMNS
    ]
    if not wanted:
        faults.append(Diagnostic("unknown-column", "no column named", help="such as `layer`"))
    if faults:
        raise UsageError(faults)
    return tuple(COLUMNS[name] for name in dict.fromkeys(wanted))


def row_of(item: EntryFacts | Nest, totals: Totals) -> RowFacts:
    """Return the row of a whole entry, or of a whole group: its sums, and the field at its end."""
    named = item.entry if isinstance(item, EntryFacts) else item.group
    return RowFacts(
        named.label,
        named.id,
        named.kind,
        item,
        item.params,
        item.buffers,
        item.is_auxiliary,
        totals.params,
    )


def row_of_node(facts: EntryFacts, node: NodeFacts, totals: Totals) -> RowFacts:
    """Return the row of one node of an entry, labelled as `Conv3.norm`."""
    return RowFacts(
        facts.entry.label + node.name.removeprefix(facts.entry.id),
        node.name,
        node.kind,
        node,
        count(node.param_shapes),
        count(node.buffers),
        facts.is_auxiliary,
        totals.params,
    )
