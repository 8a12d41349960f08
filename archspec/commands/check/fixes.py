"""`archspec check --fix` and `--diff`: the fixes that are certain, in the files that wrote them.

Everything is decided on texts in memory, round after round, until nothing more can be fixed. What
stands outside a fixed value stays byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from archspec.commands.check.fixed_files import AppliedFix, FixedFile, is_inside, read_file
from archspec.diagnostics import Diagnostic, Source, Span, in_order
from archspec.judge.judged import check_spec
from archspec.language.extends import real_path
from archspec.language.yaml_reader import read_tree

MOST_ROUNDS = 50
"""One fix may uncover another, as a kind put right has fields to look at; never so many times."""


@dataclass(frozen=True, slots=True)
class Fixes:
    """The files that change, and the faults whose fix lies in a file that is not the project's."""

    files: tuple[FixedFile, ...]
    elsewhere: tuple[Diagnostic, ...]

    @property
    def count(self) -> int:
        """How many fixes there are."""
        return sum(len(file.changes) for file in self.files)

    @property
    def diff(self) -> str:
        """All changes as one unified diff; "" when there are none."""
        return "".join(file.diff for file in self.files)


class Cut(NamedTuple):
    """A fix as a stretch of its text."""

    start: int
    end: int
    new: str
    found: Diagnostic


def find_fixes(paths: Sequence[Path], overrides: Sequence[str] = ()) -> Fixes:
    """Return what the certain fixes make of specs and their parents; nothing is written.

    A parent is changed when it lies in the project of the spec that extends it, a file on the
    command line always. The texts of `--set` never are.
    """
    named = {real_path(path) for path in paths}
    files: dict[Path, FixedFile] = {}
    elsewhere: dict[str, Diagnostic] = {}
    states: list[dict[Path, str]] = []
    for _ in range(MOST_ROUNDS):
        unsaved = {path: file.text for path, file in files.items()}
        if unsaved in states:  # two fixes that undo each other
            break
        states.append(unsaved)
        fixes: dict[Path, list[Diagnostic]] = {}
        for spec in paths:
            for found, file in _fixable(spec, overrides, unsaved):
                if file in named or is_inside(file, real_path(spec)):
                    fixes.setdefault(file, []).append(found)
                else:
                    elsewhere.setdefault(str(found.span), found)
        if not [file for file, found in fixes.items() if _apply(files, file, found)]:
            break
    changed = (file for file in files.values() if file.content != file.before)
    return Fixes(tuple(sorted(changed, key=lambda file: file.name)), in_order(elsewhere.values()))


def _fixable(
    spec: Path, overrides: Sequence[str], unsaved: dict[Path, str]
) -> Iterator[tuple[Diagnostic, Path]]:
    """Yield each fault that has a fix in a file of the spec, with that file."""
    judged = check_spec(spec, overrides, unsaved)
    own = {id(source) for source in judged.study.reading.sources}
    for found in judged.diagnostics:
        if found.fix is not None and id(found.fix.span.source) in own:
            yield found, real_path(Path(found.fix.span.source.name))


def _apply(files: dict[Path, FixedFile], path: Path, found: Sequence[Diagnostic]) -> bool:
    """Apply fixes to a file's text, each stretch once; return whether it changed.

    One that would break the file's YAML, as a second key of one name would, is left for a person.
    """
    cuts = _cuts(found)
    source = _span(found[0]).source
    if path not in files:
        file = read_file(path, source.name, source.text)
        if file is None:  # it changed while it was read
            return False
        files[path] = file
    at_first = _yaml_faults(source.text)
    text, kept = _cut(source.text, cuts), cuts
    if _yaml_faults(text) > at_first:
        text, kept = source.text, []
        for cut in reversed(cuts):
            if _yaml_faults(alone := _cut(text, [cut])) <= at_first:
                text, kept = alone, [cut, *kept]
    files[path].text = text
    files[path].changes += [
        AppliedFix(str(cut.found.span), cut.found.code, source.text[cut.start : cut.end], cut.new)
        for cut in kept
    ]
    return text != source.text


def _cuts(found: Sequence[Diagnostic]) -> list[Cut]:
    """Return fixes by place; of those that overlap the first."""
    starts = [0]
    for line in _span(found[0]).source.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    cuts = []
    for one in found:
        span, fix = _span(one), one.fix
        assert fix is not None
        start = starts[span.line - 1] + span.column - 1
        end = starts[span.end_line - 1] + span.end_column - 1
        cuts.append(Cut(start, end, fix.replacement, one))
    chosen: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
        if not chosen or cut.start >= chosen[-1].end:
            chosen.append(cut)
    return chosen


def _span(found: Diagnostic) -> Span:
    assert found.fix is not None
    return found.fix.span


def _cut(text: str, cuts: Sequence[Cut]) -> str:
    for cut in reversed(cuts):
        text = text[: cut.start] + cut.new + text[cut.end :]
    return text


def _yaml_faults(text: str) -> tuple[bool, int]:
    """Return how bad a text is as YAML: whether nothing can be read of it, and its faults."""
    node, faults = read_tree(Source("", text))
    return node is None, len(faults)
