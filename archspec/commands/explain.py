"""`archspec explain`: what a code means, why it matters, an example and the cure."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from archspec.diagnostics.page import CodePage

WIDEST = 100
"""Columns of running text that still read well."""


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="As in `error[CODE]`; none lists them all."),
    ] = None,
) -> None:
    """Explain a code: what it means, why it matters, an example, and the cure.

    Example: archspec explain kernel-does-not-fit
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.telling import tell

    if code is None:
        _show_all(all_pages())
        return
    with exit_on_fault():
        page = find_page(code)
    if sys.stdout.isatty():
        _print_page(page)
    else:
        tell(page.as_markdown())


def find_page(code: str) -> CodePage:
    """Return the page of a code, given as people copy it; UsageError for an unknown one."""
    from archspec.diagnostics import Diagnostic, UsageError, did_you_mean
    from archspec.diagnostics.page import page_codes, read_page

    bracketed = re.search(r"\[([^\[\]]+)\]", code)
    asked = (bracketed[1] if bracketed else code).strip().strip(":`").lower().replace("_", "-")
    page = read_page(asked) or _rule_page(asked)
    if page is not None:
        return page
    from archspec.judge.lint import PAGES

    help = did_you_mean(asked, (*page_codes(), *PAGES)) or "`archspec explain` lists every code"
    fact = f"no message has the code `{code[:60]}`"
    raise UsageError([Diagnostic("unknown-code", fact, None, help)])


def _rule_page(code: str) -> CodePage | None:
    """Return the page of a lint rule, which stands in the rule's own file."""
    from textwrap import fill

    from archspec.diagnostics.page import GROUPS, HEADINGS, CodePage
    from archspec.judge.lint import PAGES

    if code not in PAGES:
        return None
    rule = PAGES[code]
    instead = f"Write it such as this:\n\n{_fenced(rule.instead)}"
    texts = (fill(rule.summary, WIDEST), fill(rule.why, WIDEST), _fenced(rule.example), instead)
    sections = dict(zip(HEADINGS, texts, strict=True))
    return CodePage(code, GROUPS[-1], {**sections, "Source": fill(rule.source, WIDEST)})


def _fenced(text: str) -> str:
    return f"```yaml\n{text.strip()}\n```"


def all_pages() -> tuple[CodePage, ...]:
    """Return every page, group by group."""
    from archspec.diagnostics.page import GROUPS, page_codes, read_page
    from archspec.judge.lint import PAGES

    found = (*map(read_page, page_codes()), *map(_rule_page, PAGES))
    pages = [page for page in found if page is not None]
    return tuple(sorted(pages, key=lambda page: GROUPS.index(page.group)))


def pages_as_markdown(pages: tuple[CodePage, ...]) -> str:
    """Return a list of codes under the headings of their groups."""
    lines: list[str] = []
    for page in pages:
        if f"## {page.group}" not in lines:
            lines += ["", f"## {page.group}", ""]
        lines.append(f"- `{page.code}`: {page.gist}")
    return "\n".join(["# Codes", *lines]) + "\n"


def _show_all(pages: tuple[CodePage, ...]) -> None:
    if not sys.stdout.isatty():
        from archspec.commands.telling import tell

        tell(pages_as_markdown(pages))
        return
    from rich.markdown import Markdown
    from rich.table import Table

    console, width = _console()
    for group in dict.fromkeys(page.group for page in pages):
        console.print(f"\n[bold]{group}[/]", width=width)
        listed = Table.grid(padding=(0, 2, 0, 0))
        listed.add_column(style="cyan", no_wrap=width > 60, overflow="fold")
        listed.add_column()
        for page in pages:
            if page.group == group:
                listed.add_row(page.code, Markdown(page.gist))
        console.print(listed, width=width)
    console.print("\n`archspec explain CODE` tells more of one.", width=width, markup=False)


def _print_page(page: CodePage) -> None:
    from rich.markdown import Markdown
    from rich.text import Text

    console, width = _console()
    console.print(Text.assemble((page.code, "bold cyan"), f"   {page.group}"), width=width)
    for heading, text in page.sections.items():
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(Markdown(text, code_theme="ansi_dark"), width=width)


def _console() -> tuple[Console, int]:
    """Return the terminal, and how wide running text may be in it."""
    from rich.console import Console
    from rich.theme import Theme

    # rich's own style of code has a black ground, which light terminals show as boxes.
    console = Console(highlight=False, theme=Theme({"markdown.code": "cyan"}))
    return console, min(console.width, WIDEST)
