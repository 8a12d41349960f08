"""What goes wrong while pictures are streamed is told with the file's name; nobody stays behind."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.language.sections import Call
from archspec.record import EpochRecord, read_record
from archspec.record.listener import Listener
from archspec.runtime.data import closed_at_end, reader
from archspec.runtime.data.limits import MEMORY, WORKERS
from archspec.runtime.train.folder import make_run_folder
from archspec.runtime.train.resume import ensure_same_data, take_up
from archspec.runtime.train.run import carry_out, first_record
from tests.runtime.data.test_streaming import FOLDER_SPEC, SETTINGS, trainer_of
from tests.support.picture_folder import damage, in_memory, load, streaming, write_folder
from tests.support.tiny import make_trainer, measured, same_tensors

ROOT = Path(__file__).parents[3]
PATIENCE = 60
VICTIM = Path("train", "bee", "013.jpg")


def unlink_class(path: Path) -> None:
    shutil.rmtree(path.parent)


BREAKS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "truncated": (damage, "damaged-image", "truncated"),
    "emptied": (lambda path: path.write_bytes(b""), "not-an-image", "is empty"),
    "no picture": (lambda path: path.write_text("hello"), "not-an-image", "no picture"),
    "gone": (Path.unlink, "vanished-picture", "is gone"),
    "gone with its class": (unlink_class, "vanished-picture", "is gone"),
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("broken", "code", "words"), BREAKS.values(), ids=BREAKS)
def test_a_picture_that_breaks_in_the_middle_is_named(
    tmp_path: Path, workers: int, broken: Callable[[Path], object], code: str, words: str
) -> None:
    folder = write_folder(tmp_path)
    with streaming(workers):
        part = load(folder).train
        broken(folder / VICTIM)
        with pytest.raises(EnvironmentFault) as caught, closed_at_end(part):
            list(part.batches([slice(0, 30)]))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    named = (folder / VICTIM).parent if "class" in broken.__name__ else folder / VICTIM
    assert str(named) in diagnostic.message
    assert words in diagnostic.message
    assert diagnostic.help


@pytest.mark.parametrize("workers", [0, 2])
def test_a_picture_of_another_size_in_place_of_one_is_named(tmp_path: Path, workers: int) -> None:
    folder = write_folder(tmp_path)
    with streaming(workers):
        part = load(folder, Call("Resize", {"size": 8})).train
        Image.new("RGB", (40, 20)).save(folder / VICTIM)
        with pytest.raises(SpecError) as caught, closed_at_end(part):
            list(part.batches([slice(0, 30)]))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "sizes-differ"
    assert str(folder / VICTIM) in diagnostic.message
    assert "(3, 8, 8) and (3, 8, 16)" in diagnostic.message


def test_pictures_of_different_sizes_are_refused_before_the_first_batch(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    with streaming(2), pytest.raises(SpecError) as caught:
        load(folder, Call("Grayscale", {}))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "sizes-differ"
    assert "(1, 10, 10) and (1, 12, 12)" in diagnostic.message
    assert str(Path("train", "ant", "003.jpg")) in diagnostic.message


def test_a_trouble_that_passes_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path)
    wanted = in_memory(load(folder).train).images
    real, here = reader.pixels_of, os.getpid()

    def troubled(path: Path) -> torch.Tensor:
        if os.getpid() != here and path.name == VICTIM.name:
            raise MemoryError
        return real(path)

    with streaming(2):
        part = load(folder).train
        monkeypatch.setattr(reader, "pixels_of", troubled)
        with closed_at_end(part):
            ((images, _),) = list(part.batches([slice(0, 30)]))
    assert torch.equal(images, wanted)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGBUS, signal.SIGSEGV, None])
def test_a_worker_that_dies_is_told_with_the_file_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals | None
) -> None:
    folder = write_folder(tmp_path)
    real = reader.pixels_of

    def deadly(path: Path) -> torch.Tensor:
        if path.name == VICTIM.name:
            if how is None:
                os._exit(7)
            signal.signal(how, signal.SIG_DFL) if how is not signal.SIGKILL else None
            os.kill(os.getpid(), how)
            time.sleep(PATIENCE)
        return real(path)

    with streaming(2):
        part = load(folder).train
        monkeypatch.setattr(reader, "pixels_of", deadly)
        with pytest.raises(EnvironmentFault) as caught:
            list(part.batches([slice(0, 30)]))
        assert multiprocessing.active_children() == []  # without anybody closing it
        monkeypatch.setattr(reader, "pixels_of", real)
        with closed_at_end(part):
            assert len(list(part.batches([slice(0, 30)]))) == 1
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "lost-worker"
    assert str(folder / VICTIM) in diagnostic.message
    assert (f"killed by {how.name}" if how else "ended") in diagnostic.message
    assert WORKERS in str(diagnostic.help)
    assert ("shm" in str(diagnostic.help)) == (how is signal.SIGBUS)


def test_a_worker_that_dies_between_two_passes_disturbs_nothing_but_the_next(
    tmp_path: Path,
) -> None:
    folder = write_folder(tmp_path)
    with streaming(2):
        part = load(folder).train
        list(part.batches([slice(0, 30)]))
        victim = multiprocessing.active_children()[0]
        assert victim.pid
        os.kill(victim.pid, signal.SIGKILL)
        victim.join(PATIENCE)
        with pytest.raises(EnvironmentFault) as caught:
            list(part.batches([slice(0, 30)]))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "lost-worker"
    assert "while" not in diagnostic.message


class Breaks(Listener):
    """Takes a picture away after the first epoch."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        self.path.unlink(missing_ok=True)


def test_a_run_that_lost_a_picture_goes_on_when_it_is_back(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pictures")
    wanted = trainer_of(tmp_path, folder)
    list(wanted.run())
    content = (folder / VICTIM).read_bytes()
    with streaming(2):
        data = load(folder)
        trainer = make_trainer(
            tmp_path, *SETTINGS, spec=FOLDER_SPEC, data=data, listeners=[Breaks(folder / VICTIM)]
        )
        run = make_run_folder(tmp_path, "tiny", 3)
        with pytest.raises(EnvironmentFault):
            carry_out(trainer, run, first_record(trainer, data, run, version="0"))
        record = read_record(run.record)
        assert record.status == "failed"
        assert "vanished-picture" in str(record.failure)
        assert len(record.epochs) == 1
        (folder / VICTIM).write_bytes(content)
        ensure_same_data(load(folder), record)
        again = trainer_of(tmp_path, folder)
        finished = carry_out(again, run, take_up(again, run, record))
    assert measured(finished.epochs) == measured(wanted.epochs)
    assert same_tensors(again.module.state_dict(), wanted.module.state_dict())


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_no_worker_outlives_a_training_that_is_stopped(
    tmp_path: Path, fault: type[BaseException]
) -> None:
    class Stops(Listener):
        def on_batch(self, epoch: int, step: int, steps: int) -> None:
            if (epoch, step) == (2, 2):
                assert len(multiprocessing.active_children()) == 2
                raise fault

    folder = write_folder(tmp_path / "pictures")
    with streaming(2):
        data = load(folder)
        trainer = make_trainer(
            tmp_path, *SETTINGS, spec=FOLDER_SPEC, data=data, listeners=[Stops()]
        )
        with pytest.raises(fault):
            list(trainer.run())
        assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are those of POSIX")
def test_ctrl_c_at_a_terminal_ends_all_processes_without_a_traceback(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pictures", train=300)
    (tmp_path / "tiny.yaml").write_text(FOLDER_SPEC)
    command = [sys.executable, "-m", "archspec", "train", "tiny.yaml", "--data-dir", str(folder)]
    process = subprocess.Popen(
        [*command, "--set", "train.epochs=100000"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), MEMORY: "0", WORKERS: "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith("epoch"):
        assert process.poll() is None, process.communicate()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, the workers too
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert errors.startswith("interrupted after ")
    assert len(errors.splitlines()) == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


READING = """
import sys, time
from archspec.cli import main
from archspec.runtime.data import reader, survey

module, name = {place}
read = getattr(module, name)

def slow(path):
    print("reading", flush=True)
    time.sleep(0.05)
    return read(path)

setattr(module, name, slow)
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="ends processes in another way")
@pytest.mark.parametrize("place", ["survey, '_look'", "reader, 'pixels_of'"])
def test_sigterm_ends_a_run_whose_data_is_still_read(tmp_path: Path, place: str) -> None:
    folder = write_folder(tmp_path / "pictures", train=300)
    (tmp_path / "tiny.yaml").write_text(FOLDER_SPEC)
    (tmp_path / "slow.py").write_text(READING.format(place=place))
    process = subprocess.Popen(
        [sys.executable, "slow.py", "train", "tiny.yaml", "--data-dir", str(folder)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), MEMORY: "1GiB", WORKERS: "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert rest.count("reading") < 309 - 1
    assert not (tmp_path / "runs").exists()
