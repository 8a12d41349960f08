"""Records as JSON text and files: written whole, and never trusted when read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from archspec.diagnostics import Diagnostic, Source, Span, SpecError
from archspec.record.atomic import cannot_read, write_atomically
from archspec.record.model import FORMAT, Measure, RunRecord, best_of
from archspec.record.place import place_of, span_at
from archspec.record.plain import from_plain, schema_of, to_plain

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
DAMAGED = (
    "the file was damaged or edited; take it from where it was made, or run the training again"
)


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record of this format."""
    return {"$schema": SCHEMA_ID, "title": "archspec run record", **schema_of(RunRecord)}


def to_json(record: RunRecord) -> str:
    """Return a record as JSON text, ended by a newline."""
    plain = to_plain(record)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_record(record: RunRecord, path: Path) -> None:
    """Write a record in one step; EnvironmentFault when the file cannot be written."""
    write_atomically(path, to_json(record).encode())


def read_record(path: Path) -> RunRecord:
    """Read a record; EnvironmentFault when there is none to read, SpecError when it is unsound."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise cannot_read(path, fault) from None
    return record_in(content, path)


def record_in(content: bytes, path: Path) -> RunRecord:
    """Return the record in the bytes of a file; SpecError when it is unsound."""
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        _refuse("bad-record", f"{path} is not text: byte {fault.start} is not UTF-8", None)
    return from_json(text, str(path))


def from_json(text: str, source_name: str) -> RunRecord:
    """Return the record in `text`; SpecError, placed in `source_name`, when it is unsound."""
    source = Source(source_name, text)
    plain = _parse(source)
    if not isinstance(plain, dict) or "format" not in plain:
        _refuse("bad-record", "not a run record: it has no `format`", place_of(source, ()))
    version = plain["format"]
    if isinstance(version, int) and version > FORMAT:
        _refuse(
            "newer-format",
            f"record of format {version}, and this archspec knows formats up to {FORMAT}",
            place_of(source, ("format",)),
            "use the archspec that wrote it, or a newer one",
        )
    _validate(plain, source)
    try:
        record = from_plain(RunRecord, plain)
    except OverflowError:
        _refuse("bad-record", "a number is too large for a measurement", None)
    _check_sense(record, source)
    return record


def _parse(source: Source) -> Any:
    def number(text: str) -> float | str:
        return value if math.isfinite(value := float(text)) else text

    try:
        # NaN and 1e999 stay text, which the schema then refuses at their place.
        return json.loads(source.text, parse_float=number, parse_constant=str)
    except json.JSONDecodeError as fault:
        reason = fault.msg[:1].lower() + fault.msg[1:]
        # A string cannot run over a line's end, so an open one is the end of the text as well.
        cut = fault.pos >= len(source.text.rstrip()) or reason.startswith("unterminated string")
        message = "the JSON ends too early" if cut else f"not JSON: {reason}"
        _refuse("not-json", message, span_at(source, fault.pos))
    except (RecursionError, ValueError):
        _refuse("not-json", "not JSON that a record could be: too deep or too large", None)


def _validate(plain: dict[str, Any], source: Source) -> None:
    # Imported here: only reading records needs it.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    faults = list(Draft202012Validator(record_schema()).iter_errors(plain))
    if not faults:
        return
    faults = [best_match([fault]) for fault in faults]  # of a union, the member that nearly fits
    raise SpecError(
        Diagnostic(
            "bad-record",
            f"{'.'.join(map(str, fault.absolute_path)) or 'record'}: {_shortened(fault.message)}",
            place_of(source, list(fault.absolute_path)),
            DAMAGED,
        )
        for fault in faults[:20]
    )


def _check_sense(record: RunRecord, source: Source) -> None:
    """Refuse right types that cannot be: more right answers than images, a lost epoch."""
    for name, least, most in (("seed", 0, 2**63 - 1), ("threads", 1, 2**16)):
        number = getattr(record, name)
        if not least <= number <= most:
            fact = f"{name} is {_shortened(str(number), 40)}, and no run has that"
            _refuse("bad-record", fact, place_of(source, (name,)))
    for index, epoch in enumerate(record.epochs):
        if epoch.epoch != index + 1:
            where = place_of(source, ("epochs", index, "epoch"))
            _refuse("bad-record", f"epoch {epoch.epoch} stands where {index + 1} should", where)
        for name in ("train", "validation", "test"):
            measure: Measure | None = getattr(epoch, name)
            if measure and not (0 <= measure.correct <= measure.total and measure.total > 0):
                where = place_of(source, ("epochs", index, name))
                counted = f"{measure.correct} right answers of {measure.total}"
                _refuse("bad-record", f"epoch {epoch.epoch}, {name}: {counted}", where)
        if record.monitored != "train" and getattr(epoch, record.monitored) is None:
            where = place_of(source, ("epochs", index))
            lost = f"epoch {epoch.epoch} lacks its {record.monitored} measure"
            _refuse("bad-record", lost, where)
    best = best_of(record.epochs, record.monitored)
    if record.best_epoch != best:
        message = f"best_epoch is {record.best_epoch}, and the epochs say {best}"
        _refuse("bad-record", message, place_of(source, ("best_epoch",)))


def _shortened(message: str, most: int = 160) -> str:
    head, tail = most * 3 // 8, most * 9 // 16
    return message if len(message) <= most else f"{message[:head]} … {message[-tail:]}"


def _refuse(code: str, message: str, span: Span | None, help: str = DAMAGED) -> NoReturn:
    raise SpecError([Diagnostic(code, message, span, help)]) from None
