"""Every code that can be emitted has a page, every page a code, and every page says true things."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from archspec.diagnostics.page import GROUPS, HEADINGS, CodePage, page_codes, parse_page, read_page
from archspec.judge import check
from archspec.judge.lint import PAGES
from tests.support.emitted import Unclear, emitted_in, every_emitted, filled_in, passing_on

BAD_SPECS = sorted((Path(__file__).parents[1] / "bad_specs").glob("*.yaml"))
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = "# a-code\n\nShapes\n\n" + "\n".join(f"## {h}\n\nwords\n" for h in HEADINGS)
MAKERS = {"Diagnostic": 0, "LayerFault": 0}

EMITTED = frozenset(
    code for emitted in set(every_emitted()) for code in filled_in(emitted.code)
) - frozenset(PAGES)
"""Every code of the source; those of lint have their pages in their rules."""


def page_of(code: str) -> CodePage:
    page = read_page(code)
    assert page is not None
    return page


def complete_specs(code: str) -> list[str]:
    """Return the examples of a page that are specs which one can check."""
    fences = FENCE.finditer(page_of(code).sections["Example"])
    texts = [fence["text"] for fence in fences if fence["kind"] == "yaml"]
    return [
        t for t in texts if t.startswith("archspec:") and "\ninput:" in t and "extends" not in t
    ]


RUNNABLE = [code for code in page_codes() if complete_specs(code)]
each_page = pytest.mark.parametrize("code", page_codes())


@pytest.mark.parametrize("code", sorted(EMITTED))
def test_every_code_that_the_source_can_emit_has_a_page(code: str) -> None:
    assert read_page(code) is not None


@each_page
def test_every_page_is_of_a_code_that_the_source_can_emit(code: str) -> None:
    assert code in EMITTED


@pytest.mark.parametrize("path", BAD_SPECS, ids=lambda path: path.stem)
def test_every_code_of_a_faulty_spec_has_a_page(path: Path) -> None:
    codes = {diagnostic.code for diagnostic in check(path).diagnostics}

    assert codes <= {*page_codes(), *PAGES}


@each_page
def test_a_page_has_the_headings_of_all_pages_and_a_known_group(code: str) -> None:
    page = page_of(code)

    assert tuple(page.sections) == HEADINGS
    assert page.group in GROUPS
    assert page.code == code
    assert all(page.sections.values())


@each_page
def test_a_page_is_short_and_every_line_of_it_fits(code: str) -> None:
    sections = page_of(code).sections
    prose = "\n".join(sections[h] for h in HEADINGS if h != "Example").splitlines()

    assert 3 <= len(prose) <= 12
    assert max(map(len, page_of(code).as_markdown().splitlines())) <= 100


@each_page
def test_the_gist_of_a_page_is_one_line(code: str) -> None:
    gist = page_of(code).gist

    assert 15 <= len(gist) <= 200
    assert gist.count("`") % 2 == 0


@each_page
def test_a_page_survives_being_read_and_written(code: str) -> None:
    page = page_of(code)

    assert parse_page(page.as_markdown()) == page


@pytest.mark.parametrize("code", RUNNABLE)
def test_the_example_of_a_page_gets_its_code(code: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    for text in complete_specs(code):
        path.write_text(text, encoding="utf-8")
        assert code in {diagnostic.code for diagnostic in check(path).diagnostics}


def test_most_pages_on_specs_have_an_example_that_runs() -> None:
    groups = ("Layers and ids", "Blocks and expressions", "Shapes")
    on_specs = [code for code in page_codes() if page_of(code).group in groups]

    assert set(on_specs) <= set(RUNNABLE)


@pytest.mark.parametrize(
    "text",
    ["", "# a\n", "words", PAGE.replace("# a-code\n\nShapes\n\n", ""), PAGE.replace("\n\n", "\n")],
)
def test_what_is_not_laid_out_as_a_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a page begins"):
        parse_page(text)


@pytest.mark.parametrize("code", ["", "..", "../page", "no-such-code", "wrong-type.md", "Wrong"])
def test_what_is_no_code_has_no_page(code: str) -> None:
    assert read_page(code) is None


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        pytest.param("Diagnostic('a-b', m)", ["a-b"], id="a call"),
        pytest.param("x.Diagnostic('a-b' if c else 'c-d', m)", ["a-b", "c-d"], id="either"),
        pytest.param("raise LayerFault('a-b', *rest)", ["a-b"], id="more arguments"),
        pytest.param("def f(m, code): Diagnostic(code, m)\nf(1, 'a-b')", ["a-b"], id="a function"),
        pytest.param("code, m = 'a-b', 1", ["a-b"], id="a variable"),
        pytest.param("def f(*, code='a-b'): pass", ["a-b"], id="a default"),
        pytest.param("Diagnostic(f'a-{b}', m)", ["a-{b}"], id="a pattern"),
        pytest.param("Diagnostic(self.code, m)\ncode = max(1, 2)", [], id="what is none"),
    ],
)
def test_codes_are_found_however_they_are_written(source: str, codes: list[str]) -> None:
    tree = ast.parse(source)
    makers = MAKERS | passing_on(tree, MAKERS)

    assert [emitted.code for emitted in emitted_in(tree, "a.py", makers)] == codes


def test_a_code_that_cannot_be_told_is_noticed() -> None:
    with pytest.raises(Unclear, match="cannot tell which code"):
        list(emitted_in(ast.parse("Diagnostic(made_up(), m)"), "a.py", MAKERS))
