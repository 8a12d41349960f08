"""`archspec table`: the table of a network, for a README, a terminal or a program."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from archspec.commands.options import Overrides, Spec


class TableFormat(StrEnum):
    """How `table` writes."""

    markdown = "markdown"
    rich = "rich"
    json = "json"
    csv = "csv"


def table(
    spec: Spec,
    format: Annotated[
        TableFormat | None,
        typer.Option(
            "--format", help="By default rich on a terminal, else markdown.", show_default=False
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="By default input,layer,output,kernel,rf; further stride, jump, start, "
            "clipped, params, buffers, macs, share, activations, bytes, kind, id.",
            show_default=False,
        ),
    ] = None,
    expand: Annotated[
        bool, typer.Option("--expand", help="One row for each operation, such as Conv3.norm.")
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="How deep groups are looked into: 1 is one row for each entry of the layer list, "
            "a block or residual being one; by default every entry has its row.",
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Print the table of a network and the line with its total.

    Example: archspec table specs/step3.yaml --columns layer,output,rf,params,macs
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import hand_over
    from archspec.tables import DEFAULT_COLUMNS, as_csv, as_json, as_markdown, print_rich
    from archspec.tables.columns import find_columns
    from archspec.tables.table import check_depth

    with exit_on_fault():
        chosen = DEFAULT_COLUMNS if columns is None else columns.split(",")
        find_columns(chosen)  # a wrong option is told before the spec's own faults
        check_depth(depth, expand=expand)
        network = api.load(spec, overrides or ())
        print_faults(network.diagnostics)
        made = api.table(network, chosen, expand=expand, depth=depth)
    if format is None:
        format = TableFormat.rich if sys.stdout.isatty() else TableFormat.markdown
    if format is TableFormat.rich:
        print_rich(made, network.spec.title)
    else:
        writers = {
            TableFormat.markdown: as_markdown,
            TableFormat.json: as_json,
            TableFormat.csv: as_csv,
        }
        hand_over(writers[format](made))
