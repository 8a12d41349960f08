"""What several seeds of one recipe measured: spread of the accuracies, and shares with intervals.

Accuracies are in percent, exactly, from whole counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.diagnostics.words import plural
from archspec.judge.interval import clopper_pearson
from archspec.judge.measured import judge_by_run, measures_of, percent
from archspec.language import Spec
from archspec.language.quantities import CLAIMED_MEASURED, MEASURED, split_of
from archspec.language.sections import Target
from archspec.values import dataclass

if TYPE_CHECKING:
    from archspec.record import Measure, RunRecord


@dataclass(frozen=True, slots=True)
class Spread:
    """One accuracy of each seed: right answers of how many images, seeds ascending."""

    measures: tuple[Measure, ...]

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.measures)

    @property
    def percents(self) -> tuple[Fraction, ...]:
        """Percent of each seed, exactly."""
        return tuple(percent(measure) for measure in self.measures)

    @property
    def mean(self) -> Fraction:
        """Mean in percent, exactly."""
        return sum(self.percents, Fraction()) / self.n

    @property
    def sd(self) -> float | None:
        """Standard deviation of the sample (divided by n - 1), in points; None for one seed."""
        if self.n < 2:
            return None
        mean = self.mean
        return math.sqrt(sum((value - mean) ** 2 for value in self.percents) / (self.n - 1))

    @property
    def min(self) -> Fraction:
        """The lowest, in percent."""
        return min(self.percents)

    @property
    def max(self) -> Fraction:
        """The highest, in percent."""
        return max(self.percents)

    @property
    def images(self) -> int:
        """Images behind each figure; of sets of different size the smallest."""
        return min(measure.total for measure in self.measures)

    def __str__(self) -> str:
        """Return `99.46 ± 0.02 % (n = 3)`, or `99.46 % (n = 1)`."""
        deviation = "" if self.sd is None else f" ± {self.sd:.2f}"
        return f"{float(self.mean):.2f}{deviation} % (n = {self.n})"


@dataclass(frozen=True, slots=True)
class TargetShare:
    """How many seeds meet a measured target, out of those that measured it.

    interval: 95 % confidence interval of the share, 0 to 1 (Clopper and Pearson).
    """

    target: Target
    met: tuple[int, ...]
    missed: tuple[int, ...]

    @property
    def n(self) -> int:
        """Seeds that measured it."""
        return len(self.met) + len(self.missed)

    @property
    def share(self) -> Fraction | None:
        """Share of the seeds that meet it, exactly; None without seeds."""
        return Fraction(len(self.met), self.n) if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return where the share of all possible seeds lies, with 95 % confidence."""
        return clopper_pearson(len(self.met), self.n)

    def __str__(self) -> str:
        """Return `5 of 5 seeds (95 % interval 0.478 to 1.000)`."""
        low, high = self.interval
        seeds = plural(self.n, "seed")
        return f"{len(self.met)} of {self.n} {seeds} (95 % interval {low:.3f} to {high:.3f})"


@dataclass(frozen=True, slots=True)
class SeedSummary:
    """What the runs of a recipe measured, one run a seed and way of computing it.

    spreads: by the names that claims use, such as `best_test_accuracy`, where runs measured them;
    `best` is the highest of the epochs, whatever chose the kept weights. Beside them
    `chosen_test_accuracy`: on the test images in the epoch that the monitored split chose; it is
    the honest figure of a spec that holds images out, and equals `best` with `validation: test`.
    """

    seeds: tuple[int, ...]
    spreads: Mapping[str, Spread]
    shares: tuple[TargetShare, ...]

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.seeds)

    @property
    def highest_test(self) -> Spread | None:
        """Highest test accuracy of each seed."""
        return self.spreads.get("best_test_accuracy")

    @property
    def final_test(self) -> Spread | None:
        """Test accuracy of each seed's last epoch."""
        return self.spreads.get("final_test_accuracy")

    @property
    def chosen_test(self) -> Spread | None:
        """Test accuracy of each seed's best epoch by the monitored split."""
        return self.spreads.get("chosen_test_accuracy")

    @property
    def highest_train(self) -> Spread | None:
        """Highest accuracy of each seed on the training images."""
        return self.spreads.get("best_train_accuracy")

    @property
    def final_train(self) -> Spread | None:
        """Accuracy of each seed on the training images in its last epoch."""
        return self.spreads.get("final_train_accuracy")

    def share_of(self, target: Target) -> TargetShare | None:
        """Return the share of seeds that meet a target; None when it is not a measured one."""
        return next((share for share in self.shares if share.target == target), None)


def summarize(spec: Spec, records: Sequence[RunRecord]) -> SeedSummary:
    """Return the summary of finished runs of one recipe, as `evidence_for` finds them."""
    ordered = sorted(records, key=lambda record: record.seed)
    spreads: dict[str, Spread] = {}
    for name in (*CLAIMED_MEASURED, "chosen_test_accuracy"):
        found = [measured(record, name) for record in ordered]
        if measures := tuple(measure for measure in found if measure is not None):
            spreads[name] = Spread(measures)
    shares = tuple(share_of(t, spec, ordered) for t in spec.targets if t.name in MEASURED)
    return SeedSummary(tuple(record.seed for record in ordered), spreads, shares)


def measured(record: RunRecord, name: str) -> Measure | None:
    """Return a run's measure by the name of a claim, or `chosen_test_accuracy`; None without it."""
    measures = dict(measures_of(record, split_of(name)))
    if name.startswith("chosen_"):
        return None if record.best_epoch is None else measures.get(record.best_epoch)
    if not measures:
        return None
    if name.startswith("best_"):
        return max(measures.values(), key=percent)
    return measures.get(record.epochs[-1].epoch)


def share_of(target: Target, spec: Spec, records: Sequence[RunRecord]) -> TargetShare:
    """Return how many runs meet a target; a run that cannot tell counts on neither side."""
    words = [(r.seed, judge_by_run(target, spec, r).verdict) for r in records]
    met = tuple(seed for seed, word in words if word == "proven")
    missed = tuple(seed for seed, word in words if word == "contradicted")
    return TargetShare(target, met, missed)
