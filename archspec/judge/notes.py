"""The notes of a spec: words with references in braces, and the faults of those."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Span, did_you_mean
from archspec.judge.quoted import FORMATS
from archspec.judge.references import Networks, UnknownReference, find_reference
from archspec.language import Spec
from archspec.values import dataclass

_BRACES = re.compile(r"\{\{|\}\}|\{(?P<written>[^{}]*)\}|[{}]")
_REFERENCE = re.compile(r"(?P<name>[\w./-]+)(?::(?P<style>[a-z]*)(?:\.(?P<decimals>[0-9]))?)?")
HELP = "write `{params}` for a number of the report, `{{` and `}}` for braces"


@dataclass(frozen=True, slots=True)
class NoteReference:
    """One `{name:format}`: the format's word and decimals are None where it does not say.

    written: what stands between the braces. span: its place in the file.
    """

    written: str
    name: str
    style: str | None
    decimals: int | None
    span: Span


Piece = str | NoteReference


def read_note(spec: Spec, key: str) -> tuple[tuple[Piece, ...], tuple[Diagnostic, ...]]:
    """Return a note as plain words and references, and the faults of its braces.

    A faulty reference stays in the words as it is written.
    """
    text = spec.notes[key]
    if not isinstance(text, str):  # reading the spec has reported it
        return (), ()
    pieces: list[Piece] = []
    faults: list[Diagnostic] = []
    end, place = 0, _Place(spec.place("notes", key))
    for match in _BRACES.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        whole = match[0]
        span = place.next(whole)
        if whole in ("{{", "}}"):
            pieces.append(whole[0])
            continue
        found = _reference(match["written"], span)
        pieces.append(whole if isinstance(found, Diagnostic) else found)
        if isinstance(found, Diagnostic):
            faults.append(found)
    return tuple(piece for piece in (*pieces, text[end:]) if piece), tuple(faults)


def check_notes(spec: Spec, analysis: Analysis, networks: Networks) -> tuple[Diagnostic, ...]:
    """Return a fault for each brace and each reference of the notes that names nothing."""
    faults: list[Diagnostic] = []
    for key in spec.notes:
        pieces, found = read_note(spec, key)
        faults += found
        for piece in pieces:
            if isinstance(piece, NoteReference):
                try:
                    find_reference(piece.name, analysis, networks)
                except UnknownReference as unknown:
                    found_none = unknown_reference(piece, unknown)
                    if unknown.is_elsewhere:  # the words may lack a file, the network does not
                        found_none = replace(found_none, severity="warning")
                    faults.append(found_none)
    return tuple(faults)


def unknown_reference(reference: NoteReference, unknown: UnknownReference) -> Diagnostic:
    """Return the fault of a reference that names nothing."""
    return Diagnostic("unknown-reference", unknown.message, reference.span, unknown.help)


def _reference(written: str | None, span: Span) -> NoteReference | Diagnostic:
    if written is None:
        return Diagnostic("unknown-reference", "a brace without its partner", span, HELP)
    match = _REFERENCE.fullmatch(written)
    if match is None:
        fact = f"`{{{written[:60]}}}` is no reference"
        return Diagnostic("unknown-reference", fact, span, HELP)
    style = match["style"] or None
    if style is not None and style not in FORMATS:
        help = did_you_mean(style, FORMATS) or f"formats are {', '.join(FORMATS)}"
        return Diagnostic("unknown-format", f"unknown format `{style}`", span, help)
    decimals = int(match["decimals"]) if match["decimals"] else None
    return NoteReference(written, match["name"], style, decimals, span)


class _Place:
    """The places of a note's references in its file, found one after the other."""

    def __init__(self, note: Span) -> None:
        self.note, self.text = note, note.source.text
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        self.at = self.starts[note.line - 1] + note.column - 1
        ends = self.starts[note.end_line : note.end_line + 1]
        self.stop = ends[0] if ends else len(self.text)

    def next(self, whole: str) -> Span:
        """Return the place of the next such text; the note where it is not written so."""
        found = self.text.find(whole, self.at, self.stop)
        if found < 0:
            return self.note
        self.at = found + len(whole)
        line = bisect_right(self.starts, found)
        column = found - self.starts[line - 1] + 1
        return Span(self.note.source, line, column, line, column + len(whole))
