"""How a child's values come over its parent's, and `--set` over both."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.spec.tree import Mapping, Node, Scalar
from archspec.spec.yaml_reader import read_tree

NAMED_CHOICES = frozenset({"optimizer", "scheduler", "loss", "norm", "activation", "dropout"})
"""Keys whose value names a class; a mapping there is that class's arguments, replaced whole."""


def merge(parent: Mapping, child: Mapping) -> Mapping:
    """Return `parent` with `child` over it.

    Mappings merge deeply; lists and class mappings are replaced whole; null deletes.
    """
    entries = dict(parent.entries)
    for key, (written, value) in child.entries.items():
        before = entries.get(key)
        if isinstance(value, Scalar) and value.value is None:
            entries.pop(key, None)
        elif (
            before is not None
            and isinstance(value, Mapping)
            and isinstance(before[1], Mapping)
            and not _names_a_class(key, value)
        ):
            entries[key] = (written, merge(before[1], value))
        else:
            entries[key] = (written, without_nulls(value))
    return Mapping(entries, child.span)


def without_nulls(node: Node) -> Node:
    """Return a value that replaces another one: a null in it has nothing left to delete."""
    if isinstance(node, Mapping) and any(
        isinstance(v, Scalar) and v.value is None for _, v in node
    ):
        kept = {k: (w, v) for k, (w, v) in node.entries.items() if v.plain() is not None}
        return Mapping(kept, node.span) if kept else node
    return node


def _names_a_class(key: str, value: Mapping) -> bool:
    (first, *others) = value.entries or ("",)
    return key in NAMED_CHOICES or (not others and first[:1].isupper())


def apply_override(tree: Mapping, override: str) -> tuple[Mapping, list[Diagnostic]]:
    """Return `tree` with `train.epochs=3` set in it, and what is wrong with the override."""
    source = Source(f"--set {override}", override)
    key, equals, value_text = override.partition("=")
    steps = key.strip().split(".")
    whole = Span(source, 1, 1, 1, len(override) + 1)
    if not equals or not all(steps):
        help = "write `--set train.epochs=3`"
        fact = f"expected KEY=VALUE, got {override!r}"
        return tree, [Diagnostic("bad-override", fact, whole, help)]
    # Blanks in place of the key keep the columns of the value true.
    value, faults = read_tree(source, " " * (len(key) + 1) + value_text)
    if faults:
        return tree, faults
    written = Scalar(key, key, Span(source, 1, 1, 1, len(key) + 1))
    end = Span(source, 1, len(key) + 2, 1, len(override) + 1)
    node = Scalar(None, "", end) if value is None else value
    return _set(tree, steps, written, node), []


def _set(tree: Mapping, steps: list[str], written: Scalar, value: Node) -> Mapping:
    entries = dict(tree.entries)
    step, *rest = steps
    if rest:
        inner = entries[step][1] if step in entries else None
        below = inner if isinstance(inner, Mapping) else Mapping({}, written.span)
        key = entries[step][0] if step in entries else written
        entries[step] = (key, _set(below, rest, written, value))
    elif isinstance(value, Scalar) and value.value is None:
        entries.pop(step, None)
    else:
        entries[step] = (written, value)
    return Mapping(entries, tree.span)
