"""Packages that only a part of the work needs, and what is said where one of them is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import TracebackType

from archspec.diagnostics.model import Diagnostic, EnvironmentFault

TRAIN = "pip install 'archspec-nn[train]'"
TENSORBOARD = "pip install 'archspec-nn[train,tensorboard]'"

PACKAGES = {
    "torch": ("torch", TRAIN),
    "torchvision": ("torchvision", TRAIN),
    "numpy": ("numpy", TRAIN),
    "PIL": ("pillow", TRAIN),
    "matplotlib": ("matplotlib", TRAIN),
    "tensorboard": ("tensorboard", TENSORBOARD),
}
"""By the name that is imported: the name that is installed, and the command that does it."""


@contextmanager
def packages_told() -> Iterator[None]:
    """Raise EnvironmentFault where one of PACKAGES is not installed, or fails to import.

    Its codes: `missing-package`, `broken-package`. Every other fault passes as it is. Also a
    decorator.
    """
    try:
        yield
    except Exception as error:
        found = _package_fault(error)
        if found is None:
            raise
        raise EnvironmentFault([found]) from (None if found.code == "missing-package" else error)


def why_not(package: str) -> Diagnostic | None:
    """Import a package; return what keeps it from being imported, None where nothing does."""
    try:
        with packages_told():
            import_module(package)
    except EnvironmentFault as fault:
        return fault.diagnostics[0]
    return None


def _package_fault(error: Exception) -> Diagnostic | None:
    """Return the fault of the package that an error comes from, None when it comes from none."""
    named = (error.name or "") if isinstance(error, ImportError) else ""
    if isinstance(error, ModuleNotFoundError) and named in PACKAGES:
        name, command = PACKAGES[named]
        fact = f"the package {name} is needed, and is not installed"
        return Diagnostic("missing-package", fact, None, f"`{command}`")
    package = _being_imported(error.__traceback__) or named.partition(".")[0]
    if package not in PACKAGES:
        return None
    name, command = PACKAGES[package]
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    fact = f"the package {name} is installed and cannot be imported: {reason}"
    again = command.replace("install", "install --upgrade --force-reinstall")
    help = f"repair what the reason names, or install it again: `{again}`"
    return Diagnostic("broken-package", fact, None, help)


def _being_imported(trace: TracebackType | None) -> str:
    """Return which of PACKAGES was running its modules' own code last, "" when none was."""
    found = ""
    while trace is not None:
        frame = trace.tb_frame
        top = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if top in PACKAGES and frame.f_code.co_name == "<module>":
            found = top
        trace = trace.tb_next
    return found
