"""`archspec eval`: what it says of a trained network, and of what is none."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.judge.classes import ClassFigures, class_figures, means, worst_confusions
from archspec.record import keep, read_record, to_json, write_record
from archspec.record.evaluation import read_evaluation
from tests.support.trained_small import SPEC, few_digits, trained

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "eval.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def digits() -> Iterator[None]:
    with few_digits():
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that no test changes."""
    return trained(tmp_path_factory.mktemp("made"), "--set", "train.epochs=4")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, for tests that change it."""
    return Path(shutil.copytree(made, tmp_path / "runs" / "small" / made.name))


def evaluated(run: Path, *options: str, latency: bool = False) -> Result:
    measured = () if latency else ("--no-latency",)
    return CliRunner().invoke(app, ["eval", str(run), "--device", "cpu", *measured, *options])


def as_json(run: Path, *options: str, latency: bool = False) -> dict[str, Any]:
    result = evaluated(run, "--format", "json", *options, latency=latency)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def refused(result: Result, exit_code: int, code: str) -> str:
    """Return what was said; fail unless it ended with this diagnostic."""
    assert result.exit_code == exit_code, result.output
    assert f"error[{code}]" in result.output
    assert "Traceback" not in result.output
    return result.output


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def shares(one: ClassFigures) -> tuple[Any, Any, Any]:
    return one.precision, one.recall, one.f1


def test_the_figures_of_a_class_come_from_its_row_and_its_column() -> None:
    one, other = class_figures(("a", "b"), ((3, 1), (2, 4)))

    assert (one.images, one.named, one.correct) == (4, 5, 3)
    assert shares(one) == (Fraction(3, 5), Fraction(3, 4), Fraction(2, 3))
    assert one.accuracy == other.accuracy == Fraction(7, 10)
    assert shares(other) == (Fraction(4, 5), Fraction(4, 6), Fraction(8, 11))


def test_what_has_nothing_to_divide_by_is_no_figure() -> None:
    never_named, always_named, absent = class_figures("abc", ((0, 2, 0), (0, 3, 0), (0, 0, 0)))

    assert shares(never_named) == (None, 0, 0)
    assert shares(always_named) == (Fraction(3, 5), 1, Fraction(3, 4))
    assert shares(absent) == (None, None, None)
    assert means([never_named, always_named, absent])["recall"] == Fraction(1, 2)


def test_the_most_frequent_mistake_comes_first() -> None:
    confusion = ((5, 1, 0), (4, 0, 0), (0, 2, 0))

    assert worst_confusions("abc", confusion, 2) == [("b", "a", 4), ("c", "b", 2)]


def test_the_accuracy_is_that_of_the_record_with_its_counts_and_interval(made: Path) -> None:
    best = read_record(made / "record.json").best
    assert best is not None
    assert best.test is not None
    text = evaluated(made).stdout

    counted = re.search(
        r"^accuracy: ([\d.]+) % \((\d+) of 200\), 95 % interval (.*) %$", text, re.MULTILINE
    )
    assert counted is not None, text
    assert int(counted[2]) == best.test.correct
    assert float(counted[1]) == pytest.approx(best.test.correct / 2)
    low, high = map(float, counted[3].split(" to "))
    assert low < float(counted[1]) < high
    assert "the record says the same" in text
    assert "latency" not in text


def test_every_class_has_its_line(made: Path) -> None:
    lines = evaluated(made).stdout.splitlines()
    head = next(index for index, line in enumerate(lines) if line.startswith("class "))
    rows = [line.split() for line in lines[head + 1 : head + 12]]

    assert lines[head].split() == "class images right accuracy precision recall f1".split()
    assert [row[0] for row in rows] == [*"0123456789", "mean"]
    assert [row[1] for row in rows[:-1]] == ["20"] * 10


def test_json_says_what_the_runs_own_evaluation_says(made: Path) -> None:
    found, kept = as_json(made), read_evaluation(made / "evaluation.json")

    assert tuple(map(tuple, found["confusion"])) == kept.confusion
    assert [one["name"] for one in found["classes"]] == list(kept.classes)
    assert (found["accuracy"]["correct"], found["accuracy"]["total"]) == (kept.correct, 200)
    assert found["epoch"] == kept.epoch
    assert found["recorded"] == found["accuracy"]
    assert found["means"]["recall"] == pytest.approx(100 * kept.correct / kept.total)
    assert (found["latency"], found["notes"]) == ([], [])


@pytest.mark.parametrize(
    ("split", "total", "is_test"),
    [("test", 200, True), ("validation", 100, False), ("train", 900, False)],
)
def test_each_split_can_be_judged(made: Path, split: str, total: int, is_test: bool) -> None:
    found = as_json(made, "--split", split)

    assert (found["split"], found["accuracy"]["total"], found["is_test"]) == (split, total, is_test)
    assert (found["recorded"] is None) == (split == "train")
    if found["recorded"]:
        assert found["recorded"] == found["accuracy"]


def test_a_declared_test_set_is_named_as_such(tmp_path: Path) -> None:
    run = trained(tmp_path, "--set", "data.validation=test")

    assert as_json(run, "--split", "validation")["is_test"]
    assert "which are the test images" in evaluated(run, "--split", "validation").stdout


def test_the_last_checkpoint_is_that_of_the_last_epoch(made: Path) -> None:
    last = read_record(made / "record.json").epochs[-1].test
    found = as_json(made, "--checkpoint", "last")

    assert last is not None
    assert (found["epoch"], found["accuracy"]["correct"]) == (4, last.correct)


def test_a_record_beside_its_weights_is_as_good_as_the_folder(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (0.5, 0.5, 0.5), raising=False)

    assert as_json(made / "record.json") == as_json(made)


def test_other_data_is_named_and_held_against_no_record(made: Path) -> None:
    found = as_json(made, "--data", "Digits")

    assert found["dataset"]["is_own"] is False
    assert found["recorded"] is None
    assert "in place of Digits" in evaluated(made, "--data", "Digits").stdout


def test_times_come_with_the_machine_that_they_are_of(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archspec.runtime.trained import latency

    monkeypatch.setattr(latency, "MEASURED_SECONDS", 0.0)
    monkeypatch.setattr(latency, "WARM_UP_SECONDS", 0.0)
    found = as_json(made, "--batch-sizes", "1, 4,1", "--threads", "1", latency=True)

    assert [one["batch_size"] for one in found["latency"]] == [1, 4]
    for one in found["latency"]:
        assert one["low_ms"] <= one["median_ms"] <= one["high_ms"]
        assert one["images_per_second"] == pytest.approx(
            1000 * one["batch_size"] / one["median_ms"]
        )
        assert one["passes"] >= latency.FEWEST_PASSES
    assert (found["machine"]["device"], found["machine"]["threads"]) == ("cpu", 1)
    text = evaluated(made, "--batch-sizes", "4", latency=True).stdout
    assert re.search(r"^on:   cpu \(.*\), 1 thread of \d+ cores", text, re.MULTILINE)
    assert re.search(r"^4 +[\d.,]+ +[\d.,]+ to [\d.,]+ +[\d,]+ +20$", text, re.MULTILINE)


def test_the_weights_of_a_kept_record_are_asked_for_with_the_cure(
    run: Path, tmp_path: Path
) -> None:
    kept = keep(run, tmp_path / "records").path
    output = refused(evaluated(kept), 3, "missing-checkpoint")

    assert "holds no weights" in output
    assert re.search(r"`archspec train \S+small.yaml --set train.epochs=4 --seed 0`", output)
    assert as_json(kept, "--checkpoint", str(run / "best.pt"))["recorded"] is None


def test_a_kept_record_whose_run_is_still_here_leads_there(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = keep(run, tmp_path / "records").path

    assert f"name runs/small/{run.name}" in refused(evaluated(kept), 3, "missing-checkpoint")


def test_weights_that_were_taken_away_are_missed(run: Path) -> None:
    (run / "best.pt").unlink()

    assert "was taken away" in refused(evaluated(run), 3, "missing-checkpoint")
    assert evaluated(run, "--checkpoint", "last").exit_code == 0
    refused(evaluated(run, "--checkpoint", str(run / "none.pt")), 3, "missing-checkpoint")


def test_a_run_without_an_epoch_leads_to_resuming(run: Path) -> None:
    record = read_record(run / "record.json")
    begun = replace(record, epochs=(), best_epoch=None, status="interrupted")
    write_record(begun, run / "record.json")
    (run / "best.pt").unlink()

    assert "archspec train --resume" in refused(evaluated(run), 3, "missing-checkpoint")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad-checkpoint"),
        (b"PK\x03\x04 and no more", "bad-checkpoint"),
        (None, "bad-checkpoint"),
    ],
    ids=["empty", "no archive", "cut short"],
)
def test_a_damaged_checkpoint_is_refused(run: Path, content: bytes | None, code: str) -> None:
    whole = (run / "best.pt").read_bytes()
    (run / "best.pt").write_bytes(whole[: len(whole) // 2] if content is None else content)

    assert "best.pt" in refused(evaluated(run), 1, code)


def test_weights_that_give_no_numbers_are_refused(run: Path) -> None:
    from archspec.runtime.train.checkpoint import read_checkpoint, write_checkpoint

    checkpoint = read_checkpoint(run / "best.pt")
    broken = {name: tensor * float("nan") for name, tensor in checkpoint.model.items()}
    write_checkpoint(replace(checkpoint, model=broken), run / "best.pt")

    refused(evaluated(run), 1, "bad-checkpoint")


def test_the_checkpoint_of_another_network_is_refused(run: Path, tmp_path: Path) -> None:
    other = trained(tmp_path, spec=SPEC.replace("out_channels: 4", "out_channels: 5"), name="other")
    shutil.copy(other / "best.pt", run / "best.pt")

    output = refused(evaluated(run), 1, "other-network")
    assert "conv1" in output
    assert f"give a checkpoint of the run {run.name}" in output


def test_the_checkpoint_of_another_run_is_refused_or_noted(run: Path, tmp_path: Path) -> None:
    other = trained(tmp_path / "other", "--seed", "3", "--set", "train.epochs=4")
    shutil.copy(other / "best.pt", tmp_path / "mine.pt")
    (note,) = as_json(run, "--checkpoint", str(tmp_path / "mine.pt"))["notes"]
    assert "is not of the run" in note

    shutil.copy(other / "best.pt", run / "best.pt")
    refused(evaluated(run), 1, "foreign-checkpoint")


def test_other_images_than_the_runs_are_refused(made: Path) -> None:
    with few_digits(1000, 100):
        refused(evaluated(made), 3, "other-data")
        assert as_json(made, "--data", "Digits")["accuracy"]["total"] == 100


def test_an_unfinished_run_is_noted(run: Path) -> None:
    write_record(
        replace(read_record(run / "record.json"), status="interrupted"), run / "record.json"
    )

    assert "note: the run is interrupted after epoch 4" in evaluated(run).stdout


def test_a_record_whose_texts_make_no_network_is_refused(run: Path) -> None:
    text = to_json(read_record(run / "record.json")).replace("max_pool", "max_pol")
    (run / "record.json").write_text(text, encoding="utf-8")

    refused(evaluated(run), 1, "bad-record")


def test_a_part_that_is_not_there_is_refused(tmp_path: Path) -> None:
    run = trained(tmp_path, "--set", "data.validation=0")

    refused(evaluated(run, "--split", "validation"), 2, "nothing-held-out")


@pytest.mark.parametrize("sizes", ["", "1,", "0", "-1", "many", "1.5", "1,1000000000", "²"])
def test_batch_sizes_that_are_none_are_refused(made: Path, sizes: str) -> None:
    refused(evaluated(made, "--batch-sizes", sizes, latency=True), 2, "bad-batch-sizes")


@pytest.mark.parametrize(
    ("name", "exit_code", "code"),
    [("nothing", 2, "missing-run"), (".", 1, "missing-record"), ("best.pt", 2, "missing-run")],
)
def test_what_is_no_run_is_refused(run: Path, name: str, exit_code: int, code: str) -> None:
    (run / "record.json").unlink()

    refused(evaluated(run / name), exit_code, code)


def test_wrong_devices_and_data_are_refused(made: Path, tmp_path: Path) -> None:
    refused(evaluated(made, "--device", "gpu"), 2, "unknown-device")
    refused(evaluated(made, "--data", "Digit"), 1, "unknown-dataset")
    refused(evaluated(made, "--data", "MNIST", "--data-dir", str(tmp_path)), 3, "missing-data")


def test_mnist_is_judged_as_it_was_recorded(mnist_folder: Path, tmp_path: Path) -> None:
    spec = SPEC.replace("dataset: Digits, validation: 100", "dataset: MNIST, validation: 50000")
    data = ("--data-dir", str(mnist_folder))
    run = trained(tmp_path, *data, "--set", "train.epochs=1", spec=spec)
    found = as_json(run, *data)

    assert found["accuracy"]["total"] == 10_000
    assert found["recorded"] == found["accuracy"]
    assert sum(one["images"] for one in found["classes"]) == 10_000
