"""The record of a training run: frozen values, their JSON, and files never half written."""

from archspec.record.atomic import cannot_read, cannot_write, write_atomically
from archspec.record.metrics import append_metrics, read_metrics, rewrite_metrics
from archspec.record.model import (
    FORMAT,
    Counts,
    DatasetRecord,
    DeviceRecord,
    EpochRecord,
    GitRecord,
    Hashes,
    Measure,
    Proof,
    RunRecord,
    SourceText,
    SpecRecord,
    SplitName,
    Status,
    Versions,
    best_of,
    monitored_split,
)
from archspec.record.plain import from_plain, to_plain
from archspec.record.reading import from_json, read_record, record_schema, to_json, write_record
from archspec.record.store import FoundRecord, Kept, find_records, find_runs, keep

__all__ = [
    "FORMAT",
    "Counts",
    "DatasetRecord",
    "DeviceRecord",
    "EpochRecord",
    "FoundRecord",
    "GitRecord",
    "Hashes",
    "Kept",
    "Measure",
    "Proof",
    "RunRecord",
    "SourceText",
    "SpecRecord",
    "SplitName",
    "Status",
    "Versions",
    "append_metrics",
    "best_of",
    "cannot_read",
    "cannot_write",
    "find_records",
    "find_runs",
    "from_json",
    "from_plain",
    "keep",
    "monitored_split",
    "read_metrics",
    "read_record",
    "record_schema",
    "rewrite_metrics",
    "to_json",
    "to_plain",
    "write_atomically",
    "write_record",
]
