"""`metrics.jsonl`: one line an epoch, appended; the record holds the same and is replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from archspec.diagnostics import Diagnostic, Source, SpecError
from archspec.record.atomic import cannot_write, read_whole, write_atomically, write_whole
from archspec.record.document import parse
from archspec.record.model import EpochRecord
from archspec.record.place import span_at
from archspec.record.plain import from_plain, schema_of, to_plain


def append_metrics(path: Path, epoch: EpochRecord) -> None:
    """Append one epoch's line and bring it to the disk; EnvironmentFault when that fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            write_whole(descriptor, _line(epoch))  # one write: a kill leaves it whole or cut
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as fault:
        raise cannot_write(path, fault) from None


def rewrite_metrics(path: Path, epochs: Sequence[EpochRecord]) -> None:
    """Replace the file by exactly these epochs, as a resumed run must before it appends."""
    write_atomically(path, b"".join(_line(epoch) for epoch in epochs))


def read_metrics(path: Path) -> tuple[EpochRecord, ...]:
    """Return the epochs; a last line without its line end was never finished and is left out.

    Raises EnvironmentFault when the file cannot be read, SpecError when a line is no epoch.
    """
    from jsonschema import Draft202012Validator  # imported here: only readers need it

    text = read_whole(path).decode(errors="replace")
    source = Source(str(path), text)
    validator = Draft202012Validator(schema_of(EpochRecord))
    epochs: list[EpochRecord] = []
    start = 0
    for line in text.split("\n")[:-1]:
        try:
            plain = parse(line)
            sound = validator.is_valid(plain)
        except (ValueError, RecursionError):
            sound = False
        if not sound:
            message = f"line {len(epochs) + 1} is not an epoch's metrics"
            help = "the file was damaged or edited; record.json beside it holds the same epochs"
            span = span_at(source, start)
            raise SpecError([Diagnostic("bad-metrics", message, span, help)]) from None
        epochs.append(from_plain(EpochRecord, plain))
        start += len(line) + 1
    return tuple(epochs)


def _line(epoch: EpochRecord) -> bytes:
    return (json.dumps(to_plain(epoch), allow_nan=False) + "\n").encode()
