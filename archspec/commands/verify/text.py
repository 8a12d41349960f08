"""What `archspec verify` tells people of specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.commands.verdict_text import verdict_lines
from archspec.diagnostics.words import counted

if TYPE_CHECKING:
    from archspec.commands.verify.specs import VerifiedSpec, VerifiedSpecs

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
CHANCE = (
    "chance: twice the standard error sqrt(p (1 - p) / images) of a published share p, on both "
    "sides of the seeds' range\n"
)


def verified_as_text(
    verified: VerifiedSpecs, *, colour: bool = False, width: int | None = None
) -> str:
    """Return the verdicts spec by spec, the faults, and a last line with the counts."""
    from archspec.diagnostics.text import render_text

    blocks = [_spec(spec, verified.strict, colour, width) for spec in verified.specs]
    if diagnostics := verified.diagnostics:
        blocks.append(render_text(diagnostics, colour=colour, width=width))
    count = verified.count()
    if count["reproduced"] or count["not reproduced"]:
        blocks.append(CHANCE)
    return "\n".join([*blocks, _last_line(verified)]) + "\n"


def _spec(spec: VerifiedSpec, strict: bool, colour: bool, width: int | None) -> str:
    words = {verdict.verdict for verdict in spec.verdicts}
    outcome = "proven" if spec.verdicts else "nothing is demanded or claimed"
    if not words.isdisjoint(("unproven", "stale")):
        outcome = "not proven"
    if spec.evidence is None:
        outcome = "cannot be judged"
    elif spec.fails(strict=False):
        outcome = "does not hold"
    name = f"{_BOLD}{spec.path}{_RESET}" if colour else str(spec.path)
    lines = [f"{name}: {outcome}"]
    for verdict in spec.verdicts:
        lines += verdict_lines(verdict, colour=colour, columns=width, width=14)
    return "\n".join(lines) + "\n"


def _last_line(verified: VerifiedSpecs) -> str:
    total, records = len(verified.specs), verified.records
    failing = sum(spec.fails(verified.strict) for spec in verified.specs)
    judged = f"{counted(total, 'spec')}, {counted(records, 'record')}"
    counts = ", ".join(f"{number} {word}" for word, number in verified.count().items() if number)
    parts = [f"{judged}: {counts or 'no verdicts'}"]
    if failing:
        strictly = " under --strict" if verified.strict else ""
        parts.append(f"{counted(failing, 'spec')} failed{strictly}")
    if broken := len(verified.unreadable):
        parts.append(f"{counted(broken, 'record')} cannot be read")
    return "; ".join(parts)
