"""How a run is computed, as options say it: nothing of its spec."""

from __future__ import annotations

from typing import Literal, cast, get_args

from archspec.diagnostics import Diagnostic, UsageError, did_you_mean
from archspec.record import Settings

Precision = Literal["float32", "bfloat16"]


def read_settings(
    *, exact: bool = False, precision: str | None = None, compiled: bool = False
) -> Settings:
    """Return the settings for `--exact`, `--precision` and `--compile`.

    Raises UsageError for an unknown precision, and where exactness is both asked for and traded.
    """
    known = get_args(Precision)
    if precision is not None and precision not in known:
        help = did_you_mean(precision, known) or f"choose one of {', '.join(known)}"
        fact = f"no precision is called {precision!r}"
        raise UsageError([Diagnostic("unknown-precision", fact, None, help)])
    if exact and (compiled or precision == "bfloat16"):
        other = "--compile" if compiled else "--precision bfloat16"
        fact, help = f"--exact does not go with {other}", "keep one of the two"
        raise UsageError([Diagnostic("conflicting-options", fact, None, help)])
    return Settings(
        fast=not exact and not compiled,
        precision=cast(Precision, precision or "float32"),
        compiled=compiled,
    )


def as_options(settings: Settings) -> list[str]:
    """Return the options that `read_settings` makes these settings of."""
    exact = not settings.fast and not settings.compiled
    options = ["--exact"] if exact else []
    options += ["--precision", settings.precision] if settings.precision != "float32" else []
    return [*options, "--compile"] if settings.compiled else options
