"""How much of a network is drawn: which groups become one box."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from archspec.analysis import EntryFacts
from archspec.analysis.outline import Item, Nest
from archspec.diagnostics import Diagnostic, UsageError

AUTO = "auto"
EVERYTHING = "all"
Depth = int | Literal["auto", "all"]

MOST_ROWS = 60
"""Boxes below each other up to which a drawing shows everything unasked: about four screens."""


@dataclass(frozen=True, slots=True)
class Folding:
    """Groups at `depth` are one box each (None: no group is).

    later_rounds: of a repeat the first round is drawn, and the others are one box.
    """

    depth: int | None = None
    later_rounds: bool = False


def read_depth(text: str) -> Depth:
    """Read `auto`, `all` or a number from 1; UsageError for anything else."""
    word = text.strip().lower()
    if word == AUTO:
        return "auto"
    if word == EVERYTHING:
        return "all"
    # int() refuses thousands of digits; no network is as deep as a few of them say.
    if word.isascii() and word.isdecimal() and len(word) < 10 and int(word) > 0:
        return int(word)
    help = "a number from 1, `all` for everything, or `auto`"
    raise UsageError([Diagnostic("wrong-usage", f"there is no depth {text!r:.40}", None, help)])


def foldings(depth: Depth, deepest: int) -> tuple[Folding, ...]:
    """Return what to try, in this order, until a drawing has few enough rows; the last one counts.

    deepest: the number of groups around the entry that has most of them, and one.
    """
    if depth == "all":
        return (Folding(),)
    if depth == "auto":
        fewer = (Folding(level, later_rounds=True) for level in range(deepest - 1, 0, -1))
        return (Folding(), Folding(later_rounds=True), *fewer)
    return (Folding(depth),)


def depth_of(items: tuple[Item, ...]) -> int:
    """Return the depth that shows every entry."""
    inside = (depth_of(item.children) + item.is_level for item in items if isinstance(item, Nest))
    return max(inside, default=1)


def alike(rounds: tuple[Item, ...]) -> list[tuple[Nest, ...]]:
    """Return the rounds of a repeat in runs of the same layers, whatever their sizes."""
    nests = [item for item in rounds if isinstance(item, Nest)]
    return [tuple(run) for _, run in groupby(nests, _layers_of)]


def _layers_of(nest: Nest) -> tuple[tuple[str, str], ...]:
    prefix = f"{nest.group.id}."
    return tuple((_inside(facts, prefix), facts.entry.kind) for facts in nest.entries)


def _inside(facts: EntryFacts, prefix: str) -> str:
    return facts.entry.id.removeprefix(prefix)
