"""A run as the Python side gives it: where it lies, its record, and the way to its network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.packages import packages_told
from archspec.record.model import RunRecord

if TYPE_CHECKING:
    import torch

Place = Literal["run", "record"]
State = Literal["current", "stale", "unknown"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or a kept record of one.

    path: of its record.json, or of the kept record. record: None where it cannot be read;
    diagnostics say why. state: whether its recipe is still that of the spec.
    """

    path: Path
    record: RunRecord | None
    place: Place = "run"
    state: State = "current"
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.path.parent

    @packages_told()
    def load_model(self, checkpoint: str = "best") -> torch.nn.Module:
        """Return the trained network as a torch module, on the CPU and in evaluation mode.

        checkpoint: `best` or `last` of the run, or the path of one. Raises SpecError for a record
        or checkpoint that does not hold, EnvironmentFault where there is no torch, or no such
        weights, as beside a kept record.
        """
        from archspec.runtime.trained.find import find_trained, load_network

        module, _, _ = load_network(find_trained(self.path, checkpoint))
        return module.eval()
