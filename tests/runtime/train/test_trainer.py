"""The trainer repeats bit for bit, proves its module, measures exactly, refuses what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archspec.api import load
from archspec.diagnostics import ArchspecError, EnvironmentFault, SpecError, UsageError
from archspec.network import study
from archspec.record import Counts, Proof, Settings
from archspec.record.listener import Listener
from archspec.runtime.data import Images, split
from archspec.runtime.machine.device import choose_device
from archspec.runtime.train import trainer as trainer_module
from archspec.runtime.train.at_once import prepared_at_once
from archspec.runtime.train.plan import plan_of, rehearse
from archspec.runtime.train.proof import prove
from tests.support.picture_folder import in_memory
from tests.support.tiny import (
    PARAMS,
    SPEC,
    TENSORS,
    dataset,
    make_trainer,
    measured,
    same_tensors,
)


class Hearing(Listener):
    """Keeps all that a training tells."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        self.heard.append(("start", epochs, steps, batch_size))

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        self.heard.append(("batch", epoch, step, steps))

    def on_epoch(self, record: object, is_best: bool) -> None:
        self.heard.append(("epoch",))


def diagnostic_of(fault: type[ArchspecError], act: Callable[[], object]) -> tuple[str, str, str]:
    """Return place, code and message of the only fault."""
    with pytest.raises(fault) as caught:
        act()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help
    return str(diagnostic.span), diagnostic.code, diagnostic.message


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_training_learns(tmp_path: Path) -> None:
    *_, last = make_trainer(tmp_path, "train.epochs=12", "train.scheduler=null").run()
    assert last.test is not None
    assert last.test.accuracy > 0.9
    assert last.test.total == 30
    assert last.train.total == 100


def test_the_same_seed_gives_the_same_bits(tmp_path: Path) -> None:
    one, other = make_trainer(tmp_path), make_trainer(tmp_path)
    first = measured(one.run())
    second = []
    for record in other.run():
        second.append(record)
        torch.rand(7)  # what else draws in the process is nothing to a training
    assert measured(second) == first
    assert same_tensors(one.module.state_dict(), other.module.state_dict())


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    one, other = make_trainer(tmp_path), make_trainer(tmp_path, seed=4)
    assert not same_tensors(one.module.state_dict(), other.module.state_dict())


@pytest.mark.parametrize("many", [1, 2, 3, 4, 10])
def test_batches_that_are_prepared_together_are_those_prepared_alone(
    many: int, tmp_path: Path
) -> None:
    trainer, data = make_trainer(tmp_path, "data.augment=[]"), in_memory(dataset().train)
    trainer.prepared_at_once = many
    batches = torch.split(torch.randperm(100), 32)  # the last holds 4
    arrived = list(trainer._arriving(batches))
    assert len(arrived) == 4
    for places, (images, labels) in zip(batches, arrived, strict=True):
        assert torch.equal(images, trainer.normalize(data.images[places]))
        assert torch.equal(labels, data.labels[places])


def test_every_image_of_batches_prepared_together_is_drawn_for_itself(tmp_path: Path) -> None:
    rotation = "data.augment=[{RandomRotation: {degrees: 15, interpolation: bilinear}}]"
    trainer = make_trainer(tmp_path, rotation)
    same = torch.zeros(32, dtype=torch.int64)
    trainer.prepared_at_once = 3
    arrived = torch.cat([images for images, _ in trainer._arriving([same] * 3)])
    assert len(torch.unique(arrived.flatten(1), dim=0)) == 96


def test_small_batches_are_prepared_together_and_large_ones_alone() -> None:
    assert prepared_at_once(128, (1, 28, 28)) == 10
    assert prepared_at_once(256, (3, 224, 224)) == 1
    assert prepared_at_once(256, (1, 28, 28)) == 5
    assert prepared_at_once(1, (1, 8, 8)) == 10


def test_order_and_augmentation_draw_from_streams_of_their_own(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    seeds = {trainer.sampler.initial_seed(), trainer.augment.generator.initial_seed(), trainer.seed}
    assert len(seeds) == 3


def test_the_order_of_images_does_not_depend_on_augmentation(tmp_path: Path) -> None:
    with_rotation = make_trainer(tmp_path)
    without = make_trainer(tmp_path, "data.augment=[]")
    list(with_rotation.run())
    list(without.run())
    assert torch.equal(with_rotation.sampler.get_state(), without.sampler.get_state())


def test_one_step_is_that_of_a_plain_torch_loop(tmp_path: Path) -> None:
    overrides = (
        "train.epochs=1",
        "data.augment=[]",
        "train.batch_size=100",
        "train.scheduler=null",
    )
    spec = SPEC.replace(", dropout: 0.1", "")
    trainer = make_trainer(tmp_path, *overrides, spec=spec)
    torch.manual_seed(3)
    reference = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 3, 3),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    optimizer = torch.optim.SGD(reference.parameters(), lr=0.05, momentum=0.9)
    data = dataset()
    pixels = (in_memory(data.train).images.float() / 255 - 0.3) / 0.25
    scores = reference(pixels)
    loss = nn.functional.cross_entropy(scores, data.train.labels)
    torch.autograd.backward(loss)
    optimizer.step()
    (record,) = trainer.run()
    assert record.train.loss == pytest.approx(loss.item(), rel=1e-5)
    assert record.train.correct == int((scores.argmax(1) == data.train.labels).sum())
    for mine, theirs in zip(trainer.module.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_test_measures_are_those_of_the_finished_epoch(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, "train.epochs=2")
    *_, last = trainer.run()
    trainer.module.eval()
    data = dataset()
    with torch.no_grad():
        scores = trainer.module((in_memory(data.test).images.float() / 255 - 0.3) / 0.25)
    assert last.test is not None
    assert last.test.correct == int((scores.argmax(1) == data.test.labels).sum())
    loss = nn.functional.cross_entropy(scores, data.test.labels).item()
    assert last.test.loss == pytest.approx(loss, rel=1e-5)


def test_measuring_in_small_parts_gives_the_same_counts(tmp_path: Path) -> None:
    whole, parts = make_trainer(tmp_path), make_trainer(tmp_path)
    parts.evaluated_at_once = 7
    ends = [measured(trainer.run())[-1] for trainer in (whole, parts)]
    assert ends[0][-1].correct == ends[1][-1].correct
    assert ends[0][-1].loss == pytest.approx(ends[1][-1].loss)


@pytest.mark.parametrize(
    ("validation", "counts", "monitored"),
    [
        ("test", Counts(100, 0, 30), "test"),
        ("20", Counts(80, 20, 30), "validation"),
        ("0.1", Counts(90, 10, 30), "validation"),
        ("0", Counts(100, 0, 30), "train"),
    ],
)
def test_each_way_of_holding_out_is_measured_under_its_own_name(
    tmp_path: Path, validation: str, counts: Counts, monitored: str
) -> None:
    trainer = make_trainer(tmp_path, f"data.validation={validation}")
    first = next(trainer.run())
    assert trainer.counts == counts
    assert trainer.monitored == monitored
    assert (first.validation is None) == (counts.validation == 0)
    assert first.test is not None
    assert first.train.total == counts.train


@pytest.mark.parametrize("scheduler", ["null", "{ReduceLROnPlateau: {patience: 0}}"])
def test_the_test_images_change_nothing_unless_declared(tmp_path: Path, scheduler: str) -> None:
    overrides = ("data.validation=20", f"train.scheduler={scheduler}")
    seen = dataset()
    wrong = Images(
        in_memory(seen.test).images, (seen.test.labels + 1) % 3
    )  # learning makes this one worse
    other = replace(seen, test=wrong)
    runs = [make_trainer(tmp_path, *overrides, data=data) for data in (seen, other)]
    records = [list(trainer.run()) for trainer in runs]
    assert [e.test for e in records[0]] != [e.test for e in records[1]]
    assert same_tensors(runs[0].module.state_dict(), runs[1].module.state_dict())
    assert runs[0].best_epoch == runs[1].best_epoch


def test_the_schedule_steps_once_an_epoch(tmp_path: Path) -> None:
    rates = [record.learning_rate for record in make_trainer(tmp_path).run()]
    assert rates == pytest.approx([0.05, 0.05, 0.005, 0.005])


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_a_schedule_steps_behind_the_optimizer_as_torch_asks(
    tmp_path: Path, momentum: float, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "quick.yaml"
    path.write_text(SPEC.replace("momentum: 0.9", f"momentum: {momentum}"), encoding="utf-8")
    network, data = load(path, ("train.scheduler={StepLR: {step_size: 1}}",)), dataset()
    trainer = trainer_module.Trainer(
        network.analysis,
        split(data, "test"),
        3,
        seed=0,
        device=torch.device("cpu"),
        settings=Settings(fast=True),
    )
    rates = [record.learning_rate for record in trainer.run()]
    assert rates == pytest.approx([0.05 * 0.1**epoch for epoch in range(4)])
    assert not recwarn.list


def test_one_cycle_ends_with_the_last_batch(tmp_path: Path) -> None:
    cycle = "{OneCycleLR: {max_lr: 0.1, final_div_factor: 100, div_factor: 10}}"
    trainer = make_trainer(tmp_path, f"train.scheduler={cycle}")
    rates = [record.learning_rate for record in trainer.run()]
    assert rates[-1] == pytest.approx(0.1 / 10 / 100)
    assert max(rates) > 0.05


def test_a_plateau_of_the_held_out_loss_lowers_the_rate(tmp_path: Path) -> None:
    plateau = "{ReduceLROnPlateau: {patience: 0, threshold: 0.99, factor: 0.5}}"
    trainer = make_trainer(tmp_path, "data.validation=20", f"train.scheduler={plateau}")
    rates = [record.learning_rate for record in trainer.run()]
    # No epoch can lower the loss by 99 %: each one after the first halves the rate.
    assert rates == pytest.approx([0.05, 0.05, 0.025, 0.0125])


def test_progress_hears_every_batch_the_incomplete_one_included(tmp_path: Path) -> None:
    listener = Hearing()
    trainer = make_trainer(tmp_path, "train.epochs=2", listeners=[listener])
    list(trainer.run())
    batches = [("batch", epoch, step, 4) for epoch in (1, 2) for step in (1, 2, 3, 4)]
    assert listener.heard == [("start", 2, 4, 32), *batches]


def test_the_module_is_proven_equal_to_the_analysis(tmp_path: Path) -> None:
    assert make_trainer(tmp_path).proof == Proof(params=PARAMS, tensors=TENSORS)


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (lambda m: m.add_module("extra", nn.Linear(2, 2)), "only the module has extra.weight"),
        (lambda m: m.register_buffer("more", torch.zeros(1)), "only the module has more"),
        (lambda m: delattr(m.conv2.conv, "bias"), "only the analysis has conv2.conv.bias"),
        (
            lambda m: setattr(m.conv2.conv, "bias", nn.Parameter(torch.zeros(4))),
            "conv2.conv.bias is (3,) in the analysis and (4,) in the module",
        ),
    ],
)
def test_a_module_that_differs_from_the_analysis_is_refused(
    tmp_path: Path, bend: Callable[[Any], None], message: str
) -> None:
    trainer = make_trainer(tmp_path)
    bend(trainer.module)
    _, code, found = diagnostic_of(SpecError, lambda: prove(trainer.module, trainer.analysis))
    assert code == "not-as-analysed"
    assert message in found


def test_classes_that_do_not_match_are_refused_at_the_last_layer(tmp_path: Path) -> None:
    spec = SPEC.replace("out_channels: 3", "out_channels: 5")
    place, code, message = diagnostic_of(SpecError, lambda: make_trainer(tmp_path, spec=spec))
    assert place.endswith(f":{line_of(spec, '- flatten')}:5")
    assert code == "classes-mismatch"
    assert "(5)" in message
    assert "3 classes" in message


def test_an_output_that_is_still_a_map_is_refused(tmp_path: Path) -> None:
    spec = SPEC.replace("  - flatten\n", "")
    _, code, message = diagnostic_of(SpecError, lambda: make_trainer(tmp_path, spec=spec))
    assert code == "classes-mismatch"
    assert "(3, 1, 1)" in message


def test_images_of_another_shape_are_refused_at_the_input(tmp_path: Path) -> None:
    spec = SPEC.replace("[1, 8, 8]", "[1, 9, 9]")
    place, code, message = diagnostic_of(SpecError, lambda: make_trainer(tmp_path, spec=spec))
    assert f":{line_of(spec, 'input:')}:" in place
    assert code == "input-mismatch"
    assert "(1, 9, 9)" in message
    assert "(1, 8, 8)" in message


@pytest.mark.parametrize(
    ("cut", "code"),
    [("data:", "no-data"), ("train:", "no-train")],
)
def test_a_spec_without_data_or_training_is_refused(tmp_path: Path, cut: str, code: str) -> None:
    start = SPEC.index(cut)
    end = SPEC.index("train:") if cut == "data:" else len(SPEC)
    (tmp_path / "tiny.yaml").write_text(SPEC[:start] + SPEC[end:])
    spec = load(tmp_path / "tiny.yaml").spec
    assert diagnostic_of(SpecError, lambda: plan_of(spec))[1] == code


def test_a_task_that_the_trainer_does_not_know_is_refused(tmp_path: Path) -> None:
    spec = SPEC.replace("  epochs: 4", "  task: clasification\n  epochs: 4")
    path = tmp_path / "tiny.yaml"
    path.write_text(spec.replace("Digits", "ImageFolder"), encoding="utf-8")
    analysis = study(path).sound
    assert analysis is not None
    place, code, message = diagnostic_of(SpecError, lambda: rehearse(analysis))
    assert f":{line_of(spec, 'task:')}:" in place
    assert (code, message) == ("unknown-task", "the trainer knows no task 'clasification'")


@pytest.mark.filterwarnings("ignore:.*overflow.*:RuntimeWarning")
def test_a_loss_that_is_not_finite_stops_with_epoch_and_rate(tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path,
        "train.optimizer={SGD: {lr: 1.0e+18, weight_decay: 1.0e+18}}",
        "train.scheduler=null",
    )
    place, code, message = diagnostic_of(SpecError, lambda: list(trainer.run()))
    assert code == "non-finite-loss"
    assert message.startswith("the train loss is ")
    assert "in epoch 1, at a learning rate of 1e+18" in message
    assert place


def test_a_loss_that_breaks_in_mid_epoch_is_noticed_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "FINITE_CHECKED_EVERY", 2)
    listener = Hearing()
    overrides = (
        "train.optimizer={SGD: {lr: 1.0e+18, weight_decay: 1.0e+18}}",
        "train.batch_size=4",
        "train.scheduler=null",
    )
    trainer = make_trainer(tmp_path, *overrides, listeners=[listener])
    with pytest.raises(SpecError):
        list(trainer.run())
    assert len(listener.heard) < 10


def test_a_lone_last_image_that_cannot_be_normalised_is_refused(tmp_path: Path) -> None:
    spec = SPEC.replace("  - gap\n", "  - gap\n  - batch_norm\n")
    place, code, message = diagnostic_of(
        SpecError, lambda: make_trainer(tmp_path, spec=spec, data=dataset(train=97))
    )
    assert f":{line_of(spec, 'batch_size:')}:" in place
    assert code == "cannot-train"
    assert "97 images leave a batch of 1" in message


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_running_out_of_memory_names_the_batch_size(tmp_path: Path, fault: Exception) -> None:
    trainer = make_trainer(tmp_path)

    def fail(*arguments: object) -> None:
        raise fault

    trainer.module.register_forward_pre_hook(fail)
    _, code, message = diagnostic_of(EnvironmentFault, lambda: list(trainer.run()))
    assert code == "out-of-memory"
    assert "batches of 32 images" in message


def test_a_log_softmax_with_its_loss_trains(tmp_path: Path) -> None:
    spec = SPEC.replace("  - flatten\n", "  - flatten\n  - log_softmax\n")
    trainer = make_trainer(
        tmp_path, "train.loss=NLLLoss", "train.scheduler=null", "train.epochs=12", spec=spec
    )
    *_, last = trainer.run()
    assert last.test is not None
    assert last.test.accuracy > 0.9


def test_the_thread_count_is_set_and_kept(tmp_path: Path) -> None:
    assert make_trainer(tmp_path).threads == 1
    assert torch.get_num_threads() == 1


def test_the_asked_device_is_taken() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cpu", "cuda", "mps")


def test_a_device_that_is_not_there_is_a_fault_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    _, code, message = diagnostic_of(EnvironmentFault, lambda: choose_device("cuda"))
    assert code == "no-device"
    assert "no cuda device" in message


def test_an_unknown_device_is_wrong_usage() -> None:
    assert diagnostic_of(UsageError, lambda: choose_device("gpu"))[1] == "unknown-device"
