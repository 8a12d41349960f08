"""Checkpoints: a restored training ends in the same bits; foreign and damaged files are refused."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.runtime.train.checkpoint import FORMAT, read_checkpoint, to_bytes, write_checkpoint
from tests.support.archives import Entry, flipped, rewritten
from tests.support.tiny import SPEC, make_trainer, measured, same_tensors

OPTIMIZERS = (
    "{SGD: {lr: 0.05, momentum: 0.9}}",
    "{SGD: {lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.001}}",
    "Adam",
    "{AdamW: {betas: [0.8, 0.99], amsgrad: true}}",
    "NAdam",
    "RAdam",
    "Adagrad",
    "Adadelta",
    "{RMSprop: {lr: 0.001, momentum: 0.5}}",
    "Rprop",
    "ASGD",
    "Adafactor",
)
SCHEDULERS = (
    "{StepLR: {step_size: 3}}",
    "{MultiStepLR: {milestones: [1, 3]}}",
    "ConstantLR",
    "LinearLR",
    "{ExponentialLR: {gamma: 0.7}}",
    "PolynomialLR",
    "{CosineAnnealingLR: {T_max: 4}}",
    "{CosineAnnealingWarmRestarts: {T_0: 3}}",
    "{ReduceLROnPlateau: {patience: 0, threshold: 0.99}}",
    "{OneCycleLR: {max_lr: 0.1}}",
    "{CyclicLR: {base_lr: 0.01, max_lr: 0.1, step_size_up: 5}}",
)


def restored_equals_uninterrupted(folder: Path, *overrides: str, stop: int = 2) -> bool:
    """Return whether 4 epochs give the bits of `stop` epochs, a file, and the rest from it."""
    whole = make_trainer(folder, *overrides)
    expected = measured(whole.run())
    first = make_trainer(folder, *overrides)
    list(islice(first.run(), stop))
    write_checkpoint(first.checkpoint(), folder / "last.pt")
    del first
    torch.manual_seed(999)  # another process starts with generators of its own
    second = make_trainer(folder, *overrides)
    second.restore(read_checkpoint(folder / "last.pt"))
    rest = measured(second.run())
    assert len(rest) == 4 - stop
    return (
        measured(second.epochs) == expected
        and same_tensors(whole.module.state_dict(), second.module.state_dict())
        and whole.best_epoch == second.best_epoch
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_restored_optimizer_goes_on_bit_for_bit(tmp_path: Path, optimizer: str) -> None:
    overrides = (f"train.optimizer={optimizer}", "train.scheduler=null")
    assert restored_equals_uninterrupted(tmp_path, *overrides)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_restored_schedule_goes_on_bit_for_bit(tmp_path: Path, scheduler: str) -> None:
    assert restored_equals_uninterrupted(tmp_path, f"train.scheduler={scheduler}")


@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_training_goes_on_from_any_epoch(tmp_path: Path, stop: int) -> None:
    assert restored_equals_uninterrupted(tmp_path, stop=stop)


@pytest.mark.parametrize(
    "augment",
    [
        "[]",
        "[{RandomAffine: {degrees: 20, translate: [0.1, 0.1]}}]",
        "[{RandomErasing: {p: 0.5}}, {RandomHorizontalFlip: {p: 0.5}}]",
        "[{ColorJitter: {brightness: 0.5}}]",
    ],
)
def test_restored_augmentation_draws_on(tmp_path: Path, augment: str) -> None:
    assert restored_equals_uninterrupted(tmp_path, f"data.augment={augment}")


@pytest.mark.parametrize(
    "override",
    [
        "train.ema=0.9",
        "train.warmup_epochs=2.5",
        "train.clip_grad_norm=0.1",
        "train.no_weight_decay=[norms, biases]",
        "data.augment=[{MixUp: {alpha: 0.4}}, {CutMix: {}}]",
        "data.augment=[{ElasticTransform: {sigma: 0.7}}]",
    ],
)
def test_every_part_of_a_recipe_goes_on_where_it_stopped(tmp_path: Path, override: str) -> None:
    assert restored_equals_uninterrupted(tmp_path, override)
    assert restored_equals_uninterrupted(tmp_path, override, stop=1)


def test_a_checkpoint_of_format_1_is_read(tmp_path: Path, sound: bytes) -> None:
    content = torch.load(io.BytesIO(sound), weights_only=True)
    del content["raw"]
    (tmp_path / "last.pt").write_bytes(saved({**content, "format": 1}))
    assert read_checkpoint(tmp_path / "last.pt").raw is None


def test_a_checkpoint_loads_with_weights_only_and_holds_the_model_under_model(
    tmp_path: Path,
) -> None:
    trainer = make_trainer(tmp_path)
    next(trainer.run())
    content = io.BytesIO(to_bytes(trainer.checkpoint()))
    loaded = torch.load(content, weights_only=True)
    assert same_tensors(loaded["model"], trainer.module.state_dict())
    assert loaded["format"] == FORMAT
    assert loaded["raw"] is None
    assert loaded["epoch"] == 1


def test_a_checkpoint_survives_the_disk(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    list(trainer.run())
    written = trainer.checkpoint()
    write_checkpoint(written, tmp_path / "last.pt")
    found = read_checkpoint(tmp_path / "last.pt")
    assert found.epochs == written.epochs
    assert same_tensors(found.model, written.model)
    assert same_tensors(found.generators, written.generators)
    assert replace(found, model={}, generators={}, optimizer={}) == replace(
        written, model={}, generators={}, optimizer={}
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    trainer = make_trainer(tmp_path_factory.mktemp("sound"))
    next(trainer.run())
    return to_bytes(trainer.checkpoint())


def refused(folder: Path, content: bytes) -> tuple[str, str]:
    """Return code and message of the refusal of a file with this content."""
    (folder / "last.pt").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_checkpoint(folder / "last.pt")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help
    return diagnostic.code, diagnostic.message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, sound: bytes, share: float) -> None:
    code, message = refused(tmp_path, sound[: int(len(sound) * share)])
    assert code == "bad-checkpoint"
    assert "cut short or damaged" in message


def saved(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def test_no_flipped_bit_changes_what_is_read(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "last.pt"
    path.write_bytes(sound)
    written, accepted = read_checkpoint(path), 0
    for bit in random.Random(4).sample(range(8 * len(sound)), 60):
        path.write_bytes(flipped(sound, bit))
        try:
            found = read_checkpoint(path)
        except SpecError:
            continue
        accepted += 1
        assert same_tensors(found.model, written.model)
        assert same_tensors(found.generators, written.generators)
        assert to_bytes(found) == to_bytes(written)
    assert accepted < 20  # of the padding between the entries


def test_a_flipped_bit_of_a_weight_is_seen(tmp_path: Path, sound: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        weights = archive.read("archive/data/0")
    code, message = refused(tmp_path, flipped(sound, 8 * sound.index(weights) + 3))
    assert (code, "cut short or damaged" in message) == ("bad-checkpoint", True)


def packed(info: zipfile.ZipInfo, content: bytes) -> Entry:
    info.compress_type = zipfile.ZIP_DEFLATED
    return info, content


def longer_in_the_pickle(info: zipfile.ZipInfo, content: bytes) -> Entry:
    return info, content.replace(b"K\x24t", b"M\x24\x10t")  # 36 weights of the first kernel


def a_folder_to_one_reader(info: zipfile.ZipInfo, content: bytes) -> Entry:
    info.external_attr = 16
    return info, content


@pytest.mark.parametrize("change", [packed, longer_in_the_pickle])
def test_an_archive_that_claims_more_than_it_holds_is_refused(
    tmp_path: Path, sound: bytes, change: Callable[[zipfile.ZipInfo, bytes], Entry]
) -> None:
    content = rewritten(sound, change)
    assert content != rewritten(sound, lambda info, inner: (info, inner))
    code, message = refused(tmp_path, content)
    assert (code, "cut short or damaged" in message) == ("bad-checkpoint", True)


def test_a_number_that_stands_for_many_is_refused(tmp_path: Path, sound: bytes) -> None:
    content = torch.load(io.BytesIO(sound), weights_only=True)
    content["optimizer"]["state"][0]["momentum_buffer"] = torch.zeros(1).expand(2**40)
    assert refused(tmp_path, saved(content))[0] == "bad-checkpoint"


def test_torch_sees_what_was_checked(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(sound)
    written = read_checkpoint(tmp_path / "last.pt")
    (tmp_path / "last.pt").write_bytes(rewritten(sound, a_folder_to_one_reader))
    assert to_bytes(read_checkpoint(tmp_path / "last.pt")) == to_bytes(written)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no checkpoint"),
        (b"hello", "no checkpoint"),
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "no checkpoint"),
        (saved(torch.zeros(3)), "archspec did not write"),
        (saved({"weight": torch.zeros(3)}), "archspec did not write"),
        (saved({"format": 1}), "`epoch` is missing"),
        (saved(torch.nn.Linear(2, 2)), "cut short or damaged"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    code, found = refused(tmp_path, content)
    assert code == "bad-checkpoint"
    assert message in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", {"conv1.weight": [1, 2]}),
        ("optimizer", None),
        ("scheduler", 7),
        ("generators", {"cpu": torch.zeros(1)}),
        ("epoch", 2),
        ("epochs", [{"epoch": 1}]),
        ("seed", "three"),
        ("surprise", 1),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_named(
    tmp_path: Path, sound: bytes, name: str, value: Any
) -> None:
    content = torch.load(io.BytesIO(sound), weights_only=True)
    code, message = refused(tmp_path, saved({**content, name: value}))
    assert code == "bad-checkpoint"
    assert f"`{'epochs' if name == 'epoch' else name}`" in message


def test_a_newer_format_is_refused(tmp_path: Path, sound: bytes) -> None:
    content = torch.load(io.BytesIO(sound), weights_only=True)
    assert refused(tmp_path, saved({**content, "format": FORMAT + 1}))[0] == "newer-format"


def test_a_missing_checkpoint_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot read"):
        read_checkpoint(tmp_path / "absent.pt")


@pytest.mark.parametrize(
    ("change", "overrides", "seed", "code", "message"),
    [
        (
            lambda text: text.replace("out_channels: 4", "out_channels: 5"),
            (),
            3,
            "other-network",
            "conv1.conv.weight is (5, 1, 3, 3) in the network and (4, 1, 3, 3) in the checkpoint",
        ),
        (
            lambda text: text.replace("bias: false, ", ""),
            (),
            3,
            "other-network",
            "only the network has conv1.conv.bias",
        ),
        (
            lambda text: text.replace("activation: relu", "activation: tanh"),
            (),
            3,
            "other-network",
            "its tensors fit, its layers differ",
        ),
        (str, ("train.batch_size=16",), 3, "other-recipe", "other data or training"),
        (str, (), 4, "other-seed", "seed 3, and this one has 4"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused_with_what_differs(
    tmp_path: Path,
    change: Callable[[str], str],
    overrides: tuple[str, ...],
    seed: int,
    code: str,
    message: str,
) -> None:
    checkpoint = make_trainer(tmp_path).checkpoint()
    other = make_trainer(tmp_path, *overrides, spec=change(SPEC), seed=seed)
    with pytest.raises(SpecError) as caught:
        other.restore(checkpoint)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert message in diagnostic.message


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {}},
        {
            "generators": {
                "cpu": torch.zeros(3),
                "sampler": torch.zeros(3),
                "augment": torch.ones(1),
            }
        },
    ],
)
def test_a_state_that_does_not_fit_its_own_training_is_refused(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    trainer = make_trainer(tmp_path)
    with pytest.raises(SpecError) as caught:
        trainer.restore(replace(trainer.checkpoint(), **change))
    assert caught.value.diagnostics[0].code == "bad-checkpoint"


def edited(content: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    """Put a value into nested dicts and lists."""
    *outer, last = path
    for step in outer:
        content = content[step]
    content[last] = value


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("optimizer", "state", 0, "momentum_buffer"), torch.zeros(3), "state.0.momentum_buffer"),
        (("optimizer", "state", 0, "momentum_buffer"), "x", "state.0.momentum_buffer"),
        (("optimizer", "state", 0), 5, "state.0"),
        (("optimizer", "state", 0), {}, "state.0.momentum_buffer is missing"),
        (("optimizer", "state", 99), {}, "a state for other parameters"),
        (("optimizer", "state"), {}, "a state for other parameters"),
        (("optimizer", "state"), [1], "state is not"),
        (("optimizer", "param_groups", 0, "lr"), "x", "param_groups.0.lr"),
        (("optimizer", "param_groups", 0, "params"), [0], "param_groups.0.params"),
        (("optimizer", "param_groups"), [], "param_groups is not"),
        (("optimizer",), {}, "param_groups"),
        (("scheduler", "total_steps"), "a", "scheduler.total_steps"),
        (("scheduler", "step"), 3, "scheduler is not"),
        (("scheduler", "base_lrs"), [0.1, 0.2], "scheduler.base_lrs"),
        (("scheduler",), {}, "is missing"),
        (("scheduler",), None, "the state of its schedule is missing"),
    ],
)
def test_a_state_that_its_training_would_not_have_is_refused(
    tmp_path: Path, path: tuple[Any, ...], value: object, named: str
) -> None:
    schedule = "train.scheduler={OneCycleLR: {max_lr: 0.1}}"
    trainer = make_trainer(tmp_path, schedule)
    next(trainer.run())
    content = torch.load(io.BytesIO(to_bytes(trainer.checkpoint())), weights_only=True)
    edited(content, path, value)
    (tmp_path / "last.pt").write_bytes(saved(content))
    with pytest.raises(SpecError) as caught:
        make_trainer(tmp_path, schedule).restore(read_checkpoint(tmp_path / "last.pt"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "bad-checkpoint"
    assert named in diagnostic.message
