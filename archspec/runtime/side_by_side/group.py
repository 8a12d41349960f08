"""The trainer of several seeds at once: the loop of `Trainer`, over tensors that hold all seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

import torch
from torch import fx

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, EnvironmentFault, SpecError
from archspec.record import EpochRecord, Measure, Settings
from archspec.runtime.augment import Augmenter
from archspec.runtime.augment.batched import precise
from archspec.runtime.build import with_auxiliary
from archspec.runtime.data import Split
from archspec.runtime.data.model import Part
from archspec.runtime.machine.device import memory_faults
from archspec.runtime.machine.seeds import global_states, restore_global_states, stream
from archspec.runtime.recipe.recipe import Recipe, make_recipe
from archspec.runtime.side_by_side.fitness import ensure_fits, ensure_separate
from archspec.runtime.side_by_side.hand_back import hand_back_recipe, hand_back_tensors
from archspec.runtime.side_by_side.linear import apart
from archspec.runtime.side_by_side.losses import loss_per_seed
from archspec.runtime.side_by_side.rates import Rates, clip_norms
from archspec.runtime.side_by_side.stack import stacked, together
from archspec.runtime.train.average import Average
from archspec.runtime.train.forms import precision_of
from archspec.runtime.train.importance import in_parts
from archspec.runtime.train.plan import plan_of
from archspec.runtime.train.progress import Progress, Silent
from archspec.runtime.train.scores import right_answers
from archspec.runtime.train.step_faults import batch_refused, not_finite
from archspec.runtime.train.trainer import EXACT, Trainer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an epoch brought one member: its record, or why it trains no further."""

    member: Trainer
    record: EpochRecord | None
    fault: SpecError | None = None


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of every seed: the sum of its losses and its right answers, on the device."""

    losses: torch.Tensor
    correct: torch.Tensor


def make_group(
    analysis: Analysis,
    split: Split,
    classes: int,
    *,
    seeds: Sequence[int],
    device: torch.device,
    threads: int | None = None,
    settings: Settings = EXACT,
    progress: Progress | None = None,
) -> Group:
    """Return a group of new trainings, one for each seed; the images lie on the device once.

    Raises as `Trainer` does, and SpecError (`not-side-by-side`).
    """
    _, train = plan_of(analysis.spec)
    ensure_fits(train, analysis)
    with _memory_faults(train.batch_size, len(seeds)):
        there = replace(
            split,
            train=split.train.to(device),
            validation=split.validation.to(device) if split.validation else None,
            test=split.test.to(device),
        )
        members = [
            Trainer(
                analysis,
                there,
                classes,
                seed=seed,
                device=device,
                threads=threads,
                settings=replace(settings, compiled=False),
            )
            for seed in seeds
        ]
        return Group(members, classes, progress)


class Group:
    """Trainings of one recipe from several seeds, as one network whose tensors hold all of them.

    Each member has its own initialisation and its own order of images, the same as alone, and
    shares streams of random numbers for augmentation and dropout with the others, from which each
    image gets a draw of its own. Members stand, between two epochs, where they would stand alone:
    their `checkpoint()` is that of a run of their own.
    """

    def __init__(
        self, members: Sequence[Trainer], classes: int, progress: Progress | None = None
    ) -> None:
        """Stack what the members hold; they are at their first step, and of one recipe.

        Raises SpecError (`not-side-by-side`) when the network cannot be computed so.
        """
        first = members[0]
        self.members, self.lost = tuple(members), set[int]()
        self.seeds = tuple(member.seed for member in members)
        self.analysis, self.train, self.device = first.analysis, first.train, first.device
        self.progress, self.steps = progress or Silent(), first.steps
        data, _ = plan_of(self.analysis.spec)
        place, many = self.analysis.spec.place, len(members)

        ensure_fits(self.train, self.analysis)
        ensure_separate([_plain(member.module) for member in members], self.analysis)
        kept = stacked([_plain(member.module) for member in members])
        decay = self.train.ema
        self.average = Average(kept, decay) if decay is not None else None
        self.kept, self.measured = kept, self.average.module if self.average else kept
        training = with_auxiliary(kept, self.analysis) if self.analysis.graph.heads else kept
        self._trained, self._evaluated = (
            together(training, many),
            together(_plain(self.measured), many),
        )

        recipe = make_recipe(
            self.train,
            kept,
            monitored=first.monitored,
            classes=classes,
            steps_per_epoch=self.steps,
            place=place,
            fused_on=self.device if first.settings.fast else None,
        )
        # Both bounds are kept here: that of the norm counts for each seed.
        self.recipe: Recipe = replace(recipe, clip_norm=None, clip_value=None)
        self._clip_norm, self._clip_value = recipe.clip_norm, recipe.clip_value
        self.recipe.loss.to(self.device)
        self._rates = Rates(recipe.optimizer)

        together_with = ",".join(map(str, self.seeds))
        drawn = stream(self.seeds[0], f"augment side by side {together_with}")
        if self.device.type == "cuda":  # drawn where it is used: no copy at every step
            drawn = torch.Generator(self.device).manual_seed(drawn.initial_seed())
        shape = first.images.shape
        self.augment = Augmenter(data.augment, shape, drawn, place, classes=classes)
        torch.manual_seed(
            stream(self.seeds[0], f"dropout side by side {together_with}").initial_seed()
        )
        self._drawn = global_states(self.device)

    def notice_of(self, member: Trainer) -> str:
        """Return what a reader of a member's record should know."""
        if len(self.seeds) == 1:
            return "trained in the manner of several seeds side by side, alone"
        return (
            f"trained side by side, as one of seeds {_named(self.seeds)}: augmentation and dropout "
            "were drawn for all from one stream; resumed, it goes on alone with streams of its own"
        )

    def run(self) -> Iterator[tuple[Outcome, ...]]:
        """Train all epochs and give what each one brought the members that train on.

        A member whose loss is not finite is lost, and the others go on. Raises EnvironmentFault
        when memory runs out, SpecError when a batch cannot be trained.
        """
        schedule = self.recipe.schedule
        self.progress.on_start(self.train.epochs, self.steps, self.train.batch_size)
        with _fastest_convolutions(self.device):
            for epoch in range(1, self.train.epochs + 1):
                started = perf_counter()
                # What else draws in this process, between epochs too, does not shift this training.
                restore_global_states(self._drawn, self.device)
                rates = self._member_rates()
                with _memory_faults(self.train.batch_size, len(self.members)):
                    train, learning_rate = self._train_epoch(epoch)
                    trained = perf_counter()
                    first = self.members[0]
                    validation = self._measure(first.validation)
                    test = self._measure(first.test)
                self._drawn = global_states(self.device)
                took = perf_counter() - started
                outcomes = []
                for index in range(len(self.members)):
                    if index in self.lost:
                        continue
                    record = EpochRecord(
                        epoch=epoch,
                        learning_rate=_own(rates, index, learning_rate),
                        train=train[index],
                        validation=validation[index] if validation else None,
                        test=test[index] if test else None,
                        seconds=took,
                        images_per_second=train[index].total / max(trained - started, 1e-9),
                    )
                    outcomes.append(self._outcome(index, record))
                if schedule and schedule.pace == "epoch":
                    schedule.scheduler.step()
                self._hand_back(outcomes)
                yield tuple(outcomes)
                if len(self.lost) == len(self.members):
                    return

    def _outcome(self, index: int, record: EpochRecord) -> Outcome:
        """Take an epoch into a member's own account; one that is not finite ends it."""
        member = self.members[index]
        for name in ("train", "validation", "test"):
            measure: Measure | None = getattr(record, name)
            if measure is not None and not math.isfinite(measure.loss):
                self.lost.add(index)
                return Outcome(member, None, self._not_finite(member, record, name, measure.loss))
        schedule = member.recipe.schedule
        if schedule and schedule.pace == "loss":
            watched = {"validation": record.validation, "test": record.test, "train": None}
            measure = watched[member.monitored]
            assert measure is not None, "the recipe refuses a schedule without a held-out split"
            schedule.scheduler.step(measure.loss)
        return Outcome(member, record)

    def _member_rates(self) -> list[float]:
        """Return each member's learning rate in the first group, and let the optimizer have all.

        Where all have the same, they are 1.
        """
        ours = self.recipe.optimizer.param_groups
        if not (self.recipe.schedule and self.recipe.schedule.pace == "loss"):
            return [1.0] * len(self.members)
        theirs = [member.recipe.optimizer.param_groups for member in self.members]
        rates = [[float(groups[i]["lr"]) for groups in theirs] for i in range(len(ours))]
        self._rates.set(rates)
        return rates[0]

    def _hand_back(self, outcomes: Sequence[Outcome]) -> None:
        """Bring the members that train on to where they would stand alone."""
        modules = [_plain(member.module) for member in self.members]
        hand_back_tensors(self.kept, modules)
        if self.average:
            hand_back_tensors(self.measured, [member.measured for member in self.members])
        for outcome in outcomes:
            if outcome.record is not None:
                member = outcome.member
                hand_back_recipe(self.recipe, member, self.members.index(member))
                member.epochs += (outcome.record,)

    def _train_epoch(self, epoch: int) -> tuple[list[Measure], float]:
        """Take every image once for each seed; return their measures and the last learning rate."""
        first, learning_rate = self.members[0], 0.0
        images, count = first.images, len(first.images)
        sums = self._zeros()
        orders = [torch.randperm(count, generator=member.sampler) for member in self.members]
        order = torch.stack(orders, dim=1).to(self.device)
        parameters = list(self.kept.parameters())
        self.kept.train()
        # Sample b of seed s stands at b·S + s, which is the order's own.
        places = (batch.flatten() for batch in torch.split(order, self.train.batch_size))
        for step, (pixels, labels) in enumerate(images.batches(places), 1):
            inputs, wanted = self._mixed(first.normalize(self.augment(pixels)), labels)
            with self._step_faults(len(labels) // len(self.seeds)):
                scores, losses = self._losses(inputs, wanted)
            self.recipe.optimizer.zero_grad(set_to_none=True)
            # A sum: the gradient of each seed's tensors is that of its own loss.
            losses.sum().backward()  # type: ignore[no-untyped-call]
            if self._clip_value is not None:
                torch.nn.utils.clip_grad_value_(parameters, self._clip_value)
            if self._clip_norm is not None:
                clip_norms(parameters, self._clip_norm)
            total = (epoch - 1) * self.steps + step
            with self._rates.applied():
                learning_rate = self.recipe.update(total)
            if self.average:
                self.average.update(total)
            self._count(sums, losses.detach(), scores.detach(), wanted)
            self.progress.on_batch(epoch, step, self.steps)
        return self._measures(sums, count), learning_rate

    def _mixed(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return each seed's images mixed among themselves, as the spec says."""
        if not self.augment.mix:
            return images, labels
        pixels, theirs = self._apart(images), self._apart(labels)
        mixed = [
            member.augment.mix(pixels[:, index].contiguous(), theirs[:, index])
            for index, member in enumerate(self.members)
        ]
        blended = torch.stack([one for one, _ in mixed], dim=1)
        return blended.flatten(0, 1), torch.stack([share for _, share in mixed], dim=1).flatten(
            0, 1
        )

    def _losses(
        self, images: torch.Tensor, wanted: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the scores [B·S, classes], and the mean loss of each seed with its heads: [S]."""
        with precision_of(self.members[0].settings, self.device):
            made = self._trained(images)
        weights = self.members[0].head_weights
        scores, *others = (each.float() for each in (made if weights else (made,)))
        right = self._apart(wanted)
        losses = loss_per_seed(self.recipe.loss, self._apart(scores), right)
        for weight, head_scores in zip(weights, others, strict=True):
            of_head = loss_per_seed(self.recipe.loss, self._apart(head_scores), right)
            losses = losses + weight * of_head
        return scores, losses

    @torch.no_grad()
    def _measure(self, images: Part | None) -> list[Measure] | None:
        """Return what every seed's network makes of the same images; None without images."""
        if images is None:
            return None
        sums, many = self._zeros(), len(self.seeds)
        self.measured.eval()
        at_once = max(1, self.members[0].evaluated_at_once // many)
        starts = range(0, len(images), at_once)
        parts = [slice(start, min(start + at_once, len(images))) for start in starts]
        loss, counted = in_parts(self.recipe.loss, images.labels)
        for pixels, labels in images.batches(parts):
            inputs = self.members[0].normalize(pixels).repeat_interleave(many, dim=0)
            wanted = labels.repeat_interleave(many)
            scores = self._evaluated(inputs)
            losses = loss_per_seed(loss, self._apart(scores), self._apart(wanted))
            self._count(sums, losses, scores, wanted, counted)
        return self._measures(sums, len(images))

    def _apart(self, values: torch.Tensor) -> torch.Tensor:
        """Return [B·S, …] as [B, S, …]."""
        return apart(values, len(self.seeds))

    def _count(
        self,
        sums: _Sums,
        losses: torch.Tensor,
        scores: torch.Tensor,
        wanted: torch.Tensor,
        counted: float | None = None,
    ) -> None:
        """Add a batch to the sums on the device. counted: as of `in_parts`."""
        right = self._apart(right_answers(scores, wanted))
        images = len(right) if counted is None else counted
        sums.losses.add_(losses.to(sums.losses.dtype) * images)
        sums.correct.add_(right.sum(dim=0))

    def _measures(self, sums: _Sums, count: int) -> list[Measure]:
        """Fetch the sums of an epoch."""
        fetched = zip(sums.losses.tolist(), sums.correct.tolist(), strict=True)
        return [Measure(loss / count, int(correct), count) for loss, correct in fetched]

    def _zeros(self) -> _Sums:
        many = len(self.members)
        return _Sums(
            torch.zeros(many, dtype=precise(self.device), device=self.device),
            torch.zeros(many, dtype=torch.int64, device=self.device),
        )

    def _not_finite(
        self, member: Trainer, record: EpochRecord, name: str, loss: float
    ) -> SpecError:
        what, rate = f"{name} loss of seed {member.seed}", record.learning_rate
        return not_finite(self.analysis.spec, self.train, what, loss, record.epoch, rate)

    @contextmanager
    def _step_faults(self, images: int) -> Iterator[None]:
        """Place what torch says of a batch that a layer cannot normalise."""
        try:
            yield
        except ValueError as fault:
            if "more than 1" not in str(fault):
                raise
            reason = "a norm gets one value a channel"
            raise batch_refused(self.analysis.spec, images, reason) from None


def _named(seeds: Sequence[int]) -> str:
    """Return `0 to 19`, or a list of numbers that do not follow each other."""
    if len(seeds) > 3 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]} to {seeds[-1]}"
    return f"{', '.join(map(str, seeds[:-1]))} and {seeds[-1]}"


def _own(rates: Sequence[float], index: int, learning_rate: float) -> float:
    """Return a member's learning rate in a step where the largest of all was `learning_rate`."""
    most = max(rates)
    return rates[index] if learning_rate == most else rates[index] / most * learning_rate


def _plain(module: torch.nn.Module) -> fx.GraphModule:
    assert isinstance(module, fx.GraphModule)
    return module


@contextmanager
def _fastest_convolutions(device: torch.device) -> Iterator[None]:
    """Let cuDNN try its algorithms: for grouped convolutions they differ most."""
    before = torch.backends.cudnn.benchmark
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


@contextmanager
def _memory_faults(batch_size: int, seeds: int) -> Iterator[None]:
    """Say of memory that ran out how many seeds there were, and that fewer may fit."""
    try:
        with memory_faults(batch_size):
            yield
    except EnvironmentFault as fault:
        if fault.diagnostics[0].code != "out-of-memory":
            raise
        fact = f"memory ran out with batches of {batch_size} images for each of {seeds} seeds"
        help = f"let fewer seeds train at once, such as `--jobs {max(1, seeds // 2)}`"
        raise EnvironmentFault([Diagnostic("out-of-memory", fact, None, help)]) from None
