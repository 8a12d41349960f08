from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.judge import check
from archspec.judge.notes import NoteReference, check_notes, read_note
from tests.support.ladder import STEP3, analysis_of, spec_of


def faults_of(note: str) -> list[tuple[int, str, str | None]]:
    """Return column, message and help of each fault in a note of one line."""
    text = f'{STEP3}notes:\n  a: "{note}"\n'

    def network(path: Path) -> tuple[Diagnostic, ...]:
        raise AssertionError(path)

    analysis = analysis_of(text)
    found = check_notes(analysis.spec, analysis, network)
    assert {fault.span.line for fault in found if fault.span} <= {len(text.splitlines())}
    return [(f.span.column if f.span else 0, f.message, f.help) for f in found]


def pieces_of(note: str) -> list[str | tuple[str, str | None, int | None]]:
    spec = spec_of(f"{STEP3}notes:\n  a: >-\n    {note}\n")
    pieces, faults = read_note(spec, "a")
    assert faults == ()
    return [(p.name, p.style, p.decimals) if isinstance(p, NoteReference) else p for p in pieces]


@pytest.mark.parametrize(
    ("note", "pieces"),
    [
        ("plain words", ["plain words"]),
        ("has {params} of them", ["has ", ("params", None, None), " of them"]),
        ("{macs:mega}", [("macs", "mega", None)]),
        ("{conv8.share:percent.0}", [("conv8.share", "percent", 0)]),
        ("{best_test_accuracy.mean:.1}", [("best_test_accuracy.mean", None, 1)]),
        ("{ladder/task06_gap.params}", [("ladder/task06_gap.params", None, None)]),
        ("a set {{1, 2}}", ["a set ", "{", "1, 2", "}"]),
    ],
)
def test_a_note_is_words_and_references(
    note: str, pieces: list[str | tuple[str, str | None, int | None]]
) -> None:
    assert pieces_of(note) == pieces


@pytest.mark.parametrize(
    ("note", "column", "message", "help"),
    [
        ("x {parms}", 9, "nothing is called `parms`", "did you mean `params` or"),
        ("x {conv9.params}", 9, "nothing is called `conv9.params`", "did you mean `conv8.params`"),
        ("x {conv8.parms}", 9, "nothing is called `conv8.parms`", "did you mean `conv8.params`"),
        ("x {params} {{ {par ams}", 21, "`{par ams}` is no reference", "write `{params}`"),
        ("x {}", 9, "`{}` is no reference", "write `{params}`"),
        ("{{params}} x {", 20, "a brace without its partner", "`{{` and `}}` for braces"),
        ("x }", 9, "a brace without its partner", "`{{` and `}}` for braces"),
        ("x {macs:megga}", 9, "unknown format `megga`", "did you mean `mega`"),
        ("x {step9.params}", 9, "nothing is called `step9.params`", ""),
        ("x {best_test_accuracy.men}", 9, "nothing is called `best_test_accuracy.men`", "mean`"),
    ],
)
def test_a_broken_reference_is_told_at_its_place(
    note: str, column: int, message: str, help: str
) -> None:
    ((found_column, found_message, found_help),) = faults_of(note)

    assert (found_column, found_message) == (column, message)
    assert help in (found_help or "")


def test_a_file_that_is_not_there_is_named_and_fails_nothing(tmp_path: Path) -> None:
    path = tmp_path / "net2.yaml"
    note = "from {net1.conv1.dropout} to {net2.conv1.dropout}, and {conv1.params.x} {train.x.y}"
    path.write_text(
        "archspec: 1\ninput: [1, 8, 8]\n"
        "layers: [{conv: {out_channels: 4, kernel_size: 3, dropout: 0.1}}]\n"
        f"notes: {{a: '{note}'}}\n",
        encoding="utf-8",
    )
    (found,) = check(path).specs
    first, *others = found.diagnostics

    assert (first.severity, first.code) == ("warning", "unknown-reference")
    assert first.message.endswith("there is no file net1.yaml here")
    assert "net2" not in (first.help or "")
    assert [other.severity for other in others] == ["error", "error"]


def test_references_are_found_one_behind_the_other_braces_in_pairs_among_them() -> None:
    assert [column for column, _, _ in faults_of("{{parms}} {parms} }} {{ {macz} {parms}")] == [
        *(17, 31, 38)
    ]


@pytest.mark.parametrize(
    ("section", "note"),
    [
        ("train: 7", "{epochs}"),
        ("data: [1]", "{train.epochs}"),
        ("data:", "{epochs}"),
        ("title: a", f"{{{'sibling_' * 40}.params}}"),
        ("title: a", f"{{{'sibling_' * 40}/step1.params}}"),
        ("title: a", f"{{train.{'7' * 5000}}}"),
        ("data: {dataset: Digits, augment: [GaussianBlur]}", f"{{data.augment.{'7' * 5000}}}"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_fault(section: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    text = f"archspec: 1\ninput: [1, 8, 8]\nlayers: [relu]\n{section}\nnotes: {{a: '{note}'}}\n"
    path.write_text(text, encoding="utf-8")
    found = check(path).diagnostics

    assert "unknown-reference" in {fault.code for fault in found if fault.severity == "error"}
    assert max(len(fault.message) for fault in found) < 200


def test_each_of_several_faults_is_told() -> None:
    assert [column for column, _, _ in faults_of("x {parms} {parms} {macz}")] == [9, 17, 25]


def test_a_reference_in_folded_lines_has_its_own_line() -> None:
    text = f"{STEP3}notes:\n  a: >-\n    one {{params}}\n    two {{params}} {{parms}}\n"
    analysis = analysis_of(text)
    (fault,) = check_notes(analysis.spec, analysis, lambda path: ())

    assert fault.span is not None
    assert (fault.span.line, fault.span.column) == (len(text.splitlines()), 18)


@pytest.mark.parametrize(
    "note",
    [
        "{params} {receptive_field} {macs} {input} {output} {buffers}",
        "{conv8.params} {conv8.share} {conv8.kernel} {conv8.out_channels} {maxpool1.output}",
        "{seeds} {best_test_accuracy} {best_test_accuracy.sd} {test_accuracy.met}",
        "{train_test_gap} {train_test_gap.mean} {chosen_test_accuracy.max}",
    ],
)
def test_sound_references_are_no_fault(note: str) -> None:
    assert faults_of(note) == []
