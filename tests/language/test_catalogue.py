"""Names and arguments of torch's classes, known without torch."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.judge import check
from archspec.language import read_spec, read_text
from archspec.language.catalogue import check_names, is_certain, read_catalogue

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
HEAD = "archspec: 1\ninput: [1, 28, 28]\nlayers: [gap, flatten]\n"
SECTIONS = {
    "optimizer": "train: {{epochs: 1, batch_size: 8, optimizer: {}}}\n",
    "scheduler": "train: {{epochs: 1, batch_size: 8, optimizer: SGD, scheduler: {}}}\n",
    "loss": "train: {{epochs: 1, batch_size: 8, optimizer: SGD, loss: {}}}\n",
    "transform": "data: {{dataset: MNIST, augment: [{}]}}\n",
    "dataset": "data: {{dataset: {}}}\n",
}
EVERY = [(role, name) for role, known in read_catalogue().classes.items() for name in known]


def found_in(role: str, written: str) -> tuple[Diagnostic, ...]:
    """Return what is said of one class, written into a spec where its role stands."""
    spec = read_text(HEAD + SECTIONS[role].format(written)).spec
    assert spec is not None
    return check_names(spec)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_of_this_repository_name_nothing_unknown(path: Path) -> None:
    spec = read_spec(path).spec

    assert spec is not None
    assert check_names(spec) == ()


def installed(monkeypatch: pytest.MonkeyPatch, version: str | None) -> None:
    """Let this be the version of both packages, or neither be there."""

    def found(package: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(package)
        return version

    monkeypatch.setattr(metadata, "version", found)


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_a_class_with_all_its_arguments_is_known(
    role: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, None)
    known = read_catalogue().classes[role][name]
    arguments = ", ".join(f"{argument}: 1" for argument in (*known.needs, *known.takes))
    written = name if role == "dataset" else f"{{{name}: {{{arguments}}}}}"

    assert found_in(role, written) == ()


@pytest.mark.parametrize(
    ("role", "written", "code", "shown", "help", "fix"),
    [
        ("optimizer", "sgd", "unknown-name", "`sgd`", "`SGD`?", "SGD"),
        ("optimizer", "Adma", "unknown-name", "`Adma`", "`Adam`?", "Adam"),
        ("optimizer", "AdamB", "unknown-name", "`AdamB`", "did you mean `", None),
        ("optimizer", "Zorn", "unknown-name", "`Zorn`", "`archspec train` asks it", None),
        ("scheduler", "StepLr: {step_size: 1}", "unknown-name", "`StepLr`", "StepLR", "StepLR"),
        ("scheduler", "StepLR", "missing-argument", "needs `step_size`", "StepLR: {step", None),
        ("scheduler", "CyclicLR", "missing-argument", "`base_lr` and `max_lr`", "…, max", None),
        ("scheduler", "StepLR: {stepsize: 5}", "unknown-argument", "`stepsize`", "?", "step_size"),
        ("scheduler", "StepLR: {step_siz: 5}", "unknown-argument", "`step_siz`", "step_size", None),
        ("optimizer", "SGD: {learning_rate: 1}", "unknown-argument", "`learning_rate`", "lr", "lr"),
        ("optimizer", "SGD: {params: 1}", "unknown-argument", "no `params`", "", None),
        ("loss", "nllloss", "unknown-name", "torch ", "did you mean `NLLLoss`?", "NLLLoss"),
        ("loss", "CrossEntropyLoss: {reduction: sum}", "unknown-argument", "`reduction`", "", None),
        ("transform", "random_erasing", "unknown-name", "torchvision ", "Erasing", "RandomErasing"),
        ("transform", "RandomRotate: {degrees: 5}", "unknown-name", "Rotate`", "Rotation", None),
        ("dataset", "mnist", "unknown-name", "no data set called `mnist`", "`MNIST`?", "MNIST"),
        ("dataset", "fashion_mnist", "unknown-name", "is offered", "FashionMNIST", "FashionMNIST"),
        ("dataset", "CocoDetection", "unknown-name", "is offered", "", None),
    ],
)  # fmt: skip
def test_what_is_not_known_is_a_warning_with_the_nearest(
    role: str, written: str, code: str, shown: str, help: str, fix: str | None
) -> None:
    is_call = ": {" in written
    (found,) = found_in(role, f"{{{written}}}" if is_call else written)

    assert (found.code, found.severity) == (code, "warning")
    assert shown in found.message
    assert help in (found.help or "")
    assert (found.fix.replacement if found.fix else None) == fix
    assert found.fix is None or found.fix.span == found.span


@pytest.mark.parametrize(
    ("role", "written", "version", "code", "shown", "help"),
    [
        ("optimizer", "Muon", "2.6.0+cpu", "unknown-name", "torch 2.6.0 has no op", ">2.6.0"),
        ("optimizer", "Muon", "2.5", "unknown-name", "torch 2.5 has no optimizer", ">2.6.0"),
        ("optimizer", "Muon", "2.7.1", None, "", ""),  # between what is known
        ("optimizer", "Muon", "2.20.0a0", None, "", ""),
        ("scheduler", "{StepLR: {step_size: 1, verbose: true}}", "2.14.1", "unknown-argument",
         "StepLR of torch 2.14.1 takes no `verbose`", "<2.14.1"),
        ("scheduler", "{StepLR: {step_size: 1, verbose: true}}", "2.6.0", None, "", ""),
        ("transform", "ClampKeyPoints", "0.21.0", "unknown-name", "torchvision 0.21.0 h", ">0.21"),
        ("transform", "ClampKeyPoints", None, None, "", ""),
    ],
)  # fmt: skip
def test_what_only_other_versions_have_is_told_where_one_is_installed(
    role: str,
    written: str,
    version: str | None,
    code: str | None,
    shown: str,
    help: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch, version)
    found = found_in(role, written)

    assert [one.code for one in found] == ([code] if code else [])
    for one in found:
        assert shown in one.message
        assert (one.severity, one.fix) == ("warning", None)
        words = {">": "newer than ", "<": "older than "}[help[0]] + help[1:]
        assert words in (one.help or "")


def test_the_place_is_the_name_or_the_argument() -> None:
    path = "transform", "{RandomCrop: {size: 24, pad: 2}}"
    (found,) = found_in(*path)

    assert found.span is not None
    assert found.span.source.line(found.span.line)[found.span.column - 1 :].startswith("pad: 2")


def test_every_transform_of_both_lists_is_looked_at() -> None:
    data = "data: {dataset: MNIST, prepare: [Resise, Pad: {padding: 2}], augment: [Jitter]}\n"
    spec = read_text(HEAD + data).spec

    assert spec is not None
    assert [found.message.split()[-1] for found in check_names(spec)] == ["`Resise`", "`Jitter`"]


def test_a_warning_does_not_fail_a_spec(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + SECTIONS["optimizer"].format("Zorn"), encoding="utf-8")
    judged = check(path)

    assert "unknown-name" in {found.code for found in judged.diagnostics}
    assert judged.is_ok


@pytest.mark.parametrize(
    ("written", "known", "certain"),
    [
        ("adamw", "AdamW", True),
        ("cross_entropy_loss", "CrossEntropyLoss", True),
        ("momnetum", "momentum", True),
        ("learning_rate", "lr", True),
        ("AdamX", "AdamW", False),
        ("SGDW", "SGD", False),
        ("momentun", "momentum", False),
    ],
)
def test_only_the_same_letters_are_another_name_for_certain(
    written: str, known: str, certain: bool
) -> None:
    assert is_certain(written, known) is certain
