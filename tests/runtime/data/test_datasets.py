"""Data sets: found where the user put them, fetched into the cache only, refused with a reason."""

from __future__ import annotations

import bz2
import contextlib
import gc
import gzip
import hashlib
import http.server
import os
import pickle
import struct
import threading
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from PIL import Image
from torchvision import datasets

from archspec.diagnostics import EnvironmentFault, Source, Span, SpecError
from archspec.language.sections import Call, Data
from archspec.runtime.data import Dataset, load_data
from archspec.runtime.data.model import Images, digest_of
from tests.support.picture_folder import in_memory

STEMS = {
    "train-images-idx3-ubyte": (3, 20),
    "train-labels-idx1-ubyte": (1, 20),
    "t10k-images-idx3-ubyte": (3, 10),
    "t10k-labels-idx1-ubyte": (1, 10),
}


def idx_bytes(axes: int, count: int) -> bytes:
    shape = (count, 4, 5)[:axes]
    size = count * (20 if axes == 3 else 1)
    return struct.pack(f">I{axes}I", 0x800 | axes, *shape) + bytes(i % 10 for i in range(size))


def write_mnist(folder: Path, packed: bool = True, dotted: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for stem, (axes, count) in STEMS.items():
        name = stem.replace("-idx", ".idx") if dotted else stem
        content = idx_bytes(axes, count)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
    return folder


@pytest.fixture(autouse=True)
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test off the user's own folders; return the cache it sees."""
    monkeypatch.delenv("ARCHSPEC_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "archspec"


def fault_of(name: str, data_dir: Path | None = None, *prepare: Call) -> Any:
    with pytest.raises((EnvironmentFault, SpecError)) as error:
        load_data(Data(dataset=name, prepare=prepare), data_dir=data_dir)
    (diagnostic,) = error.value.diagnostics
    assert not diagnostic.message.endswith(".")
    assert error.value.exit_code == (3 if isinstance(error.value, EnvironmentFault) else 1)
    return diagnostic


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("inside", [".", "mnist", "MNIST", "MNIST/raw"])
@pytest.mark.parametrize("given_by", ["argument", "variable"])
def test_idx_files_are_found_in_every_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool, inside: str, given_by: str
) -> None:
    write_mnist(tmp_path / "data" / inside, packed)
    if given_by == "variable":
        monkeypatch.setenv("ARCHSPEC_DATA", str(tmp_path / "data"))
    data_dir = tmp_path / "data" if given_by == "argument" else None
    dataset = load_data(Data(dataset="MNIST"), data_dir=data_dir)
    assert in_memory(dataset.train).images.shape == (20, 1, 4, 5)
    assert in_memory(dataset.train).images[1, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert dataset.test.labels.tolist() == list(range(10))
    assert dataset.test.labels.dtype == torch.int64
    assert dataset.classes == tuple("0123456789")
    assert (dataset.name, dataset.generated) == ("MNIST", False)
    assert Path(dataset.place) == tmp_path / "data" / inside


def test_the_argument_wins_over_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHSPEC_DATA", str(tmp_path))
    folder = write_mnist(tmp_path / "mine")
    assert load_data(Data(dataset="MNIST"), data_dir=folder).place == str(folder)


def test_file_names_with_a_dot_are_found(tmp_path: Path) -> None:
    write_mnist(tmp_path, packed=False, dotted=True)
    assert len(load_data(Data(dataset="MNIST"), data_dir=tmp_path).train) == 20


def test_class_names_are_those_of_the_data_set(tmp_path: Path) -> None:
    write_mnist(tmp_path / "FashionMNIST")
    dataset = load_data(Data(dataset="FashionMNIST"), data_dir=tmp_path)
    assert dataset.classes[0] == "T-shirt/top"


@pytest.mark.parametrize("given_by", ["argument", "variable"])
def test_a_given_folder_without_the_files_is_a_fault_and_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_by: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("ARCHSPEC_DATA", str(folder))
    diagnostic = fault_of("MNIST", folder if given_by == "argument" else None)
    assert diagnostic.code == "missing-data"
    assert str(folder / "MNIST" / "raw") in diagnostic.message
    assert "--data-dir" in diagnostic.help
    assert "ARCHSPEC_DATA" in diagnostic.help
    assert "--data Digits" in diagnostic.help
    assert list(folder.iterdir()) == []


def test_a_folder_that_does_not_exist_says_who_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHSPEC_DATA", str(tmp_path / "nowhere"))
    assert "ARCHSPEC_DATA" in fault_of("MNIST").message
    assert "--data-dir" in fault_of("MNIST", tmp_path / "no").message


def test_a_missing_file_of_four_is_named(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert "lacks t10k-labels-idx1-ubyte" in fault_of("MNIST", tmp_path).message


@pytest.mark.parametrize(
    ("stem", "content", "code", "words"),
    [
        ("train-labels-idx1-ubyte", idx_bytes(1, 19), "foreign-data", "20 images"),
        ("train-labels-idx1-ubyte", idx_bytes(1, 20)[:-1] + b"\x0a", "foreign-data", "label 10"),
        ("train-images-idx3-ubyte", idx_bytes(1, 20), "foreign-data", "1 axes, expected 3"),
        ("train-images-idx3-ubyte", idx_bytes(3, 20)[:-1], "truncated-data", "399"),
        ("t10k-labels-idx1-ubyte", b"\x1f\x8bxxxxxxxxxxxxxxxx", "corrupt-data", "t10k-labels"),
    ],
)
def test_damaged_or_mismatched_files_are_faults(
    tmp_path: Path, stem: str, content: bytes, code: str, words: str
) -> None:
    write_mnist(tmp_path, packed=False)
    (tmp_path / stem).write_bytes(content)
    diagnostic = fault_of("MNIST", tmp_path)
    assert diagnostic.code == code
    assert words in diagnostic.message


@pytest.mark.parametrize("stem", ["t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte"])
@pytest.mark.parametrize("promised", [10, 2**31])
def test_a_file_that_unpacks_to_more_than_labels_are_takes_no_memory(
    tmp_path: Path, stem: str, promised: int
) -> None:
    write_mnist(tmp_path)
    content = struct.pack(">II", 0x801, promised) + bytes(2**27)
    (tmp_path / f"{stem}.gz").write_bytes(gzip.compress(content, 1))
    del content
    tracemalloc.start()
    try:
        diagnostic = fault_of("MNIST", tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert diagnostic.code == "corrupt-data"
    assert stem in diagnostic.message
    assert peak < 2**26


def test_a_file_of_usps_that_is_not_the_published_one_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bz2, "open", lambda *given: pytest.fail("it was unpacked"))
    for name in ("usps.bz2", "usps.t.bz2"):
        (tmp_path / name).write_bytes(bz2.compress(bytes(1000)))
    diagnostic = fault_of("USPS", tmp_path)
    assert diagnostic.code == "missing-data"
    assert "usps.bz2 is not as published" in diagnostic.message


def test_a_folder_in_the_place_of_a_file_is_not_taken_for_data(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    (tmp_path / "t10k-labels-idx1-ubyte.gz").mkdir()
    assert fault_of("MNIST", tmp_path).code == "missing-data"


def test_the_files_of_another_data_set_of_the_family_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path)
    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    theirs = (labels.name, hashlib.md5(labels.read_bytes()).hexdigest())
    monkeypatch.setattr(datasets.KMNIST, "resources", [theirs])
    diagnostic = fault_of("FashionMNIST", tmp_path)
    assert diagnostic.code == "foreign-data"
    assert "those of KMNIST, not of FashionMNIST" in diagnostic.message


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    def handler(*args: Any) -> Quiet:
        return Quiet(*args, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = False  # closing waits for them, so that no socket is left open
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
    # urllib leaves the socket of an HTTP error to the garbage collector, which warns of it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def published(folder: Path) -> list[tuple[str, str]]:
    return [
        (f"{stem}.gz", hashlib.md5((folder / f"{stem}.gz").read_bytes()).hexdigest())
        for stem in STEMS
    ]


def test_without_any_folder_the_data_is_fetched_into_the_cache_once_and_in_silence(
    tmp_path: Path,
    homeless: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source = write_mnist(tmp_path / "server")
    monkeypatch.setattr(datasets.MNIST, "resources", published(source))
    with served(source) as address:
        monkeypatch.setattr(datasets.MNIST, "mirrors", [address])
        first = load_data(Data(dataset="MNIST"))
    assert capfd.readouterr() == ("", "")
    assert first.place == str(homeless / "MNIST" / "raw")
    assert [path.name for path in homeless.iterdir()] == ["MNIST"]
    assert load_data(Data(dataset="MNIST")).digest == first.digest  # the server is gone


@pytest.mark.parametrize("failure", ["no server", "wrong bytes", "only half"])
def test_a_failed_download_is_a_fault_that_leaves_nothing_behind(
    tmp_path: Path, homeless: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    source = write_mnist(tmp_path / "server")
    monkeypatch.setattr(datasets.MNIST, "resources", published(source))
    if failure == "wrong bytes":
        (source / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"hello"))
    if failure == "only half":
        (source / "t10k-labels-idx1-ubyte.gz").unlink()
    with served(source) as address:
        mirror = "http://127.0.0.1:9/" if failure == "no server" else address
        monkeypatch.setattr(datasets.MNIST, "mirrors", [mirror])
        diagnostic = fault_of("MNIST")
    assert diagnostic.code == "missing-data"
    assert "could not be downloaded" in diagnostic.message
    assert str(homeless) in diagnostic.message
    assert "--data-dir" in diagnostic.help
    assert "ARCHSPEC_DATA" in diagnostic.help
    assert "--data Digits" in diagnostic.help
    assert list(homeless.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert fault_of("MNIST").code == "missing-data"


def test_a_damaged_cache_says_what_to_remove(homeless: Path, monkeypatch: Any) -> None:
    write_mnist(homeless / "MNIST" / "raw")
    (homeless / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").write_bytes(b"")
    assert str(homeless / "MNIST" / "raw") in fault_of("MNIST").message


def test_an_unknown_data_set_is_met_with_the_nearest_name() -> None:
    diagnostic = fault_of("FashonMNIST")
    assert diagnostic.code == "unknown-dataset"
    assert diagnostic.help.startswith("did you mean `FashionMNIST`")


@pytest.mark.parametrize("name", ["CocoDetection", "Kitti", "ImageNet", "FakeData"])
def test_a_set_that_is_no_classification_in_memory_is_refused(name: str) -> None:
    diagnostic = fault_of(name)
    assert diagnostic.code == "not-offered"
    assert name in diagnostic.message


def test_the_fault_of_a_name_stands_at_its_place() -> None:
    span = Span(Source("spec.yaml", "data: {dataset: X}"), 1, 17, 1, 18)
    asked: list[tuple[str | int, ...]] = []

    def place(*path: str | int) -> Span:
        asked.append(path)
        return span

    with pytest.raises(SpecError) as error:
        load_data(Data(dataset="X"), place=place)
    assert error.value.diagnostics[0].span is span
    assert asked == [("data", "dataset")]


def write_cifar(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write CIFAR10's layout with 2 pictures a file, and have torchvision expect these files."""
    base = folder / "cifar-10-batches-py"
    base.mkdir(parents=True)

    def put(name: str, content: dict[str, Any]) -> list[str]:
        (base / name).write_bytes(pickle.dumps(content))
        return [name, hashlib.md5((base / name).read_bytes()).hexdigest()]

    pixels = numpy.arange(2 * 3072).reshape(2, 3072).astype(numpy.uint8)
    trains = [put(f"data_batch_{i}", {"data": pixels, "labels": [i, 9]}) for i in range(1, 6)]
    tests = [put("test_batch", {"data": pixels, "labels": [0, 1]})]
    names = put("batches.meta", {"label_names": [f"class {i}" for i in range(10)]})
    meta = {"filename": names[0], "key": "label_names", "md5": names[1]}
    monkeypatch.setattr(datasets.CIFAR10, "train_list", trains)
    monkeypatch.setattr(datasets.CIFAR10, "test_list", tests)
    monkeypatch.setattr(datasets.CIFAR10, "meta", meta)


@pytest.mark.parametrize("inside", [".", "CIFAR10", "cifar10"])
def test_other_sets_of_torchvision_become_bytes_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    write_cifar(tmp_path / inside, monkeypatch)
    dataset = load_data(Data(dataset="CIFAR10"), data_dir=tmp_path)
    assert in_memory(dataset.train).images.shape == (10, 3, 32, 32)
    assert dataset.train.labels.tolist() == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]
    assert in_memory(dataset.train).images[0, 1, 0, 1] == (1024 + 1) % 256
    assert dataset.classes[3] == "class 3"
    assert Path(dataset.place) == tmp_path / inside


def test_a_damaged_set_of_torchvision_is_a_fault_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cifar(tmp_path, monkeypatch)
    (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(b"no pickle")
    diagnostic = fault_of("CIFAR10", tmp_path)
    assert diagnostic.code == "missing-data"
    assert "corrupted" in diagnostic.message


def write_pictures(root: Path, sizes: dict[str, tuple[int, int]]) -> Path:
    for name, size in sizes.items():
        path = root / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (10, 20, 30)).save(path)
    return root


EQUAL = {"train/cat/1": (6, 4), "train/dog/1": (6, 4), "test/cat/1": (6, 4), "test/dog/1": (6, 4)}


@pytest.mark.parametrize("test_folder", ["test", "val"])
def test_an_image_folder_has_a_class_a_folder(tmp_path: Path, test_folder: str) -> None:
    sizes = {name.replace("test", test_folder): size for name, size in EQUAL.items()}
    dataset = load_data(Data(dataset="ImageFolder"), data_dir=write_pictures(tmp_path, sizes))
    assert dataset.classes == ("cat", "dog")
    assert in_memory(dataset.train).images.shape == (2, 3, 4, 6)
    assert in_memory(dataset.train).images[0, :, 0, 0].tolist() == [10, 20, 30]
    assert dataset.test.labels.tolist() == [0, 1]


def test_pictures_of_different_sizes_need_a_transform_that_makes_them_equal(
    tmp_path: Path,
) -> None:
    write_pictures(tmp_path, EQUAL | {"train/dog/2": (8, 8)})
    diagnostic = fault_of("ImageFolder", tmp_path)
    assert diagnostic.code == "sizes-differ"
    assert "(3, 4, 6) and (3, 8, 8)" in diagnostic.message
    assert "{Resize: {size: [4, 6]}}" in diagnostic.help
    with pytest.raises(SpecError, match=r"Resize: {size: \[32, 31\]}}\]`"):
        load_data(Data(dataset="ImageFolder"), data_dir=tmp_path, wanted=(3, 32, 31))
    prepare = (Call("Resize", {"size": [5, 7]}), Call("Grayscale", {}))
    dataset = load_data(Data(dataset="ImageFolder", prepare=prepare), data_dir=tmp_path)
    assert in_memory(dataset.train).images.shape == (3, 1, 5, 7)
    assert in_memory(dataset.train).images.dtype == torch.uint8


@pytest.mark.parametrize(
    ("sizes", "code", "words"),
    [
        ({}, "missing-data", "no folder train"),
        ({"train/cat/1": (4, 4)}, "missing-data", "no folder test or val"),
        (EQUAL | {"test/eel/1": (6, 4)}, "foreign-data", "eel"),
    ],
)
def test_an_image_folder_of_another_layout_is_a_fault(
    tmp_path: Path, sizes: dict[str, tuple[int, int]], code: str, words: str
) -> None:
    diagnostic = fault_of("ImageFolder", write_pictures(tmp_path, sizes))
    assert diagnostic.code == code
    assert words in diagnostic.message


def test_a_class_without_pictures_is_a_fault(tmp_path: Path) -> None:
    write_pictures(tmp_path, EQUAL)
    (tmp_path / "train" / "fox").mkdir()
    assert "fox" in fault_of("ImageFolder", tmp_path).message


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, EQUAL)
    (tmp_path / "train" / "dog" / "1.png").write_bytes(b"no picture")
    diagnostic = fault_of("ImageFolder", tmp_path)
    assert diagnostic.code == "not-an-image"
    assert str(Path("dog") / "1.png") in diagnostic.message


def test_an_image_folder_needs_a_folder() -> None:
    assert "none was given" in fault_of("ImageFolder").message


def test_idx_images_are_prepared_once(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    prepare = (Call("Pad", {"padding": [1, 2]}),)
    dataset = load_data(Data(dataset="MNIST", prepare=prepare), data_dir=tmp_path)
    assert in_memory(dataset.train).images.shape == (20, 1, 8, 7)
    assert in_memory(dataset.train).images[0, 0, 2].tolist() == [0, 0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (Call("RandomRotation", {"degrees": 5}), "not-offered", "RandomRotation"),
        (Call("ToDtype", {}), "not-offered", "ToDtype"),
        (Call("Resiz", {"size": 5}), "unknown-transform", "Resiz"),
        (Call("Resize", {"sice": 5}), "bad-argument", "`sice`"),
        (Call("Pad", {"padding": 9, "padding_mode": "reflect"}), "bad-argument", "1×4×5"),
    ],
    ids=lambda value: value.name if isinstance(value, Call) else "",
)
def test_a_faulty_preparation_is_a_fault_of_the_spec(
    tmp_path: Path, call: Call, code: str, words: str
) -> None:
    diagnostic = fault_of("MNIST", write_mnist(tmp_path), call)
    assert diagnostic.code == code
    assert words in diagnostic.message


def toy(shape: tuple[int, ...] = (2, 1, 2, 2), label: int = 0) -> Images:
    return Images(torch.zeros(shape, dtype=torch.uint8), torch.tensor([label, 1]))


@pytest.mark.parametrize("other", [toy((2, 1, 1, 4)), toy(label=1)])
def test_the_digest_tells_shapes_and_labels_apart(other: Images) -> None:
    assert digest_of(toy(), toy()) == digest_of(toy(), toy())
    assert digest_of(toy(), toy()) != digest_of(toy(), other)


GIVEN = os.environ.get("ARCHSPEC_DATA", "")


@pytest.fixture(scope="module")
def real_mnist() -> Dataset:
    if not GIVEN:
        pytest.skip("ARCHSPEC_DATA names no folder with the real MNIST")
    return load_data(Data(dataset="MNIST"), data_dir=Path(GIVEN))


@pytest.mark.parametrize(
    ("part", "tensor", "md5", "header"),
    [
        ("train", "images", "6bbc9ace898e44ae57da46a324031adb", (0x803, 60_000, 28, 28)),
        ("train", "labels", "a25bea736e30d166cdddb491f175f624", (0x801, 60_000)),
        ("test", "images", "2646ac647ad5339dbf082846283269ea", (0x803, 10_000, 28, 28)),
        ("test", "labels", "27ae3e4e09519cfbb04c329615203637", (0x801, 10_000)),
    ],
)
def test_the_real_mnist_is_byte_for_byte_the_published_one(
    real_mnist: Dataset, part: str, tensor: str, md5: str, header: tuple[int, ...]
) -> None:
    values = getattr(getattr(real_mnist, part), tensor).to(torch.uint8)
    content = struct.pack(f">{len(header)}I", *header) + values.numpy().tobytes()
    assert hashlib.md5(content).hexdigest() == md5


def test_the_real_mnist_is_not_taken_for_fashion(
    real_mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(real_mnist.place)
    diagnostic = fault_of("KMNIST", folder)
    assert "those of MNIST" in diagnostic.message
