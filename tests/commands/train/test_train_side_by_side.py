"""`archspec train --seeds --side-by-side`: one process, runs as if each seed had been alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.train.run import Manner, make_task
from archspec.commands.train.side_by_side import Together, train_side_by_side
from archspec.diagnostics import EnvironmentFault, SpecError, UsageError
from archspec.record import read_record
from archspec.runtime.machine.world import World
from archspec.runtime.side_by_side import Group, journal

SMALL = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits, augment: [{RandomRotation: {degrees: 9}}]}
train: {epochs: 2, batch_size: 500, optimizer: {SGD: {lr: 0.5, momentum: 0.9}}}
targets: {test_accuracy: {at_least: 20}}
"""
EXACT = Manner(device="cpu", threads=1)


def asked(
    folder: Path,
    *overrides: str,
    seeds: tuple[int, ...] = (3, 0, 7),
    at_once: int | None = None,
    manner: Manner = EXACT,
) -> Together:
    spec = folder / "a.yaml"
    spec.write_text(SMALL, encoding="utf-8")
    task = make_task(spec, overrides, None)
    return Together(task, seeds, manner, folder / "runs", at_once)


def test_every_seed_leaves_a_run_and_all_are_judged_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_side_by_side(asked(tmp_path), quiet=False) == 0
    output = capsys.readouterr().out

    assert len(re.findall(r"^seed [037]  epoch [12]/2  lr 0.5 ", output, re.MULTILINE)) == 6
    assert "seeds 3, 0 and 7, side by side" in output
    assert re.search(r"^best test +3 ", output, re.MULTILINE)
    assert re.search(r"^proven +target test_accuracy: .* 3 of 3 seeds", output, re.MULTILINE)
    assert "runs: 3 finished in" in output
    for seed in (0, 3, 7):
        (run,) = tmp_path.glob(f"runs/a/*-s{seed}")
        record = read_record(run / "record.json")
        assert (record.seed, record.status) == (seed, "finished")
        assert any("side by side, as one of seeds 3, 0 and 7" in n for n in record.notices)
        evaluation = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
        assert evaluation["epoch"] == record.best_epoch


def test_a_run_of_a_group_is_one_for_the_other_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_side_by_side(asked(tmp_path), quiet=True)
    capsys.readouterr()
    (run,) = tmp_path.glob("runs/a/*-s7")
    resumed = CliRunner().invoke(app, ["train", "--resume", str(run)])
    evaluated = CliRunner().invoke(app, ["eval", str(run)])

    assert resumed.exit_code == 0, resumed.output
    assert "is finished" in resumed.output
    assert evaluated.exit_code == 0, evaluated.output


def test_groups_follow_each_other_when_not_all_seeds_train_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_side_by_side(asked(tmp_path, at_once=2), quiet=False) == 0
    output = capsys.readouterr().out

    assert "seeds 3, 0 and 7, 2 at a time, side by side" in output
    seen = re.findall(r"^seed ([037])", output, re.MULTILINE)
    assert seen == ["3", "0", "3", "0", "7", "7"]


def test_a_target_that_the_seeds_miss_gives_1(tmp_path: Path) -> None:
    missed = asked(tmp_path, "targets.test_accuracy={at_least: 100}")

    assert train_side_by_side(missed, quiet=True) == 1


def test_ctrl_c_keeps_every_seed_and_says_how_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add = journal.Journal.add

    def stopped(self: journal.Journal, *arguments: object) -> bool:
        if self.member.seed == 7:
            raise KeyboardInterrupt
        return add(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(journal.Journal, "add", stopped)
    assert train_side_by_side(asked(tmp_path), quiet=True) == 130
    said = capsys.readouterr().err
    for seed, epochs in ((3, 1), (0, 1), (7, 0)):
        (run,) = tmp_path.glob(f"runs/a/*-s{seed}")
        assert f"seed {seed}: interrupted; archspec train --resume {run}" in said
        record = read_record(run / "record.json")
        assert (record.status, len(record.epochs)) == ("interrupted", epochs)
        resumed = CliRunner().invoke(app, ["train", "--resume", str(run)])
        assert resumed.exit_code == 0, resumed.output
        assert len(read_record(run / "record.json").epochs) == 2


def test_a_lost_seed_is_named_and_the_others_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    run = Group.run

    def spoiled(self: Group) -> object:
        with torch.no_grad():
            next(self.kept.parameters())[1].fill_(float("nan"))
        return run(self)

    monkeypatch.setattr(Group, "run", spoiled)
    assert train_side_by_side(asked(tmp_path), quiet=True) == 1
    said = capsys.readouterr()
    (folder,) = tmp_path.glob("runs/a/*-s0")

    assert "error[non-finite-loss]: the train loss of seed 0 is nan" in said.err
    assert re.search(rf"^missing: seed 0, .*nan.*--resume {folder}$", said.out, re.MULTILINE)
    assert "runs: 2 finished" in said.out


def test_what_cannot_stand_side_by_side_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    refused = asked(tmp_path, "train.optimizer=Adafactor")
    with pytest.raises(SpecError, match="Adafactor mixes the values of a tensor"):
        train_side_by_side(refused, quiet=True)
    assert not (tmp_path / "runs").exists()


def test_ranks_do_not_train_side_by_side(tmp_path: Path) -> None:
    among = Manner(device="cpu", threads=1, world=World(0, 2))
    with pytest.raises(UsageError, match="--side-by-side does not go with 2 ranks"):
        train_side_by_side(asked(tmp_path, manner=among), quiet=True)


def test_a_device_that_is_not_there_is_said(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(EnvironmentFault, match="finds no cuda device"):
        train_side_by_side(asked(tmp_path, manner=Manner(device="cuda")), quiet=True)
