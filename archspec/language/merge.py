"""How a child's values come over its parent's, and `--set` over both."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.language.tree import Mapping, Node, Scalar, Sequence
from archspec.language.yaml_reader import MOST_LEVELS, read_tree
from archspec.layers.fields import describe_value

NAMED_CHOICES = frozenset({"optimizer", "scheduler", "loss", "norm", "activation", "dropout"})
"""Keys whose value names a class; a mapping there is that class's arguments, replaced whole."""

FREE_NAMES = frozenset({"blocks", "parameters"})
"""Keys that hold names of the file's own: a capital letter there says nothing of a class."""


def merge(parent: Mapping, child: Mapping) -> Mapping:
    """Return `parent` with `child` over it.

    Mappings merge deeply; lists and class mappings are replaced whole. Null deletes what the parent
    has; where it has nothing, the key stays, so that whoever reads it finds it without a value.
    """
    entries = dict(parent.entries)
    for key, (written, value) in child.entries.items():
        before = entries.get(key)
        if before is not None and is_null(value):
            del entries[key]
        elif (
            before is not None
            and isinstance(value, Mapping)
            and isinstance(before[1], Mapping)
            and not _names_a_class(key, value)
        ):
            entries[key] = (written, merge(before[1], value))
        else:
            entries[key] = (written, value)
    return Mapping(entries, child.span)


def is_null(node: Node) -> bool:
    """Say whether nothing stands behind a key, or `null`."""
    return isinstance(node, Scalar) and node.value is None


def without_nulls(node: Node) -> Node:
    """Return what a child says beside its deletions, where what it inherits is not known."""
    if not isinstance(node, Mapping):
        return node
    kept = {k: (w, without_nulls(v)) for k, (w, v) in node.entries.items() if not is_null(v)}
    return Mapping(kept, node.span)


def _names_a_class(key: str, value: Mapping) -> bool:
    (first, *others) = value.entries or ("",)
    if key in FREE_NAMES:
        return False
    return key in NAMED_CHOICES or (not others and first[:1].isupper())


def apply_override(tree: Mapping, override: str) -> tuple[Mapping, list[Diagnostic]]:
    """Return `tree` with `train.epochs=3` set in it, and what is wrong with the override."""
    source = Source(f"--set {override}", override)
    key, equals, value_text = override.partition("=")
    steps = key.strip().split(".")
    lines = override.split("\n")
    whole = Span(source, 1, 1, len(lines), len(lines[-1]) + 1)
    if not equals or not all(steps) or len(steps) > MOST_LEVELS or "\n" in key:
        fact = f"expected KEY=VALUE, got {describe_value(override)}"
        return tree, [Diagnostic("bad-override", fact, whole, "write `--set train.epochs=3`")]
    if steps[0] in ("extends", "edit"):
        fact = f"`{steps[0]}` cannot be set from outside a file"
        help = f"write a file with `{steps[0]}:`, and check that one"
        return tree, [Diagnostic("bad-override", fact, whole, help)]
    # Blanks in place of the key keep the columns of the value true.
    value, faults = read_tree(source, " " * (len(key) + 1) + value_text)
    if faults:
        return tree, faults
    node = value
    if node is None:
        node = Scalar(None, "", whole._replace(column=len(key) + 2))
    places, column = [], 1 + len(key) - len(key.lstrip())
    for step in steps:
        places.append(Scalar(step, step, Span(source, 1, column, 1, column + len(step))))
        column += len(step) + 1
    held = _holder(tree, steps)
    if isinstance(held, Sequence):
        fact = f"`{key.strip()}` leads into a list, of which single items cannot be set"
        help = "set the whole list; layers are changed by `edit` in a file that extends this one"
        return tree, [Diagnostic("bad-override", fact, whole, help)]
    return _set(tree, places, node), []


def _holder(tree: Mapping, steps: list[str]) -> Node | None:
    """Return the first value on the way to the last step that holds no keys, if there is one."""
    node: Node | None = tree
    for step in steps[:-1]:
        node = node.child(step) if node else None
        if not isinstance(node, Mapping):
            return node
    return None


def _set(tree: Mapping, steps: list[Scalar], value: Node) -> Mapping:
    entries = dict(tree.entries)
    step, *rest = steps
    name = step.text
    if rest:
        inner = entries[name][1] if name in entries else None
        below = inner if isinstance(inner, Mapping) else Mapping({}, step.span)
        key = entries[name][0] if name in entries else step
        entries[name] = (key, _set(below, rest, value))
    elif name in entries and is_null(value):
        del entries[name]
    else:
        entries[name] = (step, value)
    return Mapping(entries, tree.span)
