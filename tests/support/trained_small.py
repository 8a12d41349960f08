"""A small network trained on few Digits: what `eval` and `predict` are tested on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from archspec.cli import app
from archspec.runtime.data import Images

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 4, kernel_size: 5, stride: 2, norm: batch, activation: relu}
  - max_pool: 2
  - flatten
  - linear: 10
data: {dataset: Digits, validation: 100, normalize: {mean: [0.2], std: [0.3]}}
train:
  epochs: 2
  batch_size: 100
  optimizer: {SGD: {lr: 0.1, momentum: 0.9}}
"""


@contextmanager
def few_digits(train: int = 1000, test: int = 200) -> Iterator[Images]:
    """Let Digits be so many images, the same ones each time; give those of the test."""
    from archspec.runtime.data import load, make_digits

    made = make_digits(train, test)
    with patch.object(load, "make_digits", lambda: made):
        yield made[1]


def trained(folder: Path, *options: str, spec: str = SPEC, name: str = "small") -> Path:
    """Train, and return the run's folder; `few_digits` must be on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(spec, encoding="utf-8")
    arguments = ["train", str(folder / f"{name}.yaml"), "--threads", "1", "--device", "cpu"]
    known = set(folder.glob(f"runs/{name}/*"))
    result = CliRunner().invoke(app, [*arguments, "--runs-dir", str(folder / "runs"), *options])
    assert result.exit_code == 0, result.output
    (run,) = set(folder.glob(f"runs/{name}/*")) - known
    return run
