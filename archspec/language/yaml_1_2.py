"""What YAML 1.2 reads otherwise than libyaml, which reads 1.1: disguised before, undone behind it.

U+0085, U+2028 and U+2029 end no line (yaml.org/spec/1.2.2, section 5.4), and an escape of JSON,
which is YAML 1.2, may be half of a surrogate pair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

_LINE_ENDS = "\x85\u2028\u2029"
_PAIR = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})"
    r"\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)


class Disguise(NamedTuple):
    """A text for libyaml, each character at its place, and what stands in for what.

    line_ends: stand-ins, in the order of _LINE_ENDS. blank: what fills up the shorter escape.
    """

    text: str
    line_ends: str = ""
    blank: str = ""
    pairs: Mapping[str, str] = MappingProxyType({})

    def undo(self, value: str, *, is_escaped: bool) -> str:
        """Return a scalar as it was written; is_escaped: in double quotes, where escapes count."""
        if self.line_ends:
            value = value.translate(str.maketrans(self.line_ends, _LINE_ENDS))
        if self.blank and self.blank in value:
            if is_escaped:
                return value.replace(self.blank, "")
            stand_in = rf"\\U[0-9A-F]{{8}}{self.blank}{{2}}"
            return re.sub(stand_in, lambda new: self.pairs[new[0]], value)
        return value


def disguised(text: str) -> Disguise:
    """Return a text in which libyaml finds what YAML 1.2 means."""
    has_ends = not text.isascii() and any(end in text for end in _LINE_ENDS)
    has_pairs = "\\u" in text and _PAIR.search(text) is not None
    if not has_ends and not has_pairs:
        return Disguise(text)
    used = set(text)
    stand_ins = tuple(islice((c for c in map(chr, range(0xE000, 0xF900)) if c not in used), 4))
    if len(stand_ins) < 4:
        return Disguise(text)
    *line_ends, blank = stand_ins
    pairs: dict[str, str] = {}

    def joined(match: re.Match[str]) -> str:
        high, low = int(match["high"], 16), int(match["low"], 16)
        code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
        new = f"\\U{code:08X}{blank * 2}"
        pairs[new] = match[0].removeprefix(match["before"])
        return match["before"] + new

    text = _PAIR.sub(joined, text)
    if has_ends:
        text = text.translate(str.maketrans(_LINE_ENDS, "".join(line_ends)))
    return Disguise(text, "".join(line_ends) if has_ends else "", blank, pairs)
