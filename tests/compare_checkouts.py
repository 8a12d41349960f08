"""Compares what two checkouts print, command by command; every difference is listed, none judged.

    python tests/compare_checkouts.py OLD NEW [--show N]

OLD and NEW are checkouts with an environment in `.venv`. Each runs check, lint, table, graph, diff,
verify, sync, report, schema and explain over its own specs and faulty specs, as text and as JSON.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

DRIVER = """
import contextlib, io, json, os, sys, warnings
from archspec.cli import app
calls, destination = json.load(open(sys.argv[1])), sys.argv[2]
os.environ["COLUMNS"] = "100"
said = {}
for call in calls:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app(call, standalone_mode=True)
        except SystemExit as stop:
            code = stop.code
        except BaseException as fault:
            code = repr(fault)
    said[" ".join(call)] = [code, out.getvalue(), err.getvalue()]
json.dump(said, open(destination, "w"))
"""


def calls(specs: list[str], faulty: list[str], pages: list[str], codes: list[str]) -> Iterator[str]:
    """Yield the commands that both checkouts run."""
    for spec in specs + faulty:
        yield from (f"check {spec}", f"check {spec} --format json", f"check --diff {spec}")
        yield from (f"lint {spec}", f"table {spec}", f"graph {spec}")
    for spec in specs:
        yield f"check {spec} --format github"
        yield f"lint {spec} --format json"
        yield from (f"table {spec} --format {format}" for format in ("rich", "json", "csv"))
        yield from (f"table {spec} {option}" for option in ("--expand", "--depth 1"))
        yield from (f"graph {spec} --format {format}" for format in ("dot", "svg"))
    for first, second in itertools.pairwise(specs):
        yield from (f"diff {first} {second}", f"diff {first} {second} --format json")
    yield from (f"verify --format {format}" for format in ("text", "json", "junit"))
    yield "verify specs/published/step1.md --against specs/step1.yaml"
    yield from (f"sync --check {page}" for page in pages)
    yield "report --check specs/step1.yaml specs/step2.yaml specs/step3.yaml"
    yield from ("schema", "runs", "runs --format json")
    yield from (f"explain {code}" for code in codes)


def said_by(checkout: Path, lines: list[str]) -> dict[str, list[object]]:
    """Run the commands in one process of a checkout; return code, stdout and stderr of each."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "calls.json", Path(folder) / "said.json"
        asked.write_text(json.dumps([line.split() for line in lines]), "utf-8")
        python = checkout.resolve() / ".venv" / "bin" / "python"
        work = [str(python), "-c", DRIVER, str(asked), str(answered)]
        subprocess.run(work, cwd=checkout, check=True, stdin=subprocess.DEVNULL)
        said: dict[str, list[object]] = json.loads(answered.read_text("utf-8"))
        return said


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Compare; the exit code is 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--show", type=int, default=5, help="lines of each difference")
    options = parser.parse_args()

    def common(pattern: str) -> list[str]:
        found = (
            {path.relative_to(top).as_posix() for path in top.glob(pattern)}
            for top in (options.old, options.new)
        )
        return sorted(set.intersection(*found))

    pages = [*common("*.md"), *common("docs/*.md"), *common("docs/how-to/*.md")]
    codes = [Path(page).stem for page in common("archspec/diagnostics/pages/*.md")]
    specs = common("specs/**/*.yaml")
    lines = list(calls(specs, common("tests/bad_specs/*.yaml"), pages, codes))
    old, new = said_by(options.old, lines), said_by(options.new, lines)
    differing = [line for line in lines if old[line] != new[line]]
    for line in differing:
        say(f"== archspec {line}")
        for name, before, after in zip(("exit", "out", "err"), old[line], new[line], strict=True):
            changed = difflib.unified_diff(
                str(before).splitlines(), str(after).splitlines(), name, name, lineterm="", n=0
            )
            say("\n".join(list(changed)[: options.show]))
    say(f"{len(lines)} commands, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
