"""The figures that a page shows: those that can be drawn now, and those that lie beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.packages import why_not
from archspec.diagnostics.words import counted
from archspec.tables.formats import as_prose


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a page: its file below the page's folder, and how to draw it.

    draw: returns the bytes of the file; None for one that is on disk and is not drawn now.
    """

    file: str
    draw: Callable[[], bytes] | None


@dataclass  # no slots: what keeps figures from being drawn is asked once, and kept
class Gallery:
    """Collects the figures of a page, and leaves out what can neither be drawn nor is there.

    folder: of the page. draws: whether figures that are there are drawn anew.
    """

    folder: Path
    draws: bool = True
    figures: list[Figure] = field(default_factory=list)
    left_out: int = 0
    kept: int = 0

    @cached_property
    def obstacle(self) -> Diagnostic | None:
        """What keeps every figure from being drawn: matplotlib is missing, or broken."""
        return why_not("matplotlib")

    def is_there(self, file: str) -> bool:
        """Return whether a figure lies on the disk, of this report or an earlier one."""
        return (self.folder / file).is_file()

    def show(
        self, file: str, draw: Callable[[], bytes] | None, alt: str, caption: str
    ) -> Iterator[str]:
        """Yield the figure with its caption below it; nothing where it cannot be shown.

        draw: as of Figure.
        """
        is_there = self.is_there(file)
        is_drawn = draw is not None and (self.draws or not is_there)
        if is_drawn and self.obstacle is not None:
            draw = None
            self.kept += is_there
        if draw is None and not is_there:
            self.left_out += 1
            return
        self.figures.append(Figure(file, draw))
        yield f"![{as_prose(alt)}]({quote(file)})\n\n*{caption}*"

    def notices(self) -> Iterator[Diagnostic]:
        """Yield what is to be said of figures that were not drawn."""
        if not self.left_out + self.kept or self.obstacle is None:
            return
        words = [
            f"{counted(count, 'figure')} {what}"
            for count, what in ((self.left_out, "left out"), (self.kept, "kept as on the disk"))
            if count
        ]
        message = f"{', '.join(words)}: {self.obstacle.message}"
        yield replace(self.obstacle, message=message, severity="warning")
