"""Whatever a file of ours holds, both readers refuse the same damage in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import Diagnostic, EnvironmentFault, SpecError
from archspec.record import read_record, to_json
from archspec.record.evaluation import Evaluation, Mistake, evaluation_to_json, read_evaluation
from tests.support.records import TEXT, record_for

NUMBER, WORD = "0.123", "written"


@dataclass(frozen=True)
class Kind:
    """One reader, and a sound text that holds `"format": 1`, NUMBER as a number, and WORD."""

    read: Callable[[Path], Any]
    sound: str
    code: str
    number: str
    """The path to NUMBER."""


RECORD = replace(record_for(TEXT, 6, 7, total=10), seconds=float(NUMBER), notices=(WORD,))
EVALUATION = Evaluation(
    1, "r", 2, "test", (WORD, "b"), ((4, 0), (1, 5)), (Mistake(7, 1, 0, float(NUMBER)),)
)
KINDS = [
    pytest.param(Kind(read_record, to_json(RECORD), "bad-record", "seconds"), id="record"),
    pytest.param(
        Kind(
            read_evaluation,
            evaluation_to_json(EVALUATION),
            "bad-evaluation",
            "mistakes.0.probability",
        ),
        id="evaluation",
    ),
]


def refusal(kind: Kind, content: str | bytes, folder: Path) -> Diagnostic:
    """Return the first fault of a file with this content."""
    path = folder / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SpecError) as caught:
        kind.read(path)
    first = caught.value.diagnostics[0]
    assert first.help
    return first


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_text_is_read(kind: Kind, tmp_path: Path) -> None:
    assert all(kind.sound.count(part) == 1 for part in ('"format": 1', NUMBER, WORD))
    (tmp_path / "file.json").write_text(kind.sound, encoding="utf-8")

    assert kind.read(tmp_path / "file.json") in (RECORD, EVALUATION)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the JSON ends too early"),
        ('{"format": 1, "run": "cut', "the JSON ends too early"),
        ("{'format': 1}", "not JSON: expecting property name"),
        ('{"format": 1} {}', "not JSON: extra data"),
        (b'\xef\xbb\xbf{"format": 1}', "not JSON: unexpected UTF-8 BOM"),
        ("[" * 100_000, "too deep"),
    ],
)
def test_what_is_no_json_is_refused(
    kind: Kind, content: str | bytes, message: str, tmp_path: Path
) -> None:
    fault = refusal(kind, content, tmp_path)

    assert fault.code == "not-json"
    assert message in fault.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "it has no `format`"),
        ("1e999", "it has no `format`"),
        ("{}", "it has no `format`"),
        (b'{"format": \xff}', "byte 11 is not UTF-8"),
    ],
)
def test_what_is_something_else_is_refused(
    kind: Kind, content: str | bytes, message: str, tmp_path: Path
) -> None:
    fault = refusal(kind, content, tmp_path)

    assert fault.code == kind.code
    assert message in fault.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("NaN", "NaN is no number of JSON"),
        ("-Infinity", "-Infinity is no number of JSON"),
        ("1e999", "1e999 is too large"),
        ("1" * 400, "1 is too large"),
        ("-" + "1" * 5000, "1 is too large"),
        ('"low"', "'low' is not of type 'number'"),
        ("null", "None is not of type 'number'"),
    ],
    ids=lambda value: value[:12],
)
def test_a_value_that_no_file_holds_is_refused_at_its_place(
    kind: Kind, number: str, message: str, tmp_path: Path
) -> None:
    fault = refusal(kind, kind.sound.replace(NUMBER, number), tmp_path)

    assert fault.code == kind.code
    assert fault.message.startswith(f"{kind.number}: ")
    assert message in fault.message
    assert place(fault) == at(kind.sound, NUMBER)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [*range(900, 1000, 7), 100_000])
def test_what_is_too_deep_is_refused(kind: Kind, depth: int, tmp_path: Path) -> None:
    deep = "[" * depth + "]" * depth

    fault = refusal(kind, kind.sound.replace(NUMBER, deep), tmp_path)
    assert fault.code in (kind.code, "not-json")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("half", [r"\ud83d", r"\uDC00", r"\ude00\ud83d", r"\\\ud83dA"])
def test_half_a_character_is_refused_at_its_place(kind: Kind, half: str, tmp_path: Path) -> None:
    text = kind.sound.replace(WORD, half)
    fault = refusal(kind, text, tmp_path)

    assert fault.code == kind.code
    assert "is half a character" in fault.message
    assert place(fault) == at(text, half.removeprefix(r"\\"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [r"\ud83d\ude00", r"\\ud83d", r"\u00e4\n"])
def test_a_whole_character_is_read(kind: Kind, text: str, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text(kind.sound.replace(WORD, text), encoding="utf-8")

    kind.read(tmp_path / "file.json")


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_stands_twice_is_refused_at_the_second(kind: Kind, tmp_path: Path) -> None:
    fault = refusal(kind, kind.sound.replace('"format": 1', '"format": 1, "format": 1'), tmp_path)

    assert (fault.code, fault.message) == (kind.code, "format: the key stands twice")
    assert place(fault) == (2, 25)


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_format_is_refused_for_that_alone(kind: Kind, tmp_path: Path) -> None:
    fault = refusal(kind, kind.sound.replace('"format": 1', '"format": 2'), tmp_path)

    assert fault.code == "newer-format"
    assert "of format 2, and this archspec knows formats up to 1" in fault.message
    assert fault.help == "use the archspec that wrote it, or a newer one"
    assert place(fault) == (2, 12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_cannot_be_read_is_a_fault_of_the_environment(
    kind: Kind, name: str, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentFault, match="cannot read"):
        kind.read(tmp_path / name)


def place(fault: Diagnostic) -> tuple[int, int]:
    """Return line and column of a fault."""
    assert fault.span is not None
    return fault.span.line, fault.span.column


def at(text: str, part: str) -> tuple[int, int]:
    """Return line and column of a part of a text, counted from 1."""
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
