"""What people read of judged specs and compared pages: verdicts, faults, and a line of counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archspec.analysis.words import show_receptive_field
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.cells import wrapped
from archspec.diagnostics.paint import BOLD, GREEN, RED, RESET, YELLOW
from archspec.diagnostics.text import render_text, summary
from archspec.diagnostics.words import counted, plural
from archspec.judge.judged import FAILING, JudgedSpec, JudgedSpecs
from archspec.judge.verdict import OPEN, Verdict, Word

if TYPE_CHECKING:
    from archspec.judge.pages import ComparedPages

_COLOURS: dict[Word, str] = {"proven": GREEN, "reproduced": GREEN, "contradicted": RED}
CHANCE = (
    "chance: twice the standard error sqrt(p (1 - p) / images) of a published share p, on both "
    "sides of the seeds' range\n"
)


def checked_as_text(
    judged: JudgedSpecs, *, mended: int = 0, colour: bool = False, width: int | None = None
) -> str:
    """Return a summary of each spec, the diagnostics, the counts, and where to read more.

    mended: how many of the faults `--fix` mends, where it can be called.
    width: cells of a line, at which messages are wrapped; None leaves each on one line.
    """
    blocks = [_checked(spec, colour, width) for spec in judged.specs]
    found = judged.diagnostics
    last = [_check_in_words(judged, found), *_more(found, mended)]
    return _joined(blocks, found, [p for line in last for p in _fit(line, width)], colour, width)


def verified_as_text(judged: JudgedSpecs, *, colour: bool = False, width: int | None = None) -> str:
    """Return the verdicts spec by spec, the diagnostics, and a last line with the counts."""
    blocks = [_verified(spec, colour, width) for spec in judged.specs]
    count = judged.count()
    chance = [CHANCE] if count["reproduced"] or count["not reproduced"] else []
    last = [*chance, _verification_in_words(judged, count)]
    return _joined(blocks, judged.diagnostics, last, colour, width)


def linted_as_text(judged: JudgedSpecs, *, colour: bool = False, width: int | None = None) -> str:
    """Return the diagnostics, and a last line with their counts."""
    found = judged.diagnostics
    last = f"{counted(len(judged.specs), 'spec')} linted: {summary(found) or 'nothing to say'}"
    return _joined([], found, [last], colour, width)


def compared_as_text(
    compared: ComparedPages, *, colour: bool = False, width: int | None = None
) -> str:
    """Return every wrong cell with its place, and a last line with the counts."""
    wrong = sum(len(table.differences) for table in compared.tables)
    tables = f"{counted(len(compared.tables), 'table')} compared with {compared.against}"
    last = f"{tables}: {counted(wrong, 'difference') if wrong else 'no difference'}"
    return _joined([], compared.diagnostics, [last], colour, width)


def verdict_line(verdict: Verdict, *, colour: bool, width: int = 12, found: str = " → {}") -> str:
    """Return a verdict in one line: green holds, yellow is open, red does not hold.

    width: of the verdict's word. found: how the figure that was found is written behind the demand.
    """
    word = f"{verdict.verdict:<{width}}"
    if colour:
        word = f"{_COLOURS.get(verdict.verdict, YELLOW)}{word}{RESET}"
    line = f"{word}  {verdict.role} {verdict.name}: {verdict.expected}"
    if verdict.actual is not None:
        line += found.format(verdict.actual)
    return f"{line}; {verdict.reason}" if verdict.reason else line


def _verdict_lines(
    verdict: Verdict, colour: bool, columns: int | None, width: int, found: str
) -> list[str]:
    """Return a verdict indented by two, wrapped behind its word; columns: cells of a line."""
    plain = verdict_line(verdict, colour=False, width=width, found=found)
    if columns is None or len(plain) + 2 <= columns:
        return [f"  {verdict_line(verdict, colour=colour, width=width, found=found)}"]
    first, *rest = wrapped(plain, columns, first=2, indent=width + 4 if columns >= 60 else 4)
    if colour:
        word = verdict.verdict
        first = f"{_COLOURS.get(word, YELLOW)}{word}{RESET}{first[len(word) :]}"
    return [f"  {first}", *rest]


def _joined(
    blocks: Sequence[str],
    found: Iterable[Diagnostic],
    last: Sequence[str],
    colour: bool,
    width: int | None,
) -> str:
    """Return blocks, diagnostics and last lines with a blank line between them."""
    told = render_text(found, colour=colour, width=width)
    return "\n".join([*blocks, *([told] if told else []), *last]) + "\n"


def _block(spec: JudgedSpec, outcome: str, lines: Iterable[str], colour: bool) -> str:
    name = f"{BOLD}{spec.path}{RESET}" if colour else str(spec.path)
    return "\n".join([f"{name}: {outcome}", *lines]) + "\n"


def _checked(judged: JudgedSpec, colour: bool, width: int | None) -> str:
    spec, analysis = judged.study.reading.spec, judged.study.analysis
    outcome = "ok" if judged.is_ok else "does not hold" if spec else "cannot be read"
    lines = []
    if spec is not None and spec.title:
        lines += _fit(" ".join(spec.title.split()), width, before=2)
    if analysis is not None:
        totals, field = analysis.totals, analysis.receptive_field
        seen = f", receptive field {show_receptive_field(field)}" if field.size else ""
        lines += _fit(f"{totals.params:,} params{seen}, {totals.macs:,} MACs", width, before=2)
    for verdict in judged.verdicts:
        lines += _verdict_lines(verdict, colour, width, 12, " ({})")
    return _block(judged, outcome, lines, colour)


def _verified(spec: JudgedSpec, colour: bool, width: int | None) -> str:
    outcome = "proven" if spec.verdicts else "nothing is demanded or claimed"
    if spec.evidence is None:
        outcome = "cannot be judged"
    elif not spec.lacks(FAILING):
        outcome = "does not hold"
    elif any(verdict.verdict in OPEN for verdict in spec.verdicts):
        outcome = "not proven"
    verdicts = (_verdict_lines(v, colour, width, 14, " → {}") for v in spec.verdicts)
    return _block(spec, outcome, (line for lines in verdicts for line in lines), colour)


def _fit(line: str, width: int | None, before: int = 0) -> list[str]:
    """Return a line with blanks before it, wrapped where a terminal asks for it."""
    first, *rest = wrapped(line, width, first=before, indent=2)
    return [" " * before + first, *rest]


def _check_in_words(judged: JudgedSpecs, found: Sequence[Diagnostic]) -> str:
    total, faulty = len(judged.specs), sum(not spec.is_ok for spec in judged.specs)
    if total == 1:
        outcome = "1 spec checked, it " + ("does not hold" if faulty else "holds")
    elif faulty:
        outcome = f"{total} specs checked, {faulty} of them {plural(faulty, 'does', 'do')} not hold"
    else:
        outcome = f"{total} specs checked, all hold"
    counts = summary(found)
    return f"{outcome} ({counts})" if counts else outcome


def _more(found: Sequence[Diagnostic], mended: int) -> list[str]:
    """Return what else can be done about the faults, in one line; nothing without any."""
    worst = next((d for s in ("error", "warning") for d in found if d.severity == s), None)
    if worst is None:
        return []
    parts = [f"`--fix` mends {mended} of them"] if mended else []
    return ["; ".join([*parts, f"`archspec explain {worst.code}` tells more"])]


def _verification_in_words(judged: JudgedSpecs, count: dict[Word, int]) -> str:
    broken, failing = len(judged.unreadable), sum(not spec.is_ok for spec in judged.specs)
    read = counted(len(judged.found) - broken, "record")
    counts = ", ".join(f"{number} {word}" for word, number in count.items() if number)
    parts = [f"{counted(len(judged.specs), 'spec')}, {read}: {counts or 'no verdicts'}"]
    if failing:
        strictly = " under --strict" if judged.is_strict else ""
        parts.append(f"{counted(failing, 'spec')} failed{strictly}")
    if broken:
        parts.append(f"{counted(broken, 'record')} cannot be read")
    return "; ".join(parts)
