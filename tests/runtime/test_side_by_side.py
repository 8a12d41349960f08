"""Several seeds side by side: each gets what it gets alone, and what cannot be so is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archspec.analysis import Analysis
from archspec.api import load
from archspec.diagnostics import Diagnostic, EnvironmentFault, SpecError
from archspec.record import Measure, RunRecord, Settings, read_metrics, read_record
from archspec.runtime.data import Dataset, split
from archspec.runtime.recipe.recipe import OPTIMIZERS, REFUSED
from archspec.runtime.side_by_side import (
    Group,
    carry_out_together,
    evaluate_best,
    make_group,
)
from archspec.runtime.side_by_side.fitness import (
    ELEMENTWISE,
    NOT_PROPORTIONAL,
    ensure_fits,
)
from archspec.runtime.side_by_side.losses import loss_per_seed
from archspec.runtime.side_by_side.rates import clip_norms, per_seed
from archspec.runtime.train.at_once import EVALUATED_ELEMENTS
from archspec.runtime.train.checkpoint import read_checkpoint
from archspec.runtime.train.run import RunFolder, first_record, make_run_folder
from archspec.runtime.train.trainer import EXACT, Trainer
from archspec.runtime.trained.completion import is_complete
from tests.runtime.train.test_auxiliary import SPEC as WITH_HEAD
from tests.support.tiny import SPEC, dataset, same_tensors

PLAIN = (
    SPEC.replace(", dropout: 0.1", "")
    .replace("  augment: [{RandomRotation: {degrees: 15}}]\n", "")
    .replace("activation: relu", "activation: silu")
)
"""Nothing is drawn in a step, and nothing has an edge on which rounding could decide: side by side
must then give what it gives alone."""

SEEDS = (3, 0, 11)
EVERYTHING = (
    "train.ema=0.9",
    "train.warmup_epochs=1",
    "train.clip_grad_norm=0.3",
    "train.no_weight_decay=[norms, biases]",
    "train.optimizer={SGD: {lr: 0.05, momentum: 0.9, weight_decay: 0.01, nesterov: true}}",
    "train.scheduler={OneCycleLR: {max_lr: 0.1}}",
)


def analysis_of(folder: Path, *overrides: str, spec: str = PLAIN) -> Analysis:
    path = folder / "tiny.yaml"
    path.write_text(spec, encoding="utf-8")
    return load(path, overrides).analysis


def group_of(
    folder: Path,
    *overrides: str,
    spec: str = PLAIN,
    seeds: Sequence[int] = SEEDS,
    data: Dataset | None = None,
    exactly: Settings = EXACT,
) -> Group:
    analysis, data = analysis_of(folder, *overrides, spec=spec), data or dataset()
    assert analysis.spec.data is not None
    return make_group(
        analysis,
        split(data, analysis.spec.data.validation),
        len(data.classes),
        seeds=seeds,
        device=torch.device("cpu"),
        threads=1,
        settings=exactly,
    )


def alone(folder: Path, *overrides: str, spec: str = PLAIN, seed: int) -> Trainer:
    analysis, data = analysis_of(folder, *overrides, spec=spec), dataset()
    assert analysis.spec.data is not None
    return Trainer(
        analysis,
        split(data, analysis.spec.data.validation),
        len(data.classes),
        seed=seed,
        device=torch.device("cpu"),
        threads=1,
    )


def assert_same_measure(one: Measure | None, other: Measure | None) -> None:
    assert (one is None) == (other is None)
    if one is None or other is None:
        return
    assert one.loss == pytest.approx(other.loss, rel=1e-5)
    assert one.total == other.total
    assert one.correct == other.correct


def assert_same_training(group: Group, folder: Path, *overrides: str, spec: str = PLAIN) -> None:
    """Hold each member of a group that has ended against a training of its own."""
    for member in group.members:
        own = alone(folder, *overrides, spec=spec, seed=member.seed)
        list(own.run())
        assert len(member.epochs) == len(own.epochs)
        for ours, theirs in zip(member.epochs, own.epochs, strict=True):
            assert ours.learning_rate == pytest.approx(theirs.learning_rate)
            for name in ("train", "validation", "test"):
                assert_same_measure(getattr(ours, name), getattr(theirs, name))
        left, kept = member.checkpoint(), own.checkpoint()
        for one, other in ((left.model, kept.model), (left.raw, kept.raw)):
            assert_close(one, other)
        assert_close(left.optimizer["state"], kept.optimizer["state"])
        assert torch.equal(left.generators["sampler"], kept.generators["sampler"])


def assert_close(one: Any, other: Any) -> None:
    """Compare tensors, or what holds some, to the rounding of float32."""
    if one is None or other is None:
        assert one is other
        return
    torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-6, check_stride=False)


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param((), id="plain"),
        pytest.param(EVERYTHING, id="average, warm-up, clipped norm, groups, one cycle"),
        pytest.param(("train.clip_grad_value=0.05",), id="clipped values"),
        pytest.param(
            ("train.clip_grad_norm=0.2", "train.clip_grad_value=0.05"), id="clipped both ways"
        ),
        pytest.param(("train.scheduler={CosineAnnealingLR: {T_max: 4}}",), id="cosine"),
        pytest.param(
            ("train.scheduler={ReduceLROnPlateau: {factor: 0.3, patience: 0, threshold: 0.2}}",),
            id="plateau",
        ),
        pytest.param(("data.augment=[MixUp]",), id="mixed by each seed's own draws"),
        pytest.param(("data.validation=20",), id="held out"),
        pytest.param(("data.validation=0",), id="nothing held out"),
        pytest.param(("train.loss={MultiMarginLoss: {}}",), id="a loss that is not vmapped"),
        pytest.param(
            ("train.loss={CrossEntropyLoss: {label_smoothing: 0.1, weight: [1, 2, 3]}}",),
            id="weighted classes",
        ),
    ],
)
def test_each_seed_gets_what_it_gets_alone(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    group = group_of(tmp_path, *overrides)
    outcomes = list(group.run())

    assert [len(of_epoch) for of_epoch in outcomes] == [3, 3, 3, 3]
    assert_same_training(group, tmp_path, *overrides)


def test_seeds_on_a_plateau_have_learning_rates_of_their_own(tmp_path: Path) -> None:
    watching = "train.scheduler={ReduceLROnPlateau: {factor: 0.5, patience: 0, threshold: 0.35}}"
    group = group_of(tmp_path, watching, "train.epochs=6", seeds=range(6))
    list(group.run())

    rates = [tuple(epoch.learning_rate for epoch in member.epochs) for member in group.members]
    assert len(set(rates)) > 1
    assert_same_training(group, tmp_path, watching, "train.epochs=6")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_optimizer_gives_each_seed_its_own_steps(tmp_path: Path, name: str) -> None:
    overrides = [f"train.optimizer={{{name}: {{lr: 0.01}}}}", "train.epochs=2"]
    if name not in NOT_PROPORTIONAL:
        overrides.append("train.scheduler={ReduceLROnPlateau: {patience: 0, threshold: 0.3}}")
    group = group_of(tmp_path, *overrides)
    list(group.run())

    assert_same_training(group, tmp_path, *overrides)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - REFUSED.keys() - set(ELEMENTWISE)))
def test_another_optimizer_is_refused(tmp_path: Path, name: str) -> None:
    analysis = analysis_of(tmp_path, f"train.optimizer={name}")
    assert analysis.spec.train is not None
    with pytest.raises(SpecError) as caught:
        ensure_fits(analysis.spec.train, analysis)
    (found,) = caught.value.diagnostics
    assert found.code == "not-side-by-side"
    assert name in found.message
    assert found.help
    assert found.span


@pytest.mark.parametrize("name", NOT_PROPORTIONAL)
def test_a_plateau_with_an_optimizer_that_rates_do_not_scale_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(SpecError) as caught:
        group_of(tmp_path, f"train.optimizer={name}", "train.scheduler=ReduceLROnPlateau")
    assert caught.value.diagnostics[0].code == "not-side-by-side"


def test_a_group_repeats_bit_for_bit(tmp_path: Path) -> None:
    one, other = (group_of(tmp_path, spec=SPEC) for _ in range(2))
    list(one.run())
    torch.manual_seed(99)
    list(other.run())

    for ours, theirs in zip(one.members, other.members, strict=True):
        assert [e.train for e in ours.epochs] == [e.train for e in theirs.epochs]


def test_what_runs_beside_does_not_shift_a_group(tmp_path: Path) -> None:
    one, other = (group_of(tmp_path, spec=SPEC) for _ in range(2))
    list(one.run())
    for _ in other.run():
        torch.rand(7)

    assert [e.train for e in one.members[0].epochs] == [e.train for e in other.members[0].epochs]


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(nn.CrossEntropyLoss(), id="cross entropy"),
        pytest.param(nn.CrossEntropyLoss(label_smoothing=0.2), id="smoothed"),
        pytest.param(nn.CrossEntropyLoss(torch.tensor([1.0, 5.0, 0.1])), id="weighted"),
        pytest.param(
            nn.CrossEntropyLoss(torch.tensor([1.0, 5.0, 0.1]), label_smoothing=0.2),
            id="weighted and smoothed",
        ),
        pytest.param(nn.CrossEntropyLoss(ignore_index=1), id="a class is ignored"),
        pytest.param(
            nn.CrossEntropyLoss(torch.tensor([1.0, 5.0, 0.1]), ignore_index=2),
            id="weighted, a class is ignored",
        ),
        pytest.param(nn.NLLLoss(), id="negative likelihood"),
        pytest.param(nn.NLLLoss(torch.tensor([1.0, 5.0, 0.1])), id="weighted likelihood"),
        pytest.param(nn.MultiMarginLoss(margin=0.5), id="margin"),
        pytest.param(
            nn.MultiMarginLoss(weight=torch.tensor([1.0, 5.0, 0.1])), id="weighted margin"
        ),
    ],
)
def test_a_loss_is_that_of_each_seed_alone(loss: nn.Module) -> None:
    scores, labels = torch.randn(8, 4, 3), torch.randint(0, 3, (8, 4))
    expected = torch.stack([loss(scores[:, seed], labels[:, seed]) for seed in range(4)])

    torch.testing.assert_close(loss_per_seed(loss, scores, labels), expected)


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 5.0, 0.1])], ids=["plain", "weighted"])
def test_a_loss_of_shares_is_that_of_each_seed_alone(weight: torch.Tensor | None) -> None:
    loss = nn.CrossEntropyLoss(weight, label_smoothing=0.1)
    scores, shares = torch.randn(8, 4, 3), torch.rand(8, 4, 3).softmax(dim=2)
    expected = torch.stack([loss(scores[:, seed], shares[:, seed]) for seed in range(4)])

    torch.testing.assert_close(loss_per_seed(loss, scores, shares), expected)


def test_an_auxiliary_head_is_trained_as_alone(tmp_path: Path) -> None:
    spec = WITH_HEAD.replace("WEIGHT", "0.5").replace("activation: relu", "activation: silu")
    group = group_of(tmp_path, "train.epochs=2", spec=spec)
    list(group.run())

    assert_same_training(group, tmp_path, "train.epochs=2", spec=spec)


def test_augmentation_draws_for_each_image_of_each_seed(tmp_path: Path) -> None:
    smooth = "data.augment=[{RandomRotation: {degrees: 15, interpolation: bilinear}}]"
    group = group_of(tmp_path, smooth)
    one = dataset().train.read([0]).repeat(4 * len(SEEDS), 1, 1, 1)
    made = group.augment(one)

    assert len({tuple(image.flatten().tolist()) for image in made}) == len(made)


def test_losses_with_dropout_and_augmentation_are_like_those_alone(tmp_path: Path) -> None:
    """The mean over 12 seeds: what was drawn differs, what it comes to does not."""
    group = group_of(tmp_path, spec=SPEC, seeds=range(12))
    list(group.run())
    alones = [alone(tmp_path, spec=SPEC, seed=seed) for seed in range(12)]
    for trainer in alones:
        list(trainer.run())
    ours, theirs = (
        torch.tensor([m.epochs[-1].train.loss for m in some]) for some in (group.members, alones)
    )

    error = float((ours.var() / 12 + theirs.var() / 12).sqrt())
    assert abs(float(ours.mean() - theirs.mean())) < 4 * error + 0.02


def test_a_seed_whose_loss_is_not_finite_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    group = group_of(tmp_path)
    with torch.no_grad():
        next(group.kept.parameters())[1].fill_(float("nan"))
    (first, *others) = list(group.run())
    (lost,) = [outcome for outcome in first if outcome.fault]

    assert lost.member.seed == SEEDS[1]
    assert lost.fault is not None
    (found,) = lost.fault.diagnostics
    assert found.code == "non-finite-loss"
    assert found.message.startswith("the train loss of seed 0 is nan in epoch 1, at a learning")
    assert [len(outcomes) for outcomes in others] == [2, 2, 2]
    kept = [member for member in group.members if member.seed != SEEDS[1]]
    for member in kept:
        own = alone(tmp_path, seed=member.seed)
        list(own.run())
        assert_same_measure(member.epochs[-1].train, own.epochs[-1].train)


def test_a_group_ends_when_all_seeds_are_lost(tmp_path: Path) -> None:
    group = group_of(tmp_path)
    with torch.no_grad():
        next(group.kept.parameters()).fill_(float("nan"))
    outcomes = list(group.run())

    assert len(outcomes) == 1
    assert group.lost == {0, 1, 2}


def test_memory_that_runs_out_names_batch_and_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(images: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB")

    group = group_of(tmp_path)
    monkeypatch.setattr(group, "_trained", too_much)
    with pytest.raises(EnvironmentFault) as caught:
        list(group.run())
    (found,) = caught.value.diagnostics
    assert found.code == "out-of-memory"
    assert found.message == "memory ran out with batches of 32 images for each of 3 seeds"
    assert found.help == "let fewer seeds train at once, such as `--jobs 1`"


def test_a_lone_image_that_cannot_be_normalised_is_refused(tmp_path: Path) -> None:
    spec = PLAIN.replace("  - gap\n", "  - gap\n  - batch_norm\n")
    group = group_of(tmp_path, spec=spec, data=dataset(train=33))
    with pytest.raises(SpecError) as caught:
        list(group.run())
    (found,) = caught.value.diagnostics
    assert found.code == "cannot-train"
    assert "a batch of 1 image" in found.message


def test_a_group_multiplies_in_bfloat16_where_it_is_told(tmp_path: Path) -> None:
    low = group_of(tmp_path, exactly=Settings(precision="bfloat16"))
    exact = group_of(tmp_path)
    for group in (low, exact):
        list(group.run())

    for ours, theirs in zip(low.members, exact.members, strict=True):
        assert ours.epochs[0].train.loss != theirs.epochs[0].train.loss
        assert ours.epochs[0].train.loss == pytest.approx(theirs.epochs[0].train.loss, rel=0.05)


def begun_of(group: Group, folder: Path) -> list[tuple[RunFolder, RunRecord]]:
    begun = []
    for member in group.members:
        run = make_run_folder(folder / "runs", "tiny", member.seed)
        begun.append((run, first_record(member, dataset(), run, version="0")))
    return begun


def ignore(*_: object) -> None:
    """Hear nothing."""


def test_each_seed_leaves_a_run_of_its_own(tmp_path: Path) -> None:
    group = group_of(tmp_path, "train.ema=0.9")
    begun = begun_of(group, tmp_path)
    heard: list[tuple[int, int, bool]] = []
    finished, lost = carry_out_together(
        group, begun, lambda member, epoch, best: heard.append((member.seed, epoch.epoch, best))
    )

    assert not lost
    assert [(seed, epoch) for seed, epoch, _ in heard] == [
        (seed, epoch) for epoch in range(1, 5) for seed in SEEDS
    ]
    for member, (run, first) in zip(group.members, begun, strict=True):
        record = read_record(run.record)
        assert record == finished[member.seed]
        assert record.status == "finished"
        assert record.seed == member.seed
        assert record.hashes == first.hashes
        assert record.epochs == member.epochs == read_metrics(run.metrics)
        assert record.best_epoch == member.best_epoch
        assert read_checkpoint(run.best).epoch == record.best_epoch
        last = read_checkpoint(run.last)
        assert last.epoch == 4
        assert same_tensors(last.model, member.measured.state_dict())
        # A part of a tensor of all seeds would bring all of them into the file.
        assert run.last.stat().st_size < 60_000
        evaluate_best(group.analysis, dataset(), run, record, torch.device("cpu"))
        assert is_complete(run, record)


def test_a_seed_of_a_group_goes_on_alone_as_if_it_had_been_alone(tmp_path: Path) -> None:
    group = group_of(tmp_path, *EVERYTHING)
    begun = begun_of(group, tmp_path)

    def stop(member: Trainer, epoch: object, best: bool) -> None:
        if len(member.epochs) == 2 and member is group.members[-1]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out_together(group, begun, stop)
    for member, (run, _) in zip(group.members, begun, strict=True):
        record = read_record(run.record)
        assert record.status == "interrupted"
        assert len(record.epochs) == 2
        resumed = alone(tmp_path, *EVERYTHING, seed=member.seed)
        resumed.restore(read_checkpoint(run.last))
        list(resumed.run())
        never_left = alone(tmp_path, *EVERYTHING, seed=member.seed)
        list(never_left.run())
        assert_same_measure(resumed.epochs[-1].train, never_left.epochs[-1].train)
        assert_same_measure(resumed.epochs[-1].test, never_left.epochs[-1].test)


def test_a_lost_seed_and_the_others_are_written_down(tmp_path: Path) -> None:
    group = group_of(tmp_path)
    with torch.no_grad():
        next(group.kept.parameters())[1].fill_(float("nan"))
    begun = begun_of(group, tmp_path)
    finished, lost = carry_out_together(group, begun, ignore)

    assert finished.keys() == {SEEDS[0], SEEDS[2]}
    assert lost.keys() == {SEEDS[1]}
    record = read_record(begun[1][0].record)
    assert record.status == "failed"
    assert "the train loss of seed 0 is nan" in str(record.failure)
    assert read_checkpoint(begun[1][0].last).epoch == 0


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        pytest.param(KeyboardInterrupt(), "interrupted", None, id="Ctrl-C"),
        pytest.param(ValueError("odd"), "failed", "ValueError: odd", id="a defect"),
        pytest.param(
            EnvironmentFault([Diagnostic("unwritable", "the disk is full")]),
            "failed",
            "error[unwritable]: the disk is full",
            id="a full disk",
        ),
    ],
)
def test_what_stops_a_group_is_written_into_every_record(
    tmp_path: Path, fault: BaseException, status: str, reason: str | None
) -> None:
    def stop(*_: object) -> None:
        raise fault

    group = group_of(tmp_path)
    begun = begun_of(group, tmp_path)
    with pytest.raises(type(fault)):
        carry_out_together(group, begun, stop)
    for run, _ in begun:
        record = read_record(run.record)
        assert (record.status, record.failure) == (status, reason)


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ((0, 1), "as one of seeds 0 and 1:"),
        ((3, 7, 9), "as one of seeds 3, 7 and 9:"),
        (range(5), "as one of seeds 0 to 4:"),
        ((4,), "alone"),
    ],
)
def test_a_notice_names_the_seeds_of_the_group(
    tmp_path: Path, seeds: Sequence[int], words: str
) -> None:
    group = group_of(tmp_path, seeds=seeds)

    assert words in group.notice_of(group.members[0])


@pytest.mark.parametrize(
    "loss",
    ["{}", "{weight: [1, 2, 3]}", "{ignore_index: 1}"],
    ids=["plain", "weighted", "ignoring"],
)
def test_what_is_measured_in_several_batches_is_what_is_measured_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    """The largest activation is 4·6·6 numbers: 12 images at once alone, 4 side by side."""
    monkeypatch.setitem(EVALUATED_ELEMENTS, "cpu", 12 * 4 * 6 * 6)
    overrides = (f"train.loss={{CrossEntropyLoss: {loss}}}", "train.epochs=1")
    group = group_of(tmp_path, *overrides)
    list(group.run())

    assert_same_training(group, tmp_path, *overrides)


def test_gradients_are_clipped_for_each_seed_by_itself() -> None:
    parameters = [nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.zeros(3, 2, 2))]
    sizes = torch.tensor([0.001, 1.0, 100.0])
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter) * per_seed(sizes, parameter)
    singles = [[nn.Parameter(p[seed].detach()) for p in parameters] for seed in range(3)]
    for seed, single in enumerate(singles):
        for own, parameter in zip(single, parameters, strict=True):
            assert parameter.grad is not None
            own.grad = parameter.grad[seed].clone()
        nn.utils.clip_grad_norm_(single, 0.5)
    clip_norms(parameters, 0.5)

    for index, parameter in enumerate(parameters):
        expected = [single[index].grad for single in singles]
        torch.testing.assert_close(
            parameter.grad, torch.stack([e for e in expected if e is not None])
        )
