"""Of each step: what it wants, what changed before it, and the network itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from archspec.analysis import architecture_hash
from archspec.judge.difference import show_value
from archspec.judge.plain import given_fields
from archspec.report.block_kinds.kind import pipe_table
from archspec.report.difference import difference_as_markdown
from archspec.report.figures.architecture import draw_architecture
from archspec.report.gallery import Gallery
from archspec.report.steps import Step
from archspec.report.words import NOTHING, link_to
from archspec.tables import as_markdown, make_table
from archspec.tables.formats import as_prose

COLUMNS = ("input", "layer", "output", "kernel", "rf", "params", "share")


def heading(step: Step, folder: Path) -> Iterator[str]:
    """Yield the step's heading, its title, and where its spec lies."""
    title = as_prose(step.spec.title or "")
    assert step.spec.path is not None
    link = f"[{as_prose(step.spec.path.name)}]({link_to(step.spec.path, folder)})"
    yield f"## {as_prose(step.name)}"
    yield f"**{title}** ({link})" if title else link


def change(step: Step, before: Step | None) -> Iterator[str]:
    """Yield what changed from the step before."""
    if before is None or step.change is None:
        return
    yield f"### What changed against {as_prose(before.name)}"
    yield difference_as_markdown(step.change, figures=False).rstrip("\n")


def network(step: Step, before: Step | None, gallery: Gallery, file: str) -> Iterator[str]:
    """Yield the table and the figure of layers; the figure is added to `gallery`.

    A network that is the same as that of the step before is not shown again.
    """
    analysis = step.analysis
    if before is not None and architecture_hash(before.analysis) == architecture_hash(analysis):
        yield "### Network"
        name = as_prose(before.name)
        yield f"The same network as in {name}, of {analysis.totals.params:,} parameters."
        if recipe := _recipe(step):
            yield recipe
        return
    has_positions = bool(analysis.receptive_field.size)
    columns = [name for name in COLUMNS if has_positions or name != "rf"]
    yield "### Network"
    yield as_markdown(make_table(analysis, columns)).rstrip("\n")
    caption = "Share of the parameters, layer by layer, their count behind each bar."
    alt = f"Where the parameters of {step.name} sit"
    if has_positions:
        caption = (
            "Left: receptive field after each layer, the input's extent as a dashed line. "
            "Right: share of the parameters, their count behind each bar."
        )
        alt = f"Receptive field and parameters of {step.name}, layer by layer"
        if analysis.receptive_field.is_global:
            caption += " A layer that mixes all positions is left out of the receptive field."
    yield from gallery.show(file, partial(draw_architecture, analysis), alt, caption)
    if recipe := _recipe(step):
        yield recipe


def _recipe(step: Step) -> str:
    """Return data and training in a sentence each, defaults left out."""
    data, train = step.spec.data, step.spec.train
    parts = []
    if data is not None:
        parts.append(f"Data: {_fields(given_fields(data))}.")
    if train is not None:
        parts.append(f"Training: {_fields(given_fields(train))}.")
    return " ".join(parts)


def _fields(given: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} `{show_value(v)}`" for name, v in given.items())


def verdicts(step: Step) -> Iterator[str]:
    """Yield what became of every target and claim."""
    if not step.verdicts:
        return
    yield "### Verdicts"
    rows = [
        (
            f"{verdict.role} {verdict.name}",
            as_prose(verdict.expected),
            as_prose(verdict.actual or NOTHING),
            verdict.verdict,
            as_prose(verdict.reason or ""),
        )
        for verdict in step.verdicts
    ]
    headers = ("Target or claim", "Demanded or published", "Found", "Verdict", "Because")
    yield pipe_table(headers, rows, set())
