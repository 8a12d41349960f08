"""`archspec verify PAGE --against SPEC`: hand-written tables held against a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archspec.commands.verify.junit import Case, Suite
from archspec.commands.verify.outcome import FORMAT_VERSION
from archspec.diagnostics import Diagnostic, SpecError, describe
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.diagnostics.words import counted
from archspec.judge.written_tables import ComparedTable, compare_page
from archspec.language.files import read_source
from archspec.network import study


@dataclass(frozen=True, slots=True)
class VerifiedPage:
    """One markdown file: its tables, or the fault that hides them."""

    name: str
    tables: tuple[ComparedTable, ...]
    faults: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedPages:
    """Pages whose tables were compared with one spec."""

    against: Path
    pages: tuple[VerifiedPage, ...]

    @property
    def tables(self) -> tuple[ComparedTable, ...]:
        """Every table that was compared."""
        return tuple(table for page in self.pages for table in page.tables)

    @property
    def is_ok(self) -> bool:
        """True when every table agrees, and every page has one."""
        return not any(page.faults for page in self.pages) and not any(
            table.differences for table in self.tables
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Faults, differences and notices, page by page."""
        found: list[Diagnostic] = []
        for page in self.pages:
            found += page.faults
            for table in page.tables:
                found += [*table.notices, *table.differences]
        return tuple(found)

    def as_text(self, *, colour: bool = False, width: int | None = None) -> str:
        """Return every wrong cell with its place, and a last line with the counts."""
        from archspec.diagnostics.text import render_text

        blocks = []
        if self.diagnostics:
            blocks.append(render_text(self.diagnostics, colour=colour, width=width))
        tables, wrong = len(self.tables), sum(len(table.differences) for table in self.tables)
        compared = f"{counted(tables, 'table')} compared with {self.against}"
        outcome = counted(wrong, "difference") if wrong else "no difference"
        return "\n".join([*blocks, f"{compared}: {outcome}"]) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return {
            "format": FORMAT_VERSION,
            "ok": self.is_ok,
            "against": self.against.as_posix(),
            "tables": [
                {
                    "file": page.name,
                    "line": table.table.line,
                    "rows": len(table.table.rows),
                    "differences": [diagnostic_as_json(fault) for fault in table.differences],
                }
                for page in self.pages
                for table in page.tables
            ],
            "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in self.diagnostics],
        }

    def suites(self) -> tuple[Suite, ...]:
        """Return a suite a page with a case a table."""
        return tuple(
            Suite(
                page.name,
                (
                    *(Case(page.name, "error", f.message, describe(f)) for f in page.faults),
                    *map(_case, page.tables),
                ),
            )
            for page in self.pages
        )


def verify_pages(names: Sequence[str], against: Path) -> VerifiedPages:
    """Compare the architecture tables of markdown files with a spec.

    names: `FILE`, or `FILE#heading` for the tables below it. Raises SpecError when the spec has a
    fault.
    """
    _, analysis, diagnostics = study(against)
    if analysis is None or any(fault.severity == "error" for fault in diagnostics):
        raise SpecError(diagnostics)
    pages = []
    for name in dict.fromkeys(names):
        file, _, heading = (name, "", "") if Path(name).is_file() else name.partition("#")
        source = read_source(Path(file))
        if isinstance(source, Diagnostic):
            pages.append(VerifiedPage(file, (), (source,)))
            continue
        try:
            pages.append(VerifiedPage(name, compare_page(source, analysis, heading or None)))
        except SpecError as error:
            pages.append(VerifiedPage(name, (), error.diagnostics))
    return VerifiedPages(against, tuple(pages))


def _case(compared: ComparedTable) -> Case:
    name = f"table in line {compared.table.line}"
    if not compared.differences:
        return Case(name)
    details = "\n".join(map(describe, compared.differences))
    return Case(name, "failure", compared.differences[0].message, details)
