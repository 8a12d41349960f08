"""The located tree: YAML values that know the file, line and column that wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from archspec.diagnostics import Span
from archspec.values import dataclass

Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `text` is what the file says, `value` what YAML 1.2 makes of it."""

    value: str | int | float | bool | None
    text: str
    span: Span

    def plain(self) -> Any:
        """Return the bare value."""
        return self.value

    def child(self, step: Step) -> Node | None:
        """Return None: a scalar has nothing inside."""
        return None

    def place(self, *path: Step) -> Span:
        """Return the scalar's own place."""
        return self.span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of values."""

    items: tuple[Node, ...]
    span: Span

    def plain(self) -> Any:
        """Return the bare list."""
        return [item.plain() for item in self.items]

    def child(self, step: Step) -> Node | None:
        """Return the item at a position, if there is one."""
        if isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def place(self, *path: Step) -> Span:
        """Return the place of the value at `path`, or of the nearest value around it."""
        return _place(self, path)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in the order of the file. Keys are scalars; a key appears once."""

    entries: dict[str, tuple[Scalar, Node]]
    span: Span

    def plain(self) -> Any:
        """Return the bare mapping."""
        return {key: node.plain() for key, (_, node) in self.entries.items()}

    def child(self, step: Step) -> Node | None:
        """Return the value of a key, if there is one."""
        entry = self.entries.get(step) if isinstance(step, str) else None
        return entry[1] if entry else None

    def key_place(self, key: str) -> Span:
        """Return the place of a key itself."""
        return self.entries[key][0].span

    def place(self, *path: Step) -> Span:
        """Return the place of the value at `path`, or of the nearest value around it."""
        return _place(self, path)

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return ((key, node) for key, (_, node) in self.entries.items())


Node: TypeAlias = Scalar | Sequence | Mapping


def _place(node: Node, path: tuple[Step, ...]) -> Span:
    """Walk down as far as `path` leads; a list or mapping is shown by the key that holds it."""
    span = node.span
    for step in path:
        child = node.child(step)
        if child is None:
            break
        if isinstance(node, Mapping) and isinstance(step, str) and not isinstance(child, Scalar):
            span = node.key_place(step)
        else:
            span = child.span
        node = child
    return span
