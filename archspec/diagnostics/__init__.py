"""Diagnostics: what went wrong, where, and how to cure it, as data."""

from archspec.diagnostics.model import (
    ArchspecError,
    Diagnostic,
    EnvironmentFault,
    Fix,
    Related,
    Severity,
    Source,
    Span,
    SpecError,
    UsageError,
    describe,
    in_order,
)
from archspec.diagnostics.nearest import did_you_mean, nearest

__all__ = [
    "ArchspecError",
    "Diagnostic",
    "EnvironmentFault",
    "Fix",
    "Related",
    "Severity",
    "Source",
    "Span",
    "SpecError",
    "UsageError",
    "describe",
    "did_you_mean",
    "in_order",
    "nearest",
]
