"""The page of a report: every step, then the comparison; nothing is written or drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archspec.analysis.words import show_receptive_field
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.words import counted
from archspec.report import network_section, results_section
from archspec.report.best_run_section import best_run
from archspec.report.block_kinds.kind import pipe_table
from archspec.report.comparison_section import PUBLISHED_EPOCHS, comparison
from archspec.report.desk import Material
from archspec.report.figures.mistakes import Picture
from archspec.report.gallery import Figure, Gallery
from archspec.report.references import resolve_note
from archspec.report.steps import Step
from archspec.report.words import NOTHING, mean_in_words
from archspec.tables.formats import as_prose, without_html

FIGURES = "figures"
"""Folder of the figures, beside the page."""
MARK = "<!-- Written by `archspec report` from specs and records: change those, not this. -->"
"""First line of a page, by which one is known that may be replaced."""
OWN_PLACES = ("target", "analysis", PUBLISHED_EPOCHS)
"""Notes that stand where they belong; others follow the analysis under their names."""

Pictures = Mapping[str, Mapping[int, Picture]]
"""Name of a step → test images by their places."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it should be: markdown, its figures, and what is to be said of its notes."""

    text: str
    figures: tuple[Figure, ...]
    notices: tuple[Diagnostic, ...]


def make_page(
    steps: Sequence[Step],
    material: Material,
    path: Path,
    pictures: Pictures | None = None,
    *,
    draws: bool = True,
) -> Page:
    """Return the page that a report at `path` should be.

    pictures: of the steps whose data is at hand. Without them, a sheet of mistakes that lies beside
    the page already stays. draws: whether figures that lie there are drawn anew. Without matplotlib
    they stay too, and others are left out; the notices say so.
    """
    gallery = Gallery(path.parent, draws)
    notices: list[Diagnostic] = []
    blocks = [
        f"# {as_prose(path.stem.replace('_', ' ').capitalize())}",
        *_overview(steps),
    ]
    for index, step in enumerate(steps):
        before = steps[index - 1] if index else None
        blocks += _step(step, before, material, path, gallery, notices, pictures or {})
    blocks += comparison(steps, gallery, f"{FIGURES}/{path.stem}_comparison.svg")
    shown = (without_html(block.replace("\r\n", "\n").rstrip()) for block in blocks)
    text = "\n\n".join((MARK, *shown)) + "\n"
    return Page(text, tuple(gallery.figures), (*notices, *gallery.notices()))


def _overview(steps: Sequence[Step]) -> Iterator[str]:
    runs = sum(len(step.evidence.current) for step in steps)
    yield (
        f"{counted(len(steps), 'network')}, {counted(runs, 'run')}. Every "
        "figure is computed from the specs or read from the kept records; ± is the standard "
        "deviation over seeds."
    )
    rows = []
    for step in steps:
        summary = step.evidence.summary
        share = summary.share_of(step.target) if step.target is not None else None
        field = step.analysis.receptive_field
        rows.append(
            (
                f"[{as_prose(step.name)}](#{quote(step.name.lower())})",
                f"{step.analysis.totals.params:,}",
                show_receptive_field(field) if field.size else NOTHING,
                str(summary.n),
                mean_in_words(summary.highest_test),
                str(share) if share is not None and share.n else NOTHING,
            )
        )
    headers = ("Step", "Params", "RF", "n", "Best test, %", "Target met by")
    yield pipe_table(headers, rows, {"Params", "RF", "n", "Best test, %"})


def _step(
    step: Step,
    before: Step | None,
    material: Material,
    path: Path,
    gallery: Gallery,
    notices: list[Diagnostic],
    pictures: Pictures,
) -> Iterator[str]:
    def note(key: str) -> str:
        if key not in step.spec.notes:
            return ""
        words, found = resolve_note(step.analysis, key, material)
        notices.extend(found)
        return words

    stem = f"{FIGURES}/{step.name}"
    yield from network_section.heading(step, path.parent)
    if target := note("target"):
        yield "### Target"
        yield target
    yield from network_section.change(step, before)
    yield from network_section.network(step, before, gallery, f"{stem}_architecture.svg")
    yield from results_section.results(step, gallery, f"{stem}_training.svg")
    yield from best_run(step, gallery, FIGURES, pictures.get(step.name))
    others = [key for key in step.spec.notes if key not in OWN_PLACES]
    words = [note("analysis"), *(f"**{as_prose(key)}.** {note(key)}" for key in others)]
    if any(words):
        yield "### Analysis"
        yield from filter(None, words)
    yield from network_section.verdicts(step)
