"""What `archspec check` tells people: a summary of each spec, then the faults."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.commands.inspection import Inspection
from archspec.commands.verdict_text import verdict_line
from archspec.diagnostics import Diagnostic, in_order
from archspec.tables import show_receptive_field

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def check_as_text(inspections: Sequence[Inspection], *, colour: bool = False) -> str:
    """Return the summaries, the diagnostics and a last line with the counts."""
    blocks = [_summary(inspection, colour) for inspection in inspections]
    diagnostics = all_diagnostics(inspections)
    if diagnostics:
        from archspec.diagnostics.text import render_text

        blocks.append(render_text(diagnostics, colour=colour))
    return "\n".join([*blocks, _last_line(inspections, diagnostics)]) + "\n"


def all_diagnostics(inspections: Sequence[Inspection]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of all specs in order, each once: specs may share a parent."""
    once: dict[tuple[object, ...], Diagnostic] = {}
    for inspection in inspections:
        for diagnostic in inspection.diagnostics:
            # Sources are read anew for each spec, so places are compared by name.
            key = (str(diagnostic.span), diagnostic.code, diagnostic.message)
            once.setdefault(key, diagnostic)
    return in_order(once.values())


def _summary(inspection: Inspection, colour: bool) -> str:
    spec, analysis = inspection.reading.spec, inspection.analysis
    name = f"{_BOLD}{inspection.path}{_RESET}" if colour else str(inspection.path)
    outcome = "ok" if inspection.is_ok else "does not hold" if spec else "cannot be read"
    lines = [f"{name}: {outcome}"]
    if spec is not None and spec.title:
        lines.append(f"  {' '.join(spec.title.split())}")
    if analysis is not None:
        totals, field = analysis.totals, analysis.receptive_field
        seen = f", receptive field {show_receptive_field(field)}" if field.size else ""
        lines.append(f"  {totals.params:,} params{seen}, {totals.macs:,} MACs")
    lines += [f"  {verdict_line(v, colour=colour, found=' ({})')}" for v in inspection.verdicts]
    return "\n".join(lines) + "\n"


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


def _does(count: int) -> str:
    return "does" if count == 1 else "do"
