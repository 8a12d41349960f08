"""Records on disk: finding them under a folder, and keeping a run's record as evidence.

A kept record lies at `<records>/<spec name>/<run>.json`, byte for byte as the run left it, and its
evaluation beside it as `<run>.evaluation.json`. Neither is ever overwritten by another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from archspec.diagnostics import ArchspecError, Diagnostic, SpecError, UsageError
from archspec.record.atomic import cannot_read, make_folder, read_whole, write_atomically
from archspec.record.document import Altered
from archspec.record.evaluation import EVALUATION, ensure_of_run, evaluation_in
from archspec.record.model import RunRecord
from archspec.record.reading import DAMAGED, read_record, record_in

RECORD = "record.json"
MOST_IN_NAME = 200
_UNFIT = set('/\\:*?"<>|') | {chr(code) for code in range(32)}


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A file that should hold a record: the record, or the faults that keep it from being read.

    Both where it was changed after it was written: it can be listed, and is no evidence.
    """

    path: Path
    record: RunRecord | None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that lies among the evidence; `is_new` when it was not there before.

    evaluation: where the evaluation of its network lies, None when the run has none.
    """

    record: RunRecord
    path: Path
    evaluation: Path | None
    is_new: bool


def find_runs(folder: Path) -> tuple[FoundRecord, ...]:
    """Read the record of every run under a folder of runs, by path; none when there is no folder.

    A run's folder holds `record.json`. Raises EnvironmentFault when the folder cannot be read.
    """
    return _read_each(folder, RECORD.__eq__)


def find_records(folder: Path) -> tuple[FoundRecord, ...]:
    """Read every kept record under a folder, by path; none when there is no folder.

    Every JSON file is taken for a record, but evaluations. Raises EnvironmentFault when the folder
    cannot be read.
    """

    def is_record(name: str) -> bool:
        is_hidden, is_evaluation = name.startswith("."), name.endswith(f".{EVALUATION}")
        return name.endswith(".json") and not is_hidden and not is_evaluation

    return _read_each(folder, is_record)


def keep(run: Path, records: Path, *, unfinished: bool = False) -> Kept:
    """Put the record of a run, and its evaluation, under `records`.

    run: the run's folder, or its record. Raises SpecError for a record that is unsound, of a run
    that did not finish (an interrupted one is taken when `unfinished`), or another one than what is
    kept under its name, and for an evaluation that is unsound or of another run; EnvironmentFault
    when a file cannot be read or written.
    """
    source = run / RECORD if run.is_dir() else run
    if not source.exists():
        _refuse_missing(run)
    content = read_whole(source)
    record = record_in(content, source)
    _check_status(record, source, unfinished)
    name, number = (_part(record.spec.name, "spec.name"), _part(record.run, "run"))
    path = records / name / f"{number}.json"
    copies = [(source, path, content)]
    evaluation = source.with_name(EVALUATION)
    if source.name == RECORD and evaluation.exists():
        beside = read_whole(evaluation)
        ensure_of_run(evaluation_in(beside, evaluation), record, evaluation)
        copies.append((evaluation, path.with_name(f"{number}.{EVALUATION}"), beside))
    absent = [
        (target, copy) for origin, target, copy in copies if not _is_kept(origin, target, copy)
    ]
    # The record comes last: an evaluation without its record is nothing, a record is evidence.
    for target, copy in reversed(absent):
        make_folder(target.parent)
        write_atomically(target, copy, is_new=True)
    return Kept(record, path, copies[1][1] if len(copies) > 1 else None, bool(absent))


def _read_each(folder: Path, fits: Callable[[str], bool]) -> tuple[FoundRecord, ...]:
    """Read the files under a folder whose names fit; of a folder that cannot be read, say so."""
    found: list[FoundRecord] = []

    def closed(fault: OSError) -> None:
        path = Path(fault.filename)
        if path != folder:
            found.append(FoundRecord(path, None, cannot_read(path, fault).diagnostics))
        elif not isinstance(fault, FileNotFoundError):
            raise cannot_read(folder, fault) from None

    for top, _, names in os.walk(folder, onerror=closed):
        for path in (Path(top, name) for name in names if fits(name)):
            try:
                found.append(FoundRecord(path, read_record(path)))
            except Altered as error:
                found.append(FoundRecord(path, error.value, error.diagnostics))
            except ArchspecError as error:
                found.append(FoundRecord(path, None, error.diagnostics))
    return tuple(sorted(found, key=lambda item: item.path))


def _refuse_missing(run: Path) -> NoReturn:
    if run.is_dir():
        fact, help = (
            f"no {RECORD} in {run}",
            "name the folder of one run: `archspec runs` lists them",
        )
        raise SpecError([Diagnostic("missing-record", fact, None, help)])
    help = "`archspec runs` lists the runs"
    raise UsageError([Diagnostic("missing-run", f"there is no run {run}", None, help)])


def _check_status(record: RunRecord, path: Path, unfinished: bool) -> None:
    if record.status == "finished" or (record.status == "interrupted" and unfinished):
        return
    facts = {
        "running": (f"{path}: the run has not ended, or was killed", "wait for it, or resume it"),
        "failed": (f"{path}: the run failed: {record.failure}", "cure the cause, and train again"),
        "interrupted": (
            f"{path}: the run was interrupted after epoch {len(record.epochs)}",
            "resume it, or keep it as it is with `--unfinished`; targets are not judged by it",
        ),
    }
    fact, help = facts[record.status]
    raise SpecError([Diagnostic("unfinished-run", fact, None, help)])


def is_file_name(name: str) -> bool:
    """Return whether a file may be called so on every system."""
    is_bytes = any("\ud800" <= character <= "\udfff" for character in name)
    is_sound = not is_bytes and not _UNFIT & set(name)
    return is_sound and 0 < len(name) <= MOST_IN_NAME and not name.startswith(".")


def _part(name: str, key: str) -> str:
    """Return a name that may be that of a file; records come from anywhere."""
    if not is_file_name(name):
        fact = f"{key} cannot be the name of a file: {name[:80]!r}"
        raise SpecError([Diagnostic("bad-record", fact, None, DAMAGED)])
    return name


def _is_kept(source: Path, target: Path, content: bytes) -> bool:
    """Say whether the same bytes lie there; SpecError when others do."""
    if not target.exists():
        return False
    if read_whole(target) == content:
        return True
    fact = f"{target} holds something else than {source}"
    help = "records are never overwritten: remove the kept one first if this one replaces it"
    raise SpecError([Diagnostic("record-differs", fact, None, help)])
