from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import EnvironmentFault
from archspec.diagnostics.text import render_text
from archspec.report.blocks import body_hash
from archspec.report.desk import Desk
from archspec.report.sync import Renewal, renew, renew_content, write
from tests.support.ladder import STEP2, STEP3

SPECS = {"a.yaml": STEP3, "b.yaml": STEP2, "bad.yaml": STEP3.replace("conv: 8", "conf: 8")}
VALUE = "<!-- archspec:value a.yaml params -->{}<!-- archspec:end{} -->"
FILLED = VALUE.format("7,720", " eda7cd8b")
BLOCK = re.compile(
    rb"(<!-- archspec:(?!end)[^\n]*?-->)(.*?)<!-- archspec:end(?: \w+)? -->", re.DOTALL
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SPECS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def plan(folder: Path, text: str, *, force: bool = False) -> Renewal:
    """Return what renewing a page with this text comes to."""
    page = folder / "page.md"
    page.write_bytes(text.encode())
    return renew(page, Desk(), force=force)


def renewed(folder: Path, text: str, *, force: bool = False) -> str:
    """Return the text of a page after its renewal, which must have no fault."""
    made = plan(folder, text, force=force)
    assert made.faults == ()
    assert made.new is not None
    return made.new.decode()


def codes(renewal: Renewal) -> list[str]:
    """Return the codes of everything that is wrong with a page."""
    return [fault.code for fault in (*renewal.faults, *renewal.outdated)]


def test_an_empty_block_is_filled(folder: Path) -> None:
    assert renewed(folder, f"has {VALUE.format('', '')} params") == f"has {FILLED} params"


def test_a_block_of_lines_gets_lines_of_its_own(folder: Path) -> None:
    text = "a\n<!-- archspec:table a.yaml columns=layer --><!-- archspec:end -->b"
    lines = renewed(folder, text).split("\n")

    assert lines[1:4] == ["<!-- archspec:table a.yaml columns=layer -->", "| Layer |", "| --- |"]
    assert lines[-2] == "Total params: 7,720"
    assert lines[-1].startswith("<!-- archspec:end ")
    assert lines[-1].endswith(" -->b")


@pytest.mark.parametrize(
    ("lead", "line", "blank"),
    [("> ", "> | Layer |", ">"), ("- ", "  | Layer |", ""), ("  ", "  | Layer |", "")],
)
def test_the_lines_of_a_block_stand_where_it_stands(
    lead: str, line: str, blank: str, folder: Path
) -> None:
    text = f"{lead}<!-- archspec:table a.yaml columns=layer --><!-- archspec:end -->\n"
    lines = renewed(folder, text).split("\n")

    assert lines[1] == line
    assert blank in lines
    assert renewed(folder, "\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_body_takes_the_line_ends_of_its_block(newline: str, folder: Path) -> None:
    text = f"<!-- archspec:table a.yaml -->{newline}<!-- archspec:end -->{newline}"
    made = renewed(folder, text)

    assert made.count("\n") == made.count(newline) > 10


def test_an_end_marker_on_its_own_line_stays_where_it_stands(folder: Path) -> None:
    text = "- <!-- archspec:table a.yaml -->\n<!-- archspec:end -->\n"

    assert "\n<!-- archspec:end " in renewed(folder, text)


def test_the_last_line_takes_the_line_end_of_the_first(folder: Path) -> None:
    made = renewed(folder, "a\r\n<!-- archspec:table a.yaml --><!-- archspec:end -->")

    assert made.count("\n") == made.count("\r\n")


@pytest.mark.parametrize(
    "text", ["", "a", "\ufeffa\r\nb\n\r\n", "a\n\n\n", "\ufeff", "\x0c\u2028a\r"]
)
def test_a_page_without_blocks_stays_byte_for_byte(text: str, folder: Path) -> None:
    assert renewed(folder, text) == text


def test_the_mark_of_byte_order_stays(folder: Path) -> None:
    assert renewed(folder, f"\ufeff{VALUE.format('', '')}") == f"\ufeff{FILLED}"


def test_what_is_current_is_not_out_of_date(folder: Path) -> None:
    made = plan(folder, FILLED)

    assert (codes(made), made.is_changed, made.blocks) == ([], False, 1)


def test_other_line_ends_do_not_make_a_block_stale(folder: Path) -> None:
    made = renewed(folder, "<!-- archspec:table a.yaml --><!-- archspec:end -->\n")

    assert codes(plan(folder, made.replace("\n", "\r\n"))) == []


def test_a_changed_spec_makes_a_block_stale_at_the_line_that_differs(folder: Path) -> None:
    text = renewed(folder, "<!-- archspec:table a.yaml --><!-- archspec:end -->\n")
    wider = STEP3.replace("- conv: 16\n  - conv: {", "- conv: 18\n  - conv: {", 1)
    (folder / "a.yaml").write_text(wider, encoding="utf-8")
    made = plan(folder, text)
    (fault,) = made.outdated

    assert fault.code == "stale-block"
    assert fault.span is not None
    assert fault.span.line == 5  # marker, headers, rule, Conv1, Conv2
    assert "- | 26x26x8 | Conv2 | 24x24x16 | 3x3 | 5 |" in fault.message
    assert "+ | 26x26x8 | Conv2 | 24x24x18 | 3x3 | 5 |" in fault.message
    assert made.is_changed


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (VALUE.format("7,721", " eda7cd8b"), 38),
        (VALUE.format("my words", ""), 38),
        (VALUE.format("7,721", " nonsense"), 38),
    ],
)
def test_a_body_edited_by_hand_is_noticed_and_kept(text: str, place: int, folder: Path) -> None:
    made = plan(folder, f"{text}\n{VALUE.format('', '')}")

    assert codes(made) == ["edited-block", "stale-block"]
    assert made.new is None
    assert made.exit_code == 1
    assert made.edited[0].span is not None
    assert made.edited[0].span.column == place
    assert renewed(folder, text, force=True) == FILLED


@pytest.mark.parametrize("mark", ["", " nonsense", " 12345678"])
def test_a_body_that_is_right_only_gets_its_mark(mark: str, folder: Path) -> None:
    made = plan(folder, VALUE.format("7,720", mark))

    assert codes(made) == ["stale-block"]
    assert made.new == FILLED.encode()


def test_a_body_that_was_emptied_is_filled_again(folder: Path) -> None:
    assert renewed(folder, VALUE.format(" ", " eda7cd8b")) == FILLED


def test_other_words_in_the_marker_renew_the_body(folder: Path) -> None:
    plain = FILLED.replace(" params ", " params format=plain ")

    assert ">7720<" in renewed(folder, plain)


def test_a_spec_that_does_not_check_tells_its_own_faults_and_the_blocks(folder: Path) -> None:
    bad = VALUE.replace("a.yaml", "bad.yaml").format("", "")
    made = plan(folder, f"{bad}\n{bad}\n{VALUE.format('', '')}")
    (fault,) = made.faults

    assert (fault.code, made.exit_code, made.new) == ("unknown-kind", 1, None)
    assert "bad.yaml:6:5" in str(fault.span)
    assert [related.span.line for related in fault.related] == [1, 2]


def test_a_spec_that_is_not_there_is_told_at_the_block(folder: Path) -> None:
    made = plan(folder, VALUE.replace("a.yaml", "c.yaml").format("", ""))

    assert codes(made) == ["missing-file"]
    assert str(made.faults[0].span).endswith("page.md:1:21")


def test_paths_start_from_the_folder_of_the_page(folder: Path) -> None:
    inner = folder / "docs"
    inner.mkdir()
    text = VALUE.replace("a.yaml", "../a.yaml").format("", "")
    page = inner / "page.md"
    page.write_text(text, encoding="utf-8")

    assert renew(page, Desk()).faults == ()


@pytest.mark.parametrize(("content", "code"), [(b"a\xff", "not-utf-8"), (None, "missing-file")])
def test_a_page_that_cannot_be_read_is_told(content: bytes | None, code: str, folder: Path) -> None:
    page = folder / "page.md"
    if content is not None:
        page.write_bytes(content)
    made = renew(page, Desk())

    assert (codes(made), made.exit_code, made.new) == ([code], 1, None)


def test_what_does_not_change_is_not_written(folder: Path) -> None:
    made = plan(folder, FILLED)
    (folder / "page.md").unlink()

    assert write(made) is False
    assert not (folder / "page.md").exists()


def test_what_a_link_names_is_not_written(folder: Path) -> None:
    real = folder / "real.md"
    real.write_text(VALUE.format("", ""), encoding="utf-8")
    link = folder / "link.md"
    link.symlink_to("real.md")

    with pytest.raises(EnvironmentFault) as caught:
        write(renew(link, Desk()))
    assert caught.value.diagnostics[0].help == "name the file itself: real.md"
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == VALUE.format("", "")


@pytest.mark.parametrize("moment", ["fsync", "chmod"])
def test_an_edit_that_is_saved_meanwhile_is_not_lost(
    moment: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(folder, VALUE.format("", ""))
    owner = {"fsync": os, "chmod": Path}[moment]
    before = getattr(owner, moment)

    def save_first(*arguments: Any) -> Any:
        (folder / "page.md").write_text("my edit", encoding="utf-8")
        return before(*arguments)

    monkeypatch.setattr(owner, moment, save_first)
    with pytest.raises(EnvironmentFault) as caught:
        write(made)
    assert caught.value.diagnostics[0].code == "changed-meanwhile"
    assert (folder / "page.md").read_text(encoding="utf-8") == "my edit"
    assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("depth", ["", "x\n\n"])
def test_an_example_in_indented_code_is_left_alone(depth: str, folder: Path) -> None:
    text = f"# How\n\n{depth}    <!-- archspec:table a.yaml -->\n    <!-- archspec:end -->\n"
    made = plan(folder, text)

    assert (made.blocks, made.faults, made.new) == (0, (), text.encode())


def test_a_line_of_many_blocks_is_read_in_one_pass(folder: Path) -> None:
    def calls(count: int) -> int:
        text = f"{VALUE.format('1', '')} " * count
        seen = 0

        def look(frame: object, event: str, argument: Any) -> None:
            nonlocal seen
            seen += 1

        made = plan(folder, text)
        sys.setprofile(look)
        render_text(made.outdated)
        sys.setprofile(None)
        return seen

    assert calls(400) < 5 * calls(100)


def test_a_full_disk_leaves_the_page_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(folder, VALUE.format("", ""))

    def full(descriptor: int, content: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(EnvironmentFault, match="no space left"):
        write(made)
    monkeypatch.undo()

    assert (folder / "page.md").read_text(encoding="utf-8") == VALUE.format("", "")
    assert sorted(path.name for path in folder.iterdir()) == sorted([*SPECS, "page.md"])


OPENINGS = (
    "<!-- archspec:value a.yaml params -->",
    "<!-- archspec:value a.yaml macs format=mega -->",
    "<!-- archspec:table a.yaml columns=layer,rf -->",
    "<!-- archspec:diff a.yaml b.yaml -->",
    "<!-- archspec:ladder a.yaml b.yaml columns=name,params -->",
)
BITS = st.sampled_from(
    [
        "a", " ", "|", "é", "`", "``", "\\", "<!--", "-->", "<!-- a -->", "# b", "\t", "\ufeff",
        "1. ", "  ", "> ", "- ", "\u2028", "\x0c", "\r", "*", "[x](y)",
    ]
)  # fmt: skip
LINES = st.lists(BITS, max_size=5).map("".join)
FENCES = st.tuples(st.sampled_from(["```", "~~~", "````", "  ```"]), LINES).map(
    lambda pair: f"{pair[0]}\n{pair[1]}\n<!-- archspec:table a.yaml -->\n{pair[0]}"
)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    opening = draw(st.sampled_from(OPENINGS))
    body = draw(st.sampled_from(["", "", " ", "\n", "\r\n", "old", "\nold\n", "\r\nold\r\n"]))
    end = f" {body_hash(body)}" if "old" in body else draw(st.sampled_from(["", " 01234567"]))
    lead = draw(st.sampled_from(["", "", "  ", "> ", "- "]))
    if "value" in opening:
        body = body.strip("\r\n")
        end = f" {body_hash(body)}" if "old" in body else end
        lead = draw(LINES.filter(lambda line: "`" not in line and "<!--" not in line))
    rest = draw(LINES.filter(lambda line: "`" not in line))
    return f"{lead}{opening}{body}<!-- archspec:end{end} -->{rest}"


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Draw a page: lines of odd text, fences and empty blocks, each with its own line end."""
    parts = draw(st.lists(st.one_of(LINES, FENCES, blocks(), blocks()), max_size=12))
    ends = draw(
        st.lists(st.sampled_from(["\n", "\r\n", "\n\n"]), min_size=len(parts), max_size=len(parts))
    )
    text = "".join(part + end for part, end in zip(parts, ends, strict=True))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


@pytest.fixture(scope="module")
def shelf() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="archspec-sync-"))
    for name, text in SPECS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


DESK = Desk()


@given(documents(), st.booleans())
@settings(max_examples=400)
def test_renewing_changes_only_the_bodies_of_blocks_and_twice_equals_once(
    shelf: Path, content: bytes, force: bool
) -> None:
    page = shelf / "page.md"
    once = renew_content(page, content, DESK, force=force)
    if once.new is None:
        assert once.faults or once.edited
        return
    twice = renew_content(page, once.new, DESK, force=force)

    assert twice.new == once.new
    assert twice.outdated == ()
    # A test's own idea of a block, cruder than ours: it also empties those that stand in code.
    assert BLOCK.sub(rb"\1", content) == BLOCK.sub(rb"\1", once.new)
    assert once.is_changed == bool(once.outdated)
