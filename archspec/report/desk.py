"""What the writer of a block has at hand: networks and records, each read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, SpecError
from archspec.judge import Evidence, evidence_for
from archspec.judge.difference import Difference, difference
from archspec.network import study
from archspec.report.blocks import PageBlock
from archspec.report.markers import Word

if TYPE_CHECKING:
    from archspec.record import RunRecord
    from archspec.record.evaluation import Evaluation

RecordsOf = Callable[[Path], Path]
"""Folder of a markdown file → the folder where its project keeps records."""


@dataclass(slots=True)
class Desk:
    """Reads every spec and every folder of records once, however many blocks ask for them."""

    records_of: RecordsOf = lambda folder: Path("reports/records")
    _networks: dict[Path, Analysis | tuple[Diagnostic, ...]] = field(default_factory=dict)
    _records: dict[Path, tuple[RunRecord, ...]] = field(default_factory=dict)
    _evidence: dict[tuple[Path, Path], Evidence] = field(default_factory=dict)
    _differences: dict[tuple[Path, Path], Difference] = field(default_factory=dict)

    def at(self, folder: Path) -> Seat:
        """Return the desk as a file in a folder sees it: relative paths start there."""
        return Seat(self, folder)

    def network(self, path: Path) -> Analysis | tuple[Diagnostic, ...]:
        """Return the analysis of a spec, or its faults."""
        if path not in self._networks:
            found = study(path)
            self._networks[path] = found.sound or found.errors
        return self._networks[path]

    def evidence(self, path: Path, analysis: Analysis, folder: Path) -> Evidence:
        """Return what the records under a folder say of a network.

        Raises SpecError for a record that is unsound, EnvironmentFault when one cannot be read.
        """
        if (path, folder) not in self._evidence:
            self._evidence[path, folder] = evidence_for(analysis, self.records(folder))
        return self._evidence[path, folder]

    def records(self, folder: Path) -> tuple[RunRecord, ...]:
        """Return every record under a folder; raises as `evidence` does."""
        if folder not in self._records:
            from archspec.record import find_records

            found = find_records(folder)
            if faults := [fault for record in found for fault in record.diagnostics]:
                raise SpecError(faults)
            self._records[folder] = tuple(f.record for f in found if f.record is not None)
        return self._records[folder]

    def difference(self, paths: tuple[Path, Path], a: Analysis, b: Analysis) -> Difference:
        """Return what changed from one network to another."""
        if paths not in self._differences:
            self._differences[paths] = difference(a, b)
        return self._differences[paths]


@dataclass(frozen=True, slots=True)
class Seat:
    """The desk for the blocks of one markdown file."""

    desk: Desk
    folder: Path

    def analysis(self, word: Word) -> Analysis:
        """Return the network that a block names; SpecError with its faults and the block."""
        found = self.desk.network(self._path(word))
        if isinstance(found, Analysis):
            return found
        asked = Related("the block that asks for it", word.span)
        raise SpecError(
            replace(fault, span=word.span)
            if fault.span is None
            else replace(fault, related=(*fault.related, asked))
            for fault in found
        )

    def evidence(self, word: Word, block: PageBlock) -> Evidence:
        """Return what the kept runs say of a network that a block names.

        `records=FOLDER` says where they lie; without it, the project does.
        """
        option = block.options.get("records")
        if option is None:
            folder = self.desk.records_of(self.folder)
        elif not (folder := self.folder / option.text).is_dir():
            help = "name the folder that `archspec keep` fills, from the markdown file's folder"
            fact = f"there is no folder {option.text}"
            raise SpecError([Diagnostic("missing-file", fact, option.span, help)])
        return self.desk.evidence(self._path(word), self.analysis(word), folder)

    def difference(self, a: Word, b: Word) -> Difference:
        """Return what changed from one network that a block names to the other."""
        paths = self._path(a), self._path(b)
        return self.desk.difference(paths, self.analysis(a), self.analysis(b))

    def _path(self, word: Word) -> Path:
        return self.folder / word.text


@dataclass(frozen=True, slots=True)
class Material:
    """Networks by the paths of their specs; evidence and evaluations from the folder `records`."""

    desk: Desk
    records: Path

    def evidence(self, analysis: Analysis) -> Evidence:
        """Return what the kept runs say of a network.

        Raises SpecError for a record that is unsound, EnvironmentFault when one cannot be read.
        """
        path = analysis.spec.path
        assert path is not None, "a network of a report comes from a file"
        return self.desk.evidence(path, analysis, self.records)

    def evaluation(self, record: RunRecord) -> Evaluation | None:
        """Return the kept evaluation of a run, None when it has none.

        Raises SpecError when it is unsound or of another run, EnvironmentFault when it cannot be
        read.
        """
        from archspec.record.evaluation import ensure_of_run, evaluation_path, read_evaluation

        path = evaluation_path(self.records / record.spec.name / f"{record.run}.json")
        if not path.exists():
            return None
        evaluation = read_evaluation(path)
        ensure_of_run(evaluation, record, path)
        return evaluation
