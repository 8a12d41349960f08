"""Which entry of one network stands for which of the other.

A longest common subsequence with costs (Needleman and Wunsch 1970): the alignment with the fewest
edits, where a changed field is cheaper than an entry that goes and another that comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from archspec.analysis import EntryFacts
from archspec.judge.plain import fields_of
from archspec.language.naming import default_id

ONE_SIDED = 6_000
"""Cost of an entry that stands on one side only."""
FIELD = 2_000
"""Cost of a changed field: from six on, two entries are different ones."""
OTHER_ID = 1
"""Among equals, entries with the same id stand for each other; 1,000 of them cost one edit."""
MOST_CELLS = 1_000_000
"""Beyond, entries between equal ones are paired by their place."""

Pair = tuple[int | None, int | None]


def align(a: Sequence[EntryFacts], b: Sequence[EntryFacts]) -> list[Pair]:
    """Return pairs of positions in order, None where an entry has no partner."""
    costs = _Costs(a, b)
    start = 0
    while start < min(len(a), len(b)) and costs.pair(start, start) == 0:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and costs.pair(len(a) - 1 - end, len(b) - 1 - end) == 0:
        end += 1
    rows, columns = range(start, len(a) - end), range(start, len(b) - end)
    few = len(rows) * len(columns) <= MOST_CELLS
    middle = _fewest_edits(costs, rows, columns) if few else _by_place(costs, rows, columns)
    before: list[Pair] = [(i, i) for i in range(start)]
    after: list[Pair] = [(len(a) - i, len(b) - i) for i in range(end, 0, -1)]
    return [*before, *middle, *after]


def same_own_id(old: EntryFacts, new: EntryFacts) -> bool:
    """Return whether two entries carry the same id, which a person gave."""
    return old.entry.id == new.entry.id != default_id(new.entry.label)


def join_moved(
    pairs: Sequence[Pair], a: Sequence[EntryFacts], b: Sequence[EntryFacts]
) -> set[Pair]:
    """Return pairs of entries that went in one place and came, with every field, in another."""
    gone: dict[object, list[int]] = {}
    for i, j in pairs:
        if i is not None and j is None:
            gone.setdefault(_form(a[i]), []).append(i)
    moved: set[Pair] = set()
    for i, j in pairs:
        if i is None and j is not None and (same := gone.get(_form(b[j]))):
            moved.add((same.pop(0), j))
    return moved


class _Costs:
    """What it costs to say that an entry became another; each pair of forms is compared once."""

    def __init__(self, a: Sequence[EntryFacts], b: Sequence[EntryFacts]) -> None:
        self.a, self.b = a, b
        self.fields: list[tuple[str, tuple[str, ...]]] = []
        numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self.forms = []
        for entries in (a, b):
            forms = [_form(facts) for facts in entries]
            self.forms.append([numbers.setdefault(form, len(numbers)) for form in forms])
        self.fields = list(numbers)
        self.known: dict[tuple[int, int], int | None] = {}

    def pair(self, i: int, j: int) -> int | None:
        """Return the cost, None where two entries cannot stand for each other."""
        one, two = self.forms[0][i], self.forms[1][j]
        if (one, two) not in self.known:
            self.known[one, two] = self._compare(one, two)
        cost = self.known[one, two]
        if cost is None:
            return None
        old, new = self.a[i], self.b[j]
        if same_own_id(old, new):
            return min(cost, FIELD)
        return cost + (OTHER_ID if old.entry.id != new.entry.id else 0)

    def _compare(self, one: int, two: int) -> int | None:
        (kind, fields), (other, others) = self.fields[one], self.fields[two]
        if kind != other:
            return None
        return FIELD * sum(x != y for x, y in zip(fields, others, strict=True))


def _form(facts: EntryFacts) -> tuple[str, tuple[str, ...]]:
    layer = facts.entry.layer
    fields = fields_of(layer) if layer is not None else {}
    return facts.entry.kind, tuple(repr(value) for value in fields.values())


def _fewest_edits(costs: _Costs, rows: range, columns: range) -> list[Pair]:
    """Return the cheapest alignment; among equals the one that goes on with pairs at the end."""
    best = [[ONE_SIDED * (i + j) for j in range(len(columns) + 1)] for i in range(len(rows) + 1)]
    for i, row in enumerate(rows, 1):
        above, here = best[i - 1], best[i]
        for j, column in enumerate(columns, 1):
            cheapest = min(above[j], here[j - 1]) + ONE_SIDED
            cost = costs.pair(row, column)
            if cost is not None and above[j - 1] + cost < cheapest:
                cheapest = above[j - 1] + cost
            here[j] = cheapest
    pairs: list[Pair] = []
    i, j = len(rows), len(columns)
    while i or j:
        cost = costs.pair(rows[i - 1], columns[j - 1]) if i and j else None
        if cost is not None and best[i][j] == best[i - 1][j - 1] + cost:
            i, j = i - 1, j - 1
            pairs.append((rows[i], columns[j]))
        elif j and best[i][j] == best[i][j - 1] + ONE_SIDED:
            j -= 1
            pairs.append((None, columns[j]))
        else:
            i -= 1
            pairs.append((rows[i], None))
    return pairs[::-1]


def _by_place(costs: _Costs, rows: range, columns: range) -> list[Pair]:
    """Return an alignment of networks so large that the cheapest one would take too long."""
    from difflib import SequenceMatcher

    ours, theirs = costs.forms
    matcher = SequenceMatcher(
        None, [ours[i] for i in rows], [theirs[j] for j in columns], autojunk=True
    )
    pairs: list[Pair] = []
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        for row, column in zip_longest(rows[i:i_end], columns[j:j_end]):
            if row is None or column is None or costs.pair(row, column) is None:
                pairs += [(row, None)] if row is not None else []
                pairs += [(None, column)] if column is not None else []
            else:
                pairs.append((row, column))
    return pairs
