"""The page on repositories of one's own, performed: commands, hooks of pre-commit, the workflow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pages import DOCS, ROOT, Stage, blocks_of

PAGE = DOCS / "your-repository.md"
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
GIT = "git -c user.name=A -c user.email=a@example.org -c commit.gpgsign=false"
PRE_COMMIT = f'"{sys.executable}" -m pre_commit run --all-files --color never'


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a repository in which everything but the hooks and the workflow was done."""
    place = tmp_path / "place"
    place.mkdir()
    stage = Stage(place, ROOT, tmp_path / "programs")
    stage.environment |= {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    for block in blocks_of(PAGE):
        stage.perform(block)
    return stage


def configured(language: str) -> list[dict[str, Any]]:
    """Return the repositories of each configuration of pre-commit on the page."""
    texts = [block.text for block in blocks_of(PAGE) if block.text.startswith("# .pre-commit")]
    repositories: list[dict[str, Any]] = [yaml.safe_load(text)["repos"][0] for text in texts]
    return [r for r in repositories if (r["repo"] == "local") == (language == "local")]


def commit(stage: Stage, folder: Path, *lines: str) -> None:
    """Run lines of git in a folder, and commit everything."""
    for line in ("init -q -b main .", *lines, "add --all", "commit -q -m All"):
        code, output = stage.run(f'cd "{folder}" && {GIT} {line}')
        assert code == 0, output


def with_hooks(stage: Stage, folder: Path) -> None:
    """Configure the page's hooks, of a repository that holds ours for the installed archspec."""
    folder.mkdir()
    hooks = [hook | {"language": "system"} for hook in HOOKS]
    (folder / ".pre-commit-hooks.yaml").write_text(yaml.safe_dump(hooks), encoding="utf-8")
    commit(stage, folder)
    _, revision = stage.run(f'cd "{folder}" && git rev-parse HEAD')
    (repository,) = configured("remote")
    repository |= {"repo": str(folder), "rev": revision.strip()}
    written = yaml.safe_dump({"repos": [repository]})
    (stage.folder / ".pre-commit-config.yaml").write_text(written, encoding="utf-8")
    commit(stage, stage.folder)


def test_the_page_names_every_hook() -> None:
    (repository,) = configured("remote")

    assert [hook["id"] for hook in repository["hooks"]] == [hook["id"] for hook in HOOKS]
    assert {hook["language"] for hook in HOOKS} == {"python"}


def test_the_hooks_pass_where_everything_agrees(stage: Stage, tmp_path: Path) -> None:
    with_hooks(stage, tmp_path / "hooks")

    code, output = stage.run(PRE_COMMIT)

    assert code == 0, output
    assert output.count("Passed") == 2


def test_the_hooks_stop_a_commit_that_does_not_agree(stage: Stage, tmp_path: Path) -> None:
    with_hooks(stage, tmp_path / "hooks")
    spec = stage.folder / "specs" / "mine.yaml"
    spec.write_text(spec.read_text("utf-8").replace("kernel_size", "kernal_size", 1), "utf-8")

    code, output = stage.run(PRE_COMMIT)

    assert code == 1
    assert output.count("Failed") == 2
    assert "unknown field `kernal_size`" in output


def test_the_hook_renews_a_block_and_fails_once(stage: Stage, tmp_path: Path) -> None:
    with_hooks(stage, tmp_path / "hooks")
    spec, readme = stage.folder / "specs" / "mine.yaml", stage.folder / "README.md"
    spec.write_text(spec.read_text("utf-8").replace("conv: 8 ", "conv: 9 "), "utf-8")
    before = readme.read_text("utf-8")

    first, output = stage.run(PRE_COMMIT)
    second, again = stage.run(PRE_COMMIT)

    assert (first, second) == (1, 0), output + again
    assert "files were modified by this hook" in output
    assert "28x28x1 | Conv1 | 26x26x9" in readme.read_text("utf-8") != before


def test_the_local_hook_of_the_page_checks_specs(stage: Stage) -> None:
    (repository,) = configured("local")
    written = yaml.safe_dump({"repos": [repository]})
    (stage.folder / ".pre-commit-config.yaml").write_text(written, encoding="utf-8")
    commit(stage, stage.folder)

    code, output = stage.run(PRE_COMMIT)

    assert code == 0, output
    assert "Passed" in output


def workflow() -> list[str]:
    """Return the commands of the page's workflow, less the installation."""
    (text,) = [block.text for block in blocks_of(PAGE) if block.text.startswith("# .github/")]
    steps: list[dict[str, Any]] = yaml.safe_load(text)["jobs"]["check"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands[0].startswith("pip install ")
    return commands[1:]


def test_the_commands_of_the_workflow_pass_where_everything_agrees(stage: Stage) -> None:
    outcomes = [stage.run(command) for command in workflow()]

    assert [code for code, _ in outcomes] == [0, 0, 0], outcomes


def test_the_commands_of_the_workflow_fail_with_an_annotation(stage: Stage) -> None:
    spec = stage.folder / "specs" / "mine.yaml"
    spec.write_text(spec.read_text("utf-8").replace("below: 8000", "below: 800"), "utf-8")

    check, sync, verify = [stage.run(command) for command in workflow()]

    assert (check[0], sync[0], verify[0]) == (1, 0, 1)
    assert "::error file=specs/mine.yaml,line=" in check[1]
