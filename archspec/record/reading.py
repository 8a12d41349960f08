"""Records as JSON text and files: written whole, and never trusted when read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archspec.record.atomic import write_atomically
from archspec.record.document import Document, Reject, sealed, shortened
from archspec.record.model import FORMAT, Measure, RunRecord, best_of
from archspec.record.plain import schema_of, to_plain

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
DAMAGED = (
    "the file was damaged or edited; take it from where it was made, or run the training again"
)


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record of this format."""
    made = schema_of(RunRecord)
    properties = made["properties"] | {"digest": {"type": "string"}}
    title = "archspec run record"
    return {"$schema": SCHEMA_ID, "title": title, **made, "properties": properties}


def to_json(record: RunRecord) -> str:
    """Return a record as JSON text, ended by a newline."""
    plain = to_plain(record)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_record(record: RunRecord, path: Path) -> None:
    """Write a record with its digest in one step; EnvironmentFault when the file cannot be."""
    write_atomically(path, sealed(to_json(record)).encode())


def _check_sense(record: RunRecord, reject: Reject) -> None:
    """Reject right types that cannot be: more right answers than images, a lost epoch."""
    for name, least, most in (("seed", 0, 2**63 - 1), ("threads", 1, 2**16)):
        number = getattr(record, name)
        if not least <= number <= most:
            reject(f"{name} is {shortened(str(number), 40)}, and no run has that", name)
    for index, epoch in enumerate(record.epochs):
        if epoch.epoch != index + 1:
            reject(f"epoch {epoch.epoch} stands where {index + 1} should", "epochs", index, "epoch")
        for name in ("train", "validation", "test"):
            measure: Measure | None = getattr(epoch, name)
            if measure and not (0 <= measure.correct <= measure.total and measure.total > 0):
                counted = f"{measure.correct} right answers of {measure.total}"
                reject(f"epoch {epoch.epoch}, {name}: {counted}", "epochs", index, name)
        if record.monitored != "train" and getattr(epoch, record.monitored) is None:
            lost = f"epoch {epoch.epoch} lacks its {record.monitored} measure"
            reject(lost, "epochs", index)
    best = best_of(record.epochs, record.monitored)
    if record.best_epoch != best:
        reject(f"best_epoch is {record.best_epoch}, and the epochs say {best}", "best_epoch")


RECORD = Document(RunRecord, "a run record", "bad-record", FORMAT, DAMAGED, _check_sense)
read_record, record_in, from_json = RECORD.read, RECORD.of_bytes, RECORD.of_text
