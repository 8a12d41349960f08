"""Plain scalars by the YAML 1.2 core schema (yaml.org/spec/1.2.2, section 10.3).

`1e-3` is a number; `on`, `no` and `1:30` are texts; `010` is ten.
"""

from __future__ import annotations

import re

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
MOST_DIGITS = 300
MOST, LEAST = int("9" * MOST_DIGITS), -int("9" * MOST_DIGITS)
"""Whole numbers with more stand for one that is out of every range; Python is slow to read them."""


def resolve(text: str) -> str | int | float | bool | None:
    """Return what a plain (unquoted) scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text):
        if len(text) > MOST_DIGITS:
            return LEAST if text[0] == "-" else MOST
        return int(text, 0 if text[:2] in ("0x", "0o") else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float(text.replace(".", "").lower())
    if text in (".nan", ".NaN", ".NAN"):
        return float("nan")
    return text
