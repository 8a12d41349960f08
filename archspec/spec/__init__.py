"""Reading a spec: YAML text → located tree → frozen Spec, with all faults in one pass."""

from archspec.spec.model import Entry, Spec
from archspec.spec.reader import Reading, read_recorded, read_spec, read_text
from archspec.spec.sections import (
    Call,
    Claim,
    Claims,
    Data,
    Normalize,
    SeedDemand,
    TableClaim,
    Target,
    Train,
)

__all__ = [
    "Call",
    "Claim",
    "Claims",
    "Data",
    "Entry",
    "Normalize",
    "Reading",
    "SeedDemand",
    "Spec",
    "TableClaim",
    "Target",
    "Train",
    "read_recorded",
    "read_spec",
    "read_text",
]
