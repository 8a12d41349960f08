"""A repository is asked for its state, and nothing that it names is run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from archspec.runtime.machine.environment import git_state

SETTINGS = {
    "core.fsmonitor": "touch {ran}; false",
    "filter.theirs.clean": "touch {ran}; cat",
    "filter.theirs.process": "touch {ran}; cat",
    "filter.theirs.required": "true",
    "core.sshCommand": "touch {ran}",
    "remote.origin.url": "ext::touch {ran}",
    "remote.origin.promisor": "true",
    "extensions.partialClone": "origin",
    "protocol.ext.allow": "always",
}


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=n@localhost")
    command = ("git", "-C", str(folder), *who, *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / ".gitattributes").write_text("*.txt filter=theirs\n")
    (folder / "a.txt").write_text("a\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def make_hostile(folder: Path, ran: Path) -> None:
    """Let everything that git can run leave a file behind."""
    hook = folder / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    for key, command in SETTINGS.items():
        git(folder, "config", key, command.format(ran=ran))
    os.utime(folder / "a.txt", (1, 1))  # its content has to be looked at


def test_nothing_of_the_repository_is_run_and_nothing_in_it_written(
    tmp_path: Path, repository: Path
) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    ran = tmp_path / "ran"
    make_hostile(repository, ran)
    before = (repository / ".git" / "index").read_bytes()

    found = git_state(repository)

    assert found is not None
    assert (found.commit, found.dirty) == (commit, False)
    assert not ran.exists()
    assert (repository / ".git" / "index").read_bytes() == before
    subprocess.run(("git", "-C", repository, "status"), capture_output=True, check=False)
    assert ran.exists()  # what was set up does run


def test_what_a_partial_clone_lacks_is_not_fetched(tmp_path: Path, repository: Path) -> None:
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    make_hostile(repository, tmp_path / "ran")
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    found = git_state(repository)

    assert found is not None
    assert found.dirty
    assert not (tmp_path / "ran").exists()


def test_a_filter_that_cannot_be_switched_off_is_not_asked(
    tmp_path: Path, repository: Path
) -> None:
    git(repository, "config", "filter.a=b.clean", f"touch {tmp_path / 'ran'}; cat")
    (repository / ".gitattributes").write_text("*.txt filter=a=b\n")
    os.utime(repository / "a.txt", (1, 1))

    found = git_state(repository)

    assert found is not None
    assert found.dirty
    assert not (tmp_path / "ran").exists()


def test_a_changed_file_is_told(repository: Path) -> None:
    (repository / "a.txt").write_text("b\n")
    found = git_state(repository)
    assert found is not None
    assert found.dirty


def test_without_a_repository_there_is_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path / "absent") is None
