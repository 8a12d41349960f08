"""Which frameworks come in with a piece of work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN_LIMIT_SECONDS = 120
FRAMEWORKS = ("torch", "torchvision", "numpy", "matplotlib")

DRIVER = """
import json, sys

frameworks, destination, work = json.loads(sys.argv[1])
sys.argv = ["archspec"]
code = 0
try:
    exec(work)
except SystemExit as stop:
    code = stop.code
loaded = [name for name in frameworks if name in sys.modules]
with open(destination, "w") as file:
    json.dump({"code": code, "loaded": loaded}, file)
"""


def frameworks_loaded_by(work: str, folder: Path) -> list[str]:
    """Run Python statements in a new interpreter; return the frameworks that came in with them."""
    destination = folder / "loaded.json"
    finished = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps([FRAMEWORKS, str(destination), work])],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=RUN_LIMIT_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    outcome = json.loads(destination.read_text(encoding="utf-8"))
    # Work that failed early would load nothing and prove nothing.
    assert outcome["code"] in (0, None), finished.stdout + finished.stderr
    loaded: list[str] = outcome["loaded"]
    return loaded
