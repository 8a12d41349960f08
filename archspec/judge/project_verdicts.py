"""A project's verdicts: specs judged by what is computed and by the records that are kept."""

from __future__ import annotations

from functools import cache
from os import PathLike
from pathlib import Path

from archspec.diagnostics import Diagnostic, EnvironmentFault, in_order
from archspec.judge.by_evidence import judge_with_evidence
from archspec.judge.evidence import evidence_for
from archspec.judge.judged import FAILING, JudgedSpec, JudgedSpecs, path_of
from archspec.judge.verdict import OPEN
from archspec.network import Beginning, recorded_analysis, study
from archspec.project import Project, find_project, specs_or_refuse
from archspec.record import find_records


def verify(
    *sources: Beginning, records: str | PathLike[str] | None = None, strict: bool = False
) -> JudgedSpecs:
    """Judge specs by the records under a folder; each is read, and its network analyzed, once.

    sources: by default the specs that the project's pyproject.toml names. records: by default where
    that keeps them, which may not be there yet. strict: let fail what is unproven or stale, too.
    Raises EnvironmentFault when a named folder is missing, or one cannot be read; UsageError when
    there are no specs.
    """
    named = None if records is None else Path(records)
    project = Project((), named) if sources and named else find_project()
    specs = sources or specs_or_refuse(project)
    if named is not None and not named.is_dir():
        fact, help = f"there is no folder {named}", "`archspec keep RUN` makes the first record"
        raise EnvironmentFault([Diagnostic("missing-folder", fact, None, help)])
    folder = project.records if named is None else named
    found = find_records(folder)
    kept = [item.record for item in found if item.record is not None and not item.diagnostics]
    recorded = cache(recorded_analysis)
    failing = FAILING | OPEN if strict else FAILING
    judged: dict[Path, JudgedSpec] = {}
    for source in specs:
        made = study(source)
        path = path_of(source, made)
        if made.analysis is None:
            judged[path] = JudgedSpec(path, made, (), made.diagnostics, failing)
            continue
        evidence = evidence_for(made.analysis, kept)
        verdicts = judge_with_evidence(made.analysis, evidence, recorded)
        faults = (fault for verdict in verdicts for fault in verdict.diagnostics)
        diagnostics = in_order((*made.diagnostics, *faults))
        judged[path] = JudgedSpec(path, made, verdicts, diagnostics, failing, evidence)
    return JudgedSpecs(tuple(judged.values()), strict, folder, found)
