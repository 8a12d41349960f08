"""The versions of `make test-oldest` are the lower bounds that pyproject.toml states."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_FREE = ("mypy", "pre-commit", "ruff")
"""Tools that judge the code and run none of it."""
OF_OTHERS = ("numpy", "pyparsing")
"""What the others bring."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def versions(pattern: str, lines: list[str]) -> dict[str, tuple[int, ...]]:
    """Return name → version, without zeros at its end, of each line with a pattern of both."""
    found = filter(None, (re.match(pattern, line) for line in lines))
    return {m[1]: tuple(map(int, re.sub(r"(\.0)+$", "", m[2]).split("."))) for m in found}


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    extras = PROJECT["optional-dependencies"]
    admitted = [*PROJECT["dependencies"]]
    admitted += (one for extra, many in extras.items() if extra != "docs" for one in many)
    bounds = versions(r"([\w-]+)>=([\d.]+)", admitted)
    pinned = versions(r"([\w-]+)==([\d.]+)$", (ROOT / "tests/oldest.txt").read_text().splitlines())

    assert {name: at for name, at in pinned.items() if name not in OF_OTHERS} == {
        name: at for name, at in bounds.items() if name not in LEFT_FREE
    }


def test_the_oldest_python_is_what_make_uses() -> None:
    (oldest,) = re.findall(r">=([\d.]+)$", PROJECT["requires-python"])

    assert f"PYTHON=python{oldest} VENV=.venv-oldest" in (ROOT / "Makefile").read_text()
