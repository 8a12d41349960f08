"""A folder too large for memory gives the same batches as one in memory, and the same training."""

from __future__ import annotations

import multiprocessing
import pickle
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from archspec.api import load as load_network
from archspec.record.evaluation import read_evaluation
from archspec.runtime.data import Images, Streamed, closed_at_end, load_data, reader
from archspec.runtime.data.limits import MEMORY
from archspec.runtime.data.workers import AHEAD, Workers
from archspec.runtime.machine.world import World
from archspec.runtime.train.folder import make_run_folder
from archspec.runtime.train.run import carry_out, first_record
from archspec.runtime.train.trainer import Trainer
from archspec.runtime.trained.completion import complete
from archspec.runtime.trained.evaluate import confuse
from tests.support.picture_folder import in_memory, load, streamed, streaming, write_folder
from tests.support.tiny import SPEC, make_trainer, measured, same_tensors

FOLDER_SPEC = SPEC.replace("dataset: Digits\n  validation: test", "dataset: ImageFolder").replace(
    "  augment:", "  prepare: [{Resize: {size: [8, 8]}}, Grayscale]\n  augment:"
)
SETTINGS = ("data.validation=6", "train.batch_size=7", "train.epochs=3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("pictures"))


def trainer_of(root: Path, folder: Path, *overrides: str) -> Trainer:
    return make_trainer(root, *SETTINGS, *overrides, spec=FOLDER_SPEC, data=load(folder))


def drawn(part: Streamed | Images, order: list[torch.Tensor | slice]) -> list[Any]:
    with closed_at_end(part):
        return [(images.clone(), labels.clone()) for images, labels in part.batches(order)]


ORDERS: dict[str, list[torch.Tensor | slice]] = {
    "shuffled": list(torch.split(torch.randperm(30, generator=torch.manual_seed(0)), 7)),
    "one at a time": list(torch.split(torch.arange(30).flip(0), 1)),
    "all at once": [torch.arange(30)],
    "again and again": [torch.tensor([3, 3, 29]), torch.tensor([3]), torch.tensor([0, 29, 3])],
    "slices": [slice(0, 13), slice(13, 26), slice(26, 99)],
    "some of them": [torch.tensor([5, 1]), slice(2, 4)],
    "nothing": [],
}


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_batches_are_those_of_memory_in_the_order_asked_for(
    folder: Path, workers: int, order: list[torch.Tensor | slice]
) -> None:
    wanted = drawn(in_memory(load(folder).train), order)
    with streaming(workers):
        found = drawn(streamed(load(folder).train), order)
    assert len(found) == len(wanted) == len(order)
    for (images, labels), (images_wanted, labels_wanted) in zip(found, wanted, strict=True):
        assert torch.equal(images, images_wanted)
        assert torch.equal(labels, labels_wanted)
        assert images.dtype == torch.uint8
        assert images.is_contiguous()


def test_both_parts_and_a_selection_of_one_take_turns_with_the_same_workers(folder: Path) -> None:
    memory = load(folder)
    with streaming(2):
        data = load(folder)
        held = data.train.select(data.train.labels == 1)
        with closed_at_end(data.train):
            list(data.train.batches([slice(0, 30)]))
            first = {process.pid for process in multiprocessing.active_children()}
            ((images, labels),) = list(held.batches([slice(0, 30)]))
            ((tests, _),) = list(data.test.batches([torch.arange(9)]))
            assert {process.pid for process in multiprocessing.active_children()} == first
            assert len(first) == 2
    assert torch.equal(images, in_memory(memory.train).images[memory.train.labels == 1])
    assert labels.tolist() == [1] * 10
    assert torch.equal(tests, in_memory(memory.test).images)


def test_a_pass_that_is_left_early_gives_nothing_to_the_next(folder: Path) -> None:
    wanted = in_memory(load(folder).train).images
    with streaming(2, chunk=1):
        part = load(folder).train
        with closed_at_end(part):
            next(part.batches([torch.arange(2), torch.arange(2, 30)]))
            ((images, _),) = list(part.batches([torch.arange(30).flip(0)]))
    assert torch.equal(images, wanted.flip(0))


def test_single_pictures_are_read_without_workers(folder: Path) -> None:
    wanted = in_memory(load(folder).test).read([8, 0])
    with streaming(2):
        assert torch.equal(load(folder).test.read([8, 0]), wanted)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_training_ends_with_the_bits_of_one_in_memory(
    tmp_path: Path, folder: Path, workers: int
) -> None:
    wanted = trainer_of(tmp_path, folder)
    list(wanted.run())
    with streaming(workers):
        trainer = trainer_of(tmp_path, folder)
        assert isinstance(trainer.images, Streamed)
        list(trainer.run())
    assert measured(trainer.epochs) == measured(wanted.epochs)
    assert same_tensors(trainer.module.state_dict(), wanted.module.state_dict())
    assert trainer.counts == wanted.counts
    assert torch.equal(trainer.drawn["cpu"], wanted.drawn["cpu"])


def test_a_training_goes_on_at_an_epochs_border_in_memory_or_not(
    tmp_path: Path, folder: Path
) -> None:
    wanted = trainer_of(tmp_path, folder)
    list(wanted.run())
    with streaming(2):
        first = trainer_of(tmp_path, folder)
        list(islice(first.run(), 1))
        state = pickle.dumps(first.checkpoint())
        second = trainer_of(tmp_path, folder)
        second.restore(pickle.loads(state))
        list(second.run())
    third = trainer_of(tmp_path, folder)
    third.restore(pickle.loads(state))
    list(third.run())
    assert same_tensors(second.module.state_dict(), wanted.module.state_dict())
    assert same_tensors(third.module.state_dict(), wanted.module.state_dict())


def test_a_finished_run_is_evaluated_as_in_memory(tmp_path: Path, folder: Path) -> None:
    found = []
    for workers in (None, 2):
        with streaming(workers or 0, memory="1GiB" if workers is None else "0"):
            data = load(folder)
            trainer = make_trainer(tmp_path, *SETTINGS, spec=FOLDER_SPEC, data=data)
            run = make_run_folder(tmp_path, "tiny", 3)
            record = carry_out(trainer, run, first_record(trainer, data, run, version="0"))
            complete(trainer.analysis, data, run, record)
            found.append((record.dataset, read_evaluation(run.path / "evaluation.json").confusion))
    assert found[0] == found[1]


def test_a_network_is_confused_by_the_same_pictures(tmp_path: Path, folder: Path) -> None:
    trainer = trainer_of(tmp_path, folder)
    wanted = confuse(trainer.analysis, load(folder).test, 3, trainer.module)
    with streaming(1):
        assert confuse(trainer.analysis, load(folder).test, 3, trainer.module) == wanted


def test_ranks_read_their_own_share_of_each_batch(folder: Path) -> None:
    wanted = in_memory(load(folder).train)
    batches = torch.split(torch.randperm(30, generator=torch.manual_seed(4)), 7)
    with streaming(1):
        part = load(folder).train
        shares = [
            drawn(streamed(part), [World(rank, 2).share(batch) for batch in batches])
            for rank in (0, 1)
        ]
    for number, batch in enumerate(batches):
        images = torch.cat([shares[0][number][0], shares[1][number][0]])
        assert torch.equal(images, wanted.images[batch])
        assert len(shares[0][number][0]) == -(-len(batch) // 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_reading_draws_from_nobodys_random_numbers(folder: Path, workers: int) -> None:
    with streaming(workers):
        part = streamed(load(folder).train)
        before = torch.get_rng_state()
        drawn(part, [slice(0, 30)])
        assert torch.equal(torch.get_rng_state(), before)


def test_no_more_pictures_are_read_ahead_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path, train=120, test=3)
    count = multiprocessing.Value("q", 0)
    real = reader.pixels_of

    def counted(path: Path) -> torch.Tensor:
        with count.get_lock():
            count.value += 1
        return real(path)

    with streaming(2, chunk=3):
        part = streamed(load(folder).train)
        monkeypatch.setattr("archspec.runtime.data.workers.AHEAD", 4)
        monkeypatch.setattr(reader, "pixels_of", counted)
        with closed_at_end(part):
            arriving = part.batches([torch.arange(3), torch.arange(3, 120)])
            next(arriving)
            time.sleep(1)  # they would read all of it by then
            # Two chunks for each worker, the one given and the one asked for in its place.
            assert 3 <= count.value <= (2 * 2 + 2) * 3
            next(arriving)
    assert count.value == 120


@pytest.mark.parametrize(
    ("side", "workers", "room", "size", "ahead"),
    [
        (8, 2, 2**28, 256, AHEAD // 2),
        (224, 8, 2**28, 27, 8),
        (224, 8, 2**24, 6, 2),
        (4_000, 4, 2**28, 1, 2),
        (224, 0, 2**28, 27, 66),
    ],
)
def test_chunks_keep_to_the_room_there_is(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    side: int,
    workers: int,
    room: int,
    size: int,
    ahead: int,
) -> None:
    monkeypatch.setattr("archspec.runtime.data.workers.ahead_limit", lambda: room)
    with streaming(0):
        found = streamed(load(folder).train).workers.reader
    large = reader.PictureReader(found.files, found.prepare, (3, side, side))
    assert Workers(large)._sizes(workers) == (size, ahead)
    assert size * ahead * max(1, workers) * 3 * side**2 <= max(room, 2 * workers * 3 * side**2)


def test_workers_that_are_no_copies_of_this_process_read_the_same(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(FOLDER_SPEC)
    spec = load_network(path).spec
    assert spec.data is not None
    wanted = in_memory(load(folder).train).images
    before = multiprocessing.get_start_method(allow_none=True)
    try:
        with streaming(1):
            multiprocessing.set_start_method("spawn", force=True)
            part = load_data(spec.data, data_dir=folder, place=spec.place).train
            ((images, _),) = drawn(streamed(part), [slice(0, 30)])
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert torch.equal(images, wanted)


@pytest.mark.parametrize(("spare", "kind"), [(0, Images), (-1, Streamed)])
def test_a_folder_is_held_in_memory_up_to_the_limit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, spare: int, kind: type
) -> None:
    monkeypatch.setenv(MEMORY, str((30 + 9) * 8 * 8 + spare))
    data = load(folder)
    assert type(data.train) is kind
    assert type(data.test) is kind


def test_a_folder_loaded_by_workers_is_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = in_memory(load(folder).train)
    monkeypatch.setattr("archspec.runtime.data.streamed.WORTH_WORKERS", 1)
    with streaming(2, memory="1GiB"):
        found = in_memory(load(folder).train)
    assert torch.equal(found.images, wanted.images)
    assert torch.equal(found.labels, wanted.labels)
