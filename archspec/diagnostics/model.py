"""Faults of the user as plain data; how they look on a screen is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from archspec.values import dataclass

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, eq=False)  # no slots: its lines are split once and kept
class Source:
    """A text that values were read from: a file, or an argument such as `--set train.epochs=3`.

    paths: of a mapping that was written down, the key path of each line, "" where there is none.
    """

    name: str
    text: str
    paths: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """Return line `number` (1-based) without its line end, or "" past the end."""
        lines = self._lines
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


class Span(NamedTuple):
    """A stretch of a source; lines and columns count characters from 1, the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        if paths := self.source.paths:
            return paths[min(self.line, len(paths)) - 1] or self.source.name
        return f"{self.source.name}:{self.line}:{self.column}"


class Related(NamedTuple):
    """A second place that helps to understand a fault, such as the layer that made a shape."""

    message: str
    span: Span


class Fix(NamedTuple):
    """A replacement of `span` that certainly cures the fault."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: a code that reads as words, a short fact, a place and a cure.

    `message` holds the received value, in lower case, without a full stop; `help` says the cure.
    """

    code: str
    message: str
    span: Span | None = None
    help: str | None = None
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


class ArchspecError(Exception):
    """Base of every error that carries diagnostics; `exit_code` is what a command returns."""

    exit_code: ClassVar[int] = 1

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(describe(d) for d in self.diagnostics))


class SpecError(ArchspecError):
    """A spec, target, claim, record or checkpoint does not hold (exit code 1)."""


class UsageError(ArchspecError):
    """A command was called in a way it does not offer (exit code 2)."""

    exit_code = 2


class EnvironmentFault(ArchspecError):
    """Data, disk, device or network is not what the work needs (exit code 3)."""

    exit_code = 3


def describe(diagnostic: Diagnostic) -> str:
    """Return a diagnostic in one line: place, severity, code, message and help."""
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    cure = f" (help: {diagnostic.help})" if diagnostic.help else ""
    return f"{place}{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}{cure}"


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics sorted by file, line and column; those without a place come first."""

    def place(diagnostic: Diagnostic) -> tuple[str, int, int]:
        span = diagnostic.span
        return (span.source.name, span.line, span.column) if span else ("", 0, 0)

    return tuple(sorted(diagnostics, key=place))
