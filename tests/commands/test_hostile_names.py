"""No name of a file, run or layer, and no text of a spec, steers the terminal, in any command."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from archspec.cli import main
from archspec.commands import COMMANDS
from tests.support.trained_small import few_digits

STEERING = "\x1b]0;owned\x07\x1b[7;35mr\x9b2J\u202e\x7f"
"""A title of the window, a colour of no use here, a cleared screen, and what turns the order."""

ROOT = Path(__file__).parents[2]
FORBIDDEN = ("\x1b]", "\x07", "\x1b[7;35m", "\x9b", "\u202e", "\x7f")
NAME = f"n{STEERING}"
QUOTED = json.dumps(NAME)
SPEC = f"""\
archspec: 1
title: {QUOTED}
input: [1, 28, 28]
layers:
  - conv: {{out_channels: 4, kernel_size: 5, stride: 4, norm: batch}}
  - gap
  - flatten
  - linear: 10
data: {{dataset: Digits, validation: 100}}
train: {{epochs: 1, batch_size: 100, optimizer: {{SGD: {{lr: 0.1}}}}}}
targets: {{test_accuracy: {{at_least: 5}}}}
claims: {{table: {QUOTED}}}
notes: {{target: {QUOTED}, {QUOTED}: "{{{{params}}}}"}}
"""
TABLE = (
    f"# {NAME}\n\n| Layer | Output | {NAME} |\n| --- | --- | --- |\n| {NAME} | 7x7x5 | {NAME} |\n"
)
PAGE = f"<!-- archspec:ladder {NAME}.yaml --><!-- archspec:end -->\n\n<!-- archspec:{NAME} -->\n"


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def reconfigure(self, **options: object) -> None:
        """Take any options; it takes any text."""


def shown(*words: str) -> str:
    """Run archspec as in a terminal, and return all that it writes there."""
    with pytest.MonkeyPatch.context() as patch:
        screen = Screen()
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        patch.setattr(sys, "argv", ["archspec", *words])
        patch.delenv("NO_COLOR", raising=False)
        patch.setenv("TERM", "xterm-256color")
        if words[0] == "watch":  # it alone: whoever waits for git sleeps, too
            patch.setattr(time, "sleep", _interrupt)
        with pytest.raises(SystemExit) if words[0] != "watch" else _anyhow():
            main()
            sys.exit(0)
        return screen.getvalue()


def _interrupt(seconds: float) -> None:
    raise KeyboardInterrupt


def _anyhow() -> pytest.RaisesExc[BaseException]:
    return pytest.raises((SystemExit, KeyboardInterrupt))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder in which everything has such a name, with a run; and what its training told."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch, few_digits(400, 100):
        patch.chdir(folder)
        patch.setenv("ARCHSPEC_DATA", str(folder))
        Path(f"{NAME}.yaml").write_text(SPEC, encoding="utf-8")
        Path("other.yaml").write_text(SPEC.replace("conv: {", "conf: {", 1), encoding="utf-8")
        Path(NAME).write_text(TABLE, encoding="utf-8")
        Path(f"{NAME}.md").write_text(TABLE + PAGE, encoding="utf-8")
        Image.new("L", (28, 28)).save(f"{NAME}.png", "PNG")
        Path("plain.yaml").write_text(SPEC, encoding="utf-8")  # no run has a name such as NAME
        told = shown("train", "plain.yaml", "--threads", "1", "--device", "cpu")
        record = next(Path("runs").rglob("record.json"))
        kept = Path("reports/records/kept") / f"{NAME}.json"
        kept.parent.mkdir(parents=True)
        shutil.copy(record, kept)
        Path("runs/damaged").mkdir()
        (Path("runs/damaged") / "record.json").write_text(f"{{{QUOTED}: 1}}", encoding="utf-8")
        yield record.parent, told


OWN = f"{NAME}.yaml"
CALLS = (
    ("check", OWN, "other.yaml", f"{NAME}.no"),
    ("check", OWN, "--fix"),
    ("check", "other.yaml", "--diff"),
    ("check", OWN, "--format", "json"),
    ("check", "other.yaml", "--format", "github"),
    ("check", OWN, "--set", f"{NAME}=1"),
    ("lint", OWN, "--select", NAME),
    ("lint", OWN),
    ("watch", OWN),
    ("explain", NAME),
    ("table", OWN),
    ("table", OWN, "--columns", NAME),
    *(("table", OWN, "--format", form) for form in ("markdown", "json", "csv")),
    *(("graph", OWN, "--format", form) for form in ("mermaid", "dot", "svg")),
    ("graph", OWN, "--output", f"{NAME}.svg"),
    ("graph", OWN, "--output", NAME),
    *(("diff", OWN, "other.yaml", "--format", form) for form in ("text", "markdown", "json")),
    ("diff", OWN, OWN),
    ("sync", f"{NAME}.md", f"{NAME}.no"),
    ("sync", f"{NAME}.md", "--check"),
    ("train", f"{NAME}.no"),
    ("train", OWN),
    ("train", "--resume", "RUN"),
    ("train", OWN, "--data", NAME),
    ("eval", "RUN", "--no-latency"),
    ("eval", NAME),
    ("predict", "RUN", f"{NAME}.png", f"{NAME}.no", NAME),
    ("predict", "RUN", f"{NAME}.png", "--format", "json"),
    ("keep", "RUN", NAME),
    ("runs",),
    ("runs", "--format", "json"),
    *(("verify", OWN, "--format", form) for form in ("text", "json", "junit")),
    ("verify", f"{NAME}.md", "--against", OWN),
    ("report", OWN, "--output", f"{NAME}.2.md"),
    ("report", OWN, "--output", NAME),
    ("schema",),
    ("init", f"{NAME}/new.yaml"),
    ("init", f"{NAME}.new.yaml"),
    ("check", f"--{NAME}"),
    (f"{NAME}",),
    ("table", OWN, NAME, NAME),
    ("graph", OWN, "--format", NAME),
)


def assert_tame(told: str) -> None:
    """Assert that nothing which steers a terminal is in a text."""
    assert [piece for piece in FORBIDDEN if piece in told] == []


@pytest.mark.parametrize("words", CALLS, ids=lambda words: ascii("-".join(words))[1:40])
def test_no_command_lets_a_name_steer_the_terminal(
    words: Sequence[str], trained: tuple[Path, str]
) -> None:
    told = shown(*(str(trained[0]) if word == "RUN" else word for word in words))

    assert told
    assert_tame(told)


def test_nor_does_a_training(trained: tuple[Path, str]) -> None:
    assert "epoch 1/1" in trained[1]
    assert_tame(trained[1])


def test_every_command_was_run() -> None:
    assert {words[0] for words in CALLS} >= COMMANDS.keys()


def test_nothing_else_prints() -> None:
    printing = re.compile(r"\btyper\.echo\(|(?<![\w.])print\(|std(out|err)\.write\((?!visible)")
    files = (ROOT / "archspec").rglob("*.py")
    found = {path.name for path in files if printing.search(path.read_text(encoding="utf-8"))}

    # A version, a constant word, and lines of JSON that no terminal reads.
    assert found == {"telling.py", "app.py", "cli.py", "events.py"}


def test_this_would_be_seen() -> None:
    assert [piece for piece in FORBIDDEN if piece in NAME] == list(FORBIDDEN)
