"""archspec: a network written once, as a YAML layer list.

`load`, `analyze` and `table` are the Python side of the commands. Importing this package imports no
torch; `Network.build()` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archspec.api import analyze, load, table, use_plugins
    from archspec.diagnostics import ArchspecError, EnvironmentFault, SpecError, UsageError
    from archspec.network import Network

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("analyze", "load", "table", "use_plugins"), "archspec.api"),
    "Network": "archspec.network",
    **dict.fromkeys(
        ("ArchspecError", "EnvironmentFault", "SpecError", "UsageError"), "archspec.diagnostics"
    ),
}


def __getattr__(name: str) -> Any:
    """Import a public name where it is first used: `archspec --help` needs none of them."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "ArchspecError",
    "EnvironmentFault",
    "Network",
    "SpecError",
    "UsageError",
    "__version__",
    "analyze",
    "load",
    "table",
    "use_plugins",
]
