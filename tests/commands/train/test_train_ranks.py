"""`archspec train` by several ranks: one training, one voice, and no rank that waits for ever."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from archspec.record import RunRecord, read_record, to_plain
from archspec.record.evaluation import read_evaluation
from archspec.runtime.train.checkpoint import read_checkpoint
from tests.kill_and_resume import ending, is_same
from tests.support.ranks import LIMIT_SECONDS, ROOT, Ended, Rank, Ranks, free_port
from tests.support.records import TEXT, put_run, record_for

PLAIN = """\
archspec: 1
input: [1, 28, 28]
layers:
  - max_pool: 2
  - conv: {out_channels: 4, kernel_size: 3, stride: 2, norm: {group: {num_groups: 2}}}
  - relu
  - flatten
  - linear: 10
data: {dataset: Digits, validation: 99}
train:
  epochs: 3
  batch_size: 50
  optimizer: {SGD: {lr: 0.1, momentum: 0.9, weight_decay: 0.001}}
  scheduler: {OneCycleLR: {max_lr: 0.2}}
  loss: {CrossEntropyLoss: {label_smoothing: 0.1}}
  ema: 0.9
  warmup_epochs: 0.5
  clip_grad_norm: 0.5
  no_weight_decay: [norms, biases]
"""
"""501 images to train: the last of 11 batches holds one, which two and three ranks cannot share."""

DRAWING = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, {batch_norm: {momentum: 0.5}}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits, validation: 100, augment: [{RandomRotation: {degrees: 9}}, {MixUp: {}}]}
train: {epochs: 4, batch_size: 25, optimizer: {SGD: {lr: 0.1, momentum: 0.9}}, ema: 0.8}
"""
"""Everything that ranks draw for themselves, and norms whose statistics are each rank's own."""

TRAIN = ("train", "a.yaml", "--threads", "1", "--device", "cpu")
FAR = 1e-5


@pytest.fixture(scope="module")
def ranks() -> Iterator[Ranks]:
    """Return what ranks are copied from."""
    with Ranks() as source:
        yield source


@pytest.fixture(scope="module")
def play(
    ranks: Ranks, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Path, list[Ended]]]:
    """Return a function that trains a spec by some ranks in a folder of its own."""

    def play(spec: str, *each: Rank) -> tuple[Path, list[Ended]]:
        folder = tmp_path_factory.mktemp("ranks")
        (folder / "a.yaml").write_text(spec, encoding="utf-8")
        return folder, ranks.start(folder, each)

    return play


Play = Callable[..., tuple[Path, list[Ended]]]


def run_in(folder: Path) -> Path:
    (record,) = folder.glob("runs/a/*/record.json")
    return record.parent


def record_in(folder: Path) -> RunRecord:
    return read_record(run_in(folder) / "record.json")


def left_in(folder: Path) -> list[Path]:
    return list(folder.glob("runs/*/*"))


def codes_of(ended: list[Ended]) -> list[int]:
    return [one.code for one in ended]


def faults_in(ended: list[Ended]) -> list[str]:
    """Return what each rank complained of, none of it a traceback."""
    said = [one.err for one in ended]
    assert not any("Traceback" in words for words in said), said
    return [re.sub(r"\s+", " ", words).strip() for words in said]


@pytest.fixture(scope="module")
def alone(play: Play) -> Path:
    folder, ended = play(PLAIN, Rank(TRAIN))
    assert codes_of(ended) == [0], ended
    return folder


@pytest.fixture(scope="module")
def whole(play: Play) -> tuple[Path, list[Ended]]:
    """Return a run by two ranks that nobody stopped."""
    folder, ended = play(DRAWING, *[Rank(TRAIN)] * 2)
    assert codes_of(ended) == [0, 0], ended
    return folder, ended


@pytest.mark.parametrize("size", [2, 3])
def test_ranks_train_as_one_process_does(play: Play, alone: Path, size: int) -> None:
    folder, ended = play(PLAIN, *[Rank(TRAIN)] * size)

    assert codes_of(ended) == [0] * size, ended
    assert record_in(folder).settings.ranks == size
    ensure_same_training(alone, folder)


UNEQUAL = PLAIN.replace(
    "label_smoothing: 0.1",
    "weight: [1, 0, 2.5, 0, 0, 4, 0.1, 0, 0, 0.5], ignore_index: 2, label_smoothing: 0.1",
).replace("batch_size: 50", "batch_size: 14")
"""Half of the images count for nothing, so that in many batches a rank has nothing that counts."""


def test_classes_of_unequal_weight_train_as_in_one_process(play: Play) -> None:
    one, ended_alone = play(UNEQUAL, Rank(TRAIN))
    other, ended = play(UNEQUAL, *[Rank(TRAIN)] * 2)

    assert codes_of(ended_alone + ended) == [0] * 3, ended_alone + ended
    ensure_same_training(one, other)


def ensure_same_training(alone: Path, folder: Path) -> None:
    one, other = record_in(alone), record_in(folder)
    assert (one.dataset, one.hashes, one.best_epoch) == (
        other.dataset,
        other.hashes,
        other.best_epoch,
    )
    for ours, theirs in zip(one.epochs, other.epochs, strict=True):
        assert ours.learning_rate == theirs.learning_rate
        for part in ("train", "validation", "test"):
            found, expected = getattr(theirs, part), getattr(ours, part)
            assert (found.correct, found.total) == (expected.correct, expected.total)
            assert found.loss == pytest.approx(expected.loss, rel=FAR)
    weights = [read_checkpoint(run_in(place) / "last.pt") for place in (alone, folder)]
    for ours, theirs in zip(*(w.model.values() for w in weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=FAR)
    assert all(one.raw is not None for one in weights)


def test_only_the_first_rank_writes_and_speaks(whole: tuple[Path, list[Ended]]) -> None:
    folder, (first, second) = whole

    assert "1 thread in each of 2 ranks" in first.out
    assert len(re.findall(r"^epoch \d/4 ", first.out, re.MULTILINE)) == 4
    assert second == Ended(0, "", "")
    kept = {"record.json", "metrics.jsonl", "best.pt", "last.pt", "evaluation.json", ".lock"}
    assert {path.name for path in run_in(folder).iterdir()} == kept


def test_a_norm_that_ranks_do_not_synchronise_is_told_of(
    whole: tuple[Path, list[Ended]], alone: Path
) -> None:
    notice = "note: batch norm takes the statistics of each rank's own part of a batch"

    assert notice in whole[1][0].out
    assert len(record_in(whole[0]).notices) == 1
    assert record_in(alone).notices == ()


def test_what_is_measured_is_what_is_kept(whole: tuple[Path, list[Ended]]) -> None:
    from archspec.network import network_of
    from archspec.runtime.data import Images
    from archspec.runtime.data.digits import make_digits
    from archspec.runtime.trained.evaluate import trained_network

    record = record_in(whole[0])
    assert record.best is not None
    test = record.best.test
    assert test is not None
    images: Images = make_digits(600, 100)[1]
    analysis = network_of(record, run_in(whole[0]) / "record.json")
    module, _ = trained_network(analysis, run_in(whole[0]) / "best.pt")
    with torch.no_grad():
        scores = module.eval()(images.images / 255)
    loss = torch.nn.functional.cross_entropy(scores, images.labels)
    assert test.loss == pytest.approx(loss.item(), rel=1e-6)
    mistakes = read_evaluation(run_in(whole[0]) / "evaluation.json").mistakes
    assert test.correct == test.total - len(mistakes)


@pytest.mark.parametrize(
    ("rank", "signal", "codes", "status", "failure"),
    [
        pytest.param(1, "SIGKILL", [3, -9], "failed", "rank 0 lost the others: ", id="killed"),
        pytest.param(0, "SIGKILL", [-9, 3], "running", None, id="the first killed"),
        pytest.param(0, "SIGTERM", [3, 3], "failed", "rank 0 was told to stop", id="told to stop"),
        pytest.param(1, "SIGTERM", [3, 3], "failed", "rank 0 lost the others: ", id="other told"),
        pytest.param(0, "SIGINT", [130, 3], "interrupted", None, id="interrupted"),
    ],
)
def test_a_stopped_training_goes_on_bit_for_bit(
    play: Play,
    ranks: Ranks,
    whole: tuple[Path, list[Ended]],
    rank: int,
    signal: str,
    codes: list[int],
    status: str,
    failure: str | None,
) -> None:
    dying = [Rank(TRAIN, dies=(2, signal) if number == rank else None) for number in (0, 1)]
    folder, ended = play(DRAWING, *dying)

    assert codes_of(ended) == codes
    faults = faults_in(ended)
    survivor = 1 - rank
    assert f"error[lost-rank]: rank {survivor} lost the others: " in faults[survivor]
    assert "go on with the same torchrun and --resume" in faults[survivor]
    record = record_in(folder)
    assert record.status == status
    assert (failure or "") in (record.failure or "")

    again = ranks.start(folder, [Rank(("train", "--resume", str(run_in(folder))))] * 2)

    assert codes_of(again) == [0, 0], again
    assert record_in(folder).notices == record_in(whole[0]).notices
    assert is_same(ending(run_in(folder)), ending(run_in(whole[0])))


def test_a_finished_run_has_nothing_left_for_any_rank(
    ranks: Ranks, whole: tuple[Path, list[Ended]]
) -> None:
    run = run_in(whole[0])

    ended = ranks.start(whole[0], [Rank(("train", "--resume", str(run)))] * 2)

    assert ended == [Ended(0, f"nothing to train: {run} is finished\n", ""), Ended(0, "", "")]


@pytest.mark.parametrize("size", [1, 3])
def test_as_many_ranks_as_began_a_run_go_on_with_it(
    ranks: Ranks, whole: tuple[Path, list[Ended]], size: int
) -> None:
    before = ending(run_in(whole[0]))
    ended = ranks.start(whole[0], [Rank(("train", "--resume", str(run_in(whole[0]))))] * size)

    assert codes_of(ended) == [2] * size
    said, *others = faults_in(ended)
    assert said == (
        f"error[ranks-differ]: 2 ranks began the run, and {size} would go on with it help: start "
        "it with `torchrun --nproc-per-node 2`, or as many over several machines"
    )
    assert not any(others)
    assert is_same(before, ending(run_in(whole[0])))


def test_one_process_began_and_two_may_not_go_on(ranks: Ranks, alone: Path) -> None:
    ended = ranks.start(alone, [Rank(("train", "--resume", str(run_in(alone))))] * 2)

    assert codes_of(ended) == [2, 2]
    assert faults_in(ended)[0].endswith("help: resume it without torchrun")


def test_a_checkpoint_of_another_epoch_in_one_rank_is_noticed(play: Play, ranks: Ranks) -> None:
    folder, _ = play(DRAWING, Rank(TRAIN), Rank(TRAIN, dies=(2, "SIGKILL")))
    run, early = run_in(folder), folder / "early"
    other, _ = play(DRAWING, Rank(TRAIN), Rank(TRAIN, dies=(1, "SIGKILL")))
    run_in(other).rename(early)

    ended = ranks.start(folder, [Rank(("train", "--resume", str(place))) for place in (run, early)])

    assert codes_of(ended) == [2, 2]
    fact = "rank 0 and rank 1 differ in the epochs that their checkpoints hold: 2 and 1"
    assert fact in faults_in(ended)[0]
    assert record_in(folder).status == "failed"
    assert len(record_in(folder).epochs) == 2


def picture_folder(place: Path, shade: int) -> Path:
    """Make an ImageFolder of two classes, the same pictures for the same shade."""
    for part in ("train", "test"):
        for label in range(2):
            inside = place / part / f"class{label}"
            inside.mkdir(parents=True)
            for number in range(4):
                Image.new("L", (8, 8), shade + 90 * label + number).save(inside / f"{number}.png")
    return place


PICTURES = """\
archspec: 1
input: [1, 8, 8]
layers: [flatten, {linear: 2}]
data: {dataset: ImageFolder, prepare: [{Grayscale: {}}]}
train: {epochs: 1, batch_size: 4, optimizer: {SGD: {lr: 0.1}}}
"""


@pytest.mark.parametrize(
    ("options", "differing"),
    [
        (("--set", "train.epochs=2"), r"the hash of the recipe: [0-9a-f]{12} and [0-9a-f]{12}"),
        (("--set", "layers=[flatten, {linear: 3}]"), r"the hash of the recipe: .*"),
        (("--seed", "7"), "the seed: 0 and 7"),
        (("--exact",), "the setting fast: True and False"),
        (("--data-dir", "other"), r"the digest of the images: [0-9a-f]+ and [0-9a-f]+"),
    ],
)
def test_ranks_that_differ_do_not_train(
    play: Play, tmp_path: Path, options: tuple[str, ...], differing: str
) -> None:
    first, other = picture_folder(tmp_path / "one", 10), picture_folder(tmp_path / "other", 20)
    given = (*TRAIN, "--data-dir", str(first))
    theirs = tuple(str(other) if option == "other" else option for option in options)

    folder, ended = play(PICTURES, Rank(given), Rank((*given, *theirs)))

    assert codes_of(ended) == [2, 2]
    said, silent = faults_in(ended)
    fact = rf"error\[ranks-differ\]: rank 0 and rank 1 differ in {differing}"
    assert re.fullmatch(fact + " help: give all ranks the same spec, .*", said), said
    assert silent == ""
    assert left_in(folder) == []


def test_a_fault_of_one_rank_ends_them_all(play: Play, tmp_path: Path) -> None:
    given = (*TRAIN, "--data-dir", str(picture_folder(tmp_path / "one", 10)))
    lacking = (*TRAIN, "--data-dir", str(tmp_path / "nowhere"))

    folder, ended = play(PICTURES, Rank(given), Rank(lacking), Rank(given))

    assert codes_of(ended) == [3, 3, 3]
    first, second, third = faults_in(ended)
    assert second.startswith("error[missing-data]: there is no folder ")
    assert first.startswith("error[other-rank]: rank 1 cannot train: error[missing-data]: ")
    assert str(tmp_path / "nowhere") in first
    assert third == ""
    assert left_in(folder) == []


@pytest.mark.parametrize(
    ("spec", "options", "code", "said"),
    [
        (PLAIN.replace(" epochs:", " epochz:"), (), 1, "error[unknown-field]: unknown field"),
        (
            PLAIN,
            ("--set", "layers=[{adaptive_avg_pool: [2, 5]}, flatten]"),
            1,
            "error[cannot-train]: the network has no",
        ),
        (PLAIN, ("--set", "layers=[flatten, {linear: 9}]"), 1, "error[classes-mismatch]"),
        (PLAIN, ("--precision", "float"), 2, "error[unknown-precision]: no precision is called"),
        (PLAIN, ("--exact", "--compile"), 2, "error[conflicting-options]: --exact does not go"),
        (PLAIN, ("--seeds", "x"), 2, "error[bad-seeds]: expected how many seeds"),
        (PLAIN, ("--device", "tpu"), 2, "error[unknown-device]: no device is called 'tpu'"),
        (PLAIN, ("--resume", "nowhere"), 2, "error[conflicting-options]"),
        (
            PLAIN.replace("  clip_grad_norm: 0.5\n", ""),
            ("--set", "train.scheduler.OneCycleLR.max_lr=1e17"),
            1,
            "error[non-finite-loss]: the train loss is nan in epoch 1",
        ),
    ],
)
def test_a_fault_of_all_is_said_once(
    play: Play, spec: str, options: tuple[str, ...], code: int, said: str
) -> None:
    _, ended = play(spec, *[Rank((*TRAIN, *options))] * 2)

    assert ended[0].code == code
    assert ended[1].code != 0
    first, second = faults_in(ended)
    assert first.startswith(said)
    assert first.count("error[") == 1
    assert second == ""


def test_a_lone_image_in_one_rank_is_said_by_it(play: Play) -> None:
    spec = PLAIN.replace("{group: {num_groups: 2}}", "batch")
    spec = spec.replace("kernel_size: 3", "kernel_size: 14").replace(
        "validation: 99", "validation: 97"
    )

    _, ended = play(spec, *[Rank(TRAIN)] * 2)

    assert codes_of(ended) == [3, 1]
    first, second = faults_in(ended)
    assert "rank 0 lost the others" in first
    assert "a batch of 1 image in rank 1 cannot be trained: expected more than 1 value" in second


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"RANK": "banana"}, "the environment says RANK='banana'"),
        ({"WORLD_SIZE": "-2"}, "the environment says WORLD_SIZE='-2'"),
        ({"LOCAL_RANK": ""}, "the environment says LOCAL_RANK=''"),
        ({"RANK": "2"}, "the environment says rank 2 of 2, and ranks are counted from 0"),
        ({"MASTER_ADDR": None}, "the environment has a rank and no MASTER_ADDR"),
        ({"MASTER_PORT": ""}, "the environment has a rank and no MASTER_PORT"),
    ],
)
def test_variables_that_make_no_rank_are_wrong_usage(
    play: Play, environment: dict[str, str | None], said: str
) -> None:
    folder, ended = play(PLAIN, *[Rank(TRAIN, environment)] * 2)

    assert codes_of(ended) == [2, 2]
    for fault in faults_in(ended):
        assert fault.startswith(f"error[bad-rank]: {said}")
        assert fault.endswith(
            "help: start the ranks with torchrun, or take RANK and WORLD_SIZE "
            "out of the environment"
        )
    assert left_in(folder) == []


def test_a_rank_alone_among_one_trains_as_without_torchrun(play: Play, alone: Path) -> None:
    folder, ended = play(PLAIN, Rank(TRAIN, {"RANK": "0", "WORLD_SIZE": "1"}))

    assert codes_of(ended) == [0]
    assert is_same(ending(run_in(folder)), ending(run_in(alone)))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_seeds_are_spread_over_ranks_and_judged_once(play: Play, tmp_path: Path, size: int) -> None:
    for seed in range(2):
        record = record_for(TEXT, 9_940, 9_950, 9_950, seed=seed)
        run = put_run(tmp_path / "runs", record)
        told = [["run", to_plain(record), "/data", str(run)], ["start", 3, 469, 128]]
        told += [["epoch", to_plain(epoch), False] for epoch in record.epochs]
        (tmp_path / f"events{seed}").write_text("".join(json.dumps(e) + "\n" for e in told))

    arguments = (*TRAIN, "--seeds", "2", "--jobs", "1")
    _, ended = play(TEXT, *[Rank(arguments, plays=str(tmp_path))] * size)

    assert codes_of(ended) == [0] * size, ended
    said = "".join(one.out for one in ended)
    assert said.count("best test       2  99.50 %") == 1
    assert ended[0].out.count("runs: 2 finished") == 1
    for seed in range(2):
        assert len(re.findall(rf"^seed {seed}  epoch ", said, re.MULTILINE)) == 3
        trained_by = ended[seed % size].out
        assert f"seed {seed}  epoch 1/3" in trained_by
        around = json.loads((tmp_path / f"around{seed}").read_text())
        assert not {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"} & around.keys()


def torchrun(folder: Path, killed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Train by two ranks of torchrun itself."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    command += ["-m", "tests.support.ranked", killed, *arguments]
    around = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command,
        cwd=folder,
        env=around,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def test_torchrun_loses_a_rank_and_the_same_torchrun_resumes(
    tmp_path: Path, whole: tuple[Path, list[Ended]]
) -> None:
    (tmp_path / "a.yaml").write_text(DRAWING, encoding="utf-8")

    ended = torchrun(tmp_path, "1:2:SIGKILL", *TRAIN)

    assert ended.returncode == 1
    assert "error[lost-rank]: rank 0 " in ended.stderr
    record = record_in(tmp_path)
    assert record.status == "failed"
    assert (record.failure or "").startswith("error[lost-rank]: rank 0 ")

    again = torchrun(tmp_path, "-", "train", "--resume", str(run_in(tmp_path)))

    assert again.returncode == 0, again.stderr
    assert again.stdout.count("test ") >= 2
    assert is_same(ending(run_in(tmp_path)), ending(run_in(whole[0])))


def test_torchrun_does_not_hurry_the_first_rank_away_from_its_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAIN.replace(" epochs:", " epochz:"), encoding="utf-8")

    ended = torchrun(tmp_path, "-", *TRAIN)

    assert ended.returncode == 1
    assert ended.stderr.count("error[unknown-field]: unknown field `epochz`") == 1
    assert left_in(tmp_path) == []
