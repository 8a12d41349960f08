"""The folder of a run, and the files in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from archspec.diagnostics import Diagnostic, SpecError
from archspec.language import Spec
from archspec.record import cannot_write
from archspec.record.store import is_file_name


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def record(self) -> Path:
        """The record, replaced after each epoch."""
        return self.path / "record.json"

    @property
    def metrics(self) -> Path:
        """One line an epoch, appended."""
        return self.path / "metrics.jsonl"

    @property
    def best(self) -> Path:
        """The checkpoint of the best epoch; absent before the first epoch ended."""
        return self.path / "best.pt"

    @property
    def last(self) -> Path:
        """The checkpoint of the last epoch; the untrained network before the first one ended."""
        return self.path / "last.pt"


def ensure_name(spec: Spec) -> None:
    """Refuse a spec whose name no folder of runs and no record can have; SpecError."""
    if not is_file_name(spec.name):
        fact = f"runs are called as the spec is, and no folder can be called {spec.name[:80]!a}"
        help = "rename the file: at most 200 letters, digits, `-` and `_`, and no dot first"
        raise SpecError([Diagnostic("unfit-name", fact, spec.place(), help)])


def make_run_folder(runs_dir: Path, name: str, seed: int) -> RunFolder:
    """Make `<runs_dir>/<name>/<UTC time>-s<seed>`, numbered when another run has that second.

    Raises EnvironmentFault (`unwritable`) when the folder cannot be made or written.
    """
    started = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    parent = runs_dir / name
    for number in count(1):
        path = parent / (f"{started}-s{seed}" + (f"-{number}" if number > 1 else ""))
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()  # made by one process only, so that two runs never share it
        except FileExistsError as fault:
            if path.is_dir():
                continue
            raise cannot_write(path, fault) from None
        except OSError as fault:
            raise cannot_write(path, fault) from None
        return RunFolder(path)
    raise AssertionError("counting never ends")
