"""Reading a spec: YAML text → located tree → frozen Spec, with all faults in one pass."""

from archspec.language.model import Entry, Group, Item, Spec, Way
from archspec.language.reader import Reading, read_recorded, read_spec, read_text
from archspec.language.sections import (
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
    "Group",
    "Item",
    "Normalize",
    "Reading",
    "SeedDemand",
    "Spec",
    "TableClaim",
    "Target",
    "Train",
    "Way",
    "read_recorded",
    "read_spec",
    "read_text",
]
