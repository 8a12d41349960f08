"""Blocks, their parameters, and defaults that nothing mentions."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Span
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.language import tree
from archspec.language.expressions import names_in

CURE = "use it, or remove it"


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every definition of the spec's own file that nothing in the network mentions.

    Parameters of the spec are no matter of lint: one that nothing mentions is a fault.
    """
    root = network.spec.tree
    own = network.spec.sources[0]
    for what, span in _unused(root):
        if span.source is own:
            yield Finding(f"nothing uses {what}", span, CURE)


def _unused(root: tree.Node) -> Iterator[tuple[str, Span]]:
    blocks, layers = _section(root, "blocks"), root.child("layers")
    words = set(_words(layers)) if layers is not None else set()
    used = _used_blocks(blocks, words)
    for name, block in blocks:
        if name not in used:
            yield f"the block {name}", blocks.key_place(name)
        yield from _unused_of_block(name, block)
    defaults = _section(root, "defaults")
    kinds = words.union(*(_words(block) for _, block in blocks))
    for kind, _ in defaults:
        if kind not in kinds:
            yield f"the defaults of `{kind}`", defaults.key_place(kind)


def _unused_of_block(name: str, block: tree.Node) -> Iterator[tuple[str, Span]]:
    parameters = _section(block, "parameters")
    mentioned = {*_names(block.child("layers")), *_names(parameters)}
    for parameter, _ in parameters:
        if parameter not in mentioned:
            yield f"`{parameter}` of the block {name}", parameters.key_place(parameter)


def _used_blocks(blocks: tree.Mapping, words: set[str]) -> set[str]:
    """Return the blocks that the layers use, by themselves or through others."""
    used: set[str] = set()
    waiting = [name for name, _ in blocks if name in words]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            inner = blocks.child(name)
            waiting += [word for word in _words(inner) if word in blocks.entries] if inner else []
    return used


def _section(node: tree.Node, name: str) -> tree.Mapping:
    """Return a mapping of a mapping; an empty one where there is none."""
    section = node.child(name)
    return section if isinstance(section, tree.Mapping) else tree.Mapping({}, node.span)


def _names(node: tree.Node | None) -> Iterator[str]:
    """Yield every name that an expression in a value mentions."""
    if node is not None:
        for text in _words(node):
            yield from names_in(text)


def _words(node: tree.Node) -> Iterator[str]:
    """Yield every key and every text in a value."""
    match node:
        case tree.Scalar(value=str(text)):
            yield text
        case tree.Sequence(items=items):
            for item in items:
                yield from _words(item)
        case tree.Mapping():
            for key, value in node:
                yield key
                yield from _words(value)


RULE = Rule(
    code="unused-definition",
    severity="info",
    summary="Finds blocks, parameters of blocks, and defaults that no layer uses.",
    why=(
        "Who reads the file takes a definition for a part of the network, and who changes it "
        "wonders why nothing else changes. Mostly it was left behind by an edit, or the layer that "
        "should use it names another one."
    ),
    example="""\
archspec: 1
input: [1, 8, 8]
blocks:
  Stem:
    parameters: {width: integer, depth: 3}
    layers:
      - conv: {out_channels: $width, kernel_size: 3, activation: relu}
layers:
  - Stem: 8
  - conv: {out_channels: 10, kernel_size: 6}
  - flatten
""",
    instead="""\
archspec: 1
input: [1, 8, 8]
blocks:
  Stem:
    parameters: {width: integer}
    layers:
      - conv: {out_channels: $width, kernel_size: 3, activation: relu}
layers:
  - Stem: 8
  - conv: {out_channels: 10, kernel_size: 6}
  - flatten
""",
    source="Ruff's rule F841, and every compiler's warning on variables that are not used",
    find=find,
)
