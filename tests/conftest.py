"""What every test may ask for: Hypothesis profiles, the MNIST folder, snapshots."""

from __future__ import annotations

import difflib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

SNAPSHOTS = Path(__file__).parent / "snapshots"
MNIST_FILE = "train-images-idx3-ubyte"
MNIST_FOLDERS = (".", "mnist", "MNIST", "MNIST/raw")
"""Where the files may lie under ARCHSPEC_DATA."""

Snapshot = Callable[[str, str], None]
"""Called with a snapshot's file name and the text to hold against it."""

# Other work on the machine makes an example slow now and then, which says nothing about the code.
# CI draws the same examples each time, so that a red build means a change and not the dice; people
# draw new ones, and Hypothesis keeps what failed. HYPOTHESIS_PROFILE=thorough is for a long look.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("people", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "people")
)

# Started in the background by a shell, the tests and all their children would ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Workers share the cores: torch's own threads in each would only stand in each other's way.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that renews the snapshots."""
    parser.addoption(
        "--renew-snapshots",
        action="store_true",
        help="write tests/snapshots/ from what the code says now, instead of comparing",
    )


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """Return the folder that ARCHSPEC_DATA names; skip without it, fail when MNIST is not in it."""
    named = os.environ.get("ARCHSPEC_DATA")
    if not named:
        pytest.skip("needs MNIST: set ARCHSPEC_DATA to the folder that holds it")
    folder = Path(named)
    files = (
        folder / inner / (MNIST_FILE + ending) for inner in MNIST_FOLDERS for ending in ("", ".gz")
    )
    if not any(file.is_file() for file in files):
        pytest.fail(f"ARCHSPEC_DATA is {named}, and MNIST is not in it")
    return folder


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Return a function that holds a text against the file of a name under tests/snapshots/.

    A missing file is a failure. With --renew-snapshots the file is written and the test passes.
    """
    renewing: bool = request.config.getoption("--renew-snapshots")

    def hold(name: str, text: str) -> None:
        compare_snapshot(SNAPSHOTS / name, text, renewing=renewing)

    return hold


def compare_snapshot(path: Path, text: str, *, renewing: bool) -> None:
    """Fail unless the file holds this text; write it instead when renewing."""
    if renewing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    if not path.is_file():
        pytest.fail(f"no snapshot {path.name}: look at the output, then run --renew-snapshots")
    kept = path.read_text(encoding="utf-8")
    if kept != text:
        difference = difflib.unified_diff(
            kept.splitlines(), text.splitlines(), "kept", "now", lineterm=""
        )
        pytest.fail(f"{path.name} differs from what is kept:\n" + "\n".join(difference))
