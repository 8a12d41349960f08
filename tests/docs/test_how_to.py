"""The how-to pages, performed to the letter in a copy of the repository."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.support.pages import DOCS, ROOT, Stage, blocks_of

COPIED = ("archspec", "bench", "docs", "reports", "specs", "tests")
FILES = ("archspec.schema.json", "cli.py", "pyproject.toml", "README.md")
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*", "records")
GENERATE = ("python -m archspec schema > archspec.schema.json", "python -m docs.make_reference")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage that is a copy of the repository, whatever is generated being up to date."""
    copy = tmp_path / "copy"
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=NOT_COPIED)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    stage = Stage(copy, copy, tmp_path / "programs")
    for command in GENERATE:
        code, output = stage.run(command)
        assert code == 0, output
    return stage


def contents(folder: Path) -> dict[str, str]:
    """Return a digest of every file below a folder; caches of tools are none of it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not any(part[0] == "." for part in path.relative_to(folder).parts)
    }


def changed_by(page: str, stage: Stage) -> set[str]:
    """Perform a page; return the files that are new or changed afterwards."""
    before = contents(stage.folder)
    for block in blocks_of(DOCS / "how-to" / page):
        stage.perform(block)
    after = contents(stage.folder)
    assert before.keys() <= after.keys()
    return {name for name, digest in after.items() if before.get(name) != digest}


def test_a_layer_is_one_file_and_one_test_file(stage: Stage) -> None:
    changed = changed_by("layer.md", stage)

    assert stage.named == {"archspec/layers/bias.py", "tests/layers/test_bias.py", "try.yaml"}
    assert changed == stage.named | {"archspec.schema.json", "docs/reference/layers.md"}


def test_a_lint_rule_is_one_file_and_one_test_file(stage: Stage) -> None:
    changed = changed_by("lint-rule.md", stage)

    assert stage.named == {
        "archspec/judge/lint/rules/pool_drops_pixels.py",
        "tests/judge/lint/test_pool_drops_pixels.py",
    }
    assert changed == stage.named | {"docs/reference/lint.md"}
