"""Starts Pythons in which packages are missing or broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "tensorboard")
LIMIT_SECONDS = 120


def environment_without(*packages: str) -> dict[str, str]:
    """Return the environment of a Python without them; `name=words` for one that is broken."""
    path = [Path(__file__).parent, ROOT]
    return {
        **os.environ,
        "ARCHSPEC_WITHOUT": ";".join(packages),
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }


def run_without(
    packages: tuple[str, ...], *arguments: str, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a Python without the packages, in a folder, and return how it ended."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment_without(*packages),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        check=False,
    )
