"""A network of 155 parameters on 100 images of 8×8: a whole training in a blink."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from archspec.api import load
from archspec.record import EpochRecord
from archspec.record.listener import Listener
from archspec.runtime.data import Dataset, Images, split
from archspec.runtime.train.trainer import Trainer

SPEC = """\
archspec: 1
input: [1, 8, 8]
layers:
  - conv: {out_channels: 4, kernel_size: 3, bias: false, norm: batch, activation: relu}
  - conv: {out_channels: 3, kernel_size: 3, dropout: 0.1}
  - gap
  - flatten
data:
  dataset: Digits
  validation: test
  augment: [{RandomRotation: {degrees: 15}}]
  normalize: {mean: [0.3], std: [0.25]}
train:
  epochs: 4
  batch_size: 32
  optimizer: {SGD: {lr: 0.05, momentum: 0.9}}
  scheduler: {StepLR: {step_size: 2}}
"""
PARAMS = 4 * 9 + 4 + 4 + 3 * 4 * 9 + 3
"""Two kernels, weight and bias of the norm, the second bias."""

TENSORS = 3 + 2 + 3
"""Parameters of the first entry, of the second, and the buffers of the norm."""


def images(count: int, seed: int) -> Images:
    """Return noise in which the class shows as the row that is bright."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    pixels = torch.randint(0, 120, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    for row in range(3):
        pixels[labels == row, :, 2 * row + 1] = 250
    return Images(pixels, labels)


def dataset(train: int = 100, test: int = 30) -> Dataset:
    """Return both parts, three classes; the last batch of 32 out of 100 holds 4."""
    names = ("a", "b", "c")
    return Dataset("Digits", images(train, 1), images(test, 2), names, "0" * 64, True, "memory")


def make_trainer(
    folder: Path,
    *overrides: str,
    spec: str = SPEC,
    data: Dataset | None = None,
    listeners: Sequence[Listener] = (),
    seed: int = 3,
) -> Trainer:
    """Return a trainer of `spec` with `--set` overrides, on one thread of the CPU."""
    path = folder / "tiny.yaml"
    path.write_text(spec, encoding="utf-8")
    network = load(path, overrides)
    data = data or dataset()
    held_out = network.spec.data.validation if network.spec.data else 0
    return Trainer(
        network.analysis,
        split(data, held_out),
        len(data.classes),
        seed=seed,
        device=torch.device("cpu"),
        threads=1,
        listeners=listeners,
    )


def measured(epochs: Iterable[EpochRecord]) -> list[Any]:
    """Return all of the epochs but how long they took."""
    return [(e.epoch, e.learning_rate, e.train, e.validation, e.test) for e in epochs]


def same_tensors(one: Any, other: Any) -> bool:
    """Return whether two state_dicts hold the same bits."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
