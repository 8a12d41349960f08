"""Pages whose hand-written tables are held against a network."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, SpecError
from archspec.judge.judged import path_of
from archspec.judge.table_differences import ComparedTable
from archspec.judge.written_tables import compare_page
from archspec.language.files import read_source
from archspec.network import Beginning, study


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """One markdown file: its tables, or the fault that hides them."""

    name: str
    tables: tuple[ComparedTable, ...]
    faults: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedPages:
    """Pages whose tables were compared with one spec."""

    against: Path
    pages: tuple[ComparedPage, ...]

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


def verify_pages(*names: str | PathLike[str], against: Beginning) -> ComparedPages:
    """Compare the architecture tables of markdown files with a spec.

    names: `FILE`, or `FILE#heading` for the tables below it. Raises SpecError when the spec has a
    fault.
    """
    made = study(against)
    analysis = made.network().analysis
    pages = tuple(_compare(name, analysis) for name in dict.fromkeys(map(str, names)))
    return ComparedPages(path_of(against, made), pages)


def _compare(name: str, analysis: Analysis) -> ComparedPage:
    file, _, heading = (name, "", "") if Path(name).is_file() else name.partition("#")
    source = read_source(Path(file))
    if isinstance(source, Diagnostic):
        return ComparedPage(file, (), (source,))
    try:
        return ComparedPage(name, compare_page(source, analysis, heading or None))
    except SpecError as error:
        return ComparedPage(name, (), error.diagnostics)
