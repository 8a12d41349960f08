"""Characters that look like others, or like nothing: in a name or a sign they are no part of it."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_LOOKALIKES = str.maketrans(
    "‘’‚‛“”„‟«»‐‑‒–—―−∗·⁄∕ıаеорсухіјѕԁһԛԝАВЕКМНОРСТХІЈЅοινρυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    '\'\'\'\'""""""-------*.//iaeopcyxijsdhqwABEKMHOPCTXIJSoivpuxABEZHIKMNOPTYX',
)
"""Quotes, dashes, letters of Cyrillic and Greek: the sign of ASCII that each is taken for."""

_UNSEEN = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Fillers that are letters or marks by their category, and leave no ink."""


class OddCharacter(NamedTuple):
    """A character that is taken for another. at: where in the text. meant: "" for nothing."""

    at: int
    character: str
    meant: str

    @property
    def name(self) -> str:
        """Return its code point and what Unicode calls it: `U+00A0 (no-break space)`."""
        called = unicodedata.name(self.character, "").lower()
        return f"U+{ord(self.character):04X}" + (f" ({called})" if called else "")

    @property
    def fact(self) -> str:
        """Return what it is not."""
        signs = {"": "cannot be seen", " ": "is no blank"}
        return signs.get(self.meant, f"is no `{self.meant}`")

    @property
    def cure(self) -> str:
        """Return what to do about it."""
        signs = {"": "remove it", " ": "write a blank in its place"}
        return signs.get(self.meant, f"write `{self.meant}` in its place")


def odd_character(text: str) -> OddCharacter | None:
    """Return the first character of a text that is taken for another; None without one."""
    if text.isascii():
        return None
    meant = ((index, character, _meant(character)) for index, character in enumerate(text))
    return next((OddCharacter(*odd) for odd in meant if odd[2] != odd[1]), None)


def plainly(text: str) -> str:
    """Return a text with the signs for which its odd characters are taken."""
    return text if text.isascii() else "".join(map(_meant, text)).strip()


def _meant(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if character in _UNSEEN or category in ("Cf", "Cc") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if (known := character.translate(_LOOKALIKES)) != character:
        return known
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() else character
