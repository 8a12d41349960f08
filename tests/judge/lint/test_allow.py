"""What a spec allows, for which reason, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.judge.lint import CODES, RULES, lint
from archspec.language import read_text
from tests.support.linting import analysis_of, chain, codes, found

CONV = "conv: {out_channels: 8, kernel_size: 3, norm: batch}"
END = "conv: {out_channels: 4, kernel_size: 3}"
CODE = "bias-before-norm"
WHY = "the weights are published so"


def test_a_comment_speaks_of_its_line_alone() -> None:
    text = chain(f"{CONV}    # allow {CODE}: {WHY}", CONV, END)
    (diagnostic,) = found(text)

    assert (diagnostic.code, diagnostic.span and diagnostic.span.line) == (CODE, 5)


def test_a_comment_that_stands_alone_speaks_of_the_next_line() -> None:
    text = chain(CONV, END).replace(
        "  - conv", f"  # allow {CODE}: {WHY}\n  # and more\n  - conv", 1
    )

    assert codes(text) == []


def test_two_codes_may_stand_on_one_line() -> None:
    conv = "conv: {out_channels: 8, kernel_size: 2, norm: batch}"
    both = f"# allow {CODE}: {WHY} # allow even-kernel: {WHY}"

    assert sorted(codes(chain(conv, END))) == [CODE, "even-kernel"]
    assert codes(chain(f"{conv}    {both}", END)) == []


@pytest.mark.parametrize("comment", [f"# allow {CODE}", f"# allow {CODE}:", f"# allow {CODE}:   "])
def test_a_reason_is_asked_for(comment: str) -> None:
    (diagnostic,) = found(chain(f"{CONV}    {comment}", END))

    assert (diagnostic.code, diagnostic.severity) == ("allow-without-reason", "warning")
    assert diagnostic.help == f"write `# allow {CODE}: the reason`"


@pytest.mark.parametrize("written", ["lint", "comment"])
def test_an_unknown_code_is_told_with_the_nearest(written: str) -> None:
    allowed = f"lint: {{bias-befor-norm: {WHY}}}\n"
    text = chain(CONV, END, more=allowed)
    if written == "comment":
        text = chain(f"{CONV}    # allow bias-befor-norm: {WHY}", END)
    unknown = [d for d in found(text) if d.code == "unknown-rule"]

    assert [d.help for d in unknown] == [f"did you mean `{CODE}`?"]
    assert [d.fix and d.fix.replacement for d in unknown] == [CODE]
    assert CODE in codes(text)


@pytest.mark.parametrize(
    "comment",
    [
        "# allow gradients to flow",
        "# allow fine-grained features",
        f"# we allow {CODE}: no",
        "# allow",
    ],
)
def test_other_comments_are_no_allowances(comment: str) -> None:
    assert codes(chain(f"{CONV}    {comment}", END)) == [CODE]


def test_a_text_that_speaks_of_comments_is_none() -> None:
    note = f"notes:\n  analysis: >-\n    Write\n    # allow {CODE}: {WHY}\n"
    title = f'title: "see # allow {CODE}: {WHY}"\n'

    assert codes(chain(END, more=note)) == []
    assert codes(chain(END, more=title)) == []


def test_an_allowance_that_nothing_needs_is_a_notice() -> None:
    (diagnostic,) = found(chain(f"{END}    # allow {CODE}: {WHY}"))

    assert (diagnostic.code, diagnostic.severity) == ("unused-allow", "info")
    assert diagnostic.message == f"`{CODE}` is allowed on this line, and nothing is found"


def test_what_was_not_looked_for_is_not_missed() -> None:
    analysis = analysis_of(chain(END, more=f"lint: {{{CODE}: {WHY}}}\n"))

    assert [d.code for d in lint(analysis)] == ["unused-allow"]
    assert lint(analysis, select=CODES - {CODE}) == ()
    assert lint(analysis, select=CODES - {"unused-allow"}) == ()


def test_only_the_selected_rules_speak() -> None:
    analysis = analysis_of(chain("conv: {out_channels: 8, kernel_size: 2, norm: batch}", END))

    assert [d.code for d in lint(analysis, select=["even-kernel"])] == ["even-kernel"]


def test_a_child_inherits_what_is_allowed_and_may_take_it_back(tmp_path: Path) -> None:
    parent = chain(CONV, END, more=f"lint: {{{CODE}: {WHY}}}\n")
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    child = "archspec: 1\nextends: parent.yaml\n"

    assert lint(analysis_of(child, tmp_path)) == ()
    taken = analysis_of(f"{child}lint: {{{CODE}: null}}\n", tmp_path)
    assert [d.code for d in lint(taken)] == [CODE]


def test_a_parents_allowance_is_not_the_childs_to_remove(tmp_path: Path) -> None:
    parent = chain(f"{CONV}   # allow {CODE}: {WHY}", END, more=f"lint: {{even-kernel: {WHY}}}\n")
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    child = "archspec: 1\nextends: parent.yaml\nedit: {set: {conv1: {bias: false}}}\n"

    assert lint(analysis_of(child, tmp_path)) == ()


def test_a_warning_of_the_analysis_may_be_allowed_and_an_error_never() -> None:
    analysis = analysis_of(chain(END, more=f"lint: {{misaligned-join: {WHY}}}\n"))
    warning = Diagnostic("misaligned-join", "a", severity="warning")
    error = Diagnostic("misaligned-join", "b")

    assert lint(analysis, [warning]) == ()
    assert error in lint(analysis, [error])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[even-kernel]", "expected reasons by code, got a list of 1"),
        ("{even-kernel: ''}", "expected the reason why `even-kernel` is allowed, got the text ''"),
        (
            "{even-kernel: true}",
            "expected the reason why `even-kernel` is allowed, got the truth value true",
        ),
    ],
)
def test_the_key_wants_reasons(written: str, message: str) -> None:
    (fault,) = read_text(chain(END, more=f"lint: {written}\n")).diagnostics

    assert (fault.code, fault.severity, fault.message) == ("wrong-type", "error", message)


def test_every_code_can_be_allowed() -> None:
    assert set(RULES) < CODES
    assert {"misaligned-join", "unknown-name", "unused-allow"} < CODES
