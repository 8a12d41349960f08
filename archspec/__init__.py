"""archspec: a network written once, as a YAML layer list.

What a command does, a function of its name does, from `load` to `predict`; `archspec.api` has them.
Importing this package imports no torch; `Network.build()` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.version import __version__

if TYPE_CHECKING:
    from archspec.api import (
        analyze,
        diff,
        draw,
        evaluate,
        load,
        loads,
        predict,
        runs,
        sync,
        table,
        use_plugins,
    )
    from archspec.diagnostics import ArchspecError, EnvironmentFault, SpecError, UsageError
    from archspec.judge.judged import check
    from archspec.judge.pages import verify_pages
    from archspec.judge.project_verdicts import verify
    from archspec.network import Network
    from archspec.record.run import Run
    from archspec.runtime.train.start import train

_HOMES = {
    "archspec.api": (
        *("analyze", "diff", "draw", "evaluate", "load", "loads", "predict", "runs", "sync"),
        *("table", "use_plugins"),
    ),
    "archspec.diagnostics": ("ArchspecError", "EnvironmentFault", "SpecError", "UsageError"),
    "archspec.judge.judged": ("check",),
    "archspec.judge.pages": ("verify_pages",),
    "archspec.judge.project_verdicts": ("verify",),
    "archspec.network": ("Network",),
    "archspec.record.run": ("Run",),
    "archspec.runtime.train.start": ("train",),
}


def __getattr__(name: str) -> Any:
    """Import a public name where it is first used: `archspec --help` needs none of them."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "ArchspecError",
    "EnvironmentFault",
    "Network",
    "Run",
    "SpecError",
    "UsageError",
    "__version__",
    "analyze",
    "check",
    "diff",
    "draw",
    "evaluate",
    "load",
    "loads",
    "predict",
    "runs",
    "sync",
    "table",
    "train",
    "use_plugins",
    "verify",
    "verify_pages",
]
