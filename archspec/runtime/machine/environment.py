"""What computed a run: versions, and the state of the project's files."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import torch
import torchvision

from archspec.record import GitRecord, Versions

GIT_PATIENCE = 10.0
"""Seconds; a record without its commit is better than a training that waits for git."""

SAFE = {"core.fsmonitor": "false", "core.hooksPath": os.devnull}
"""What a repository's own .git/config would have git run."""

ALONE = {
    "GIT_OPTIONAL_LOCKS": "0",  # no index is written
    "GIT_ALLOW_PROTOCOL": "none",  # what a partial clone lacks is not fetched
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def versions(archspec: str) -> Versions:
    """Return the versions of Python, torch, torchvision and the platform beside archspec's own."""
    return Versions(
        archspec=archspec,
        python=platform.python_version(),
        torch=str(torch.__version__),
        torchvision=str(torchvision.__version__),
        platform=platform.platform(),
    )


def git_state(folder: Path) -> GitRecord | None:
    """Return commit and dirtiness of the repository around `folder`; None when there is none.

    Nothing that the repository names is run, and nothing in it is written.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    filters = _git(folder, "config", "--name-only", "--get-regexp", r"^filter\.") or ""
    off = {key: "false" if key.endswith(".required") else "" for key in filters.splitlines()}
    if any("=" in key for key in off):  # which `-c` cannot name
        return GitRecord(commit=commit, dirty=True)
    changes = _git(folder, "status", "--porcelain", "--ignore-submodules=dirty", settings=off)
    return GitRecord(commit=commit, dirty=changes != "")


def _git(
    folder: Path, *arguments: str, settings: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    pairs = {**SAFE, **settings}.items()
    options = [word for key, value in pairs for word in ("-c", f"{key}={value}")]
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *options, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=GIT_PATIENCE,
            check=True,
            env={**os.environ, **ALONE},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
