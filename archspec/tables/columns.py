"""The columns of a table: name, heading, and the cell of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from archspec.analysis import EntryFacts, NodeFacts, ReceptiveField, Totals
from archspec.analysis.model import BYTES_PER_ELEMENT
from archspec.diagnostics import Diagnostic, UsageError, did_you_mean
from archspec.layers import Shape, count
from archspec.tables.outline import Nest

Cell = int | float | str
"""What stands in a table: a whole number, a share in percent, or a text."""

NOTHING = "-"
"""The cell of a row that has no such thing, as the kernel of an activation."""

DEFAULT_COLUMNS = ("input", "layer", "output", "kernel", "rf")


class RowFacts(NamedTuple):
    """One row's facts, whether they come from an entry, from one of its nodes, or from a group.

    macs and the activations are those of inference: None for what runs in training only.
    """

    label: str
    id: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    receptive_field: ReceptiveField
    params: int
    buffers: int
    macs: int | None
    activation_elements: int | None
    total_params: int

    @property
    def activation_bytes(self) -> int | None:
        """Bytes of the outputs of one sample in float32."""
        elements = self.activation_elements
        return None if elements is None else elements * BYTES_PER_ELEMENT


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


def show_shape(shape: Shape) -> str:
    """Return a (C, …) shape as tables print it: `28x28x1` is H x W x C, `10` are features."""
    return "x".join(map(str, (*shape[1:], *shape[:1])))


def show_axes(values: tuple[int, ...] | tuple[Fraction, ...] | None) -> str:
    """Return one value per axis as `3x3`, or `-` where there is none."""
    return "x".join(map(str, values)) if values else NOTHING


def show_equal_axes(values: tuple[int, ...] | tuple[Fraction, ...]) -> str:
    """Return one number where all axes agree, else one for each: `28`, or `5x9`."""
    return str(values[0]) if len(set(values)) == 1 else show_axes(values)


def show_receptive_field(receptive_field: ReceptiveField) -> str:
    """Return the size as tables print it: `28`, `5x9`, or `global (28)`."""
    size = show_equal_axes(receptive_field.size)
    return f"global ({size})" if receptive_field.is_global else size


def _rf_cell(row: RowFacts) -> Cell:
    size = row.receptive_field.size
    whole = len(set(size)) == 1 and not row.receptive_field.is_global
    return size[0] if whole else show_receptive_field(row.receptive_field)


def _clipped_cell(row: RowFacts) -> Cell:
    size = row.receptive_field.clipped
    return size[0] if len(set(size)) == 1 else show_axes(size)


def _figure(value: int | None) -> Cell:
    return NOTHING if value is None else value


def _share(row: RowFacts) -> Cell:
    return round(100 * row.params / row.total_params, 2) if row.total_params else 0.0


_ALL = (
    Column("input", "Input", lambda row: ", ".join(map(show_shape, row.inputs))),
    Column("layer", "Layer", lambda row: row.label),
    Column("output", "Output", lambda row: show_shape(row.output)),
    Column("kernel", "Kernel", lambda row: show_axes(row.kernel)),
    Column("rf", "RF", _rf_cell),
    Column("stride", "Stride", lambda row: show_axes(row.stride)),
    Column("jump", "Jump", lambda row: show_equal_axes(row.receptive_field.jump)),
    Column("start", "Start", lambda row: show_equal_axes(row.receptive_field.start)),
    Column("clipped", "Clipped RF", _clipped_cell),
    Column("params", "Params", lambda row: row.params, lambda totals: totals.params, True),
    Column("buffers", "Buffers", lambda row: row.buffers, lambda totals: totals.buffers, True),
    Column("macs", "MACs", lambda row: _figure(row.macs), lambda totals: totals.macs, True),
    Column("share", "Share %", _share, None, True),
    Column(
        "activations",
        "Activations",
        lambda row: _figure(row.activation_elements),
        lambda totals: totals.activation_elements,
        True,
        lambda totals: totals.peak_elements,
    ),
    Column(
        "bytes",
        "Bytes",
        lambda row: _figure(row.activation_bytes),
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


def row_of_entry(facts: EntryFacts, totals: Totals) -> RowFacts:
    """Return the row of a whole entry."""
    entry = facts.entry
    return RowFacts(
        entry.label,
        entry.id,
        entry.kind,
        facts.inputs,
        facts.output,
        facts.kernel,
        facts.stride,
        facts.receptive_field,
        facts.params,
        facts.buffers,
        None if facts.is_auxiliary else facts.macs,
        None if facts.is_auxiliary else facts.activation_elements,
        totals.params,
    )


def row_of_node(facts: EntryFacts, node: NodeFacts, totals: Totals) -> RowFacts:
    """Return the row of one node of an entry, labelled as `Conv3.norm`."""
    return RowFacts(
        facts.entry.label + node.name.removeprefix(facts.entry.id),
        node.name,
        node.kind,
        node.inputs,
        node.output,
        node.kernel,
        node.stride,
        node.receptive_field,
        count(node.params),
        count(node.buffers),
        None if facts.is_auxiliary else node.macs,
        None if facts.is_auxiliary else node.activation_elements,
        totals.params,
    )


def row_of_group(nest: Nest, totals: Totals) -> RowFacts:
    """Return the row of a whole group: the sums of what it holds, the field at its end."""
    group = nest.group
    return RowFacts(
        group.label,
        group.id,
        group.kind,
        nest.inputs,
        nest.output,
        None,
        None,
        nest.receptive_field,
        nest.params,
        nest.buffers,
        None if nest.is_auxiliary else nest.macs,
        None if nest.is_auxiliary else nest.activation_elements,
        totals.params,
    )
