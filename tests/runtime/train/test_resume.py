"""A stopped run is taken up where it stopped, or refused with nothing changed on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from archspec.diagnostics import ArchspecError, EnvironmentFault, SpecError
from archspec.record import RunRecord, read_metrics, read_record
from archspec.record.evaluation import read_evaluation
from archspec.runtime.train.checkpoint import read_checkpoint, write_checkpoint
from archspec.runtime.train.folder import RunFolder, make_run_folder
from archspec.runtime.train.resume import ensure_same_data, ensure_same_recipe, take_up
from archspec.runtime.train.run import carry_out, first_record
from archspec.runtime.train.trainer import Trainer
from archspec.runtime.trained.completion import complete, is_complete
from tests.support.tiny import SPEC, dataset, images, make_trainer, measured, same_tensors

Break = Callable[[RunFolder], object]


def stopped(root: Path, after: int = 2, *overrides: str) -> tuple[RunFolder, RunRecord]:
    """Return a run of 4 epochs that was interrupted after so many."""
    trainer = make_trainer(root, *overrides)
    folder = make_run_folder(root / "runs", "tiny", trainer.seed)
    record = first_record(trainer, dataset(), folder, version="0.1.0")
    whole = trainer.run

    def interrupted() -> object:
        yield from islice(whole(), after)
        raise KeyboardInterrupt

    trainer.run = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        carry_out(trainer, folder, record)
    return folder, read_record(folder.record)


def files(folder: RunFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.path.iterdir()}


def uninterrupted(root: Path) -> Trainer:
    trainer = make_trainer(root)
    list(trainer.run())
    return trainer


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_a_stopped_run_ends_with_the_bits_of_one_that_never_stopped(
    tmp_path: Path, after: int
) -> None:
    folder, record = stopped(tmp_path, after)
    trainer = make_trainer(tmp_path)
    finished = carry_out(trainer, folder, take_up(trainer, folder, record))
    whole = uninterrupted(tmp_path)
    assert measured(finished.epochs) == measured(whole.epochs)
    assert same_tensors(read_checkpoint(folder.last).model, whole.module.state_dict())
    assert finished.status == "finished"
    assert read_metrics(folder.metrics) == finished.epochs


def test_a_run_killed_before_its_first_checkpoint_starts_at_its_first_step(
    tmp_path: Path,
) -> None:
    folder, record = stopped(tmp_path, 0)
    folder.last.unlink()
    trainer = make_trainer(tmp_path)
    assert take_up(trainer, folder, record) == record
    finished = carry_out(trainer, folder, record)
    assert measured(finished.epochs) == measured(uninterrupted(tmp_path).epochs)


def test_a_kill_between_best_and_last_loses_no_epoch(tmp_path: Path) -> None:
    folder, record = stopped(tmp_path, 2)
    whole = read_checkpoint(folder.last)
    write_checkpoint(whole, folder.best)
    behind = replace(whole, epoch=1, epochs=whole.epochs[:1])  # the kill kept it from following
    write_checkpoint(behind, folder.last)
    trainer = make_trainer(tmp_path)
    take_up(trainer, folder, replace(record, epochs=record.epochs[:1], best_epoch=1))
    assert trainer.epochs == whole.epochs


def test_a_best_checkpoint_is_written_again_where_the_last_epoch_is_the_best(
    tmp_path: Path,
) -> None:
    # Of one epoch the last is certainly the best.
    folder, record = stopped(tmp_path, 1)
    folder.best.unlink()
    trainer = make_trainer(tmp_path)
    record = take_up(trainer, folder, record)
    trainer.run = lambda: iter(())  # type: ignore[method-assign]
    carry_out(trainer, folder, record)
    assert read_checkpoint(folder.best).epoch == 1


def cut(folder: RunFolder) -> None:
    folder.last.write_bytes(folder.last.read_bytes()[:-100])


def of_another(*overrides: str, spec: str = SPEC, seed: int = 3) -> Break:
    def put(folder: RunFolder) -> None:
        other = folder.path.parent / f"other{len(overrides)}{seed}"
        other.mkdir()
        trainer = make_trainer(other, *overrides, spec=spec, seed=seed)
        list(islice(trainer.run(), 2))
        write_checkpoint(trainer.checkpoint(), folder.last)

    return put


WIDER = SPEC.replace("out_channels: 4", "out_channels: 5")


@pytest.mark.parametrize(
    ("damage", "code", "message"),
    [
        (lambda folder: folder.last.unlink(), "missing-checkpoint", "there is no checkpoint"),
        (cut, "bad-checkpoint", "last.pt is cut short or damaged"),
        (lambda f: f.last.write_bytes(b"hello"), "bad-checkpoint", "last.pt is no checkpoint"),
        (lambda f: f.best.write_bytes(b"PK"), "bad-checkpoint", "best.pt is cut short"),
        (of_another(spec=WIDER), "other-network", "conv1.conv.weight is (4, 1, 3, 3) in the net"),
        (of_another("train.batch_size=16"), "other-recipe", "other data or training"),
        (of_another(seed=4), "other-seed", "a run with seed 4, and this one has 3"),
        (of_another(), "foreign-checkpoint", "its 2 epochs are not those of record.json"),
    ],
    ids=["missing", "cut", "text", "cut best", "network", "recipe", "seed", "run"],
)
def test_a_checkpoint_that_does_not_serve_is_refused_and_nothing_changes(
    tmp_path: Path, damage: Break, code: str, message: str
) -> None:
    folder, record = stopped(tmp_path)
    damage(folder)
    before = files(folder)
    with pytest.raises(ArchspecError) as caught:
        take_up(make_trainer(tmp_path), folder, record)
    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert message in fault.message
    assert str(folder.path) in fault.message
    assert fault.help
    assert files(folder) == before


def test_other_images_are_refused_with_both_digests(tmp_path: Path) -> None:
    _, record = stopped(tmp_path)
    other = replace(dataset(), test=images(30, 9), digest="1" * 64)
    with pytest.raises(EnvironmentFault) as caught:
        ensure_same_data(other, record)
    (fault,) = caught.value.diagnostics
    assert fault.code == "other-data"
    assert "0" * 64 in fault.message
    assert "1" * 64 in fault.message


def test_a_record_whose_texts_were_edited_is_refused(tmp_path: Path) -> None:
    folder, record = stopped(tmp_path)
    other = make_trainer(tmp_path, "train.batch_size=16").analysis
    with pytest.raises(SpecError, match="not the recipe of its run"):
        ensure_same_recipe(other, record, folder.record)
    ensure_same_recipe(make_trainer(tmp_path).analysis, record, folder.record)


def test_what_computes_the_rest_in_place_of_what_began_is_noted(tmp_path: Path) -> None:
    folder, record = stopped(tmp_path)
    began = replace(record, versions=replace(record.versions, torch="2.0.0"))
    trainer = make_trainer(tmp_path)
    (notice,) = take_up(trainer, folder, began).notices
    assert notice.startswith("resumed after epoch 2 with torch ")
    assert notice.endswith(" in place of 2.0.0")


def test_the_same_machine_is_not_worth_a_notice(tmp_path: Path) -> None:
    folder, record = stopped(tmp_path)
    assert take_up(make_trainer(tmp_path), folder, record) == record


@pytest.fixture
def finished(tmp_path: Path) -> tuple[Trainer, RunFolder, RunRecord]:
    trainer = make_trainer(tmp_path)
    folder = make_run_folder(tmp_path / "runs", "tiny", trainer.seed)
    record = first_record(trainer, dataset(), folder, version="0.1.0")
    return trainer, folder, carry_out(trainer, folder, record)


def test_a_finished_run_is_completed_by_the_evaluation_of_its_best_network(
    finished: tuple[Trainer, RunFolder, RunRecord],
) -> None:
    trainer, folder, record = finished
    assert not is_complete(folder, record)
    complete(trainer.analysis, dataset(), folder, record)
    assert is_complete(folder, record)
    found = read_evaluation(folder.path / "evaluation.json")
    assert record.best is not None
    assert record.best.test is not None
    assert (found.run, found.epoch) == (record.run, record.best_epoch)
    assert (found.correct, found.total) == (record.best.test.correct, 30)


def test_an_evaluation_that_is_damaged_does_not_count(
    finished: tuple[Trainer, RunFolder, RunRecord],
) -> None:
    _, folder, record = finished
    (folder.path / "evaluation.json").write_text("{")
    assert not is_complete(folder, record)


def test_a_sound_evaluation_of_another_run_is_left_alone(
    finished: tuple[Trainer, RunFolder, RunRecord],
) -> None:
    trainer, folder, record = finished
    complete(trainer.analysis, dataset(), folder, record)
    before = (folder.path / "evaluation.json").read_bytes()
    with pytest.raises(SpecError, match="of the run"):
        is_complete(folder, replace(record, run="20260101T000000Z-s9"))
    assert (folder.path / "evaluation.json").read_bytes() == before


def test_the_network_of_another_epoch_is_not_evaluated_for_the_best(
    finished: tuple[Trainer, RunFolder, RunRecord],
) -> None:
    trainer, folder, record = finished
    untrained = make_trainer(folder.path.parent).checkpoint()
    write_checkpoint(untrained, folder.best)
    with pytest.raises(SpecError, match="of epoch 0, and the best epoch of the run is"):
        complete(trainer.analysis, dataset(), folder, record)
    assert not (folder.path / "evaluation.json").exists()
