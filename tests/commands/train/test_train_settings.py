"""How a run is computed: what is asked for, what the record keeps, and what torch cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.record import EpochRecord, RunRecord, Settings, read_record
from archspec.runtime.train.checkpoint import read_checkpoint
from archspec.runtime.train.settings import as_options, read_settings
from archspec.runtime.train.trainer import Trainer
from tests.support.tiny import measured, same_tensors
from tests.support.trained_small import few_digits

ROOT = Path(__file__).parents[3]
SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 4, kernel_size: 5, stride: 4, norm: batch, activation: relu, dropout: 0.1}
  - flatten
  - linear: 10
data: {dataset: Digits}
train: {epochs: 3, batch_size: 250, optimizer: {SGD: {lr: 0.1, momentum: 0.9}}}
"""
FAST = Settings(fast=True)


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> Iterator[None]:
    """Generate Digits once for all tests of this file."""
    with few_digits(500, 100):
        yield


def call(folder: Path, *options: str, spec: str = SPEC) -> Result:
    folder.mkdir(exist_ok=True)
    (folder / "a.yaml").write_text(spec, encoding="utf-8")
    arguments = ["train", str(folder / "a.yaml"), "--threads", "1", "--device", "cpu", "--quiet"]
    return CliRunner().invoke(app, [*arguments, "--runs-dir", str(folder / "runs"), *options])


def run_in(folder: Path) -> Path:
    (record,) = folder.glob("runs/a/*/record.json")
    return record.parent


def record_in(folder: Path) -> RunRecord:
    return read_record(run_in(folder) / "record.json")


def stop_after_two(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Path:
    """Train until Ctrl-C; return the run's folder."""

    def run(self: Trainer) -> Iterator[EpochRecord]:
        for epoch in whole(self):
            yield epoch
            if epoch.epoch == 2:
                raise KeyboardInterrupt

    whole = Trainer.run
    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "run", run)
        call(folder, *options)
    assert record_in(folder).status == "interrupted"
    return run_in(folder)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ((), FAST),
        (("--exact",), Settings()),
        (("--precision", "float32"), FAST),
        (("--exact", "--precision", "float32"), Settings()),
        (("--precision", "bfloat16"), Settings(fast=True, precision="bfloat16")),
    ],
)
def test_the_record_says_how_a_run_is_computed(
    tmp_path: Path, options: tuple[str, ...], settings: Settings
) -> None:
    result = call(tmp_path, *options, "--set", "train.epochs=1")

    assert result.exit_code == 0, result.output
    assert record_in(tmp_path).settings == settings


@pytest.mark.parametrize(
    "settings",
    [
        FAST,
        Settings(),
        Settings(fast=True, precision="bfloat16"),
        Settings(compiled=True),
        Settings(precision="bfloat16", compiled=True),
    ],
)
def test_the_options_of_settings_give_them_again(settings: Settings) -> None:
    options = as_options(settings)
    precision = options[options.index("--precision") + 1] if "--precision" in options else None

    again = read_settings(
        exact="--exact" in options, precision=precision, compiled="--compile" in options
    )

    assert again == settings


@pytest.mark.parametrize(
    ("options", "code", "help"),
    [
        (("--precision", "bfloat"), "unknown-precision", "did you mean `bfloat16` or `float32`?"),
        (("--precision", "double"), "unknown-precision", "choose one of float32, bfloat16"),
        (("--exact", "--compile"), "conflicting-options", "keep one of the two"),
        (("--exact", "--precision", "bfloat16"), "conflicting-options", "keep one of the two"),
        (("--profile", "--seeds", "2"), "conflicting-options", "profile one run, with --seed"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(
    tmp_path: Path, options: tuple[str, ...], code: str, help: str
) -> None:
    result = call(tmp_path, *options)

    assert result.exit_code == 2
    assert f"error[{code}]" in result.stderr
    assert help in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "option", [("--exact",), ("--precision", "float32"), ("--compile",), ("--profile",)]
)
def test_a_resumed_run_takes_no_other_settings(tmp_path: Path, option: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["train", "--resume", str(tmp_path), *option])

    assert result.exit_code == 2
    assert f"--resume does not go with {option[0]}" in result.stderr


@pytest.mark.parametrize("options", [(), ("--exact",), ("--precision", "bfloat16")])
def test_a_resumed_run_keeps_its_settings_and_its_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    call(tmp_path / "whole", *options)
    run = stop_after_two(tmp_path / "stopped", monkeypatch, *options)
    began = record_in(tmp_path / "stopped").settings

    result = CliRunner().invoke(app, ["train", "--quiet", "--resume", str(run)])

    assert result.exit_code == 0, result.output
    whole, resumed = record_in(tmp_path / "whole"), record_in(tmp_path / "stopped")
    assert resumed.settings == began == whole.settings
    assert measured(resumed.epochs) == measured(whole.epochs)


def test_exact_and_fast_agree_where_nothing_is_drawn(tmp_path: Path) -> None:
    spec = SPEC.replace(", dropout: 0.1", "")
    for name, options in (("fast", ()), ("exact", ("--exact",))):
        assert call(tmp_path / name, *options, spec=spec).exit_code == 0
    fast, exact = (
        read_checkpoint(run_in(tmp_path / name) / "last.pt") for name in ("fast", "exact")
    )
    for name in exact.model:
        torch.testing.assert_close(fast.model[name], exact.model[name], rtol=1e-3, atol=1e-5)


def test_a_record_of_old_has_no_settings_and_goes_on_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(tmp_path / "whole", "--exact")
    run = stop_after_two(tmp_path / "old", monkeypatch, "--exact")
    plain = json.loads((run / "record.json").read_text())
    assert plain.pop("digest")
    assert plain.pop("settings") == {
        "fast": False,
        "precision": "float32",
        "compiled": False,
        "ranks": 1,
    }
    (run / "record.json").write_text(json.dumps(plain))
    assert record_in(tmp_path / "old").settings == Settings()
    saved = torch.load(run / "last.pt", weights_only=True)
    assert saved.pop("raw") is None
    torch.save(saved | {"format": 1}, run / "last.pt")

    result = CliRunner().invoke(app, ["train", "--quiet", "--resume", str(run)])

    assert result.exit_code == 0, result.output
    whole, resumed = (run_in(tmp_path / name) / "last.pt" for name in ("whole", "old"))
    assert same_tensors(read_checkpoint(whole).model, read_checkpoint(resumed).model)


def test_kept_records_are_read_and_the_oldest_know_no_settings() -> None:
    kept = (ROOT / "reports" / "records").rglob("*.json")
    texts = {path: path.read_text(encoding="utf-8") for path in kept}
    of_old = [path for path, text in texts.items() if '"epochs"' in text and "settings" not in text]

    assert of_old
    assert {read_record(path).settings for path in of_old} == {Settings()}


class Compiler(torch.nn.Module):
    """Stands for a network that torch.compile gives up on."""

    def __init__(self, inner: torch.nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        raise torch._dynamo.exc.Unsupported("no working C++ compiler found\n\nSet TORCHDYNAMO…")


def test_where_nothing_compiles_the_run_says_why(tmp_path: Path) -> None:
    import torch._dynamo  # noqa: F401  the stand-in raises its fault

    with patch("torch.compile", Compiler):
        result = call(tmp_path, "--compile")

    assert result.exit_code == 3
    words = " ".join(result.stderr.split())
    assert words == (
        "error[cannot-compile]: torch.compile gives up: no working C++ compiler found help: "
        "install the C++ compiler that torch looks for, or leave --compile out"
    )
    record = record_in(tmp_path)
    assert record.settings == Settings(compiled=True)
    assert record.status == "failed"
    assert (record.failure or "").startswith("error[cannot-compile]")


def refusing(message: str) -> type[torch.nn.Module]:
    class Refusing(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            raise RuntimeError(message)

    return Refusing


@pytest.mark.parametrize(
    ("message", "options", "code", "words"),
    [
        (
            "\"conv\" not implemented for 'BFloat16'",
            ("--precision", "bfloat16"),
            "unsupported-precision",
            'a layer of this network has no bfloat16 on this device: "conv" not implemented',
        ),
        (
            "DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.",
            (),
            "out-of-memory",
            "memory ran out with batches of 250 images",
        ),
        (
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.",
            ("--exact",),
            "out-of-memory",
            "`--set train.batch_size=125`",
        ),
    ],
)
def test_what_torch_cannot_compute_is_a_fault_with_a_cure(
    tmp_path: Path, message: str, options: tuple[str, ...], code: str, words: str
) -> None:
    with patch("archspec.runtime.train.trainer.for_training", lambda *_: refusing(message)()):
        result = call(tmp_path, *options)

    assert result.exit_code == 3
    assert f"error[{code}]" in result.stderr
    assert words in " ".join(result.stderr.split())
    assert record_in(tmp_path).status == "failed"


def test_another_fault_of_torch_stays_what_it_is(tmp_path: Path) -> None:
    with patch(
        "archspec.runtime.train.trainer.for_training", lambda *_: refusing("of another sort")()
    ):
        result = call(tmp_path, "--precision", "bfloat16")

    assert isinstance(result.exception, RuntimeError)
    assert record_in(tmp_path).failure == "RuntimeError: of another sort"


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        ("{SGD: {lr: 0.1, nesterov: true}}", "SGD: `nesterov` needs a momentum"),
        ("{SGD: {lr: 0.1, fused: true, foreach: true}}", "SGD: `fused` and `foreach` exclude"),
        ("{Adam: {betas: [0.9, 1.5]}}", "`betas` of Adam: expected a number below 1, got 1.5"),
        ("{Adam: {lr: -1}}", "`lr` of Adam: expected at least 0, got -1"),
        ("{Adam: {capturable: true}}", "Adam takes no `capturable`"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--exact",)])
def test_an_optimizer_that_refuses_its_arguments_is_placed(
    tmp_path: Path, optimizer: str, words: str, options: tuple[str, ...]
) -> None:
    result = call(tmp_path, *options, "--set", f"train.optimizer={optimizer}")

    assert result.exit_code == 1, result.output
    assert words.lower() in " ".join(result.stderr.split()).lower()
    assert not (tmp_path / "runs").exists()


def test_an_optimizer_that_only_newer_versions_have_asks_for_one(tmp_path: Path) -> None:
    """Muon is none for a network with biases; torch 2.6 has none at all."""
    words = "Muon moves matrices only"
    if not hasattr(torch.optim, "Muon"):
        words = f"torch {torch.__version__.partition('+')[0]} has no optimizer called Muon"
    result = call(tmp_path, "--set", "train.optimizer=Muon")

    assert result.exit_code == 1, result.output
    assert words in " ".join(result.stderr.split())
    assert ("it needs a torch newer than 2.6.0" in result.stderr) is (" has no " in words)
    assert not (tmp_path / "runs").exists()


def test_a_network_without_parameters_is_not_trained(tmp_path: Path) -> None:
    result = call(tmp_path, "--set", "layers=[{adaptive_avg_pool: {output_size: [2, 5]}}, flatten]")

    assert result.exit_code == 1
    assert "error[cannot-train]: the network has no parameters" in result.stderr
    assert not (tmp_path / "runs").exists()
