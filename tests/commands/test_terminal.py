"""What people see in a real terminal: colours, lines that fit, and plain text when they ask."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len

pytest.importorskip("pty")
from tests.support.terminal import ROOT, archspec_in_terminal

BAD_SPECS = ROOT / "tests" / "bad_specs"
WIDE = """\
archspec: 1
title: 数字認識 😀 の ネットワーク
input: [1, 8, 8]
layers:
  - conv: {out_channels: 8, kernal_size: 3, activation: "活性化", id: 畳み込み, bias: nein}
"""


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("name", ["twelve_faults", "kernel_too_large", "extends_in_a_circle"])
def test_every_line_of_check_fits_the_terminal(name: str, columns: int) -> None:
    with archspec_in_terminal("check", BAD_SPECS / f"{name}.yaml", columns=columns) as terminal:
        assert terminal.ended() == 1
    lines = terminal.text.split("\n")
    # A path is never broken, so that it can be clicked or copied.
    broken = [line for line in lines if cell_len(line) > columns and "bad_specs/" not in line]

    assert "\x1b[31m" in terminal.raw
    assert broken == []


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_carets_stand_right_under_wide_characters(columns: int, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(WIDE, encoding="utf-8")
    with archspec_in_terminal("check", "a.yaml", columns=columns, folder=tmp_path) as terminal:
        terminal.ended()
    lines = terminal.text.split("\n")
    carets = [(above, line) for above, line in pairwise(lines) if "^^" in line]
    words = ["kernal_size", '"活性化"', "畳み込み", "nein"]

    assert len(carets) == len(words)
    for word, (shown, line) in zip(words, carets, strict=True):
        before = shown[: shown.index(word)]
        assert (cell_len(before), cell_len(word)) == (line.index("^"), line.count("^"))


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_gets_plain_text_when_its_user_asks(environment: dict[str, str]) -> None:
    spec = BAD_SPECS / "twelve_faults.yaml"
    with archspec_in_terminal("check", spec, environment=environment) as terminal:
        terminal.ended()

    assert "\x1b" not in terminal.raw
    assert "12 errors" in terminal.raw


def test_a_pipe_gets_plain_text_with_each_message_on_one_line() -> None:
    command = [sys.executable, "-m", "archspec", "check", "tests/bad_specs/twelve_faults.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    wanted = "  help: write `params: {below: 8000}`; bounds are below, above, at_least, at_most, "

    assert "\x1b" not in done.stdout
    assert any(line.startswith(wanted) for line in done.stdout.replace("   ", "  ").split("\n"))


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("arguments", [("explain",), ("explain", "kernel-does-not-fit")])
def test_explain_is_laid_out_for_the_terminal(arguments: tuple[str, ...], columns: int) -> None:
    with archspec_in_terminal(*arguments, columns=columns) as terminal:
        assert terminal.ended() == 0

    assert "\x1b[1m" in terminal.raw
    assert "##" not in terminal.text
    assert max(map(cell_len, terminal.text.split("\n"))) <= columns
