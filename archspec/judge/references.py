"""What a reference in a note names: `{conv8.params}` in the words of a spec.

{params} {receptive_field} {macs} {input} {output} …    of the whole network
{conv8.params} {conv8.share} {conv3.dropout} …          of an entry: its figures and its fields
{best_test_accuracy} {best_test_accuracy.mean} {seeds}  measured over the seeds, with or without part
{test_accuracy} {test_accuracy.met}                     of a target: the seeds that meet it
{targets.params} {targets.params.below} {claims.params} what is demanded and published
{train.epochs} {data.augment.0.RandomRotation.degrees}  what the file says
{step1.params} {ladder/task06_gap.params}               of the spec in that file, from this one's folder
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from archspec.analysis import Analysis, EntryFacts
from archspec.analysis.words import show_axes, show_equal_axes, show_shape
from archspec.diagnostics import Diagnostic, did_you_mean, nearest
from archspec.judge.figures import figures, show_figure
from archspec.judge.quoted import MEASURED_NAMES, Number
from archspec.language import Spec
from archspec.language.quantities import STATIC
from archspec.language.tree import Mapping
from archspec.values import dataclass

Networks = Callable[[Path], "Analysis | tuple[Diagnostic, ...]"]
"""Path of a spec → its network, or its faults."""

SHAPES = ("input", "output")
OF_ENTRY = ("params", "share", "macs", "buffers", "receptive_field", "input", "output", "kernel")
LONGEST = 80
"""Letters of a name that is taken for a file's."""
SECTIONS = ("targets", "claims", "train", "data")
_MEASURED_HEADS = frozenset(name.partition(".")[0] for name in MEASURED_NAMES)


@dataclass(frozen=True, slots=True)
class Static:
    """What the file alone tells: a number, or a text such as a shape."""

    value: Number | str


@dataclass(frozen=True, slots=True)
class FromRecords:
    """What only the records of a network tell, under a name of MEASURED_NAMES."""

    analysis: Analysis
    name: str


class UnknownReference(Exception):
    """Nothing has this name; `help` offers the nearest.

    is_elsewhere: whether it names a file that is not here, which says nothing of this network.
    """

    def __init__(self, message: str, help: str, *, is_elsewhere: bool = False) -> None:
        super().__init__(message)
        self.message, self.help, self.is_elsewhere = message, help, is_elsewhere


def find_reference(name: str, analysis: Analysis, networks: Networks) -> Static | FromRecords:
    """Return what a name stands for in the notes of a spec; UnknownReference when for nothing."""
    folder, _, tail = name.rpartition("/")
    head, _, rest = tail.partition(".")
    if not folder and (found := _own(name, head, rest, analysis)) is not None:
        return found
    path = analysis.spec.path
    other = path.parent / folder / f"{head}.yaml" if path is not None else None
    if other is None or not head or not rest or not _is_there(other.is_file):
        raise _unknown(name, folder, head, rest, analysis)
    network = networks(other)
    if not isinstance(network, Analysis):
        fact = f"{other.name} has a fault: {network[0].message}"
        raise UnknownReference(fact, f"cure it: `archspec check {other.as_posix()}`")
    inner, _, last = rest.partition(".")
    if (found := _own(rest, inner, last, network)) is not None:
        return found
    help = did_you_mean(rest, _names(network)) or "write such as `{" + head + ".params}`"
    raise UnknownReference(f"nothing in {other.name} is called `{rest}`", help)


def _unknown(name: str, folder: str, head: str, rest: str, analysis: Analysis) -> UnknownReference:
    """Return the fault of a name that is nothing here: a slip, or of a file that is not here."""
    shown = f"nothing is called `{name if len(name) <= 80 else name[:79] + '…'}`"
    names, file = _names(analysis), f"{folder}/{head}" if folder else head
    near = nearest(file, _beside(analysis.spec.path, folder)) if rest else ()
    beside = [f"{stem}.{rest}" for stem in near]
    heads = {*SECTIONS, *(own.partition(".")[0] for own in names)}
    is_own = head in heads or nearest(head, heads)
    if rest and not is_own and analysis.spec.path is not None and len(file) <= LONGEST:
        help = did_you_mean(name, beside) or f"write {file}.yaml, or the figure itself"
        fact = f"{shown}: there is no file {file}.yaml here"
        return UnknownReference(fact, help, is_elsewhere=True)
    help = did_you_mean(name, [*names, *beside]) or (
        "write such as `{params}`, `{conv1.params}`, `{best_test_accuracy.mean}`"
    )
    return UnknownReference(shown, help)


def _own(name: str, head: str, rest: str, analysis: Analysis) -> Static | FromRecords | None:
    """Return what a name stands for within one network; None when for nothing."""
    if name in STATIC:
        return Static(_figure(analysis, name))
    if name in SHAPES:
        return Static(show_shape(analysis.spec.input if name == "input" else analysis.output))
    if head in _MEASURED_HEADS:
        return FromRecords(analysis, name) if name in MEASURED_NAMES else None
    if head in SECTIONS and rest:
        value = _of_section(head, rest.split("."), analysis.spec)
        return None if value is None else Static(value)
    for facts in analysis.entries:  # an id may hold dots itself: `stage1.0.conv1`
        id, rest = facts.entry.id, name.removeprefix(f"{facts.entry.id}.")
        if rest and name.startswith(f"{id}."):
            value = _of_entry(facts, rest, analysis)
            if value is not None:
                return Static(value)
    return None


def _figure(analysis: Analysis, name: str) -> Number | str:
    values = set(figures(analysis, name))
    is_global = name == "receptive_field" and analysis.receptive_field.is_global
    return show_figure(analysis, name) if len(values) != 1 or is_global else values.pop()


def _of_entry(facts: EntryFacts, name: str, analysis: Analysis) -> Number | str | None:
    if name in ("params", "macs", "buffers"):
        number: int = getattr(facts, name)
        return number
    match name:
        case "share":
            total = analysis.totals.params
            return Fraction(100 * facts.params, total) if total else 0
        case "receptive_field":
            size = facts.receptive_field.size
            return size[0] if len(set(size)) == 1 else show_equal_axes(size) if size else "-"
        case "input":
            return ", ".join(map(show_shape, facts.inputs))
        case "output":
            return show_shape(facts.output)
        case "kernel":
            return show_axes(facts.kernel)
    from archspec.judge.plain import fields_of, shown

    value: Any = fields_of(facts.entry.layer) if facts.entry.layer is not None else {}
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return _said(shown(value))


def _of_section(head: str, path: list[str], spec: Spec) -> Number | str | None:
    if head == "claims":
        claim = next((c for c in spec.claims.figures if [c.name] == path), None)
        return None if claim is None else _whole(claim.value)
    if head == "targets":
        target = next((t for t in spec.targets if t.name == path[0]), None)
        if target is None or len(path) > 2:
            return None
        if len(path) == 1:
            return target.expected
        bound = next((values for word, values in target.bounds.items() if word == path[1]), None)
        if bound is not None:
            return _whole(bound[0]) if len(bound) == 1 else " and ".join(map(_plain, bound))
        return _said({"epochs": target.epochs, "within": target.within}.get(path[1]))
    node = spec.tree.child(head)
    for step in path:
        index = int(step) if step.isdecimal() and len(step) < 10 else step
        node = node.child(index) if node is not None else None
    value = node.plain() if node is not None else None
    return _said(value)


def _said(value: Any) -> Number | str | None:
    """Return a scalar as it is, yes or no in the file's own words; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)  # as the file says it: 0.25
    return value if isinstance(value, int | str) else None


def _whole(value: Fraction) -> Number | str:
    return int(value) if value.denominator == 1 else _plain(value)


def _plain(value: Fraction) -> str:
    return f"{float(value):,g}"


def _names(analysis: Analysis) -> list[str]:
    ids = [facts.entry.id for facts in analysis.entries]
    of_entries = (f"{id}.{name}" for id in ids for name in OF_ENTRY)
    demanded = (f"targets.{target.name}" for target in analysis.spec.targets)
    claimed = (f"claims.{claim.name}" for claim in analysis.spec.claims.figures)
    sections = ((name, analysis.spec.tree.child(name)) for name in ("train", "data"))
    mappings = ((name, node) for name, node in sections if isinstance(node, Mapping))
    said = (f"{name}.{key}" for name, node in mappings for key, _ in node)
    return [*STATIC, *SHAPES, *MEASURED_NAMES, *of_entries, *demanded, *claimed, *said]


def _beside(spec: Path | None, folder: str) -> Iterable[str]:
    """Yield the other specs that a name with this folder may mean."""
    around = spec.parent / folder if spec is not None else None
    if spec is None or around is None or not _is_there(around.is_dir):
        return
    lead = f"{folder}/" if folder else ""
    for path in sorted(around.glob("*.yaml")):
        if folder or path.name != spec.name:
            yield f"{lead}{path.stem}"


def _is_there(asked: Callable[[], bool]) -> bool:
    """Return the answer of the file system; False for a name that is none, as one too long."""
    try:
        return asked()
    except OSError:
        return False
