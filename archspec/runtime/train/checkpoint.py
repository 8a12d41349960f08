"""Checkpoints: everything that the next step of a training depends on, in one file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

import torch

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, SpecError
from archspec.ordinary import open_ordinary
from archspec.record import EpochRecord, Hashes, cannot_read, from_plain, to_plain, write_atomically
from archspec.runtime.train.archive import load_archive

FORMAT = 2
"""2 came with `raw`; 1 is read as a training without an average."""

MOST_BYTES = 4 * 2**30
"""Weights of 250 million parameters with the state of Adam; of a larger file nothing is read."""

WRONG_FILE = "give a best.pt or last.pt that archspec wrote"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training between two epochs.

    model: the state_dict of the network that is measured. raw: that of the weights that training
    goes on from, where `model` is their moving average; None where they are the same. scheduler:
    None without one. generators: the state of each stream of random numbers by name; `sampler` and
    `augment` besides torch's own, and `name@rank` for each rank behind the first. epoch: how many
    have ended, 0 for the state before the first step. epochs: what was measured in each of them.
    threads: CPU threads; sums in floating point repeat bit for bit at the same number only.
    """

    format: int
    architecture_hash: str
    recipe_hash: str
    seed: int
    threads: int
    device: str
    epoch: int
    epochs: tuple[EpochRecord, ...]
    model: Mapping[str, torch.Tensor]
    optimizer: Mapping[str, Any]
    scheduler: Mapping[str, Any] | None
    generators: Mapping[str, torch.Tensor]
    raw: Mapping[str, torch.Tensor] | None = None


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """Return what stands in the file: plain containers, so that it loads with weights_only."""
    content = {f.name: getattr(checkpoint, f.name) for f in fields(checkpoint)}
    content["epochs"] = [to_plain(epoch) for epoch in checkpoint.epochs]
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint in one step; EnvironmentFault when the file cannot be written."""
    write_atomically(path, to_bytes(checkpoint))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, its tensors on the CPU.

    Raises EnvironmentFault when the file cannot be read, SpecError when it is truncated, altered,
    foreign (`bad-checkpoint`) or of a newer format (`newer-format`).
    """
    try:
        stream = open_ordinary(path, MOST_BYTES)
    except OSError as fault:
        raise cannot_read(path, fault) from None
    with stream:
        begins = stream.read(2)
        try:
            loaded = load_archive(stream)
        except Exception:  # broken and foreign files are refused with errors of many types
            what = "cut short or damaged" if begins == b"PK" else "no checkpoint"
            _refuse("bad-checkpoint", f"{path} is {what}")
    if not isinstance(loaded, dict) or not isinstance(loaded.get("format"), int):
        _refuse("bad-checkpoint", f"{path} is a torch file that archspec did not write")
    if loaded["format"] > FORMAT:
        known = f"this archspec knows formats up to {FORMAT}"
        help = "use the archspec that wrote it, or a newer one"
        _refuse("newer-format", f"{path} has format {loaded['format']}, and {known}", help)
    if wrong := _wrong_field(loaded):
        _refuse(
            "bad-checkpoint", f"{path} is damaged: `{wrong}` is missing or not what it should be"
        )
    loaded["epochs"] = tuple(from_plain(EpochRecord, plain) for plain in loaded["epochs"])
    return Checkpoint(**loaded)


def ensure_same_training(
    checkpoint: Checkpoint, analysis: Analysis, hashes: Hashes, seed: int
) -> None:
    """Refuse a checkpoint that belongs elsewhere, with what differs.

    Raises SpecError: `other-network` names up to three tensors; `other-recipe` when they are the
    same and layers without tensors, data or training are not; `other-seed`.
    """
    expected = {**analysis.param_shapes, **analysis.buffers}
    found = {name: tuple(tensor.shape) for name, tensor in checkpoint.model.items()}
    differences = differing(expected, found, "the network", "the checkpoint")
    code, help = "other-recipe", "give the spec and the --set options of that run"
    if differences:
        code, what = "other-network", f"another network: {'; '.join(differences)}"
    elif checkpoint.architecture_hash != hashes.architecture:
        code, what = "other-network", "another network: its tensors fit, its layers differ"
    elif checkpoint.recipe_hash != hashes.recipe:
        what = "the same network with other data or training"
    elif checkpoint.seed != seed:
        code, what = "other-seed", f"a run with seed {checkpoint.seed}, and this one has {seed}"
        help = f"use --seed {checkpoint.seed}"
    else:
        return
    span = analysis.spec.place()
    raise SpecError([Diagnostic(code, f"the checkpoint is of {what}", span, help)])


@contextmanager
def damage_refused() -> Iterator[None]:
    """Turn what torch says of a state that it cannot take into a SpecError (`bad-checkpoint`)."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as fault:
        reason = str(fault).split("\n")[0][:200]
        _refuse("bad-checkpoint", f"the checkpoint does not fit its own training: {reason}")


def differing(
    expected: Mapping[str, tuple[int, ...]],
    found: Mapping[str, tuple[int, ...]],
    expecting: str,
    finding: str,
    most: int = 3,
) -> list[str]:
    """Return in words how named shapes differ: `most` differences and a count of the others."""
    words = [f"only {expecting} has {name}" for name in expected if name not in found]
    words += [f"only {finding} has {name}" for name in found if name not in expected]
    words += [
        f"{name} is {expected[name]} in {expecting} and {found[name]} in {finding}"
        for name in expected
        if name in found and expected[name] != found[name]
    ]
    others = len(words) - most
    return [*words[:most], f"and {others} more"] if others > 0 else words


def _wrong_field(loaded: Mapping[str, Any]) -> str | None:
    """Return the first field that is missing or of a wrong type; None when all are sound."""
    scalars = {"epoch": int, "seed": int, "threads": int, "device": str}
    hashes = {"architecture_hash": str, "recipe_hash": str}
    for name, kind in {**scalars, **hashes, "optimizer": dict, "epochs": list}.items():
        if not isinstance(loaded.get(name), kind):
            return name
    for name in ("model", "generators"):
        if not _holds_tensors(loaded.get(name)):
            return name
    if not isinstance(loaded.get("scheduler", ""), dict | None):
        return "scheduler"
    if loaded.get("raw") is not None and not _holds_tensors(loaded["raw"]):
        return "raw"
    if not {"cpu", "sampler", "augment"} <= loaded["generators"].keys():
        return "generators"
    if not _are_epochs(loaded["epochs"]) or len(loaded["epochs"]) != loaded["epoch"]:
        return "epochs"
    unknown = loaded.keys() - {f.name for f in fields(Checkpoint)}
    return min(map(str, unknown)) if unknown else None


def _holds_tensors(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(inner, torch.Tensor) for key, inner in value.items()
    )


def _are_epochs(values: Sequence[Any]) -> bool:
    try:
        return all(bool(from_plain(EpochRecord, value)) for value in values)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _refuse(code: str, message: str, help: str = WRONG_FILE) -> NoReturn:
    raise SpecError([Diagnostic(code, message, help=help)]) from None
