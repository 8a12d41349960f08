"""The words in a drawing: what stands in the box of an entry, of a group, and above them all."""

from __future__ import annotations

from archspec.analysis import Analysis, EntryFacts, ReceptiveField
from archspec.analysis.outline import Nest
from archspec.analysis.words import show_axes, show_equal_axes, show_receptive_field, show_shape
from archspec.diagnostics.words import counted
from archspec.drawing.model import Box, Look
from archspec.layers import JOINS

SHARED = "shared"
"""In the place of the parameters of an entry that uses another one's."""

_AXES = {1: "C", 2: "L x C", 3: "H x W x C", 4: "D x H x W x C"}


def box_of_entry(facts: EntryFacts, key: str, prefix: str, origin: str | None) -> Box:
    """Return the box of an entry.

    prefix: what the names around it say already. origin: the entry whose weights it uses.
    """
    entry = facts.entry
    kernel, stride = show_axes(facts.kernel) if facts.kernel else "", facts.stride or ()
    if any(step != 1 for step in stride) and facts.kernel != facts.stride:
        kernel = f"{kernel} /{show_equal_axes(stride)}".strip()
    params = f"{facts.params:,}" if facts.params else ""
    is_share = origin is not None and not entry.id.endswith(origin.rpartition(".")[2])
    return Box(
        key,
        entry.id,
        entry.label.removeprefix(prefix),
        f"weights of {origin}" if is_share else kernel,
        show_shape(facts.output),
        _field(facts.receptive_field),
        SHARED if origin else params,
        _look(facts),
        facts.is_auxiliary,
        _tooltip(
            entry.id,
            entry.kind,
            f"{', '.join(map(show_shape, facts.inputs))} to {show_shape(facts.output)}",
            f"kernel {show_axes(facts.kernel)}" if facts.kernel else "",
            f"stride {show_axes(stride)}" if stride else "",
            _field(facts.receptive_field),
            f"weights of {origin}" if origin else f"{facts.params:,} params",
            f"{facts.macs:,} MACs",
            "in training only" if facts.is_auxiliary else "",
        ),
    )


def box_of_group(run: tuple[Nest, ...], key: str, prefix: str) -> Box:
    """Return the box of a group, or of the rounds of a repeat that follow each other."""
    first, last = run[0], run[-1]
    group = first.group
    label = group.id.removeprefix(prefix)
    if len(run) > 1:
        label = f"{label} … {last.group.id.rpartition('.')[2]}"
    count = sum(len(nest.entries) for nest in run)
    params = sum(nest.params for nest in run)
    into, out = ", ".join(map(show_shape, first.inputs)), show_shape(last.output)
    times = f" ×{len(run)}" if len(run) > 1 else ""
    entries = counted(count, "entry", "entries")
    return Box(
        key,
        group.id,
        label,
        f"{kinds_of(first)}{times}".strip(),
        f"{into} → {out}",
        _field(last.receptive_field),
        f"{params:,}" if params else "",
        Look.group,
        first.is_auxiliary,
        _tooltip(
            f"{group.id} to {last.group.id}" if len(run) > 1 else group.id,
            f"{kinds_of(first)}{times}".strip(),
            entries,
            f"{into} to {out}",
            _field(last.receptive_field),
            f"{params:,} params",
            f"{sum(nest.macs for nest in run):,} MACs" if not first.is_auxiliary else "",
        ),
        entries,
    )


def kinds_of(nest: Nest) -> str:
    """Return what a group is: `Bottleneck`, `Stage ×3`, `weights of block1`; "" for a bare one."""
    group, (inside, *others) = nest.group, nest.children
    name = group.id.rpartition(".")[2]
    if group.kind == "share":
        return f"weights of {group.of}"
    words = []
    if group.kind == "repeat":
        words.append(f"×{len(group.paths[0].items)}")
    elif group.kind not in ("round", "when") and not name.startswith(group.kind):
        words.append(group.kind)
    if isinstance(inside, Nest) and not (group.join or others or inside.is_level):
        words.append(kinds_of(inside))
    return " · ".join(filter(None, words)).replace(" · ×", " ×")


def subtitle_of(analysis: Analysis) -> str:
    """Return the network's figures in one line."""
    totals, field = analysis.totals, _field(analysis.receptive_field, "receptive field")
    figures = (f"{totals.params:,} params", f"{totals.macs:,} MACs", field)
    return " · ".join(filter(None, figures))


def words_of(analysis: Analysis) -> str:
    """Return how to read a box."""
    axes = _AXES.get(len(analysis.spec.input), "shape")
    has_field = any(facts.receptive_field.size for facts in analysis.entries)
    unit = "pixels" if len(analysis.spec.input) == 3 else "units"
    field = f"RF: receptive field in {unit} of the input"
    return " · ".join(filter(None, (f"{axes} of the output", has_field * field, "params")))


def _field(field: ReceptiveField, name: str = "RF") -> str:
    return f"{name} {show_receptive_field(field)}" if field.size else ""


def _tooltip(*lines: str) -> tuple[str, ...]:
    return tuple(filter(None, lines))


def _look(facts: EntryFacts) -> Look:
    if facts.entry.kind in JOINS:
        return Look.join
    if facts.macs:
        return Look.weights
    before, after = facts.inputs[0], facts.output
    # A permutation has the same sizes in another order.
    is_resized = before[1:] != after[1:] and sorted(before) != sorted(after)
    is_resized = is_resized and len(before) == len(after)
    return Look.size if facts.kernel or is_resized else Look.other
