"""The pictures in docs/graph.md are what the commands beside them draw."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "graph.md"
COMMANDS = re.findall(r"^archspec (graph .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_picture_of_the_page_is_current(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = shlex.split(command)
    place = Path(arguments[arguments.index("--output") + 1])
    made = tmp_path / place.name
    arguments[arguments.index("--output") + 1] = str(made)

    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert made.read_bytes() == place.read_bytes(), f"renew it: archspec {command}"


def test_the_page_shows_the_pictures_that_its_commands_draw() -> None:
    shown = re.findall(r'<img src="(drawings/[^"]+)"', PAGE.read_text(encoding="utf-8"))

    assert [f"docs/{path}" for path in shown] == [c.rpartition("--output ")[2] for c in COMMANDS]
    assert len(shown) == 2
