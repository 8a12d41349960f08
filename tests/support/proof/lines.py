"""Entries as lines of a layer list, for tests of a few layers."""

from __future__ import annotations


def conv(kernel: int | str, **fields: object) -> str:
    """Return a convolution as a line of a layer list."""
    others = "".join(f", {name}: {value}" for name, value in fields.items())
    return f"conv: {{out_channels: 2, kernel_size: {kernel}{others}}}"


def residual(body: list[str], shortcut: list[str]) -> str:
    """Return a residual as a line of a layer list."""
    return f"residual: {{body: [{listed(body)}], shortcut: [{listed(shortcut)}]}}"


def concat(*paths: list[str]) -> str:
    """Return paths side by side as a line of a layer list."""
    named = ", ".join(f"p{i}: [{listed(path)}]" for i, path in enumerate(paths))
    return f"branches: {{join: concat, paths: {{{named}}}}}"


def listed(layers: list[str]) -> str:
    """Return entries as they stand in brackets."""
    return ", ".join(f"{{{line}}}" for line in layers)


SQUEEZE = "SqueezeExcitation: {input_channels: 2, squeeze_channels: 1}"
BODY = [conv(3, stride=2, padding=1), conv(3, padding=1)]
PATHS = [conv(5, padding=2), conv(3, padding=1), conv(1)]
