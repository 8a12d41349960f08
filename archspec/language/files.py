"""Reading the text of a spec file."""

from __future__ import annotations

import errno
from pathlib import Path

from archspec.diagnostics import Diagnostic, Source, Span, nearest
from archspec.ordinary import read_ordinary

MOST_BYTES = 16 * 1024 * 1024


def read_source(path: Path, asked_at: Span | None = None) -> Source | Diagnostic:
    """Return the text of a file, or the fault that keeps it from being read.

    asked_at: the place that names the file, when it is not the command line.
    """
    name = _shown(path)
    try:
        content = read_ordinary(path, MOST_BYTES)
    except FileNotFoundError:
        return Diagnostic("missing-file", f"there is no file {name}", asked_at, _neighbours(path))
    except IsADirectoryError:
        help = "name a file in it"
        return Diagnostic("missing-file", f"{name} is a folder", asked_at, help)
    except OSError as error:
        if error.errno == errno.EFBIG:
            fact = f"{name} is larger than {MOST_BYTES // 1024**2} MiB"
            help = "a spec is a short text: is this the right file?"
            return Diagnostic("too-large", fact, asked_at, help)
        fact = f"cannot read {name}: {(error.strerror or str(error)).lower()}"
        return Diagnostic("unreadable-file", fact, asked_at, "check the path and its permissions")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        source = Source(display_name(path), content.decode("utf-8-sig", "replace"))
        return Diagnostic(
            "not-utf-8",
            f"the byte 0x{content[error.start]:02x} is not UTF-8",
            Span(source, line, column, line, column + 1),
            _what_it_may_be(content),
        )
    return Source(display_name(path), text)


def _what_it_may_be(content: bytes) -> str:
    """Return the cure for bytes that are not UTF-8."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "it looks like UTF-16: save the file as UTF-8"
    if b"\0" in content[:1024]:
        return "it looks like no text at all: is this the right file?"
    return "save the file as UTF-8"


def typed_path(path: Path) -> Path:
    """Return a path as a person would type it here: relative where it lies below the folder."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except (ValueError, OSError, RuntimeError):
        return path


def display_name(path: Path) -> str:
    """Return `typed_path` as a text; bytes of a name that are no UTF-8 are escaped."""
    return typed_path(path).as_posix().encode(errors="backslashreplace").decode()


def _neighbours(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml", ".md")]
    except (OSError, ValueError):
        return f"there is no folder {_shown(path.parent)} either"
    near = [f"`{display_name(path.parent / name)}`" for name in nearest(path.name, names)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"check the name: nothing like it is in {_shown(path.parent)}"


def _shown(path: Path) -> str:
    """Return a path for a message; of a very long one the end."""
    name = display_name(path)
    return name if len(name) <= 120 else "…" + name[-119:]
