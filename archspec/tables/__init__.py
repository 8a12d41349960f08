"""Tables: of a network, in the formats people use, and back from published markdown."""

from archspec.tables.columns import COLUMNS, DEFAULT_COLUMNS, Cell, Column
from archspec.tables.formats import as_csv, as_json, as_markdown, print_rich, show_cell
from archspec.tables.markdown import (
    Heading,
    MarkdownCell,
    MarkdownDocument,
    MarkdownTable,
    read_markdown,
    read_markdown_tables,
)
from archspec.tables.published import SHAPES, agree, column_of, comparable
from archspec.tables.table import Row, Table, make_table

__all__ = [
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "SHAPES",
    "Cell",
    "Column",
    "Heading",
    "MarkdownCell",
    "MarkdownDocument",
    "MarkdownTable",
    "Row",
    "Table",
    "agree",
    "as_csv",
    "as_json",
    "as_markdown",
    "column_of",
    "comparable",
    "make_table",
    "print_rich",
    "read_markdown",
    "read_markdown_tables",
    "show_cell",
]
