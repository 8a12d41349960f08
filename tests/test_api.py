"""The Python side: what a command does, a call does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.transforms.v2.functional import to_pil_image

import archspec
from archspec.drawing import as_svg
from archspec.record import read_record
from archspec.record.evaluation import read_evaluation
from archspec.runtime.data import Images
from archspec.runtime.trained.predict import Refused
from tests.support.trained_small import few_digits, trained

STEP3 = Path(__file__).parents[1] / "specs" / "step3.yaml"
MAPPING: dict[str, Any] = {
    "archspec": 1,
    "input": (1, 28, 28),
    "layers": [{"conv": {"out_channels": 8, "kernel_size": 3, "bias": False}}, "gap"],
}
FAULTY = MAPPING | {"layers": [{"conv": {"out_channels": 0, "kernel_size": 3}}]}


@pytest.fixture(scope="module")
def digits() -> Iterator[Images]:
    with few_digits() as test:
        yield test


@pytest.fixture(scope="module")
def run(digits: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("made"), name="tried")


def test_a_network_is_loaded_analyzed_and_built() -> None:
    network = archspec.load(STEP3)
    assert network.analysis.totals.params == 7720
    module = network.build()
    assert sum(p.numel() for p in module.parameters()) == 7720


def test_overrides_come_over_the_file() -> None:
    network = archspec.load(STEP3, ["train.epochs=3"])
    assert network.spec.train is not None
    assert network.spec.train.epochs == 3


def test_analyze_takes_a_path_a_spec_and_a_network() -> None:
    network = archspec.load(STEP3)
    forms = (STEP3, str(STEP3), network.spec, network)
    assert [archspec.analyze(form).totals.macs for form in forms] == [1_140_928] * 4


def test_a_text_and_a_mapping_are_loaded() -> None:
    text = "archspec: 1\ninput: [1, 28, 28]\nlayers: [conv: {out_channels: 8, kernel_size: 5}]\n"
    assert archspec.loads(text).analysis.totals.params == 8 * (5 * 5 + 1)
    assert archspec.loads(MAPPING).analysis.totals.params == 8 * 3 * 3


def test_overrides_come_over_a_mapping() -> None:
    network = archspec.loads(MAPPING, ["input=[1, 28, 20]"])
    assert network.analysis.entries[0].output == (8, 26, 18)


def test_a_mapping_extends_a_file_of_its_folder() -> None:
    network = archspec.loads({"archspec": 1, "extends": "step3.yaml"}, folder=STEP3.parent)
    assert network.analysis.totals.params == 7720


def test_a_fault_of_a_mapping_names_the_key_path() -> None:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.loads(FAULTY)
    place = "layers[0].conv.out_channels"
    assert [str(found.span) for found in caught.value.diagnostics] == [place]
    assert str(caught.value).startswith(f"{place}: error[out-of-range]")


def test_the_table_has_the_published_rows() -> None:
    rows = archspec.table(STEP3).rows
    assert [row.label for row in rows][-2:] == ["GAP", "Conv8"]


def test_a_faulty_spec_raises_with_every_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("archspec: 1\ninput: [1, 28, 28]\nlayers: [cnov: 8, {conv: {}}]\ntitel: x\n")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.load(path)
    codes = [diagnostic.code for diagnostic in caught.value.diagnostics]
    assert codes == ["unknown-kind", "missing-field", "missing-field", "unknown-key"]
    assert "bad.yaml:3:10" in str(caught.value)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="laod"):
        archspec.laod  # noqa: B018


def test_a_table_goes_down_to_a_depth() -> None:
    layers = [{"residual": [{"conv": {"out_channels": 1, "kernel_size": 1}}]}, "gap"]
    labels = [row.label for row in archspec.table(MAPPING | {"layers": layers}, depth=1).rows]
    assert labels == ["Residual1", "GAP"]


def test_a_table_has_no_depth_and_every_operation_at_once() -> None:
    with pytest.raises(archspec.UsageError, match="leave one of them out"):
        archspec.table(MAPPING, expand=True, depth=1)


def test_a_network_is_drawn() -> None:
    picture = archspec.draw(MAPPING, depth=1)
    assert [box.label for box in picture.boxes] == ["input", "Conv1", "GAP", "output"]
    assert as_svg(picture).startswith("<svg ")


def test_another_depth_of_a_drawing_is_refused() -> None:
    with pytest.raises(archspec.UsageError, match="there is no depth"):
        archspec.draw(MAPPING, depth=0)


def test_two_networks_are_compared() -> None:
    other = archspec.loads(MAPPING, ["layers=[{conv: {out_channels: 9, kernel_size: 3}}, gap]"])
    found = archspec.diff(MAPPING, other)
    (entry,) = found.changed_entries
    assert (entry.status, [change.new for change in entry.changes]) == ("changed", [9, True])
    assert archspec.diff(MAPPING, MAPPING).is_empty


def test_the_faults_of_both_networks_are_told() -> None:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.diff(FAULTY, MAPPING | {"input": 0})
    assert [found.code for found in caught.value.diagnostics] == ["out-of-range", "wrong-type"]


def test_a_network_is_judged_whatever_it_is_given_as() -> None:
    demanding = MAPPING | {"targets": {"params": {"below": 72}}}
    (spec,) = archspec.check(archspec.loads(demanding)).specs
    assert [(v.name, v.verdict) for v in spec.verdicts] == [("params", "contradicted")]
    assert archspec.check(STEP3, MAPPING).is_ok
    assert not archspec.check(FAULTY).is_ok


def test_a_network_is_judged_by_kept_records() -> None:
    (spec,) = archspec.verify(STEP3, records=STEP3.parents[1] / "reports" / "records").specs
    assert {v.name: v.verdict for v in spec.verdicts if v.role == "target"} == {
        "params": "proven",
        "receptive_field": "proven",
        "test_accuracy": "proven",
    }


def test_blocks_of_a_page_are_renewed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    shutil.copy(STEP3, tmp_path)
    page.write_text("<!-- archspec:value step3.yaml params --><!-- archspec:end -->\n")
    (checked,) = archspec.sync([page], check=True)
    assert (len(checked.outdated), "7,720" in page.read_text()) == (1, False)
    archspec.sync([page])
    assert "-->7,720<!--" in page.read_text()


def test_check_and_force_contradict_each_other() -> None:
    with pytest.raises(archspec.UsageError, match="--force has no say"):
        archspec.sync([], check=True, force=True)


def test_runs_are_listed_and_give_their_trained_network(run: Path) -> None:
    (listed,) = archspec.runs(run.parents[1], STEP3.parent)
    assert (listed.place, listed.path, listed.state) == ("run", run / "record.json", "current")
    module = listed.load_model()
    kept = torch.load(run / "best.pt", weights_only=True)["model"]
    assert not module.training
    assert module.state_dict().keys() == kept.keys()
    assert all(torch.equal(module.state_dict()[name], kept[name]) for name in kept)


def test_a_training_is_the_bits_that_the_command_trains(
    run: Path, digits: Images, tmp_path: Path
) -> None:
    spec = run.parents[2] / "tried.yaml"
    trained = archspec.train(spec, threads=1, device="cpu", runs_dir=tmp_path)
    assert trained is not None
    assert trained.record is not None
    assert trained.record.status == "finished"
    again, kept = (
        torch.load(folder / "last.pt", weights_only=True)["model"]
        for folder in (trained.folder, run)
    )
    assert all(torch.equal(again[name], kept[name]) for name in kept)


def test_a_run_without_weights_gives_no_network(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "tried" / run.name, ignore=shutil.ignore_patterns("*.pt"))
    (listed,) = archspec.runs(tmp_path, STEP3.parent)
    with pytest.raises(archspec.EnvironmentFault, match="there is no checkpoint"):
        listed.load_model("last")


def test_a_folder_of_runs_that_is_not_there_is_told() -> None:
    with pytest.raises(archspec.EnvironmentFault, match="there is no folder nowhere"):
        archspec.runs("nowhere")


def test_a_run_is_evaluated_as_it_was_after_its_best_epoch(run: Path) -> None:
    found = archspec.evaluate(run, device="cpu", threads=1)
    assert found.confusion == read_evaluation(run / "evaluation.json").confusion
    assert found.latency == ()


def test_a_listed_run_is_evaluated_on_another_split(run: Path) -> None:
    (listed,) = archspec.runs(run.parents[1], STEP3.parent)
    found = archspec.evaluate(listed, "last", split="validation", device="cpu", threads=1)
    validation = read_record(run / "record.json").epochs[-1].validation
    assert validation is not None
    assert (found.correct, found.total) == (validation.correct, 100)


def test_pictures_are_predicted_and_what_is_none_is_told(
    run: Path, digits: Images, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    to_pil_image(digits.images[0]).save(picture)
    predicted, refused = archspec.predict(run, [picture, tmp_path / "b.png"], top=2, device="cpu")
    assert not isinstance(predicted, Refused)
    module = archspec.runs(run.parents[1], STEP3.parent)[0].load_model()
    scores = module((digits.images[:1].float() / 255 - 0.2) / 0.3).softmax(dim=1)[0]
    assert [guess.number for guess in predicted.guesses] == scores.topk(2).indices.tolist()
    assert isinstance(refused, Refused)


def test_every_public_name_is_there() -> None:
    assert all(hasattr(archspec, name) for name in archspec.__all__)
