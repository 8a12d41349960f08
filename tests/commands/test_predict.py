"""`archspec predict`: what a trained network says of pictures, and of what is none."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from PIL import Image, ImageOps
from torchvision.transforms.v2.functional import to_pil_image
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.record import read_record
from archspec.record.evaluation import read_evaluation
from archspec.runtime.data import Images
from tests.support.records import edit_sealed
from tests.support.trained_small import SPEC, few_digits, trained

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "predict.schema.json").read_text(encoding="utf-8"))
TEST_IMAGES = 200


@pytest.fixture(scope="module", autouse=True)
def digits() -> Iterator[Images]:
    """Return the test images."""
    with few_digits(test=TEST_IMAGES) as test:
        yield test


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that no test changes."""
    return trained(tmp_path_factory.mktemp("made"), "--set", "train.epochs=4")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, for tests that change it."""
    return Path(shutil.copytree(made, tmp_path / "runs" / "small" / made.name))


@pytest.fixture(scope="module")
def pictures(digits: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the test images, named by their number."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, image in enumerate(digits.images):
        to_pil_image(image).save(folder / f"{number:03}.png")
    return folder


def predicted(run: Path, *arguments: str | Path, content: bytes | None = None) -> Result:
    command = ["predict", "--device", "cpu", str(run), *map(str, arguments)]
    return CliRunner().invoke(app, command, input=content)


def as_json(run: Path, *arguments: str | Path, exit_code: int = 0) -> dict[str, Any]:
    result = predicted(run, *arguments, "--format", "json")
    assert result.exit_code == exit_code, result.output
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


def test_the_test_images_are_judged_as_in_the_evaluation(
    digits: Images, made: Path, pictures: Path
) -> None:
    kept = read_evaluation(made / "evaluation.json")
    expected = digits.labels.tolist()
    for mistake in kept.mistakes:
        expected[mistake.index] = mistake.predicted
    found = as_json(made, pictures, "--top", "1")

    assert [Path(one["image"]).name for one in found["images"]] == [
        f"{number:03}.png" for number in range(TEST_IMAGES)
    ]
    first = [one["predictions"][0] for one in found["images"]]
    assert [guess["number"] for guess in first] == expected
    for mistake in kept.mistakes:
        probability = first[mistake.index]["probability"]
        assert probability == pytest.approx(mistake.probability, abs=1e-5)


def test_probabilities_fall_and_sum_to_one(made: Path, pictures: Path) -> None:
    (found,) = as_json(made, pictures / "000.png", "--top", "99")["images"]
    shares = [guess["probability"] for guess in found["predictions"]]

    assert len(shares) == 10
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_text_names_the_picture_what_was_done_and_the_classes(
    made: Path, pictures: Path, tmp_path: Path
) -> None:
    with Image.open(pictures / "000.png") as picture:
        picture.convert("RGB").resize((640, 480)).save(tmp_path / "photo.png")
    result = predicted(made, tmp_path / "photo.png", "--top", "2")
    head, _, name, *classes = result.stdout.splitlines()

    assert head.startswith(f"small: {made}/best.pt, epoch ")
    assert name == f"{tmp_path}/photo.png: 640x480 RGB → grey, resized to 28x28"
    assert len(classes) == 2
    assert all(re.fullmatch(r"  \d +[\d.]+ %", line) for line in classes)


def test_paper_is_noticed_and_inverted_on_demand(
    made: Path, pictures: Path, tmp_path: Path
) -> None:
    with Image.open(pictures / "000.png") as picture:
        ImageOps.invert(picture).save(tmp_path / "paper.png")
    as_it_is = predicted(made, tmp_path / "paper.png").stdout
    (paper,) = as_json(made, tmp_path / "paper.png", "--invert")["images"]
    (own,) = as_json(made, pictures / "000.png")["images"]

    assert "note: light and dark seem to be the other way round in Digits: try --invert" in as_it_is
    assert paper["predictions"] == own["predictions"]
    assert (paper["steps"], paper["note"]) == (["inverted"], None)
    wrongly = predicted(made, pictures / "000.png", "--invert").stdout
    assert "leave --invert out" in wrongly


def test_standard_input_is_a_picture(made: Path, pictures: Path) -> None:
    piped = predicted(made, "-", content=(pictures / "003.png").read_bytes())
    named = predicted(made, pictures / "003.png")

    assert piped.exit_code == 0
    assert "\n-: 28x28 grey\n" in piped.stdout
    assert piped.stdout.splitlines()[3:] == named.stdout.splitlines()[3:]
    refused(predicted(made, "-", content=b""), 3, "not-an-image")


def test_the_others_are_predicted_beside_what_cannot_be(
    made: Path, pictures: Path, tmp_path: Path
) -> None:
    good, cut, words = pictures / "000.png", tmp_path / "cut.png", tmp_path / "words.png"
    cut.write_bytes(good.read_bytes()[:-300])
    words.write_text("no picture", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    asked = (good, cut, words, tmp_path / "none.png", tmp_path / "empty", pictures / "001.png")
    found = as_json(made, *asked, exit_code=3)

    assert not found["ok"]
    codes = [[d["code"] for d in one["diagnostics"]] for one in found["images"]]
    refusals = ["damaged-image"], ["not-an-image"], ["missing-file"], ["no-images"]
    assert codes == [[], *refusals, []]
    assert [bool(one["predictions"]) for one in found["images"]] == [not c for c in codes]
    text = predicted(made, *asked)
    assert text.exit_code == 3
    assert text.stderr.count("error[") == 4
    assert text.stdout.count("28x28 grey") == 2


def test_a_pipe_that_nobody_writes_is_refused(made: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refused(predicted(made, tmp_path / "pipe.png"), 3, "not-an-image")
    refused(predicted(made, ""), 3, "missing-file")


def test_a_name_cannot_steer_the_terminal(made: Path, pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / "a\rb.png"
    shutil.copy(pictures / "000.png", path)

    assert "\r" not in predicted(made, path).output


def test_a_name_may_be_no_text(made: Path, pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    try:
        shutil.copy(pictures / "000.png", path)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    (found,) = as_json(made, tmp_path)["images"]

    assert found["image"] == str(path)
    assert predicted(made, tmp_path).exit_code == 0


def test_classes_have_the_names_of_the_data_set(run: Path, pictures: Path) -> None:
    path = run / "evaluation.json"
    names = [f"digit {number}" for number in range(10)]
    old = next(line for line in path.read_text("utf-8").splitlines() if '"classes"' in line)
    edit_sealed(path, lambda text: text.replace(old, f' "classes": {json.dumps(names)},'))
    found = as_json(run, pictures / "000.png")

    assert found["classes"] == names
    assert found["images"][0]["predictions"][0]["class"].startswith("digit ")


def test_without_an_evaluation_classes_are_numbers(run: Path, pictures: Path) -> None:
    (run / "evaluation.json").unlink()
    found = as_json(run, pictures / "000.png")

    assert found["classes"] == [str(number) for number in range(10)]
    assert any("by number" in note for note in found["notes"])


def test_the_checkpoint_can_be_chosen(made: Path, pictures: Path) -> None:
    last = as_json(made, pictures / "000.png", "--checkpoint", "last")

    assert last["epoch"] == 4
    assert last["epoch"] == len(read_record(made / "record.json").epochs)


def test_faulty_weights_are_refused(run: Path, pictures: Path, tmp_path: Path) -> None:
    picture = pictures / "000.png"
    other = trained(tmp_path, spec=SPEC.replace("out_channels: 4", "out_channels: 5"), name="other")
    named = ("--checkpoint", str(other / "best.pt"))
    refused(predicted(run, picture, *named), 1, "other-network")
    (run / "best.pt").write_bytes((run / "best.pt").read_bytes()[:999])
    refused(predicted(run, picture), 1, "bad-checkpoint")
    (run / "best.pt").unlink()
    refused(predicted(run, picture), 3, "missing-checkpoint")
    refused(predicted(tmp_path / "none", picture), 2, "missing-run")
    refused(predicted(run, picture, "--device", "gpu", "--checkpoint", "last"), 2, "unknown-device")


def test_weights_that_give_no_numbers_are_refused(run: Path, pictures: Path) -> None:
    from dataclasses import replace

    from archspec.runtime.train.checkpoint import read_checkpoint, write_checkpoint

    checkpoint = read_checkpoint(run / "best.pt")
    broken = {name: tensor * float("nan") for name, tensor in checkpoint.model.items()}
    write_checkpoint(replace(checkpoint, model=broken), run / "best.pt")

    refused(predicted(run, pictures / "000.png"), 1, "bad-checkpoint")


@pytest.mark.parametrize("options", [(), ("a.png", "--top", "0")], ids=["no picture", "top 0"])
def test_a_wrong_call_exits_with_2(made: Path, options: tuple[str, ...]) -> None:
    assert predicted(made, *options).exit_code == 2


def test_mnist_pictures_are_judged_as_in_the_evaluation(mnist_folder: Path, tmp_path: Path) -> None:
    from archspec.language.sections import Data
    from archspec.runtime.data import load_data

    spec = SPEC.replace("dataset: Digits, validation: 100", "dataset: MNIST, validation: 55000")
    run = trained(tmp_path, "--data-dir", str(mnist_folder), spec=spec)
    kept = read_evaluation(run / "evaluation.json")
    test = load_data(Data("MNIST"), data_dir=mnist_folder).test
    wrong = {mistake.index: mistake.predicted for mistake in kept.mistakes}
    folder = tmp_path / "pictures"
    folder.mkdir()
    expected = []
    for number in range(30):
        to_pil_image(test.read([number])[0]).save(folder / f"{number:02}.png")
        expected.append(wrong.get(number, int(test.labels[number])))
    found = as_json(run, folder, "--top", "1")

    assert [one["predictions"][0]["number"] for one in found["images"]] == expected
    assert {one["note"] for one in found["images"]} == {None}
