"""What `archspec watch` sees of a spec, and how it is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.telling import tell
from archspec.diagnostics.paint import on_terminal
from archspec.judge.forms.text import checked_as_text
from archspec.judge.judged import JudgedSpecs, check
from archspec.tables import Table, as_markdown, make_table, print_rich

if TYPE_CHECKING:
    from rich.console import Console

NOT_THERE = ("missing-file", "unreadable-file")


@dataclass(frozen=True, slots=True)
class Sight:
    """A spec as it was found at one time; `table` is None where a fault hides it.

    files: what it was read from, and the spec itself. lacks_files: True when one that is named is
    not there, so that it may come any time.
    """

    judged: JudgedSpecs
    table: Table | None
    files: tuple[Path, ...]
    lacks_files: bool
    clock: str


def look(spec: Path, overrides: Sequence[str], columns: Sequence[str]) -> Sight:
    """Read and judge a spec, and make its table."""
    judged = check(spec, overrides=overrides)
    made = judged.specs[0].study
    files = [spec, *(Path(source.name) for source in made.reading.sources)]
    if made.reading.spec is not None and made.reading.spec.claims.table is not None:
        files.append(made.reading.spec.claims.table.path)
    return Sight(
        judged,
        make_table(made.sound, columns) if made.sound is not None else None,
        tuple(dict.fromkeys(files)),
        any(diagnostic.code in NOT_THERE for diagnostic in judged.diagnostics),
        time.strftime("%H:%M:%S"),
    )


@contextmanager
def on_paper() -> Iterator[Callable[[Sight], None]]:
    """Give a function that prints a sight that differs from the one before it."""
    printed = ""

    def draw(sight: Sight) -> None:
        nonlocal printed
        text = checked_as_text(sight.judged)
        if sight.table is not None:
            text += f"\n{as_markdown(sight.table)}"
        if text != printed:
            tell(f"{text}\n")
        printed = text

    yield draw


@contextmanager
def on_screen() -> Iterator[Callable[[Sight], None]]:
    """Give a function that draws a sight on a screen of its own, and put the terminal's back."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    drawn: object = None
    with console.screen() as screen:

        def draw(sight: Sight) -> None:
            nonlocal drawn
            if drawn != (state := (id(sight), console.size)):
                text = Text.from_ansi(_fitting(sight, console), no_wrap=True, overflow="ellipsis")
                screen.update(text)
            drawn = state

        yield draw


def _fitting(sight: Sight, console: Console) -> str:
    """Return a sight as lines, escapes among them, of which the terminal has room for all."""
    colour = console.color_system is not None and not console.no_color
    (spec,) = sight.judged.specs
    head = f"{spec.path}  checked at {sight.clock}, again on each save; Ctrl-C ends"
    told = checked_as_text(sight.judged, colour=colour, width=console.width)
    lines = on_terminal(f"{head}\n\n{told}").split("\n")
    if sight.table is not None:
        with console.capture() as captured:
            print_rich(sight.table, None, console)
        lines += captured.get().rstrip("\n").split("\n")
    over = len(lines) - console.height
    if over > 0:
        cut = f"… {over + 1} more lines: make the window higher, or see `archspec check`"
        lines = [*lines[: console.height - 1], cut]
    return "\n".join(lines)
