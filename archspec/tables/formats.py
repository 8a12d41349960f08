"""A table as markdown, JSON and CSV, and on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.analysis.words import NOTHING
from archspec.tables.columns import Cell
from archspec.tables.table import Table

if TYPE_CHECKING:
    from rich.console import Console

FORMAT_VERSION = 1
"""Version of the JSON of a table."""


def show_cell(cell: Cell) -> str:
    """Return a cell as people read it: thousands separated, shares with one decimal."""
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


_TAG = re.compile(r"<(?!https?://)(?=[A-Za-z/!?])")
_STEERS = re.compile(r"[\\*`\[\]~&]|(?<!\w)_|_(?!\w)")


def without_html(text: str) -> str:
    """Return markdown that shows what would be a tag or comment; a link in `<…>` stays one."""
    return _TAG.sub("&lt;", text)


def as_prose(text: str) -> str:
    """Return a text of somebody else as one line of markdown that shows it as it is.

    By entities, which mean the same in a table's cell; a backslash would be escaped there.
    """
    line = " ".join(text.split())
    return _STEERS.sub(lambda found: f"&#{ord(found[0])};", line).replace("<", "&lt;")


def escape_cell(text: str) -> str:
    """Return a text that a markdown table shows as it is, in one cell of one line."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())


def as_markdown(table: Table) -> str:
    """Return a GitHub-flavoured pipe table, a blank line, and the line with the totals."""
    marks = ["---:" if column.is_figure else "---" for column in table.columns]
    lines = [
        map(escape_cell, table.headers),
        marks,
        *(map(escape_cell, map(show_cell, row.cells)) for row in table.rows),
    ]
    written = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([*written, "", table.caption]) + "\n"


def as_json(table: Table) -> str:
    """Return columns, rows by column name, totals, and peaks where there are.

    Numbers stay numbers, and a figure that a row does not have is null.
    """
    import json

    names = [column.name for column in table.columns]
    value = {
        "format": FORMAT_VERSION,
        "columns": names,
        "rows": [
            {
                column.name: None if column.is_figure and cell == NOTHING else cell
                for column, cell in zip(table.columns, row.cells, strict=True)
            }
            for row in table.rows
        ],
        "totals": dict(table.totals),
    }
    if table.peaks:
        value["peaks"] = dict(table.peaks)
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def as_csv(table: Table) -> str:
    """Return a heading line and the rows; numbers without separators, no line of totals."""
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.headers)
    writer.writerows(row.cells for row in table.rows)
    return text.getvalue()


def print_rich(table: Table, title: str | None = None, console: Console | None = None) -> None:
    """Print the table for a terminal: colour where it has one, figures on the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    from archspec.diagnostics.cells import visible

    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        right = column.is_figure or column.name == "rf"
        style = {"layer": "bold cyan", "params": "green", "rf": "yellow"}.get(column.name)
        shown.add_column(
            column.header, justify="right" if right else "left", style=style, overflow="fold"
        )
    for row in table.rows:
        # As Text, so that an id such as `a[b]` is never read as markup.
        shown.add_row(*(Text(visible(show_cell(cell))) for cell in row.cells))
    console = console or Console()
    # Title and caption are not the table's own: those wrap at the width of the table.
    if title:
        console.print(Text(visible(title), style="bold"))
    console.print(shown)
    console.print(Text(visible(table.caption), style="bold"))
