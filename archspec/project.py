"""`[tool.archspec]` of a pyproject.toml: what the project verifies when nobody says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archspec.diagnostics import Diagnostic, Source, Span, SpecError, UsageError, did_you_mean
from archspec.diagnostics.words import listed

FILE = "pyproject.toml"
RECORDS = "reports/records"
KEYS = ("specs", "records")
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Project:
    """A project's specs and its records; paths as a person would type them from here.

    specs: as the globs found them, in the order of the globs; empty without a pyproject.toml that
    names any.
    """

    specs: tuple[Path, ...]
    records: Path
    file: Path | None = None
    """The pyproject.toml that says so."""


def find_project(start: Path | None = None) -> Project:
    """Return the project that a folder (the present one) lies in, or one without specs.

    The nearest pyproject.toml above with [tool.archspec] tells. Raises SpecError when the file is
    not TOML, has a wrong key or value, or a glob that finds no file.
    """
    folder = (start or Path.cwd()).resolve()
    for above in (folder, *folder.parents):
        file = above / FILE
        if file.is_file() and (found := _read(file)) is not None:
            return found
    return Project((), Path(RECORDS))


def _read(file: Path) -> Project | None:
    import tomllib

    from archspec.language.files import read_source

    source = read_source(file)
    if isinstance(source, Diagnostic):
        raise SpecError([source])
    try:
        tool = tomllib.loads(source.text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecError([_not_toml(source, str(error))]) from None
    section = tool.get("archspec") if isinstance(tool, dict) else None
    if section is None:
        return None
    faults: list[Diagnostic] = []
    project = _project(section, file, source, faults)
    if faults:
        raise SpecError(faults)
    return project


def _project(section: Any, file: Path, source: Source, faults: list[Diagnostic]) -> Project:
    if not isinstance(section, dict):
        fact = f"tool.archspec: expected a table, got {section!r:.60}"
        help = 'write `[tool.archspec]` and below it `specs = ["specs/*.yaml"]`'
        faults.append(Diagnostic("wrong-type", fact, _place(source, "archspec"), help))
        return Project((), Path(RECORDS), file)
    for key in section:
        if key not in KEYS:
            help = did_you_mean(key, KEYS) or f"the keys are {listed(KEYS)}"
            fact = f"unknown key `{key:.60}` in tool.archspec"
            faults.append(Diagnostic("unknown-key", fact, _place(source, key), help))
    records = section.get("records", RECORDS)
    if not isinstance(records, str) or not records.strip() or "\0" in records:
        fact = f"records: expected a folder, got {records!r:.60}"
        help = f'write `records = "{RECORDS}"`'
        faults.append(Diagnostic("wrong-type", fact, _place(source, "records"), help))
        records = RECORDS
    specs = _specs(section.get("specs", []), file.parent, _place(source, "specs"), faults)
    return Project(tuple(dict.fromkeys(specs)), _typed(file.parent / records), file)


def _specs(globs: Any, folder: Path, place: Span, faults: list[Diagnostic]) -> list[Path]:
    if not isinstance(globs, list) or not all(isinstance(glob, str) for glob in globs):
        fact = f"specs: expected a list of globs, got {globs!r:.60}"
        help = 'write `specs = ["specs/*.yaml"]`'
        faults.append(Diagnostic("wrong-type", fact, place, help))
        return []
    found: list[Path] = []
    for glob in globs:
        try:
            matches = sorted(path for path in folder.glob(glob) if not path.is_dir())
        except (ValueError, NotImplementedError, OSError):
            fact = f"specs: `{glob:.60}` is no glob below {FILE}"
            help = "write a relative pattern such as `specs/*.yaml`"
            faults.append(Diagnostic("wrong-value", fact, place, help))
            continue
        if not matches:
            help = f"it starts from {_typed(folder)}; take it out, or write the specs first"
            fact = f"specs: no file matches `{glob:.60}`"
            faults.append(Diagnostic("no-match", fact, place, help))
        found += map(_typed, matches)
    return found


def specs_or_refuse(project: Project) -> tuple[Path, ...]:
    """Return the specs of a project; UsageError when it has none."""
    if project.specs:
        return project.specs
    fact = f"no specs given, and no {FILE} above names any"
    if project.file is not None:
        fact = f"no specs given, and {_typed(project.file)} names none"
    help = 'name spec files, or write `[tool.archspec]` with `specs = ["specs/*.yaml"]`'
    raise UsageError([Diagnostic("no-specs", fact, None, help)])


def _not_toml(source: Source, message: str) -> Diagnostic:
    """Return the fault at the place that the reader's message names."""
    last = source.text.count("\n") + 1
    match = _PLACE.search(message)
    line, column = (int(match[1]), int(match[2])) if match and match[1] else (last, 1)
    fact = _PLACE.sub("", message)
    fact = f"not TOML: {fact[:1].lower()}{fact[1:]}"
    span = Span(source, line, column, line, column + 1)
    return Diagnostic("not-toml", fact, span, "correct the file; archspec reads [tool.archspec]")


def _place(source: Source, key: str) -> Span:
    """Return the first line of the section that gives a key, or else its heading."""
    lines = source.text.split("\n")
    heading = next((i for i, line in enumerate(lines) if "archspec" in line and "tool" in line), 0)
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    below = range(heading + 1, len(lines))
    number = next((i for i in below if pattern.match(lines[i])), heading)
    return Span(source, number + 1, 1, number + 1, max(2, len(lines[number].rstrip()) + 1))


def _typed(path: Path) -> Path:
    from archspec.language.files import typed_path

    return typed_path(path)
