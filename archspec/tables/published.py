"""What people write in architecture tables, brought to one form for comparing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from archspec.tables.columns import Cell

Comparable = tuple[object, ...] | Fraction | str
"""The one form of a cell: equal forms mean the same thing."""

_SPELLINGS = {
    "input": "in, input shape, input size, input dimensions, in shape",
    "layer": "name, layer name, operation, op, layer type, block",
    "output": "out, output shape, output size, output dimensions, out shape",
    "kernel": "kernel size, kernel shape, filter, filter size",
    "rf": "receptive field, rf size, receptive field size, rf out",
    "stride": "strides",
    "jump": "jump out, effective stride, total stride",
    "start": "offset",
    "clipped": "clipped rf, rf clipped, clipped receptive field, receptive field on the input",
    "params": "parameters, param, parameter count, num params, number of parameters, n params",
    "buffers": "buffer",
    "macs": "mac, mult adds, multiply adds, mul adds, madds",
    "share": "share percent, share of params",
    "activations": "activation elements",
    "bytes": "activation bytes",
    "kind": "type",
    "id": "ids",
}
_COLUMN_OF = {
    spelling: name
    for name, others in _SPELLINGS.items()
    for spelling in (name, *others.split(", "))
}
_NOTHING = {"", "-", "–", "—", "none", "n/a", "na"}
_GLOBAL = ("global",)
_TIMES = re.compile(r"\s*[x×✕*]\s*", re.IGNORECASE)
_WHOLE = r"(?:\d{1,3}(?:[,_'\u00a0\u202f ]\d{3})+|\d+)"


def column_of(header: str) -> str | None:
    """Return the column that a heading means: `Kernel size` is `kernel`; None for a foreign one."""
    words = re.sub(r"\([^)]*\)", " ", plain(header)).casefold()
    return _COLUMN_OF.get(" ".join(re.sub(r"[^\w]+|_", " ", words).split()))


def plain(text: str) -> str:
    """Return a cell's text without emphasis and code marks around it."""
    stripped = text.strip()
    while stripped[:1] in set("*_`") and stripped[:1] == stripped[-1:] and len(stripped) > 2:
        stripped = stripped[1:-1].strip()
    return stripped


def comparable(column: str, cell: Cell) -> Comparable:
    """Return the form in which a cell of this column is compared.

    A cell that cannot be read as what the column holds keeps its folded text, so it equals only
    itself.
    """
    text = plain(str(cell))
    if text.casefold() in _NOTHING:
        return "-"
    reader = _READERS.get(column, _folded)
    read = reader(text)
    return _folded(text) if read is None else read


def agree(column: str, published: str, computed: Cell, *, other_order: bool = False) -> bool:
    """Return whether a published cell says what was computed.

    One number stands for all axes of a kernel, `global` for `global (28)`; a published share counts
    with the decimals it has. other_order: the table writes its shapes C x H x W, or (H, W, C).
    """
    left, right = comparable(column, published), comparable(column, computed)
    if other_order and column in SHAPES and isinstance(left, tuple):
        # Read as usual, (H, W, C) became W, C, H, and C x H x W stayed as it is.
        turn = -1 if plain(published)[:1] in ("(", "[") else 1
        left = left[turn:] + left[:turn]
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        _, _, decimals = plain(published).rstrip("% ").partition(".")
        step = Fraction(1, 10 ** len(decimals))
        return left == right if column != "share" else abs(left - right) <= step / 2
    if left == _GLOBAL and isinstance(right, tuple):
        return right[:1] == _GLOBAL
    if column in _PER_AXIS and isinstance(left, tuple) and isinstance(right, tuple):
        longest = max(len(left), len(right))
        return _spread(left, longest) == _spread(right, longest)
    return left == right


def _spread(axes: tuple[object, ...], length: int) -> tuple[object, ...]:
    return axes * length if len(axes) == 1 else axes


def _shape(text: str) -> Comparable | None:
    """Read H x W x C, or (C, H, W) in brackets, with or without a batch of -1 or None."""
    if match := re.fullmatch(r"[(\[]\s*(.*?)\s*,?\s*[)\]]", text):
        sizes = [size.strip() for size in match[1].split(",")]
        if len(sizes) > 1 and sizes[0].casefold() in {"-1", "none", "n", "b"}:
            sizes = sizes[1:]
        sizes = [*sizes[1:], *sizes[:1]]
    else:
        sizes = _TIMES.split(text)
    numbers = [_integer(size) for size in sizes]
    return None if None in numbers else tuple(numbers)


def _axes(text: str) -> Comparable | None:
    """Read `3x3`, `(3, 3)` or `3`; fractions as `1/2` or `0.5`."""
    bracketed = re.fullmatch(r"[(\[]\s*(.*?)\s*,?\s*[)\]]", text)
    parts = bracketed[1].split(",") if bracketed else _TIMES.split(text)
    numbers = [_number(part) for part in parts]
    return None if None in numbers else tuple(numbers)


def _receptive_field(text: str) -> Comparable | None:
    """Read `28`, `5x9`, `28 px`, or `global (28)`."""
    folded = re.sub(r"\s*(px|pixels)$", "", text.casefold())
    if match := re.fullmatch(r"global\s*(?:\(\s*(.*?)\s*\))?", folded):
        inner = _axes(match[1]) if match[1] else None
        return ("global", *inner) if isinstance(inner, tuple) else _GLOBAL
    return _axes(folded)


def _figure(text: str) -> Comparable | None:
    """Read `1,234`, `1 234`, or a share such as `14.9 %`."""
    return _number(text.removesuffix("%"))


def _label(text: str) -> Comparable:
    """Read `conv 1`, `Conv_1` and `Conv1` as the same."""
    return re.sub(r"[\s_\-]+", "", text.casefold())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _integer(text: str) -> int | None:
    text = text.strip()
    # int() refuses thousands of digits; nothing published has more than a few.
    if len(text) > 30 or not re.fullmatch(_WHOLE, text, re.ASCII):
        return None
    return int(re.sub(r"\D", "", text))


def _number(text: str) -> Fraction | None:
    text = text.strip()
    if (whole := _integer(text)) is not None:
        return Fraction(whole)
    if len(text) > 30 or not re.fullmatch(r"-?\d+(/0*[1-9]\d*|\.\d+)?", text, re.ASCII):
        return None
    return Fraction(text)


SHAPES = ("input", "output")
"""The columns that hold shapes, whose order of axes is the table's own."""

_PER_AXIS = {"kernel", "stride", "jump", "start", "rf", "clipped"}
_READERS: Mapping[str, Callable[[str], Comparable | None]] = {
    "input": _shape,
    "layer": _label,
    "output": _shape,
    "kernel": _axes,
    "rf": _receptive_field,
    "stride": _axes,
    "jump": _axes,
    "start": _axes,
    "clipped": _receptive_field,
    "params": _figure,
    "buffers": _figure,
    "macs": _figure,
    "share": _figure,
    "activations": _figure,
    "bytes": _figure,
}
