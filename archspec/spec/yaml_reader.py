"""YAML text → located tree: one document, plain values, every value with its place.

PyYAML's parser gives events with marks; the composition is ours because PyYAML's own reads
YAML 1.1 scalars, lets the last of two equal keys win and drops the places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.spec.scalars import TooManyDigits, resolve
from archspec.spec.tree import Mapping, Node, Scalar, Sequence

MOST_NODES = 100_000
MOST_LEVELS = 60
LOADER: type = getattr(yaml, "CLoader", yaml.Loader)  # libyaml where the wheel has it


class _Stop(Exception):
    """Reading cannot go on; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


class _Open(NamedTuple):
    """A list or mapping whose end has not come yet."""

    start: Event
    children: list[Node]
    anchor: str | None
    nodes_before: int


def read_tree(
    source: Source, text: str | None = None
) -> tuple[Node | None, list[Diagnostic]]:
    """Read one YAML document. Return the tree (None when it cannot be read) and every fault.

    text: what is parsed instead of the source's own text; places then speak of the source.
    """
    composer = _Composer(source, source.text if text is None else text)
    try:
        return composer.compose(), composer.diagnostics
    except _Stop as stop:
        return None, [*composer.diagnostics, stop.diagnostic]


class _Composer:
    """Builds the tree from events, without recursion, so that no input can exhaust the stack."""

    def __init__(self, source: Source, text: str) -> None:
        self.source, self.text = source, text
        self.diagnostics: list[Diagnostic] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.open: list[_Open] = []
        self.nodes = 0

    def compose(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events():
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("several-documents", "a second document begins here", event,
                               "keep one network in a file")
            elif isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            else:
                node = self._node(event)
                if node is None:
                    continue
                if self.open:
                    self.open[-1].children.append(node)
                else:
                    root = node
        return root

    def _events(self) -> Iterator[Event]:
        try:
            # yaml.parse lets go of the parser as soon as it ends, also after an error.
            yield from yaml.parse(self.text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            span = self._span(mark, mark) if mark else None
            problem = (error.problem or "this is not YAML").rstrip(".")
            context = f" {error.context}" if error.context else ""
            hint = "check indentation, colons and brackets here and on the line before"
            if "\t" in self.source.line(span.line if span else 0):
                hint = "indent with spaces: YAML takes no tab there"
            raise _Stop(Diagnostic("not-yaml", f"{problem}{context}", span, hint)) from None
        except yaml.reader.ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            column = error.position - (self.text.rfind("\n", 0, error.position) + 1) + 1
            span = Span(self.source, line, column, line, column + 1)
            shown = f"U+{ord(error.character):04X}" if isinstance(error.character, str) else "a byte"
            raise _Stop(
                Diagnostic(
                    "not-yaml", f"the character {shown} is not allowed in YAML", span, "remove it"
                )
            ) from None

    def _node(self, event: Event) -> Node | None:
        if isinstance(event, SequenceStartEvent | MappingStartEvent):
            self._no_tag(event)
            if len(self.open) >= MOST_LEVELS:
                self._stop("too-deep", f"more than {MOST_LEVELS} levels of nesting", event,
                           "flatten the file")
            self._count(1, event)
            self.open.append(_Open(event, [], event.anchor, self.nodes - 1))
            return None
        if isinstance(event, SequenceEndEvent | MappingEndEvent):
            closed = self.open.pop()
            span = self._span(closed.start.start_mark, event.end_mark)
            if isinstance(event, MappingEndEvent):
                node: Node = Mapping(self._entries(closed.children), span)
            else:
                node = Sequence(tuple(closed.children), span)
            if closed.anchor:
                self.anchors[closed.anchor] = (node, self.nodes - closed.nodes_before)
            return node
        if isinstance(event, AliasEvent):
            if event.anchor not in self.anchors:
                self._stop("unknown-alias", f"the alias *{event.anchor} has no anchor before it",
                           event, f"put &{event.anchor} at the value that it repeats")
            node, size = self.anchors[event.anchor]
            self._count(size, event)
            return node
        assert isinstance(event, ScalarEvent)
        self._no_tag(event)
        self._count(1, event)
        scalar = self._scalar(event)
        if event.anchor:
            self.anchors[event.anchor] = (scalar, 1)
        return scalar

    def _scalar(self, event: Any) -> Scalar:
        span = self._span(event.start_mark, event.end_mark)
        if not event.implicit[0]:  # quoted or block text
            return Scalar(event.value, event.value, span)
        try:
            return Scalar(resolve(event.value), event.value, span)
        except TooManyDigits as fault:
            self.diagnostics.append(
                Diagnostic("out-of-range", f"a number with {fault} digits", span, "use fewer digits")
            )
            return Scalar(0, event.value[:20], span)

    def _entries(self, children: list[Node]) -> dict[str, tuple[Scalar, Node]]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.diagnostics.append(
                    Diagnostic("wrong-type", "a key must be a single word", key.span,
                               "write `name: value`")
                )
                continue
            # A key is what the file shows: `1`, `no` and `null` are words here.
            if key.text in entries:
                self.diagnostics.append(
                    Diagnostic(
                        "duplicate-key",
                        f"the key {key.text!r} stands here a second time",
                        key.span,
                        "keep one of the two",
                        related=(Related("the first one", entries[key.text][0].span),),
                    )
                )
                continue
            entries[key.text] = (key, value)
        return entries

    def _no_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            self.diagnostics.append(
                Diagnostic(
                    "yaml-tag",
                    f"the tag {event.tag} has no meaning here",
                    self._span(event.start_mark, event.start_mark),
                    "remove the tag: values are plain YAML",
                )
            )

    def _count(self, more: int, event: Event) -> None:
        self.nodes += more
        if self.nodes > MOST_NODES:
            self._stop("too-large", f"more than {MOST_NODES:,} values, aliases counted in full",
                       event, "split the file, or repeat less")

    def _stop(self, code: str, message: str, event: Event, help: str) -> None:
        span = self._span(event.start_mark, event.end_mark)
        raise _Stop(Diagnostic(code, message, span, help))

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
