"""What the pages say is so: commands print it, Python gives it, links lead there."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from archspec.cli import app
from archspec.report.desk import Desk
from archspec.report.sync import renew
from tests.support.pages import DOCS, PAGES, ROOT, Block, agrees, blocks_of, stage_of

LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#\s]+)(?:#(?P<heading>[^)]+))?\)")
COMMAND = re.compile(r"^(?:\$ |- run: )?(archspec [^\n#>]+)", re.MULTILINE)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    stage = stage_of(tmp_path)

    for block in blocks_of(DOCS / "tutorial.md"):
        if block.language != "sh":  # these train
            stage.perform(block)

    assert stage.named == {"first.yaml"}


def test_the_page_on_python_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    flags = doctest.ELLIPSIS | doctest.REPORT_NDIFF

    session = "\n".join(b.text for b in blocks_of(DOCS / "python.md") if b.language == "pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, "python.md", None, None)
    outcome = doctest.DocTestRunner(optionflags=flags).run(test)

    assert outcome.failed == 0
    assert outcome.attempted > 10


@each_page
def test_every_command_of_a_page_is_one_of_archspecs(page: Path) -> None:
    group: Any = get_command(app)
    for block in blocks_of(page):
        if block.language not in ("sh", "console", "yaml"):
            continue
        for line in COMMAND.findall(block.text):
            words = shlex.split(line)[1:]
            options = {o for p in group.commands[words[0]].params for o in p.opts}
            used = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert used <= options | {"--help"}, f"{page}:{block.line} {line}"


@each_page
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^(`{3,}).*?^\1$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in LINK.finditer(prose):
        assert (page.parent / link["path"]).exists(), link[0]


@each_page
def test_the_blocks_of_a_page_are_up_to_date(page: Path) -> None:
    renewal = renew(page, Desk(lambda folder: ROOT / "reports" / "records"))

    assert renewal.faults == ()
    assert renewal.outdated == ()


def test_enough_is_performed() -> None:
    console = [b for b in blocks_of(DOCS / "tutorial.md") if b.language == "console"]

    assert len(console) >= 10


@pytest.mark.parametrize(
    ("expected", "output", "holds"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("a\n…\nc\n", "a\nc\n", True),
        ("a\n…\nc\n", "a\nb\n", False),
        ("a → …\n", "a → b c\n", True),
        ("a → …\n", "a → b\nc\n", False),
        ("1 + (2)\n", "1 + (2)\n", True),
    ],
)
def test_an_output_agrees_up_to_what_is_left_out(expected: str, output: str, holds: bool) -> None:
    assert agrees(output, expected) is holds


def test_a_command_that_prints_something_else_is_noticed(tmp_path: Path) -> None:
    block = Block("console", "$ archspec lint specs/step3.yaml\n1 spec linted: nothing to say\n", 1)

    with pytest.raises(AssertionError, match="schedule-steered-by-test"):
        stage_of(tmp_path).perform(block)
