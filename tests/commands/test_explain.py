from __future__ import annotations

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.explain import all_pages
from archspec.diagnostics.page import FOLDER, GROUPS, page_codes
from archspec.judge.lint import PAGES


def run(*arguments: str) -> tuple[int, str, str]:
    """Run `explain` into a pipe; return its exit code, what it printed and what it complained."""
    result = CliRunner().invoke(app, ["explain", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("code", ["wrong-type", "kernel-does-not-fit", "target-missed"])
def test_a_code_is_explained_by_its_page(code: str) -> None:
    assert run(code) == (0, (FOLDER / f"{code}.md").read_text("utf-8"), "")


@pytest.mark.parametrize("code", PAGES)
def test_a_lint_rule_is_explained_with_its_source(code: str) -> None:
    exit_code, text, _ = run(code)

    assert exit_code == 0
    assert text.startswith(f"# {code}\n\nLint\n")
    assert PAGES[code].example in text
    assert f"## Source {PAGES[code].source}" in " ".join(text.split())
    assert max(map(len, text.partition("## Example")[0].splitlines())) <= 100


@pytest.mark.parametrize(
    "written",
    [
        "error[wrong-type]",
        "error[wrong-type]: expected a number",
        "`wrong-type`",
        "Wrong-Type",
        "wrong_type:",
        " wrong-type ",
    ],
)
def test_a_code_may_be_given_as_it_is_copied(written: str) -> None:
    assert run(written)[1].startswith("# wrong-type\n")


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("wrong-tpye", "did you mean `wrong-type`"),
        ("bias-befor-norm", "did you mean `bias-before-norm`"),
        ("xyzzy", "`archspec explain` lists every code"),
        ("../page", "`archspec explain` lists every code"),
    ],
)
def test_an_unknown_code_is_told_with_its_nearest(written: str, help: str) -> None:
    exit_code, text, errors = run(written)

    assert (exit_code, text) == (2, "")
    assert errors.startswith(f"error[unknown-code]: no message has the code `{written}`\n")
    assert f"help: {help}" in errors


def test_without_a_code_all_are_listed_by_group() -> None:
    exit_code, text, _ = run()
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("- `")]

    assert exit_code == 0
    assert headings == list(GROUPS)
    assert sorted(listed) == sorted([*page_codes(), *PAGES])


def test_no_code_has_two_pages() -> None:
    codes = [page.code for page in all_pages()]

    assert len(codes) == len(set(codes))
