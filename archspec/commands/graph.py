"""`archspec graph`: a network as a drawing, for a page, a README or another program."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from archspec.commands.options import Overrides, Spec


class GraphFormat(StrEnum):
    """How `graph` writes."""

    mermaid = "mermaid"
    dot = "dot"
    svg = "svg"


ENDINGS = {
    ".mmd": GraphFormat.mermaid,
    ".mermaid": GraphFormat.mermaid,
    ".dot": GraphFormat.dot,
    ".gv": GraphFormat.dot,
    ".svg": GraphFormat.svg,
}


def graph(
    spec: Spec,
    format: Annotated[
        GraphFormat | None,
        typer.Option(
            "--format",
            help="By default what the ending of --output says (.mmd, .dot, .svg), else mermaid.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to; by default standard output.", show_default=False
        ),
    ] = None,
    depth: Annotated[
        str,
        typer.Option(
            metavar="N",
            help="How deep groups are looked into: 1 draws each entry of the layer list as one "
            "box, `all` every entry; `auto` every entry as long as that can be read.",
        ),
    ] = "auto",
    overrides: Overrides = None,
) -> None:
    """Draw a network: layers with their shapes, receptive fields and params, groups around them.

    Mermaid is text that GitHub draws itself, dot is for Graphviz, and SVG is a finished picture, on
    light and dark pages.

    Example: archspec graph specs/step3.yaml --output step3.svg
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import hand_over, tell
    from archspec.drawing import as_dot, as_mermaid, as_svg, read_depth
    from archspec.record.atomic import write_atomically

    with exit_on_fault():
        read_depth(depth)  # a wrong option is told before the spec's own faults
        chosen = format or _format_of(output)
        network = api.load(spec, overrides or ())
        print_faults(network.diagnostics)
        picture = api.draw(network, depth)
        writers = {
            GraphFormat.mermaid: as_mermaid,
            GraphFormat.dot: as_dot,
            GraphFormat.svg: as_svg,
        }
        text = writers[chosen](picture)
        if chosen is GraphFormat.mermaid:
            _warn_of_size(len(picture.edges), len(text))
        if output is not None:
            write_atomically(output, text.encode())
    if output is None:
        hand_over(text)
    else:
        tell(f"{output}: {len(picture.boxes):,} boxes\n")


def _format_of(output: Path | None) -> GraphFormat:
    """Return the format that a file's ending names; UsageError for an ending that names none."""
    from archspec.diagnostics import Diagnostic, UsageError

    if output is None:
        return GraphFormat.mermaid
    found = ENDINGS.get(output.suffix.lower())
    if found is None:
        fact = f"the ending of {output} names no format"
        help = f"write such as `--output {output.stem or 'network'}.svg`, or give `--format`"
        raise UsageError([Diagnostic("wrong-usage", fact, None, help)])
    return found


def _warn_of_size(edges: int, letters: int) -> None:
    """Say when GitHub would refuse to draw a Mermaid text."""
    from archspec.commands.faults import print_faults
    from archspec.diagnostics import Diagnostic
    from archspec.drawing import MOST_EDGES, MOST_LETTERS

    if edges > MOST_EDGES or letters > MOST_LETTERS:
        fact = (
            f"{edges:,} edges in {letters:,} letters: Mermaid draws {MOST_EDGES} in "
            f"{MOST_LETTERS:,} unless its host allows more"
        )
        help = "draw less with `--depth 1`, or write SVG"
        print_faults((Diagnostic("large-drawing", fact, None, help, "warning"),))
