"""What computed a run: versions, and the state of the project's files."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import torch
import torchvision

from archspec.record import GitRecord, Versions

GIT_PATIENCE = 10.0
"""Seconds; a record without its commit is better than a training that waits for git."""


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
    """Return commit and dirtiness of the repository around `folder`; None when there is none."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    changes = _git(folder, "status", "--porcelain")
    return GitRecord(commit=commit, dirty=changes != "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *arguments),
            capture_output=True,
            text=True,
            timeout=GIT_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
