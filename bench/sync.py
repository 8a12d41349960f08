"""Time of `archspec sync` on 50,000 lines of markdown with 200 blocks, and what it loads.

Whole processes are measured: filling 200 empty blocks, a second run with nothing to renew, and
`--check`. Prints medians; asserts nothing about seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINES = 50_000
BLOCKS = 200
FRAMEWORKS = ("torch", "torchvision", "numpy", "matplotlib")
KINDS = (
    "table specs/{spec}.yaml",
    "value specs/{spec}.yaml params",
    "diff specs/step2.yaml specs/{spec}.yaml",
    "ladder specs/step1.yaml specs/step2.yaml specs/{spec}.yaml",
    "results specs/{spec}.yaml",
)
SPECS = ("step1", "step2", "step3", "step3_held_out")
DRIVER = """
import sys

from archspec.cli import app

try:
    app()
except SystemExit as stop:
    code = stop.code
loaded = [name for name in {frameworks!r} if name in sys.modules]
print("loaded:", ", ".join(loaded) or "none of {names}")
sys.exit(code)
"""


def document(lines: int, blocks: int) -> str:
    """Return prose with code fences, and empty blocks spread over it."""
    every = lines // blocks
    parts = []
    for number in range(blocks):
        kind = KINDS[number % len(KINDS)].format(spec=SPECS[number % len(SPECS)])
        parts += [f"## Section {number}", "", f"<!-- archspec:{kind} --><!-- archspec:end -->", ""]
        parts += ["```yaml", "<!-- archspec:table not/a/block.yaml -->", "```", ""]
        parts += ["A line of prose with `code`, a [link](x.md) and | a bar."] * (every - 8)
    return "\n".join(parts) + "\n"


def run(folder: Path, *options: str) -> tuple[float, str]:
    """Run `archspec sync` in a folder; return its seconds and what it printed."""
    code = DRIVER.format(frameworks=FRAMEWORKS, names=", ".join(FRAMEWORKS))
    command = [sys.executable, "-c", code, "sync", "page.md", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"archspec sync failed:\n{done.stdout}{done.stderr}")
    return seconds, done.stdout.strip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="runs of each kind")
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "specs", folder / "specs")
        text = document(arguments.lines, arguments.blocks)
        page = folder / "page.md"
        print(f"{text.count(chr(10)):,} lines, {arguments.blocks} blocks, {len(text):,} characters")
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
        seconds: dict[str, list[float]] = {"renew": [], "nothing to renew": [], "--check": []}
        outcome = ""
        for _ in range(arguments.rounds):
            page.write_text(text, encoding="utf-8")
            for kind, options in zip(seconds, ((), (), ("--check",)), strict=True):
                took, outcome = run(folder, *options)
                seconds[kind].append(took)
        for kind, timings in seconds.items():
            low, high = min(timings), max(timings)
            print(f"{kind:<17} {statistics.median(timings):.2f} s ({low:.2f} to {high:.2f})")
        print(outcome)


if __name__ == "__main__":
    main()
