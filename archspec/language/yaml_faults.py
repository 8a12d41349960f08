"""What libyaml says of a text that is not YAML, in words that a reader of specs knows."""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.diagnostics.characters import OddCharacter, odd_character

NOT_ALLOWED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""A character that YAML 1.2 does not allow in a file (section 5.1), and marks of byte order.

Those that are allowed would be the standard's words, and take `re` ten times as long to compile.
"""


class Wording(NamedTuple):
    """The short fact, the cure, and whether the fault is shown where the broken value begins."""

    message: str
    help: str
    at_begin: bool = False


PLAIN = {
    "mapping values are not allowed in this context": Wording(
        "a `:` cannot stand here", "put a text that holds `: ` in quotes, or check the indentation"
    ),
    "could not find expected ':'": Wording(
        "a key without `:`", "write `key: value`, the value indented deeper", at_begin=True
    ),
    "did not find expected key": Wording(
        "expected a key here", "indent this line like its neighbours, and close quotes before it"
    ),
    "did not find expected '-' indicator": Wording(
        "expected `- ` here",
        "indent this line like the items before it, or deeper as a part of one",
    ),
    "did not find expected ',' or ']'": Wording(
        "the list that begins here is not closed", "close it with `]`, with commas between", True
    ),
    "did not find expected ',' or '}'": Wording(
        "the mapping that begins here is not closed", "close it with `}`, with commas between", True
    ),
    "found unexpected end of stream": Wording(
        "the quote that begins here is not closed", "close it with the same quote", True
    ),
    "did not find expected node content": Wording(
        "expected a value here", "give the value, or remove the comma or bracket"
    ),
    "block sequence entries are not allowed in this context": Wording(
        "a list cannot begin here", "put its first `- ` on a line of its own"
    ),
    "block mapping keys are not allowed in this context": Wording(
        "a mapping cannot begin here", "put its first key on a line of its own"
    ),
    "found unknown escape character": Wording(
        "an unknown escape in a quoted text", "use single quotes, or write the backslash twice"
    ),
    "found invalid Unicode character escape code": Wording(
        "an escape that is half of a character", "write the character itself, or both halves"
    ),
    "found character that cannot start any token": Wording(
        "{character} cannot begin a value", "put the text in quotes"
    ),
}
"""libyaml's problem → our words."""

_NOT_SIGNS = re.compile(r"\"[^\"]*\"|'[^']*'|(?<!\S)#.*")
"""What YAML does not read as signs of its own: quoted texts, and comments."""

TAB = Wording("a tab cannot indent", "indent with spaces")
OTHER = "check indentation, colons, quotes and brackets here and on the line before"


def in_words(problem: str, context: str, line: str, column: int) -> Wording:
    """Return what to say of a problem that libyaml found at a column (from 0) of a line."""
    character = line[column : column + 1]
    if character == "\t" and not line[:column].strip(" \t-"):
        return TAB
    known = PLAIN.get(problem)
    if known is None:
        return Wording(" ".join(filter(None, (problem.rstrip("."), context))), OTHER)
    return known._replace(message=known.message.format(character=f"`{character}`"))


def odd_sign(line: str) -> OddCharacter | None:
    """Return the first character of a line that only looks like a sign of YAML's, or a blank."""
    return odd_character(_NOT_SIGNS.sub(lambda text: " " * len(text[0]), line))
