"""Where data sets lie: a folder given by the user, else a cache that downloads may fill."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import final

from archspec.runtime.data.faults import HOW_TO_GIVE, RUNS_ANYWHERE, data_fault

VARIABLE = "ARCHSPEC_DATA"


@final
@dataclass(frozen=True, slots=True)
class DataFolder:
    """A root folder and whether a download may fill it: only the cache, never a given folder."""

    root: Path
    may_download: bool

    def places(self, name: str) -> tuple[Path, ...]:
        """Return the folders to search for data set `name`, those that bear its name first.

        A root that holds several data sets has files of equal names in it (MNIST, FashionMNIST).
        """
        return (self.root / name / "raw", self.root / name, self.root / name.lower(), self.root)


def data_folder(data_dir: Path | None) -> DataFolder:
    """Return `data_dir`, else the folder named by ARCHSPEC_DATA, else the user's cache.

    Raises EnvironmentFault (`missing-data`) when a given folder does not exist.
    """
    if data_dir is not None:
        return DataFolder(_existing(data_dir, "--data-dir"), may_download=False)
    if named := os.environ.get(VARIABLE):
        return DataFolder(_existing(Path(named), VARIABLE), may_download=False)
    return DataFolder(cache_folder(), may_download=True)


def _existing(folder: Path, given_by: str) -> Path:
    try:
        folder = folder.expanduser()
        found = folder.is_dir()
    except (OSError, RuntimeError, ValueError):
        found = False
    if not found:
        message = f"there is no folder {folder} (given by {given_by})"
        raise data_fault("missing-data", message, f"{HOW_TO_GIVE}; {RUNS_ANYWHERE}")
    return folder


def cache_folder() -> Path:
    """Return the user's cache; EnvironmentFault (`missing-data`) where there is no home folder."""
    # The XDG specification has relative paths ignored.
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            message = "there is no home folder, and so no cache to put data into"
            raise data_fault("missing-data", message, f"{HOW_TO_GIVE}; {RUNS_ANYWHERE}") from None
    return base / "archspec"
