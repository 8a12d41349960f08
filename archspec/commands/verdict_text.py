"""How commands write a verdict, in one line, or below each other in a narrow terminal."""

from __future__ import annotations

from archspec.judge import Verdict, Word

_RESET = "\x1b[0m"
_COLOURS: dict[Word, str] = {
    "proven": "\x1b[32m",
    "reproduced": "\x1b[32m",
    "not reproduced": "\x1b[33m",
    "unproven": "\x1b[33m",
    "stale": "\x1b[33m",
    "contradicted": "\x1b[31m",
}


def verdict_line(verdict: Verdict, *, colour: bool, width: int = 12, found: str = " → {}") -> str:
    """Return a verdict in one line: green holds, yellow is open, red does not hold.

    width: of the verdict's word. found: how the figure that was found is written behind the demand.
    """
    word = f"{verdict.verdict:<{width}}"
    if colour:
        word = f"{_COLOURS[verdict.verdict]}{word}{_RESET}"
    line = f"{word}  {verdict.role} {verdict.name}: {verdict.expected}"
    if verdict.actual is not None:
        line += found.format(verdict.actual)
    return f"{line}; {verdict.reason}" if verdict.reason else line


def verdict_lines(
    verdict: Verdict,
    *,
    colour: bool,
    columns: int | None,
    width: int = 12,
    found: str = " → {}",
) -> list[str]:
    """Return a verdict indented by two, wrapped behind its word.

    columns: cells of a line, None for no bound. width, found: as in `verdict_line`.
    """
    plain = verdict_line(verdict, colour=False, width=width, found=found)
    if columns is None or len(plain) + 2 <= columns:
        return [f"  {verdict_line(verdict, colour=colour, width=width, found=found)}"]
    from archspec.diagnostics.cells import wrapped

    word = verdict.verdict
    first, *rest = wrapped(plain, columns, first=2, indent=width + 4 if columns >= 60 else 4)
    if colour:
        first = f"{_COLOURS[word]}{word}{_RESET}{first[len(word) :]}"
    return [f"  {first}", *rest]
