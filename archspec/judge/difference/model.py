"""What changed from one network to another, as frozen values."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal

from archspec.analysis import Analysis, EntryFacts
from archspec.layers import Shape
from archspec.values import dataclass

Status = Literal["same", "changed", "added", "removed"]


class Absent(Enum):
    """The type of ABSENT."""

    ABSENT = "not given"


ABSENT: Final = Absent.ABSENT
"""Stands where one side does not give a value at all; None is the language's own `none`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the file: where it stands, what it was, and what it is.

    path: keys from the outside in, such as ("train", "optimizer", "SGD", "lr"); inside an entry
    they start at the entry. old, new: plain values as YAML gives them, or ABSENT.
    """

    path: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One computed figure that changed; `output` and `input` are shapes, (C, …) without batch.

    name: output, receptive_field, params or macs. A receptive field is one number where all axes
    agree, else what tables print: `5x9`, `global (28)`. An entry that is only on one side has None
    on the other.
    """

    name: str
    old: int | str | Shape | None
    new: int | str | Shape | None

    @property
    def delta(self) -> int | None:
        """How much larger the new one is; None where that is no single number."""
        if isinstance(self.old, int) and isinstance(self.new, int):
            return self.new - self.old
        return None


@dataclass(frozen=True, slots=True)
class EntryDifference:
    """A pair of entries that stand for each other, or one that stands on one side only.

    changes: the fields that differ, as the file would say them; none where the entry is new or
    gone. An entry that only moved has one change, `position`. figures: what differs in shape,
    receptive field, params and MACs, which an entry before it may have caused: an entry can be the
    `same` and have other figures.
    """

    status: Status
    old: EntryFacts | None
    new: EntryFacts | None
    changes: tuple[Change, ...]
    figures: tuple[FigureChange, ...]

    @property
    def facts(self) -> EntryFacts:
        """The entry as it is now, or as it was before it went."""
        facts = self.new or self.old
        assert facts is not None
        return facts

    @property
    def id(self) -> str:
        """The entry's id now, or the one it had."""
        return self.facts.entry.id

    @property
    def old_id(self) -> str | None:
        """The id before, where counting anew or a rename gave the entry another one."""
        if self.old is None or self.new is None or self.old.entry.id == self.id:
            return None
        return self.old.entry.id


@dataclass(frozen=True, slots=True)
class Difference:
    """Two networks side by side.

    entries: every entry of both, in the order of the new network, the unchanged ones among them;
    what is gone stands where it stood.
    input, data, train: the values that changed; their paths start at that key.
    totals: the figures of the whole network that changed.
    """

    a: Analysis
    b: Analysis
    input: tuple[Change, ...]
    entries: tuple[EntryDifference, ...]
    data: tuple[Change, ...]
    train: tuple[Change, ...]
    totals: tuple[FigureChange, ...]

    @property
    def changed_entries(self) -> tuple[EntryDifference, ...]:
        """The entries that someone added, removed or changed."""
        return tuple(entry for entry in self.entries if entry.status != "same")

    @property
    def is_empty(self) -> bool:
        """True when layers, data and training are the same."""
        return not (self.input or self.changed_entries or self.data or self.train)
