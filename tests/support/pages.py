"""The pages of docs/ as something to perform: their files are written, their commands are run.

A block whose first line is `# PATH` is that file. A `sh` block is commands; a `console` block is
commands behind `$`, each with what it prints. There `…` stands for any words, or alone on its line
for any lines.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LIMIT_SECONDS = 300
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)
NAMED = re.compile(r"# (?P<name>[\w./-]+\.(?:py|yaml|toml|md))\n")


class Block(NamedTuple):
    """One fenced block: its language, its text, and the line on which the text begins."""

    language: str
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["text"], text.count("\n", 0, found.start("text")) + 1)
        for found in FENCE.finditer(text)
    ]


class Stage:
    """A folder in which a page is performed, by this interpreter and the package of a folder."""

    def __init__(self, folder: Path, package: Path, programs: Path) -> None:
        self.folder = folder
        self.named: set[str] = set()
        """The files that the blocks so far have written or changed."""
        programs.mkdir()
        _program(programs / "archspec", f'exec "{sys.executable}" -m archspec "$@"')
        _program(programs / "python", f'exec "{sys.executable}" "$@"')
        clean = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        self.environment = clean | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(package),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
        }

    def perform(self, block: Block) -> None:
        """Write the file of a block, or run its commands; nothing for blocks of other sorts."""
        if named := NAMED.match(block.text):
            self._write(named["name"], block.text)
        elif block.language == "sh":
            for command in block.text.splitlines():
                code, output = self.run(command)
                assert code == 0, f"{command}\n{output}"
        elif block.language == "console":
            for command, expected in said(block):
                _, output = self.run(command)
                assert agrees(output, expected), f"$ {command}\n{output}"

    def run(self, command: str) -> tuple[int, str]:
        """Return the exit code and all output of a command."""
        finished = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=LIMIT_SECONDS,
            check=False,
        )
        return finished.returncode, finished.stdout

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        self.named.add(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def said(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it is said to print."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def agrees(output: str, expected: str) -> bool:
    """Say whether an output is the expected one, with `…` for what is left out."""
    pattern = []
    for line in expected.rstrip("\n").split("\n"):
        if line == "…":
            pattern.append(r"(?:.*\n)*?")
        else:
            pattern.append(".*".join(map(re.escape, line.split("…"))) + r"\n")
    return re.fullmatch("".join(pattern) + r"\n*", output.rstrip("\n") + "\n") is not None


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def stage_of(folder: Path) -> Stage:
    """Return a stage with the specs and reports of the repository."""
    place = folder / "place"
    place.mkdir()
    for name in ("specs", "reports"):
        shutil.copytree(ROOT / name, place / name)
    shutil.copy(ROOT / "pyproject.toml", place)
    return Stage(place, ROOT, folder / "programs")
