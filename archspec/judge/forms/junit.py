"""JUnit's XML, as CI servers read it: a suite a spec or page, a case a verdict or table."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.diagnostics import Diagnostic, describe
from archspec.judge.judged import JudgedSpec, JudgedSpecs
from archspec.judge.pages import ComparedPages
from archspec.judge.verdict import OPEN, Verdict

Ending = Literal["passed", "failure", "error", "skipped"]
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold, even escaped."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case; message and details say why it has not passed."""

    name: str
    ending: Ending = "passed"
    message: str = ""
    details: str = ""


Suite = tuple[str, Sequence[Case]]
"""The name and the cases of one file."""


def verified_as_junit(judged: JudgedSpecs) -> str:
    """Return a case for every verdict, and for every spec and record that is broken."""
    suites = [_suite(spec) for spec in judged.specs]
    if (folder := judged.folder) and (broken := judged.unreadable):
        cases = [_told(item.path.as_posix(), "error", item.diagnostics) for item in broken]
        suites.append((folder.as_posix(), cases))
    return as_junit(suites)


def compared_as_junit(compared: ComparedPages) -> str:
    """Return a case for every table, and for every page that has none."""
    suites = []
    for page in compared.pages:
        broken = [_told(page.name, "error", [fault]) for fault in page.faults]
        tables = ((f"table in line {t.table.line}", t.differences) for t in page.tables)
        suites.append((page.name, [*broken, *(_told(n, "failure", f) for n, f in tables)]))
    return as_junit(suites)


def as_junit(suites: Sequence[Suite]) -> str:
    """Return the XML text, indented, with its declaration."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", {"name": "archspec verify"} | _counts(suites))
    for name, cases in suites:
        element = ElementTree.SubElement(
            root, "testsuite", {"name": _clean(name)} | _counts([(name, cases)])
        )
        for case in cases:
            names = {"classname": _clean(name), "name": _clean(case.name)}
            inner = ElementTree.SubElement(element, "testcase", names)
            if case.ending != "passed":
                ending = ElementTree.SubElement(inner, case.ending, message=_clean(case.message))
                ending.text = _clean(case.details) or None
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(spec: JudgedSpec) -> Suite:
    errors = spec.study.errors
    cases = [_told("spec", "error", errors)] if errors else []
    return spec.path.as_posix(), [*cases, *(_case(v, spec.failing) for v in spec.verdicts)]


def _case(verdict: Verdict, failing: Collection[str]) -> Case:
    ending: Ending = "passed"
    if verdict.verdict in failing:
        ending = "failure"
    elif any(diagnostic.severity == "error" for diagnostic in verdict.diagnostics):
        ending = "error"
    elif verdict.verdict in OPEN:
        ending = "skipped"
    asked = "published" if verdict.role == "claim" else "demanded"
    words = (f"{asked} {verdict.expected}", verdict.actual, verdict.reason)
    message = f"{verdict.verdict}: {'; '.join(word for word in words if word)}"
    details = "\n".join(map(describe, verdict.diagnostics)) or str(verdict.span)
    return Case(f"{verdict.role} {verdict.name}", ending, message, details)


def _told(name: str, ending: Ending, faults: Sequence[Diagnostic]) -> Case:
    """Return a case that ends so where there are faults."""
    if not faults:
        return Case(name)
    return Case(name, ending, faults[0].message, "\n".join(map(describe, faults)))


def _counts(suites: Sequence[Suite]) -> dict[str, str]:
    endings = [case.ending for _, cases in suites for case in cases]
    return {
        "tests": str(len(endings)),
        "failures": str(endings.count("failure")),
        "errors": str(endings.count("error")),
        "skipped": str(endings.count("skipped")),
    }


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
