"""Names and arguments of torch's classes, known without torch."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from archspec.analysis.trainable import training_faults
from archspec.diagnostics import Diagnostic
from archspec.judge import check
from archspec.language import read_spec, read_text
from archspec.language.catalogue import is_certain, read_catalogue

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
NAMED = ("missing-argument", *(f"unknown-{role}" for role in (*SECTIONS, "name", "argument")))
EVERY = [(role, name) for role, known in read_catalogue().classes.items() for name in known]


def found_in(role: str, written: str) -> tuple[Diagnostic, ...]:
    """Return what is said of one class, written into a spec where its role stands."""
    spec = read_text(HEAD + SECTIONS[role].format(written)).spec
    assert spec is not None
    return training_faults(spec, None)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_of_this_repository_name_nothing_unknown(path: Path) -> None:
    spec = read_spec(path).spec

    assert spec is not None
    assert training_faults(spec, None) == ()


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

    names = [f for f in found_in(role, written) if f.code in NAMED or "takes no" in f.message]
    assert names == []


@pytest.mark.parametrize(
    ("role", "written", "code", "shown", "help", "fix"),
    [
        ("optimizer", "sgd", "unknown-optimizer", "`sgd`", "`SGD`?", "SGD"),
        ("optimizer", "Adma", "unknown-optimizer", "`Adma`", "`Adam`?", "Adam"),
        ("optimizer", "AdamB", "unknown-optimizer", "`AdamB`", "did you mean `", None),
        ("optimizer", "Zorn", "unknown-optimizer", "`Zorn`", "", None),
        ("scheduler", "StepLr: {step_size: 1}", "unknown-scheduler", "`StepLr`", "Step", "StepLR"),
        ("scheduler", "StepLR", "missing-argument", "needs `step_size`", "StepLR: {step", None),
        ("scheduler", "CyclicLR", "missing-argument", "`base_lr` and `max_lr`", "…, max", None),
        ("scheduler", "StepLR: {stepsize: 5}", "bad-argument", "`stepsize`", "?", "step_size"),
        ("scheduler", "StepLR: {step_siz: 5}", "bad-argument", "`step_siz`", "step_size", None),
        ("optimizer", "SGD: {learning_rate: 1}", "bad-argument", "`learning_rate`", "lr", "lr"),
        ("optimizer", "SGD: {params: 1}", "bad-argument", "no `params`", "", None),
        ("loss", "nllloss", "unknown-loss", "torch ", "did you mean `NLLLoss`?", "NLLLoss"),
        ("loss", "CrossEntropyLoss: {reduction: sum}", "bad-argument", "`reduction`", "", None),
        ("transform", "random_erasing", "unknown-transform", "vision ", "ing", "RandomErasing"),
        ("transform", "RandomRotate: {degrees: 5}", "unknown-transform", "e`", "Rotation", None),
        ("dataset", "mnist", "unknown-dataset", "no data set called `mnist`", "`MN", "MNIST"),
        ("dataset", "fashion_mnist", "unknown-dataset", "is offered", "Fashi", "FashionMNIST"),
        ("dataset", "CocoDetection", "unknown-dataset", "is offered", "", None),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_the_nearest(
    role: str, written: str, code: str, shown: str, help: str, fix: str | None
) -> None:
    is_call = ": {" in written
    (found,) = found_in(role, f"{{{written}}}" if is_call else written)

    assert (found.code, found.severity) == (code, "error")
    assert shown in found.message
    assert help in (found.help or "")
    assert (found.fix.replacement if found.fix else None) == fix
    assert found.fix is None or found.fix.span == found.span


@pytest.mark.parametrize(
    ("role", "written", "version", "code", "shown", "help"),
    [
        ("optimizer", "Muon", "2.6.0+cpu", "unknown-optimizer", "torch 2.6.0 has no op", ">2.6.0"),
        ("optimizer", "Muon", "2.5", "unknown-optimizer", "torch 2.5 has no optimizer", ">2.6.0"),
        ("optimizer", "Muon", "2.7.1", None, "", ""),  # between what is known
        ("optimizer", "Muon", "2.20.0a0", None, "", ""),
        ("scheduler", "{StepLR: {step_size: 1, verbose: true}}", "2.14.1", "bad-argument",
         "StepLR of torch 2.14.1 takes no `verbose`", "<2.14.1"),
        ("scheduler", "{StepLR: {step_size: 1, verbose: true}}", "2.6.0", None, "", ""),
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
        assert (one.severity, one.fix) == ("error", None)
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
    assert [found.message.split()[-1] for found in training_faults(spec, None)] == [
        "`Resise`",
        "`Jitter`",
    ]


@pytest.mark.parametrize(
    ("version", "written", "code"),
    [
        ("2.99", "Zorn", "unknown-name"),
        (None, "Zorn", "unknown-name"),
        (None, "{SGD: {zorn: 1}}", "unknown-argument"),
    ],
)
def test_what_another_version_may_know_does_not_fail_a_spec(
    version: str | None, written: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, version)
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + SECTIONS["optimizer"].format(written), encoding="utf-8")
    judged = check(path)
    found = {one.code: one.severity for one in judged.diagnostics}

    assert found[code] == "warning"


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
