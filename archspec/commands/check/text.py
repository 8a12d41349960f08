"""What `archspec check` tells people: a summary of each spec, then the faults."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.analysis.words import show_receptive_field
from archspec.commands.verdict_text import verdict_lines
from archspec.diagnostics import Diagnostic, in_order
from archspec.judge.inspection import Inspection

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def check_as_text(
    inspections: Sequence[Inspection], *, colour: bool = False, width: int | None = None
) -> str:
    """Return the summaries, the diagnostics, a line with the counts, and where to read more.

    width: cells of a line, at which messages are wrapped; None leaves each on one line.
    """
    blocks = [_summary(inspection, colour, width) for inspection in inspections]
    diagnostics = all_diagnostics(inspections)
    if diagnostics:
        from archspec.diagnostics.text import render_text

        blocks.append(render_text(diagnostics, colour=colour, width=width))
    last = [_last_line(inspections, diagnostics), *_more(diagnostics)]
    return "\n".join([*blocks, *(part for line in last for part in _fit(line, width))]) + "\n"


def all_diagnostics(inspections: Sequence[Inspection]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of all specs in order, each once: specs may share a parent."""
    once: dict[tuple[object, ...], Diagnostic] = {}
    for inspection in inspections:
        for diagnostic in inspection.diagnostics:
            # Sources are read anew for each spec, so places are compared by name.
            key = (str(diagnostic.span), diagnostic.code, diagnostic.message)
            once.setdefault(key, diagnostic)
    return in_order(once.values())


def _summary(inspection: Inspection, colour: bool, width: int | None) -> str:
    spec, analysis = inspection.reading.spec, inspection.analysis
    name = f"{_BOLD}{inspection.path}{_RESET}" if colour else str(inspection.path)
    outcome = "ok" if inspection.is_ok else "does not hold" if spec else "cannot be read"
    lines = [f"{name}: {outcome}"]
    if spec is not None and spec.title:
        lines += _fit(" ".join(spec.title.split()), width, before=2)
    if analysis is not None:
        totals, field = analysis.totals, analysis.receptive_field
        seen = f", receptive field {show_receptive_field(field)}" if field.size else ""
        lines += _fit(f"{totals.params:,} params{seen}, {totals.macs:,} MACs", width, before=2)
    for verdict in inspection.verdicts:
        lines += verdict_lines(verdict, colour=colour, columns=width, found=" ({})")
    return "\n".join(lines) + "\n"


def _fit(line: str, width: int | None, before: int = 0) -> list[str]:
    """Return a line with blanks before it, wrapped where a terminal asks for it."""
    from archspec.diagnostics.cells import wrapped

    first, *rest = wrapped(line, width, first=before, indent=2)
    return [" " * before + first, *rest]


def _last_line(inspections: Sequence[Inspection], diagnostics: Sequence[Diagnostic]) -> str:
    from archspec.diagnostics.text import summary

    total = len(inspections)
    faulty = sum(not inspection.is_ok for inspection in inspections)
    if total == 1:
        outcome = "1 spec checked, it " + ("does not hold" if faulty else "holds")
    elif faulty:
        outcome = f"{total} specs checked, {faulty} of them {_does(faulty)} not hold"
    else:
        outcome = f"{total} specs checked, all hold"
    counted = summary(diagnostics)
    return f"{outcome} ({counted})" if counted else outcome


def _more(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Return what else can be done about the faults, in one line; nothing without any."""
    fixes = sum(diagnostic.fix is not None for diagnostic in diagnostics)
    worst = next((d for s in ("error", "warning") for d in diagnostics if d.severity == s), None)
    if worst is None:
        return []
    parts = [f"`--fix` mends {fixes} of them"] if fixes else []
    return ["; ".join([*parts, f"`archspec explain {worst.code}` tells more"])]


def _does(count: int) -> str:
    return "does" if count == 1 else "do"
