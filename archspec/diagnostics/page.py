"""The page of a code: what it means, why it matters, an example and the cure, as markdown files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from archspec.values import dataclass

FOLDER = Path(__file__).with_name("pages")
HEADINGS = ("What it means", "Why it matters", "Example", "Cure")
"""The sections of every page, in this order."""

GROUPS = (
    "Reading the file",
    "Fields and values",
    "Layers and ids",
    "Inheritance and overrides",
    "Blocks and expressions",
    "Shapes",
    "Targets, claims and notes",
    "Data and training",
    "Runs and records",
    "Pages and reports",
    "Commands and options",
    "Lint",
)
"""What a page belongs to, in the order of a spec's way through archspec."""

_PAGE = re.compile(r"# (?P<code>\S+)\n\n(?P<group>[^\n#]+)\n\n(?P<rest>## .*)", re.DOTALL)
_SECTION = re.compile(r"^## (?P<heading>.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CodePage:
    """What there is to know of a code; sections: heading → markdown."""

    code: str
    group: str
    sections: Mapping[str, str]

    @property
    def gist(self) -> str:
        """The first sentence, on one line."""
        words = " ".join(self.sections[HEADINGS[0]].split())
        return re.split(r"(?<=\w[.])\s", words, maxsplit=1)[0].rstrip(".")

    def as_markdown(self) -> str:
        """Return the page as its file has it."""
        parts = [f"# {self.code}\n\n{self.group}\n"]
        parts += [f"## {heading}\n\n{text}\n" for heading, text in self.sections.items()]
        return "\n".join(parts)


def page_codes() -> tuple[str, ...]:
    """Return every code that has a page, in order of the alphabet."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))


def read_page(code: str) -> CodePage | None:
    """Return the page of a code, None where there is none."""
    path = FOLDER / f"{code}.md"
    if not re.fullmatch(r"[a-z0-9-]+", code) or not path.is_file():
        return None
    return parse_page(path.read_text(encoding="utf-8"))


def parse_page(text: str) -> CodePage:
    """Return the page that a markdown text is; ValueError when it is not laid out as one."""
    match = _PAGE.fullmatch(text)
    if match is None:
        raise ValueError("a page begins with its code as the title, and its group")
    _, *pieces = _SECTION.split(match["rest"])
    sections = {h: body.strip("\n") for h, body in zip(pieces[::2], pieces[1::2], strict=True)}
    return CodePage(match["code"], match["group"], sections)
