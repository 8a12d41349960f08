"""The one reader of versioned JSON: what lies in files comes from anywhere and is never trusted."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from archspec.diagnostics import Diagnostic, Source, Span, SpecError
from archspec.record.atomic import read_whole
from archspec.record.place import place_of, span_at
from archspec.record.plain import from_plain, schema_of

T = TypeVar("T")
Reject = Callable[..., NoReturn]
"""Takes what is wrong, and the path to the value: keys and indices."""

MOST_DIGITS = 300
"""Of a whole number; those that are longer are no floats, and Python reads none beyond 4,300."""
MOST_FAULTS = 20

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(?P<half>u[dD][89a-fA-F]\w\w)|.)", re.DOTALL
)
"""An escape in a JSON text; `half` when it is one half of a pair that no text can hold alone."""


SEAL = ',\n "digest": "'
"""What stands before the digest, which is the last key of a file of ours."""


class Altered(SpecError):
    """A file is not as it was written; `value` is what it says now, which is no evidence."""

    value: Any


class Unfit(NamedTuple):
    """Stands for a value that JSON's grammar admits and no file of ours holds, until its place."""

    reason: str


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A kind of file.

    value: the dataclass that it is read as. name: with its article. code: of its faults, and cure,
    their help. newest: the format that is written today. check: refuses right types that cannot be.
    """

    value: type[T]
    name: str
    code: str
    newest: int
    cure: str
    check: Callable[[T, Reject], None]

    def read(self, path: Path) -> T:
        """Read a file; EnvironmentFault when there is none to read, else as `of_text` has it."""
        return self.of_bytes(read_whole(path), path)

    def of_bytes(self, content: bytes, path: Path) -> T:
        """Return the value in the bytes of a file; SpecError as `of_text` has it."""
        try:
            text = content.decode()
        except UnicodeDecodeError as fault:
            self._refuse(self.code, f"{path} is not text: byte {fault.start} is not UTF-8", None)
        return self.of_text(text, str(path))

    def of_text(self, text: str, source_name: str) -> T:
        """Return the value in a text.

        Raises SpecError, placed in `source_name`: `not-json`, `newer-format`, or the kind's code.
        """
        source = Source(source_name, text)
        try:
            return self._value(source)
        except json.JSONDecodeError as fault:
            reason = fault.msg[:1].lower() + fault.msg[1:]
            # A string cannot run over a line's end, so an open one is the end of the text as well.
            cut = fault.pos >= len(text.rstrip()) or reason.startswith("unterminated string")
            message = "the JSON ends too early" if cut else f"not JSON: {reason}"
            self._refuse("not-json", message, span_at(source, fault.pos))
        except RecursionError:
            self._refuse("not-json", f"not JSON that {self.name} could be: too deep", None)

    def _value(self, source: Source) -> T:
        def reject(message: str, *path: str | int) -> NoReturn:
            self._refuse(self.code, message, place_of(source, path))

        plain = parse(source.text)
        if not isinstance(plain, dict) or "format" not in plain:
            reject(f"not {self.name}: it has no `format`")
        version = plain["format"]
        if isinstance(version, int) and version > self.newest:
            self._refuse(
                "newer-format",
                f"{self.name} of format {version}, and this archspec knows formats up to "
                f"{self.newest}",
                place_of(source, ("format",)),
                "use the archspec that wrote it, or a newer one",
            )
        if half := next((e for e in _ESCAPE.finditer(source.text) if e["half"]), None):
            message = f"\\{half['half']} is half a character"
            self._refuse(self.code, message, span_at(source, half.start(), half.end()))
        is_sealed = plain.pop("digest", None) is not None
        self._validate(plain, source)
        value = from_plain(self.value, plain)
        self.check(value, reject)
        text = source.text.replace("\r\n", "\n").rstrip() + "\n"  # as git on Windows has it
        if is_sealed and sealed(text.rpartition(SEAL)[0] + "\n}\n") != text:
            message = "it is not as it was written: its digest is that of another text"
            place = place_of(source, ("digest",))
            fault = Altered([Diagnostic(self.code, message, place, self.cure)])
            fault.value = value
            raise fault
        return value

    def _validate(self, plain: dict[str, Any], source: Source) -> None:
        # Imported here: only reading needs it.
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import best_match

        faults = list(Draft202012Validator(schema_of(self.value)).iter_errors(plain))
        found = []
        for fault in faults[:MOST_FAULTS]:
            fault = best_match([fault])  # of a union, the member that nearly fits
            path, value = list(fault.absolute_path), fault.instance
            message = value.reason if isinstance(value, Unfit) else shortened(fault.message)
            where = ".".join(map(str, path)) or self.name.split()[-1]
            place = place_of(source, path)
            found.append(Diagnostic(self.code, f"{where}: {message}", place, self.cure))
        if found:
            raise SpecError(found)

    def _refuse(
        self, code: str, message: str, span: Span | None, help: str | None = None
    ) -> NoReturn:
        raise SpecError([Diagnostic(code, message, span, help or self.cure)]) from None


def sealed(text: str) -> str:
    """Return a JSON text of ours with the digest of all that stands before it as its last key."""
    body = text.removesuffix("\n}\n")
    return f'{body}{SEAL}{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


def parse(text: str) -> Any:
    """Return what a JSON text says, with Unfit where no schema of ours accepts it.

    Unfit are NaN, numbers that are too large, and keys that stand twice. Raises JSONDecodeError,
    and RecursionError for what is too deep.
    """
    return json.loads(
        text,
        parse_int=_whole,
        parse_float=_number,
        parse_constant=lambda word: Unfit(f"{word} is no number of JSON"),
        object_pairs_hook=_mapping,
    )


def shortened(message: str, most: int = 160) -> str:
    """Return a message without its middle where it is long."""
    head, tail = most * 3 // 8, most * 9 // 16
    return message if len(message) <= most else f"{message[:head]} … {message[-tail:]}"


def _whole(digits: str) -> int | Unfit:
    return int(digits) if len(digits) <= MOST_DIGITS else _too_large(digits)


def _number(digits: str) -> float | Unfit:
    return value if math.isfinite(value := float(digits)) else _too_large(digits)


def _too_large(digits: str) -> Unfit:
    return Unfit(f"{shortened(digits, 40)} is too large for a number here")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = Unfit("the key stands twice") if key in found else value
    return found
