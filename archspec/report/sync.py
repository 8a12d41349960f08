"""Renewing the blocks of markdown files: nothing outside their bodies changes, whole files or none.

A file's text is a chain of what archspec wrote and what it did not; only the former is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from archspec.diagnostics import ArchspecError, Diagnostic, Source, UsageError, in_order
from archspec.language.files import display_name, read_source
from archspec.project import find_project
from archspec.report.block_faults import edited_block, stale_block
from archspec.report.block_kinds import KINDS
from archspec.report.blocks import PageBlock, body_hash, read_blocks
from archspec.report.desk import Desk, Seat
from archspec.tables.formats import without_html

State = Literal["current", "stale", "edited"]
FORMS = {kind: known.form for kind, known in KINDS.items()}
MOST_RELATED = 4
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What renewing a file comes to; nothing is written yet.

    blocks: how many it has. outdated: one fault for each block whose body is not what it should
    be, `stale-block` or `edited-block`. faults: what keeps the file from being renewed; then `new`
    is None. exit_code: 0, 1 for a fault, 3 when the environment is the cause.
    """

    path: Path
    blocks: int
    outdated: tuple[Diagnostic, ...]
    faults: tuple[Diagnostic, ...]
    old: bytes = b""
    new: bytes | None = None
    exit_code: int = 0

    @property
    def edited(self) -> tuple[Diagnostic, ...]:
        """The blocks whose bodies somebody edited by hand."""
        return tuple(fault for fault in self.outdated if fault.code == "edited-block")

    @property
    def is_changed(self) -> bool:
        """True when the file would not be the same."""
        return self.new is not None and self.new != self.old


@dataclass(frozen=True, slots=True)
class _Renewed:
    """One block and what should stand in it."""

    block: PageBlock
    state: State
    body: str
    expected: str


def renew(path: Path, desk: Desk, *, force: bool = False) -> Renewal:
    """Return what renewing the blocks of a markdown file comes to.

    Without `force`, a block whose body somebody edited leaves the whole file as it is, as any
    faulty block does.
    """
    content = _read(path)
    if isinstance(content, Diagnostic):
        code = 3 if content.code == "unreadable-file" else 1
        return Renewal(path, 0, (), (content,), exit_code=code)
    return renew_content(path, content, desk, force=force)


def renew_content(path: Path, content: bytes, desk: Desk, *, force: bool = False) -> Renewal:
    """Return what renewing comes to when a file has this content, which is UTF-8."""
    source = Source(display_name(path), content.decode().removeprefix(_BOM))
    blocks, found = read_blocks(source, FORMS)
    faults = list(found)
    exit_code = 1 if faults else 0
    renewed: list[_Renewed] = []
    seat = desk.at(path.parent)
    for block in blocks:
        try:
            renewed.append(_renewed(source.text, block, seat))
        except ArchspecError as error:
            faults += error.diagnostics
            exit_code = max(exit_code, error.exit_code)
    outdated = tuple(
        edited_block(r.block, r.body, r.expected)
        if r.state == "edited"
        else stale_block(r.block, r.body, r.expected)
        for r in renewed
        if r.state != "current"
    )
    count = len(blocks)
    if faults:
        return Renewal(path, count, outdated, _merged(faults), content, exit_code=exit_code)
    if not force and any(r.state == "edited" for r in renewed):
        return Renewal(path, count, outdated, (), content, exit_code=1)
    new = _joined(source.text, renewed).encode()
    bom = _BOM.encode() if content.startswith(_BOM.encode()) else b""
    return Renewal(path, count, outdated, (), content, bom + new)


def sync_files(
    files: Sequence[Path], *, check: bool = False, force: bool = False
) -> tuple[Renewal, ...]:
    """Renew files, each once and as a whole; return what came of each.

    check: change nothing. Records are looked for where the project of each file has them. Raises
    UsageError for check and force at once.
    """
    if check and force:
        fact, help = "--check changes nothing, so --force has no say", "give one of the two"
        raise UsageError([Diagnostic("wrong-usage", fact, None, help)])
    desk = Desk(lambda folder: find_project(folder).records)
    renewals = []
    for path in dict.fromkeys(files):
        renewal = renew(path, desk, force=force)
        if not check:
            try:
                write(renewal)
            except ArchspecError as error:
                faults, code = error.diagnostics, error.exit_code
                renewal = replace(renewal, faults=faults, new=None, exit_code=code)
        renewals.append(renewal)
    return tuple(renewals)


def write(renewal: Renewal) -> bool:
    """Put the renewed file in its place in one step; return whether anything changed.

    Raises EnvironmentFault when it cannot be written or somebody else has changed it since; the
    file then stays as it is.
    """
    if renewal.new is None or not renewal.is_changed:
        return False
    from archspec.record import write_atomically

    write_atomically(renewal.path, renewal.new, before=renewal.old)
    return True


def _read(path: Path) -> bytes | Diagnostic:
    """Return the bytes of a markdown file that is UTF-8, or the fault."""
    source = read_source(path)
    if isinstance(source, Diagnostic):
        return source
    try:
        content = path.read_bytes()
        content.decode()
    except (OSError, UnicodeDecodeError):
        help = "another program is writing it: try again"
        return Diagnostic("unreadable-file", f"{path} changed while it was read", help=help)
    return content


def _renewed(text: str, block: PageBlock, seat: Seat) -> _Renewed:
    body = text[slice(*block.body)]
    expected = _laid_out(block, KINDS[block.form.kind].write(block, seat), body)
    alike = body.replace("\r\n", "\n") == expected.replace("\r\n", "\n")
    is_as_written = block.hash == body_hash(body)
    if alike:
        # An edit that came to the same gets its hash.
        state: State = "current" if is_as_written else "stale"
        return _Renewed(block, state, body, body)
    is_blank = not body.replace(">", "").strip()
    return _Renewed(block, "stale" if is_as_written or is_blank else "edited", body, expected)


def _laid_out(block: PageBlock, written: str, body: str) -> str:
    """Return the body as it stands in the file: lines of its own, or words in a line.

    body: what stands there. An end marker on a line of its own stays where it stands: an indent
    may decide whether the lines behind it belong to a list item.
    """
    written = without_html(written)
    if block.form.is_inline:
        return written
    lines = [f"{block.lead}{line}".rstrip() for line in written.split("\n")]
    _, newline, tail = body.rpartition("\n")
    is_alone = newline and not tail.replace(">", "").strip()
    return block.newline.join(["", *lines, tail if is_alone else block.lead])


def _joined(text: str, renewed: Sequence[_Renewed]) -> str:
    parts, place = [], 0
    for item in renewed:
        if item.state == "current":
            continue
        start, end = item.block.whole
        parts += [text[place:start], item.expected]
        parts.append(f"<!-- archspec:end {body_hash(item.expected)} -->")
        place = end
    return "".join([*parts, text[place:]])


def _merged(faults: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return each fault once: several blocks may ask for the same faulty spec."""
    once: dict[tuple[str, str, str], Diagnostic] = {}
    for fault in faults:
        key = (str(fault.span), fault.code, fault.message)
        if key in once:
            before = once[key]
            new = tuple(r for r in fault.related if r not in before.related)
            related = (*before.related, *new)[:MOST_RELATED]
            once[key] = replace(before, related=related)
        else:
            once[key] = fault
    return in_order(once.values())
