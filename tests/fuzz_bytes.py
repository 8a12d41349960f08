"""Any bytes as a spec: reading, analyzing, linting and telling end soon, in diagnostics, in bounds.

    python tests/fuzz_bytes.py --runs 250000 --seed 1

Needs atheris (`pip install atheris`, CPython up to 3.13 on Linux), which watches what the code does
with the bytes and looks for what it has not done yet. It begins with the specs of the repository
and the faulty ones of the tests. An exception, a hang or more than 500 MB ends it with a non-zero
code, and the input lies in the folder that --artifacts names. Watching makes the code about five
times slower: an input that it stops at is held against 5 seconds by `archspec check` itself.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SECONDS, MEGABYTES = 25, 500
MOST_BYTES = 4_096

with atheris.instrument_imports(include=["archspec", "yaml"]):
    from archspec.judge import check
    from archspec.judge.forms.text import checked_as_text


def main() -> None:
    """Fuzz until the runs are done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000, help="inputs to try")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's own choices")
    parser.add_argument("--artifacts", type=Path, default=Path(), help="where a bad input is left")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for index, path in enumerate(seeds()):
            shutil.copy(path, corpus / f"{index}_{path.name}")
        # Beside the input lie the specs that many of the seeds extend.
        shutil.copytree(ROOT / "specs", Path(folder) / "specs")
        place = Path(folder) / "specs" / "ladder" / "input.yaml"

        def try_bytes(data: bytes) -> None:
            place.write_bytes(data)
            checked_as_text(check(place))

        options = [
            f"-atheris_runs={arguments.runs}",
            f"-seed={arguments.seed}",
            f"-timeout={SECONDS}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={MOST_BYTES}",
            f"-artifact_prefix={arguments.artifacts.resolve()}/",
        ]
        atheris.Setup([sys.argv[0], *options, str(corpus)], try_bytes)
        atheris.Fuzz()


def seeds() -> list[Path]:
    """Return the files to begin with."""
    found = [*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests" / "bad_specs").rglob("*.yaml")]
    return [path for path in sorted(found) if path.stat().st_size <= MOST_BYTES]


if __name__ == "__main__":
    main()
