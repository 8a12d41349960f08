"""What `check` imports: of the layers those that the spec uses, and nothing that judges runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from archspec.layers.declared import declared_in

ROOT = Path(__file__).parents[2]
FAMILIES = {d.module for d in declared_in(ROOT / "archspec" / "layers", "archspec.layers")}
STEP3 = {f"archspec.layers.{name}" for name in ("activation", "conv", "dropout", "norm", "pool")}
STEP3 |= {"archspec.layers.reshape"}

DRIVER = """
import json, sys
from archspec.cli import main

sys.argv = ["archspec", *json.loads(sys.argv[1])]
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


class Done(NamedTuple):
    """A command that has run: its exit code, what it printed, and what it imported."""

    exit_code: int
    output: str
    modules: set[str]


def check(spec: Path) -> Done:
    """Run `check` in an interpreter of its own."""
    arguments = [sys.executable, "-c", DRIVER, json.dumps(["check", str(spec)])]
    done = subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    *faults, modules = done.stderr.splitlines()
    assert not faults
    return Done(done.returncode, done.stdout, set(json.loads(modules)))


def test_check_imports_the_layers_that_the_spec_uses() -> None:
    done = check(Path("specs/step3.yaml"))

    assert done.exit_code == 0
    assert done.modules & FAMILIES == STEP3


def test_a_layer_that_is_used_is_among_what_was_imported(tmp_path: Path) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(
        "archspec: 1\ninput: [4, 8, 8]\nlayers:\n  - channel_shuffle: 2\n  - gelu\n",
        encoding="utf-8",
    )

    used = check(spec).modules & FAMILIES

    assert used == {"archspec.layers.shuffle", "archspec.layers.activation_smooth"}


def test_what_judges_runs_or_renders_otherwise_stays_out() -> None:
    absent = {
        "archspec.judge.by_evidence",
        "archspec.judge.difference",
        "archspec.judge.evidence",
        "archspec.judge.seeds",
        "archspec.layers.init_functions",
        "archspec.layers.plugins",
        "archspec.record",
        "hashlib",
        "importlib.metadata",
        "rich",
    }

    assert not check(Path("specs/step3.yaml")).modules & absent


@pytest.mark.parametrize(
    ("written", "meant"), [("pixel_shufle: 2", "pixel_shuffle"), ("gelus", "gelu")]
)
def test_a_kind_that_was_never_imported_is_suggested(
    written: str, meant: str, tmp_path: Path
) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(f"archspec: 1\ninput: [4, 8, 8]\nlayers:\n  - {written}\n", encoding="utf-8")

    done = check(spec)

    assert done.exit_code == 1
    assert f"did you mean `{meant}`" in done.output
