from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archspec.analysis import Analysis
from archspec.api import load
from archspec.judge.references import FromRecords, Static, UnknownReference, find_reference

SPECS = Path(__file__).parents[2] / "specs"


def network(path: Path) -> Analysis:
    return load(path).analysis


def found(name: str, spec: str = "step3.yaml") -> Static | FromRecords:
    return find_reference(name, network(SPECS / spec), network)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("params", 7720),
        ("receptive_field", 28),
        ("input", "28x28x1"),
        ("output", "10"),
        ("conv1.params", 88),
        ("conv8.share", Fraction(16000, 7720)),
        ("conv2.receptive_field", 5),
        ("conv2.output", "24x24x16"),
        ("conv3.kernel", "1x1"),
        ("conv3.out_channels", 8),
        ("conv3.dropout", "0.05"),
        ("targets.params", "below 8,000"),
        ("targets.params.below", 8000),
        ("targets.test_accuracy.at_least", "99.4"),
        ("targets.test_accuracy.epochs", 2),
        ("targets.test_accuracy.within", 15),
        ("claims.params", 7720),
        ("train.epochs", 15),
        ("train.optimizer.SGD.lr", "0.05"),
        ("data.augment.0.RandomRotation.degrees", 15),
        ("step1.params", 8172),
        ("step1.conv8.kernel", "7x7"),
        ("ladder/task06_gap.params", 3272),
        ("ladder/task03_lighter_model.params", 8040),
    ],
)
def test_a_name_stands_for_what_the_files_say(name: str, value: object) -> None:
    assert found(name) == Static(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("layer2.0.residual1.shortcut.conv1.params", 8448), ("layer1.params", None)],
)
def test_an_id_inside_groups_holds_dots(name: str, value: int | None) -> None:
    if value is None:
        with pytest.raises(UnknownReference):
            found(name, "zoo/resnet18.yaml")
    else:
        # 64 · 128 weights of the 1x1 convolution, and two for each channel of its norm.
        assert found(name, "zoo/resnet18.yaml") == Static(value)


@pytest.mark.parametrize("name", ["seeds", "best_test_accuracy.mean", "test_accuracy.share"])
def test_what_is_measured_is_left_to_the_records(name: str) -> None:
    measured = found(f"step2.{name}")

    assert isinstance(measured, FromRecords)
    assert (measured.analysis.spec.name, measured.name) == ("step2", name)


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("step4.params", "did you mean `step"),
        ("ladder/task06_gab.params", "did you mean `ladder/task06_gap.params`"),
        ("step1.conv8.parms", "did you mean `conv8.params`"),
        ("step1", "write such as"),
        ("conv1", ""),
        ("train.epoch", "did you mean `train.epochs`"),
        ("train", ""),
        ("targets.params.above", "did you mean"),
        ("nowhere/step1.params", ""),
        (".", "write such as"),
    ],
)
def test_what_nothing_is_called_gets_the_nearest(name: str, help: str) -> None:
    with pytest.raises(UnknownReference) as fault:
        found(name)

    assert help in fault.value.help


def test_a_faulty_spec_is_named_with_its_first_fault(tmp_path: Path) -> None:
    from archspec.diagnostics import Diagnostic

    (tmp_path / "a.yaml").write_bytes((SPECS / "digits.yaml").read_bytes())
    (tmp_path / "b.yaml").write_text("nothing", encoding="utf-8")
    with pytest.raises(UnknownReference, match=r"b\.yaml has a fault: unreadable"):
        find_reference(
            "b.params", network(tmp_path / "a.yaml"), lambda _: (Diagnostic("x", "unreadable"),)
        )
