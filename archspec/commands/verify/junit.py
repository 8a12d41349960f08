"""JUnit's XML, as CI servers read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one file."""

    name: str
    cases: tuple[Case, ...]


def as_junit(suites: Sequence[Suite]) -> str:
    """Return the XML text, indented, with its declaration."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", {"name": "archspec verify"} | _counts(suites))
    for suite in suites:
        element = ElementTree.SubElement(
            root, "testsuite", {"name": _clean(suite.name)} | _counts([suite])
        )
        for case in suite.cases:
            names = {"classname": _clean(suite.name), "name": _clean(case.name)}
            inner = ElementTree.SubElement(element, "testcase", names)
            if case.ending != "passed":
                ending = ElementTree.SubElement(inner, case.ending, message=_clean(case.message))
                ending.text = _clean(case.details) or None
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(suites: Sequence[Suite]) -> dict[str, str]:
    endings = [case.ending for suite in suites for case in suite.cases]
    return {
        "tests": str(len(endings)),
        "failures": str(endings.count("failure")),
        "errors": str(endings.count("error")),
        "skipped": str(endings.count("skipped")),
    }


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
