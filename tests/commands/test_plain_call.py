"""What a plain call is read as is what typer reads; what typer refuses is never a plain call."""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from archspec.commands import COMMANDS, find_command
from archspec.commands.plain_call import read_plain_call

ROOT = Path(__file__).parents[2]
OPTIONS = (
    "--strict --fix --diff --check --force --format --set --select --ignore --plugins --seed "
    "--seeds --jobs --top --invert --columns --depth --expand --output --records --data-dir "
    "--threads --resume --quiet --events --unfinished --runs-dir --no-latency --batch-sizes --help"
).split()
VALUES = "a.yaml b.md json text markdown test 3 0 007 -1 1.5 x=y layer,rf ² -h - -- --nope".split()
WORDS = [*OPTIONS, *VALUES, "", "--format=json", "--format=", "--seed=1", "--strict=1", "--set=a=b"]


def read_by_typer(command: Callable[..., Any], words: list[str]) -> dict[str, Any] | None:
    """Return what typer calls a command with; None where it refuses, or does something else."""
    read: dict[str, Any] = {}

    @functools.wraps(command)
    def record(**arguments: Any) -> None:
        read.update(arguments)

    record.__signature__ = inspect.signature(command, eval_str=True)  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(record)
    try:
        app(words, standalone_mode=False)
    except Exception:  # of typer's own click, whose name differs by version
        return None
    return read or None


def read_plainly(command: Callable[..., Any], words: list[str]) -> dict[str, Any] | None:
    """Return a plain call with the defaults of what it does not say."""
    read = read_plain_call(command, words)
    if read is None:
        return None
    bound = inspect.signature(command).bind(**read)
    bound.apply_defaults()
    return bound.arguments


@pytest.mark.parametrize("name", COMMANDS)
@given(words=st.lists(st.sampled_from(WORDS), max_size=5))
def test_a_plain_call_is_read_as_typer_reads_it(name: str, words: list[str]) -> None:
    command = find_command(name)
    read = read_plainly(command, words)

    assert read is None or read == read_by_typer(command, words)


@pytest.mark.parametrize(
    "call",
    [
        "check a.yaml b.yaml --set train.epochs=3 --set seed=1 --strict --format json",
        "check a.yaml --format=github",
        "lint --select R1 a.yaml --plugins",
        "watch a.yaml --columns layer,rf",
        "explain",
        "explain wrong-type",
        "table a.yaml --format csv --depth 2 --expand",
        "graph a.yaml --output a.svg --format svg",
        "diff a.yaml b.yaml",
        "sync README.md --check",
        "train a.yaml --seed 007 --threads 4 --device cpu --runs-dir elsewhere --quiet",
        "train --resume runs/a/b",
        "train a.yaml --seeds 1,2 --jobs 2",
        "eval runs/a --split validation --batch-sizes 1,2 --no-latency",
        "predict runs/a one.png two.png --top 5 --invert",
        "keep runs/a runs/b --unfinished",
        "runs",
        "verify",
        "verify a.yaml --strict --format junit",
        "verify page.md --against a.yaml",
        "report a.yaml b.yaml --output reports/c.md --check",
        "schema",
        "init",
        "init mine.yaml",
    ],
)
def test_an_ordinary_call_is_plain(call: str) -> None:
    name, *words = call.split()
    command = find_command(name)
    read = read_plainly(command, words)

    assert read is not None
    assert read == read_by_typer(command, words)


@pytest.mark.parametrize(
    "call",
    [
        "check",
        "check -h",
        "check a.yaml --help",
        "check a.yaml --format xml",
        "check a.yaml --forma json",
        "check a.yaml --strict --strict",
        "check --set",
        "check --set -x a.yaml",
        "check -- a.yaml",
        "table a.yaml b.yaml",
        "table a.yaml --depth 0",
        "train a.yaml --threads 1025",
        "train a.yaml --seed -1",
        "predict runs/a",
    ],
)
def test_what_is_not_plain_is_left_to_typer(call: str) -> None:
    name, *words = call.split()

    assert read_plain_call(find_command(name), words) is None


DRIVER = """
import json, sys
from archspec.cli import main

sys.argv = ["archspec", *sys.argv[1:]]
try:
    main()
finally:
    loaded = [name for name in ("pydantic", "archspec.commands.app") if name in sys.modules]
    print(json.dumps(loaded), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "code", "loaded"),
    [
        (["check", "specs/step3.yaml"], 0, []),
        (["check", "specs/published/step1_as_printed.yaml"], 1, []),
        (["check", "--help"], 0, ["archspec.commands.app"]),
    ],
)
def test_a_plain_call_assembles_no_application(
    words: list[str], code: int, loaded: list[str]
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DRIVER, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == code
    # Newer typers bring pydantic with what they parse.
    told = json.loads(ended.stderr.splitlines()[-1])
    assert [name for name in told if name != "pydantic" or not loaded] == loaded
