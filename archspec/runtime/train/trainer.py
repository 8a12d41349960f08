"""The trainer: one visible loop over data that lies on the device as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter

import torch

from archspec.analysis import Analysis, architecture_hash, recipe_hash
from archspec.analysis.trainable import lone_image
from archspec.record import (
    Counts,
    EpochRecord,
    Hashes,
    Measure,
    Settings,
    best_of,
    monitored_split,
)
from archspec.record.listener import Listener
from archspec.runtime.augment import Augmenter, make_normalizer
from archspec.runtime.build import build
from archspec.runtime.data import LabelledImages, Splits, closed_at_end
from archspec.runtime.machine.device import memory_faults
from archspec.runtime.machine.seeds import global_states, restore_global_states, stream
from archspec.runtime.machine.world import ALONE, World, rank_faults
from archspec.runtime.recipe.calls import ensure
from archspec.runtime.recipe.recipe import make_recipe
from archspec.runtime.train import checkpoint as checkpoints
from archspec.runtime.train.at_once import measured_at_once, prepared_at_once
from archspec.runtime.train.average import Average
from archspec.runtime.train.checkpoint import Checkpoint
from archspec.runtime.train.forms import for_training, form_faults, notices_of, precision_of
from archspec.runtime.train.importance import importance_of, in_parts, summed
from archspec.runtime.train.phases import Phases, unwatched
from archspec.runtime.train.plan import plan_of
from archspec.runtime.train.proof import ensure_fits_data, ensure_ranks_agree, prove
from archspec.runtime.train.scores import Tally
from archspec.runtime.train.sharing import shared_out
from archspec.runtime.train.states import restore_optimizer, restore_schedule
from archspec.runtime.train.step_faults import batch_faults, not_finite

EXACT = Settings()

FINITE_CHECKED_EVERY = 100
"""Steps between two looks at the loss; a look makes the host wait for the device."""


class Trainer:
    """A training of one network on one split, from its seed or from a checkpoint.

    Every epoch ends with all that the next one depends on in `checkpoint()`. On the CPU, with the
    same number of threads, the same seed gives the same bits.

    module: the network whose weights the optimizer moves. measured: the one that is evaluated and
    kept; the moving average of `module` where the spec asks for one, else `module` itself.
    """

    def __init__(
        self,
        analysis: Analysis,
        split: Splits,
        classes: int,
        *,
        seed: int,
        device: torch.device,
        threads: int | None = None,
        settings: Settings = EXACT,
        world: World = ALONE,
        listeners: Sequence[Listener] = (),
        phases: Phases = unwatched,
    ) -> None:
        """Build the module, prove it equal to the analysis, and put the data on the device.

        threads: CPU threads of the whole process; torch's choice when None. world: the ranks that
        share each batch; what they must agree on is compared. Raises SpecError when the spec cannot
        be trained on this data, EnvironmentFault when memory runs out, UsageError when the ranks
        differ.
        """
        data, self.train = plan_of(analysis.spec)
        place = analysis.spec.place
        shape = split.train.shape
        self.hashes = Hashes(architecture_hash(analysis), recipe_hash(analysis))
        settings = replace(settings, ranks=world.size)
        ensure_ranks_agree(world, self.hashes, seed, split, settings)
        ensure_fits_data(analysis, shape, classes)
        if world.size == 1:
            ensure(lone_image(analysis, len(split.train)))
        if threads is not None:
            torch.set_num_threads(threads)
        self.threads = torch.get_num_threads()
        self.analysis, self.seed, self.device = analysis, seed, device
        self.world, self.settings = world, settings
        self.listeners, self.phases = tuple(listeners), phases
        self.monitored = monitored_split(data.validation)
        self.epochs: tuple[EpochRecord, ...] = ()

        torch.manual_seed(seed)  # initialisation and dropout; the two below have their own streams
        self.sampler = stream(seed, "sampler")
        name = "augment" if world.is_first else f"augment@{world.rank}"
        self.augment = Augmenter(data.augment, shape, stream(seed, name), place, classes=classes)
        self.normalize = make_normalizer(data.normalize, shape[0], device, place)
        self.notices = (*self.augment.notices, *notices_of(analysis, world, device))
        with memory_faults(self.train.batch_size):
            self.module = build(analysis).to(device)
            if device.type == "cpu":  # channels innermost: measured 20 % faster in small networks
                self.module.to(memory_format=torch.channels_last)
            self.proof = prove(self.module, analysis)
            decay = self.train.ema
            self.average = Average(self.module, decay) if decay is not None else None
            self.measured = self.average.module if self.average else self.module
            self.head_weights = tuple(head.weight for head in analysis.graph.heads)
            self.trained = for_training(self.module, analysis, self.settings, world, device)
            if not world.is_first:  # the same weights, and dropout of its own
                torch.manual_seed(stream(seed, f"dropout@{world.rank}").initial_seed())
            self.drawn = global_states(device)
            self.images = split.train.to(device)
            self.test = split.test.to(device)
            # A declared test set is measured once, under its own name.
            held_out = None if split.validation_is_test else split.validation
            self.validation = held_out.to(device) if held_out else None
        count, batch_size = len(split.train), self.train.batch_size
        self.steps = -(-count // batch_size)
        self.recipe = make_recipe(
            self.train,
            self.module,
            monitored=self.monitored,
            classes=classes,
            steps_per_epoch=self.steps,
            place=place,
            fused_on=device if self.settings.fast else None,
            mixes=bool(self.augment.mix),
        )
        self.recipe.loss.to(device)
        alike = world.size == 1 or self.augment.mix  # mixed labels count alike
        counts = None if alike else importance_of(self.recipe.loss, self.images.labels)
        self.importance = None if counts is None else counts.cpu()
        self.loss = self.recipe.loss if counts is None else summed(self.recipe.loss)
        self.evaluated_at_once = measured_at_once(analysis, device)
        share = -(-self.train.batch_size // world.size)
        self.prepared_at_once = prepared_at_once(share, shape)

    @property
    def counts(self) -> Counts:
        """Images in each part; a declared test set counts once."""
        held_out = len(self.validation) if self.validation else 0
        return Counts(train=len(self.images), validation=held_out, test=len(self.test))

    @property
    def best_epoch(self) -> int | None:
        """The best epoch so far, by the monitored split."""
        return best_of(self.epochs, self.monitored)

    def run(self) -> Iterator[EpochRecord]:
        """Train the epochs that are left and give what each one brought, as it ends.

        Raises SpecError (`non-finite-loss`), EnvironmentFault when memory runs out, another rank is
        lost or a picture cannot be read.
        """
        with closed_at_end(self.images, self.validation, self.test):
            yield from self._run()

    def _run(self) -> Iterator[EpochRecord]:
        schedule = self.recipe.schedule
        for listener in self.listeners:
            listener.on_start(self.train.epochs, self.steps, self.train.batch_size)
        for epoch in range(len(self.epochs) + 1, self.train.epochs + 1):
            started = perf_counter()
            # Whatever else draws in this process, between epochs too, does not shift this training.
            restore_global_states(self.drawn, self.device)
            with memory_faults(self.train.batch_size), rank_faults():
                train, learning_rate = self._train_epoch(epoch)
                trained = perf_counter()
                validation = self._measure(self.validation, epoch, "validation")
                test = self._measure(self.test, epoch, "test")
            if schedule and schedule.pace == "epoch":
                schedule.scheduler.step()
            if schedule and schedule.pace == "loss":
                watched = {"validation": validation, "test": test, "train": None}[self.monitored]
                assert watched is not None, "the recipe refuses a schedule without a held-out split"
                schedule.scheduler.step(watched.loss)
            record = EpochRecord(
                epoch=epoch,
                learning_rate=learning_rate,
                train=train,
                validation=validation,
                test=test,
                seconds=perf_counter() - started,
                images_per_second=train.total / max(trained - started, 1e-9),
            )
            self.drawn = global_states(self.device)
            self.epochs += (record,)
            yield record

    def _train_epoch(self, epoch: int) -> tuple[Measure, float]:
        """Take every training image once; return the running measure and the last learning rate."""
        phases, count, learning_rate = self.phases, len(self.images), 0.0
        tally = Tally(self.device)
        order = torch.randperm(count, generator=self.sampler)
        shared = shared_out(order, self.train.batch_size, self.world, self.device, self.importance)
        self.trained.train()
        arriving = self._arriving([part.places for part in shared])
        rank = self.world.rank if self.world.size > 1 else None
        for step, part in enumerate(shared, 1):
            with phases("images"):
                images, labels = next(arriving)
                images, wanted = (
                    self.augment.mix(images, labels) if self.augment.mix else (images, labels)
                )
            with batch_faults(self.analysis.spec, len(labels), rank), form_faults(self.settings):
                scores, loss = self._loss(images, wanted)
                with phases("backward"):
                    self.recipe.optimizer.zero_grad(set_to_none=True)
                    # The ranks' gradients are averaged: added up, they are those of the batch.
                    mine = loss * (part.factor * self.world.size) if self.world.size > 1 else loss
                    mine.backward()  # type: ignore[no-untyped-call]
                with phases("optimizer"):
                    total = (epoch - 1) * self.steps + step
                    learning_rate = self.recipe.update(total)
                    if self.average:
                        self.average.update(total)
            with phases("counting"):
                own, counted = slice(part.own), part.factor * part.size
                tally.add(loss.detach(), scores.detach()[own], wanted[own], counted)
                if step % FINITE_CHECKED_EVERY == 0:
                    so_far = tally.sums()[0].clone()
                    self.world.add(so_far)
                    self._ensure_finite(so_far, epoch, "train")
            for listener in self.listeners:
                listener.on_batch(epoch, step, self.steps)
        result = self._summed_up(tally, count, epoch, "train")
        # What is measured is what rank 0 keeps: a norm's statistics are each rank's own so far.
        self.world.follow_first(self.measured.buffers())
        return result, learning_rate

    def _arriving(
        self, batches: Sequence[torch.Tensor]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give the images and labels of each batch, ready for the network.

        Several small batches are made at once: an operation on one costs its call, not its work.
        """
        many = self.prepared_at_once
        groups = [batches[i : i + many] for i in range(0, len(batches), many)]
        pictures = self.images.batches(torch.cat(list(group)) for group in groups)
        for group, (images, labels) in zip(groups, pictures, strict=True):
            sizes = [len(batch) for batch in group]
            ready = self.normalize(self.augment(images))
            yield from zip(torch.split(ready, sizes), torch.split(labels, sizes), strict=True)

    def _loss(
        self, images: torch.Tensor, wanted: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the scores of a batch and its mean loss, those of auxiliary heads in it."""
        with self.phases("forward"):
            with precision_of(self.settings, self.device):
                made = self.trained(images)
            scores, *others = (s.float() for s in (made if self.head_weights else (made,)))
        with self.phases("loss"):
            loss: torch.Tensor = self.loss(scores, wanted)
            for weight, head_scores in zip(self.head_weights, others, strict=True):
                loss = loss + weight * self.loss(head_scores, wanted)
        return scores, loss

    @torch.no_grad()
    def _measure(self, images: LabelledImages | None, epoch: int, name: str) -> Measure | None:
        """Return loss and right answers of the network as it stands; None without images.

        It is always computed in float32, and by no faster path than the plain module's.
        """
        if images is None:
            return None
        count, tally = len(images), Tally(self.device)
        self.measured.eval()
        # Slices, since those of images in memory are views.
        mine, at_once = self.world.share(torch.arange(count)).tolist(), self.evaluated_at_once
        parts = [mine[start : start + at_once] for start in range(0, len(mine), at_once)]
        places = [slice(part[0], part[-1] + 1) for part in parts]
        loss, counted = in_parts(self.recipe.loss, images.labels)
        for taken, wanted in images.batches(places):
            scores = self.measured(self.normalize(taken))
            tally.add(loss(scores, wanted), scores, wanted, counted)
        return self._summed_up(tally, count, epoch, name)

    def _summed_up(self, tally: Tally, count: int, epoch: int, name: str) -> Measure:
        """Return what all ranks counted together; SpecError (`non-finite-loss`)."""
        losses, correct = tally.sums()
        self.world.add(losses, correct)
        self._ensure_finite(losses, epoch, name)
        return Measure(losses.item() / count, int(correct.item()), count)

    def checkpoint(self) -> Checkpoint:
        """Return the state between two epochs; its tensors are the living ones, to be saved now.

        All ranks call it, since each adds the state of its random numbers.
        """
        schedule = self.recipe.schedule
        own = {
            **self.drawn,
            "sampler": self.sampler.get_state(),
            "augment": self.augment.generator.get_state(),
        }
        return Checkpoint(
            format=checkpoints.FORMAT,
            architecture_hash=self.hashes.architecture,
            recipe_hash=self.hashes.recipe,
            seed=self.seed,
            threads=self.threads,
            device=self.device.type,
            epoch=len(self.epochs),
            epochs=self.epochs,
            model=self.measured.state_dict(),
            raw=self.module.state_dict() if self.average else None,
            optimizer=self.recipe.optimizer.state_dict(),
            scheduler=schedule.scheduler.state_dict() if schedule else None,
            generators=self.world.share_states(own),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where a checkpoint was written, bit for bit on the CPU at the same thread count.

        Raises SpecError when the checkpoint is of another network, recipe or seed, or damaged.
        """
        checkpoints.ensure_same_training(checkpoint, self.analysis, self.hashes, self.seed)
        schedule = self.recipe.schedule
        with checkpoints.damage_refused():
            generators = self.world.own_states(checkpoint.generators)
            self.measured.load_state_dict(checkpoint.model)
            if self.average:
                self.module.load_state_dict(checkpoint.raw or {})
            began = checkpoint.epoch > 0
            restore_optimizer(self.recipe.optimizer, checkpoint.optimizer, began=began)
            if schedule:
                restore_schedule(schedule.scheduler, checkpoint.scheduler)
            self.sampler.set_state(generators["sampler"])
            self.augment.generator.set_state(generators["augment"])
            restore_global_states(generators, self.device)  # here, so that damage shows now
        self.drawn = global_states(self.device)
        self.epochs = checkpoint.epochs

    def _ensure_finite(self, losses: torch.Tensor, epoch: int, name: str) -> None:
        if bool(torch.isfinite(losses)):
            return
        rate = float(self.recipe.optimizer.param_groups[0]["lr"])
        spec, loss = self.analysis.spec, float(losses.item())
        raise not_finite(spec, self.train, f"{name} loss", loss, epoch, rate)
