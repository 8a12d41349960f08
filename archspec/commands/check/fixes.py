"""`archspec check --fix` and `--diff`: the fixes that are certain, in the files that wrote them.

Everything is decided on texts in memory, round after round, until nothing more can be fixed. What
stands outside a fixed value stays byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from archspec.commands.check.fixed_files import AppliedFix, FixedFile, is_inside, read_file
from archspec.diagnostics import Diagnostic, Source, Span, in_order
from archspec.judge.judged import JudgedSpec, JudgedSpecs, check_spec
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
    files: dict[Path, FixedFile] = {}
    elsewhere: dict[str, Diagnostic] = {}
    states: list[dict[Path, str]] = []
    for _ in range(MOST_ROUNDS):
        unsaved = {path: file.text for path, file in files.items()}
        if unsaved in states:  # two fixes that undo each other
            break
        states.append(unsaved)
        fixes, others = _by_file([check_spec(path, overrides, unsaved) for path in paths])
        for found in others:
            elsewhere.setdefault(str(found.span), found)
        if not [file for file, found in fixes.items() if _apply(files, file, found)]:
            break
    for path in paths:
        if path.is_symlink() and real_path(path) in files:
            files[real_path(path)].path = path  # a link is not written through
    changed = (file for file in files.values() if file.content != file.before)
    return Fixes(tuple(sorted(changed, key=lambda file: file.name)), in_order(elsewhere.values()))


def mended(judged: JudgedSpecs) -> int:
    """Return how many of the faults that specs were found to have `--fix` mends."""
    fixes, _ = _by_file(judged.specs)
    kept = [cut for file, found in fixes.items() for cut in _apply({}, file, found)]
    done = {(str(_span(cut.found)), cut.new) for cut in kept}
    certain = (found.fix for found in judged.diagnostics if found.fix)
    return sum((str(fix.span), fix.replacement) in done for fix in certain)


def _by_file(
    specs: Sequence[JudgedSpec],
) -> tuple[dict[Path, list[Diagnostic]], list[Diagnostic]]:
    """Return the faults with a fix in a file that may be changed, by file, and in one that may not.

    A file on the command line may be changed always, a parent within the project of its child.
    """
    named = {real_path(spec.path) for spec in specs}
    fixes: dict[Path, list[Diagnostic]] = {}
    elsewhere: list[Diagnostic] = []
    for spec in specs:
        own = {id(source) for source in spec.study.reading.sources}
        for found in spec.diagnostics:
            if found.fix is None or id(found.fix.span.source) not in own:
                continue
            file = real_path(Path(found.fix.span.source.name))
            if file in named or is_inside(file, real_path(spec.path)):
                fixes.setdefault(file, []).append(found)
            else:
                elsewhere.append(found)
    return fixes, elsewhere


def _apply(files: dict[Path, FixedFile], path: Path, found: Sequence[Diagnostic]) -> list[Cut]:
    """Apply fixes to a file's text, each stretch once; return them where they changed it.

    One that would break the file's YAML, as a second key of one name would, is left for a person.
    """
    source = _span(found[0]).source
    if path not in files:
        file = read_file(path, source.name, source.text)
        if file is None:  # it changed while it was read
            return []
        files[path] = file
    text, kept = _sound(source.text, _cuts(found), partial(_yaml_faults, source.text))
    files[path].text = text
    files[path].changes += [
        AppliedFix(str(cut.found.span), cut.found.code, source.text[cut.start : cut.end], cut.new)
        for cut in kept
    ]
    return kept if text != source.text else []


def _sound(
    text: str, cuts: list[Cut], at_first: Callable[[], tuple[bool, int]]
) -> tuple[str, list[Cut]]:
    """Return a text with as many cuts as leave its YAML as good as it was, and those."""
    tried = _cut(text, cuts)
    faults = _yaml_faults(tried)
    if faults == (False, 0) or faults <= at_first():
        return tried, cuts
    if len(cuts) == 1:
        return text, []
    half = len(cuts) // 2  # from the end, so that the places of the others stay
    text, last = _sound(text, cuts[half:], at_first)
    text, first = _sound(text, cuts[:half], at_first)
    return text, [*first, *last]


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
    ends = [0, *(cut.end for cut in cuts)]
    kept = (f"{text[end : cut.start]}{cut.new}" for end, cut in zip(ends, cuts, strict=False))
    return "".join(kept) + text[ends[-1] :]


def _yaml_faults(text: str) -> tuple[bool, int]:
    """Return how bad a text is as YAML: whether nothing can be read, and faults without a fix."""
    node, faults = read_tree(Source("", text))
    return node is None, sum(fault.fix is None for fault in faults)
