"""Faults of data: not there, not readable, or not what they are taken for (exit code 3)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archspec.diagnostics import Diagnostic, EnvironmentFault

RUNS_ANYWHERE = "`--data Digits` runs anywhere"
HOW_TO_GIVE = "give the folder with --data-dir or ARCHSPEC_DATA"


def data_fault(code: str, message: str, help: str | None = None) -> EnvironmentFault:
    """Return one fault of the data as an error to raise."""
    return EnvironmentFault([Diagnostic(code, message, help=help)])


def not_found(name: str, searched: Sequence[Path], reason: str = "") -> EnvironmentFault:
    """Return the fault that a data set is in none of the `searched` folders."""
    where = ", ".join(map(str, searched))
    why = f": {reason}" if reason else ""
    return data_fault(
        "missing-data", f"no {name} in {where}{why}", f"{HOW_TO_GIVE}; {RUNS_ANYWHERE}"
    )


def reason_of(error: BaseException) -> str:
    """Return the first line of an error, lower case at its start and without a full stop."""
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    first = str(text).splitlines()[0].strip().rstrip(".")
    return first[:1].lower() + first[1:300]


def unreadable(path: Path, fault: OSError) -> EnvironmentFault:
    """Return the fault of a file of the data that is there and cannot be read."""
    return data_fault("unreadable-data", f"cannot read {path}: {reason_of(fault)}")
