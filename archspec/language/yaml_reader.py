"""YAML text → located tree: one document, plain values, every value with its place.

PyYAML's parser gives events with marks; the composition is ours because PyYAML's own reads
YAML 1.1 scalars, lets the last of two equal keys win and drops the places.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
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
from archspec.language.run_together import with_values, with_whole_numbers
from archspec.language.scalars import resolve
from archspec.language.tree import Mapping, Node, Scalar, Sequence
from archspec.language.yaml_1_2 import disguised
from archspec.language.yaml_faults import NOT_ALLOWED, in_words, odd_sign
from archspec.layers.fields import describe_value, shorten

MOST_NODES = 100_000
MOST_LEVELS = 60
LIBYAMLS_BOUND = "exceeded maximum nesting depth"
"""What it says, from 0.2.6 on, of 1,000 open brackets that it reads ahead of the events."""
LOADER: type = getattr(yaml, "CLoader", yaml.Loader)  # libyaml where the wheel has it


class _Stop(Exception):
    """Reading cannot go on; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    start: Event
    children: list[Node]
    anchor: str | None
    nodes_before: int
    height: int = 0
    """Levels of nesting inside, those that aliases bring among them."""


class _Anchored(NamedTuple):
    """A value with an anchor, how many values it is in full, and how many levels."""

    node: Node
    size: int
    height: int


def read_tree(source: Source, text: str | None = None) -> tuple[Node | None, list[Diagnostic]]:
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
        self.disguise = disguised(text)
        self.diagnostics: list[Diagnostic] = []
        self.line_starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self.anchors: dict[str, _Anchored] = {}
        self.open: list[_Open] = []
        self.nodes = 0

    def compose(self) -> Node | None:
        root: Node | None = None
        documents = 0
        self._only_characters()
        for event in self._events():
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(
                        "several-documents",
                        "a second document begins here",
                        event,
                        "keep one network in a file",
                    )
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
            yield from yaml.parse(self.disguise.text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            raise _Stop(self._not_yaml(error)) from None

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> Diagnostic:
        mark, begin = error.problem_mark or error.context_mark, error.context_mark
        if error.problem == LIBYAMLS_BOUND:
            return self._too_deep(self._span(mark, mark))
        line, column = self._place(mark)
        for number in range(self._place(begin)[0] if begin else line, line + 1):
            if (odd := odd_sign(self.source.line(number))) is not None:
                place = Span(self.source, number, odd.at + 1, number, odd.at + 2)
                fact = f"the character {odd.name} in column {place.column} {odd.fact}"
                return Diagnostic("not-yaml", fact, place, odd.cure)
        words = in_words(
            error.problem or "this is not YAML",
            error.context or "",
            self.source.line(line),
            column - 1,
        )
        found = self._span(mark, mark)
        if not words.at_begin or begin is None:
            return Diagnostic("not-yaml", words.message, found, words.help)
        related = (Related("it should have come by here", found),)
        return Diagnostic(
            "not-yaml", words.message, self._span(begin, begin), words.help, related=related
        )

    def _only_characters(self) -> None:
        match = NOT_ALLOWED.search(self.text)
        if match is None:
            return
        line = bisect_right(self.line_starts, match.start())
        column = match.start() - self.line_starts[line - 1] + 1
        code = ord(match[0])
        raise _Stop(
            Diagnostic(
                "not-yaml",
                f"the character U+{code:04X} is not allowed in YAML",
                Span(self.source, line, column, line, column + 1),
                "remove it" if code else "remove it, or save the file as UTF-8",
            )
        )

    def _node(self, event: Event) -> Node | None:
        if isinstance(event, SequenceStartEvent | MappingStartEvent):
            self._no_tag(event)
            self._rise(1, event)
            self._count(1, event)
            self.open.append(_Open(event, [], event.anchor, self.nodes - 1))
            return None
        if isinstance(event, SequenceEndEvent | MappingEndEvent):
            closed = self.open.pop()
            span = self._span(closed.start.start_mark, event.end_mark)
            if isinstance(event, MappingEndEvent):
                node: Node = Mapping(self._entries(closed.children), span)
            else:
                node = Sequence(with_whole_numbers(closed.children, self.diagnostics), span)
            if closed.anchor:
                size = self.nodes - closed.nodes_before
                self.anchors[closed.anchor] = _Anchored(node, size, closed.height + 1)
            self._rise(closed.height + 1, event)
            return node
        if isinstance(event, AliasEvent):
            assert event.anchor is not None
            if event.anchor not in self.anchors:
                self._stop(
                    "unknown-alias",
                    f"the alias *{event.anchor} has no anchor before it",
                    event,
                    f"put &{event.anchor} at the value that it repeats",
                )
            anchored = self.anchors[event.anchor]
            self._count(anchored.size, event)
            self._rise(anchored.height, event)
            return anchored.node
        assert isinstance(event, ScalarEvent)
        self._no_tag(event)
        self._count(1, event)
        scalar = self._scalar(event)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(scalar, 1, 0)
        return scalar

    def _scalar(self, event: Any) -> Scalar:
        span = self._span(event.start_mark, event.end_mark)
        is_plain = event.implicit[0] or (event.tag and not event.style)
        value = self.disguise.undo(event.value, is_escaped=event.style == '"')
        return Scalar(resolve(value) if is_plain else value, value, span)

    def _entries(self, children: list[Node]) -> dict[str, tuple[Scalar, Node]]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key, value in with_values(children, self.diagnostics):
            if not isinstance(key, Scalar):
                self.diagnostics.append(
                    Diagnostic(
                        "wrong-type",
                        f"a key is a single word, got {describe_value(key.plain())}",
                        key.span,
                        "write `name: value`",
                    )
                )
                continue
            # A key is what the file shows: `1`, `no` and `null` are words here.
            if key.text in entries:
                self.diagnostics.append(
                    Diagnostic(
                        "duplicate-key",
                        f"the key `{shorten(key.text)}` stands here a second time",
                        key.span,
                        "keep one of the two",
                        related=(Related("the first one", entries[key.text][0].span),),
                    )
                )
                continue
            if key.text == "<<":
                help = "use `defaults`, which give their fields to every entry of a kind"
                fact = "`<<` is no part of YAML 1.2"
                self.diagnostics.append(Diagnostic("merge-key", fact, key.span, help))
                # What it would merge is not missed as well.
                merged = value.entries if isinstance(value, Mapping) else {}
                continue
            entries[key.text] = (key, value)
        return merged | entries

    def _no_tag(self, event: Any) -> None:
        if event.tag is None or event.tag == "!":
            return
        shown = shorten(event.tag.replace("tag:yaml.org,2002:", "!!"))
        span = self._span(event.start_mark, event.start_mark)
        help = "remove the tag: values are plain YAML"
        self.diagnostics.append(
            Diagnostic("yaml-tag", f"the tag {shown} means nothing", span, help)
        )

    def _rise(self, height: int, event: Event) -> None:
        """Note the levels of a value inside the one that is open."""
        if len(self.open) + height > MOST_LEVELS:
            raise _Stop(self._too_deep(self._span(event.start_mark, event.end_mark)))
        if self.open:
            self.open[-1].height = max(self.open[-1].height, height)

    def _too_deep(self, span: Span) -> Diagnostic:
        help = "write it with fewer lists and mappings inside each other"
        return Diagnostic("too-deep", f"more than {MOST_LEVELS} levels of nesting", span, help)

    def _count(self, more: int, event: Event) -> None:
        self.nodes += more
        if self.nodes > MOST_NODES:
            self._stop(
                "too-large",
                f"more than {MOST_NODES:,} values, aliases counted in full",
                event,
                "split the file, or repeat less",
            )

    def _stop(self, code: str, message: str, event: Event, help: str) -> None:
        span = self._span(event.start_mark, event.end_mark)
        raise _Stop(Diagnostic(code, message, span, help))

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self.source, *self._place(start), *self._place(end))

    def _place(self, mark: Any) -> tuple[int, int]:
        """Return line and column of a mark."""
        line = bisect_right(self.line_starts, mark.index)
        return line, mark.index - self.line_starts[line - 1] + 1
