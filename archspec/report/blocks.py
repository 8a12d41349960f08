"""The blocks of a markdown file: what archspec writes between two comments, and nothing else.

    <!-- archspec:table specs/step3.yaml columns=layer,rf -->
    …
    <!-- archspec:end 1a2b3c4d -->

The word behind `end` is a hash of the body as archspec wrote it, so that a body which somebody
edited is known from one that is merely out of date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.diagnostics import Diagnostic, Fix, Related, Source, Span, did_you_mean, nearest
from archspec.diagnostics.words import counted
from archspec.report.markers import MarkedText, Marker, Word, find_markers

END = "end"
_LEAD = re.compile(r"(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")


@dataclass(frozen=True, slots=True)
class BlockForm:
    """How a kind of block is written.

    least, most: how many files it names. quantity: True when one more word says what is wanted.
    options: `name=value` words. flags: words that stand alone. is_inline: the body is a few words
    in a sentence, and not lines of its own.
    """

    kind: str
    example: str
    least: int
    most: int | None
    options: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    takes_quantity: bool = False
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class PageBlock:
    """One block: what it asks for, its body, and the hash of the body as it was last written.

    body, whole: offsets in the text; `whole` goes from the body to the end of the end marker.
    lead: what stands before each line of the body, such as `> ` in a quote. newline: the line end
    of its first line.
    """

    form: BlockForm
    specs: tuple[Word, ...]
    quantity: Word | None
    options: Mapping[str, Word]
    flags: frozenset[str]
    body: tuple[int, int]
    whole: tuple[int, int]
    hash: str | None
    lead: str
    newline: str
    span: Span
    body_span: Span

    @property
    def name(self) -> str:
        """What the block asks for, on one line: `table specs/step3.yaml`."""
        words = [self.form.kind, *(word.text for word in self.specs)]
        return " ".join([*words, self.quantity.text] if self.quantity else words)


def body_hash(body: str) -> str:
    """Return the hash of a body, whatever its line ends: a checkout may change those."""
    return hashlib.sha256(body.replace("\r\n", "\n").encode()).hexdigest()[:8]


@dataclass(slots=True)
class _OpenMarker:
    """An opening marker that waits for its end; `inner` are those that came before it."""

    marker: Marker
    inner: list[Marker] = field(default_factory=list)


def read_blocks(
    source: Source, forms: Mapping[str, BlockForm]
) -> tuple[tuple[PageBlock, ...], tuple[Diagnostic, ...]]:
    """Return the blocks of a markdown text in their order, and every fault of their markers."""
    text = MarkedText(source)
    faults: list[Diagnostic] = []
    blocks: list[PageBlock] = []
    waiting: list[_OpenMarker] = []
    for marker in find_markers(text, faults):
        if not _is_end(marker):
            if waiting:
                waiting[0].inner.append(marker)
            waiting.append(_OpenMarker(marker))
        elif not waiting:
            help = "remove it, or open a block before it"
            faults.append(Diagnostic("stray-end", "no block is open here", marker.span, help))
        else:
            opened = waiting.pop()
            if not waiting and opened.inner:
                faults.append(_nested(opened))
            elif not waiting and (block := _block(text, opened.marker, marker, forms, faults)):
                blocks.append(block)
    if waiting:
        faults.append(_unclosed(waiting[0]))
    return tuple(blocks), tuple(faults)


def _is_end(marker: Marker) -> bool:
    return bool(marker.words) and marker.words[0].text.lower() == END


def _nested(opened: _OpenMarker) -> Diagnostic:
    related = (Related("inside this one", opened.marker.span),)
    help = "a block holds nothing but what archspec writes: close the outer one before it"
    fact = "a block opens inside another one"
    return Diagnostic("nested-block", fact, opened.inner[0].span, help, related=related)


def _unclosed(opened: _OpenMarker) -> Diagnostic:
    inner = opened.inner[:1]
    related = tuple(Related("the next block opens here", marker.span) for marker in inner)
    help = f"add `<!-- archspec:{END} -->` where it ends"
    fact = "the block is never closed"
    return Diagnostic("unclosed-block", fact, opened.marker.span, help, related=related)


def _block(
    text: MarkedText,
    opening: Marker,
    end: Marker,
    forms: Mapping[str, BlockForm],
    faults: list[Diagnostic],
) -> PageBlock | None:
    before = len(faults)
    form = _form(opening, forms, faults)
    if form is None:
        return None
    plain, options, flags = _sort_words(opening, form, faults)
    quantity = plain.pop() if form.takes_quantity and len(plain) > 1 else None
    _check_count(opening, form, plain, quantity, faults)
    line = text.lines[opening.span.line - 1]
    lead = "" if form.is_inline else line[: opening.span.column - 1]
    if not _LEAD.fullmatch(lead):
        fact = f"a {form.kind} cannot stand inside a line"
        faults.append(
            Diagnostic("misplaced-block", fact, opening.span, "put it on a line of its own")
        )
    if form.is_inline and end.span.line != opening.span.line:
        fact = f"the {form.kind} opens in line {opening.span.line} and ends in another"
        help = "write both markers on one line, with nothing between them"
        faults.append(Diagnostic("misplaced-block", fact, end.span, help))
    if len(faults) > before:
        return None
    return PageBlock(
        form,
        tuple(plain),
        quantity,
        options,
        frozenset(flags),
        (opening.end, end.start),
        (opening.end, end.end),
        end.words[1].text if len(end.words) > 1 else None,
        re.sub(r"[^\s>]", " ", lead),
        "\r\n" if line.endswith("\r") else _usual_newline(text, opening.span.line),
        opening.span,
        text.span(opening.end, end.start),
    )


def _usual_newline(text: MarkedText, line: int) -> str:
    """Return the line end of a line; of the file's first line when it is the last, without one."""
    is_last = line == len(text.lines)
    return "\r\n" if is_last and text.lines[0].endswith("\r") else "\n"


def _form(
    marker: Marker, forms: Mapping[str, BlockForm], faults: list[Diagnostic]
) -> BlockForm | None:
    known = ", ".join(f"`{kind}`" for kind in forms)
    if not marker.words:
        fact = "the marker does not say what to write"
        faults.append(Diagnostic("unknown-block", fact, marker.span, f"blocks are {known}"))
        return None
    word = marker.words[0]
    if word.text in forms:
        return forms[word.text]
    fact = f"unknown block `{word.text}`"
    near = nearest(word.text, forms)
    help = did_you_mean(word.text, forms) or f"blocks are {known}"
    fix = Fix(word.span, near[0]) if len(near) == 1 else None
    faults.append(Diagnostic("unknown-block", fact, word.span, help, fix=fix))
    return None


def _sort_words(
    marker: Marker, form: BlockForm, faults: list[Diagnostic]
) -> tuple[list[Word], dict[str, Word], set[str]]:
    """Return the plain words, the options and the flags; an unknown option is a fault."""
    plain: list[Word] = []
    options: dict[str, Word] = {}
    flags: set[str] = set()
    for word in marker.words[1:]:
        name, equals, value = word.text.partition("=")
        if word.text in form.flags:
            flags.add(word.text)
        elif not equals or "/" in name or "." in name:
            plain.append(word)
        elif name not in form.options:
            allowed = (*(f"{option}=…" for option in form.options), *form.flags)
            help = did_you_mean(name, (*form.options, *form.flags)) or (
                f"a {form.kind} takes {', '.join(f'`{option}`' for option in allowed)}"
                if allowed
                else f"a {form.kind} takes no options"
            )
            fact = f"unknown option `{name}`"
            faults.append(Diagnostic("unknown-option", fact, word.span, help))
        elif name in options:
            fact, help = f"the option `{name}` is given twice", "keep one of the two"
            faults.append(Diagnostic("unknown-option", fact, word.span, help))
        else:
            options[name] = Word(value, word.span)
    return plain, options, flags


def _check_count(
    marker: Marker,
    form: BlockForm,
    specs: list[Word],
    quantity: Word | None,
    faults: list[Diagnostic],
) -> None:
    help = f"write `<!-- archspec:{form.example} -->`"
    if len(specs) < form.least:
        fact = f"a {form.kind} needs {counted(form.least, 'spec')}, got {len(specs)}"
        faults.append(Diagnostic("missing-argument", fact, marker.span, help))
    elif form.takes_quantity and quantity is None:
        fact = f"the {form.kind} does not say which one of {specs[0].text}"
        faults.append(Diagnostic("missing-argument", fact, marker.span, help))
    elif form.most is not None and len(specs) > form.most:
        extra = specs[form.most]
        if near := did_you_mean(extra.text, form.flags):
            help = near
        fact = (
            f"a {form.kind} takes {counted(form.most, 'spec')}, and `{extra.text}` is one more word"
        )
        faults.append(Diagnostic("unknown-option", fact, extra.span, help))
