"""Notes with their numbers filled in; the syntax is in archspec.judge.references."""

from __future__ import annotations

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic
from archspec.judge.notes import NoteReference, read_note, unknown_reference
from archspec.judge.quoted import measured_number, show_number
from archspec.judge.references import FromRecords, UnknownReference, find_reference
from archspec.report.desk import Material
from archspec.report.words import NOT_MEASURED


def resolve_note(
    analysis: Analysis, key: str, material: Material
) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return a note in words, and what is to be said of its references.

    What no record tells reads `not measured yet`, which is an info; a reference that names nothing
    stays as it is written, which is an error.
    """
    pieces, found = read_note(analysis.spec, key)
    faults = list(found)
    words = []
    for piece in pieces:
        if not isinstance(piece, NoteReference):
            words.append(piece)
            continue
        try:
            words.append(_resolved(piece, analysis, material, faults))
        except UnknownReference as unknown:
            faults.append(unknown_reference(piece, unknown))
            words.append(f"{{{piece.written}}}")
    return "".join(words).strip(), tuple(faults)


def _resolved(
    reference: NoteReference, analysis: Analysis, material: Material, faults: list[Diagnostic]
) -> str:
    found = find_reference(reference.name, analysis, material.desk.network)
    if isinstance(found, FromRecords):
        value = measured_number(found.name, material.evidence(found.analysis).summary)
        if value is None:
            fact = f"no kept run tells `{reference.name}` yet"
            help = "train it and keep the run: `archspec train`, `archspec keep`"
            faults.append(Diagnostic("not-measured", fact, reference.span, help, "info"))
            return NOT_MEASURED
    else:
        value = found.value
    if isinstance(value, str):
        return value
    return show_number(value, reference.style, reference.decimals).replace("-", "\N{MINUS SIGN}")
