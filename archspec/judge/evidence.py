"""Which kept runs speak for a spec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archspec.analysis import Analysis, recipe_hash
from archspec.judge.measured import foreign_data
from archspec.judge.seeds import SeedSummary, summarize
from archspec.values import dataclass

if TYPE_CHECKING:  # `check` judges without records, and need not load their reading
    from archspec.record import RunRecord


@dataclass(frozen=True, slots=True)
class SetAside:
    """A run of the spec that does not count, and why."""

    record: RunRecord
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The runs of one spec.

    current: finished runs of its recipe on its data, by seed; of each seed the newest of each way
    of computing it, since `--exact` and the default draw other dropout: they are runs apart.
    stale: finished runs under its name with another recipe, the newest first. set_aside: its runs
    that count for nothing: unfinished, on other data, or an older run of a seed.
    """

    current: tuple[RunRecord, ...]
    stale: tuple[RunRecord, ...]
    set_aside: tuple[SetAside, ...]
    summary: SeedSummary
    """Of the current runs."""


def evidence_for(analysis: Analysis, records: Iterable[RunRecord]) -> Evidence:
    """Return what the records say of the analyzed spec.

    A record belongs to the spec when its recipe hash is the spec's, whatever its name; or else when
    it bears the spec's name, which makes it stale. Records of other specs are passed over.
    """
    spec, recipe = analysis.spec, recipe_hash(analysis)
    current: list[RunRecord] = []
    stale: list[RunRecord] = []
    set_aside: list[SetAside] = []
    own = (r for r in records if r.hashes.recipe == recipe or r.spec.name == spec.name)
    for record in sorted(own, key=age, reverse=True):
        if record.status != "finished":
            set_aside.append(SetAside(record, f"the run is {record.status}"))
        elif record.dataset.replaces is not None:
            reason = foreign_data(spec, record) or "the run was made in place of another dataset"
            set_aside.append(SetAside(record, reason))
        elif record.hashes.recipe != recipe:
            stale.append(record)
        elif any(
            (record.seed, record.settings) == (newer.seed, newer.settings) for newer in current
        ):
            set_aside.append(SetAside(record, f"a newer run of seed {record.seed} counts"))
        else:
            current.append(record)
    current.sort(key=lambda record: record.seed)
    return Evidence(tuple(current), tuple(stale), tuple(set_aside), summarize(spec, current))


def age(record: RunRecord) -> tuple[str, str]:
    """Return what sorts runs from the oldest to the newest; runs of one second by their ids."""
    return record.started.replace("Z", "+00:00"), record.run
