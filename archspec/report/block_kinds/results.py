"""`results SPEC…`: what was measured over seeds, from the kept records."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.words import counted
from archspec.judge import Evidence, Spread
from archspec.language import Spec
from archspec.report.block_kinds.kind import Kind, pipe_table
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.tables.formats import as_prose

HEADERS = (
    "Network",
    "n",
    "Best test accuracy, %",
    "Range",
    "Last epoch, %",
    "Target",
    "Seeds that met it",
)
NOTHING = "–"
FORM = BlockForm("results", "results specs/step3.yaml", 1, None, ("records",))


def write(block: PageBlock, seat: Seat) -> str:
    """Return a row for each network and measured target: n, mean ± sd, range, share that met it.

    Below the table stands what the figures do not say: what steered the training, what is stale.
    """
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for word in block.specs:
        spec, evidence = seat.analysis(word).spec, seat.evidence(word, block)
        name = as_prose(spec.name)
        rows += _rows(name, evidence)
        notes += _notes(name, spec, evidence)
    table = pipe_table(HEADERS, rows, {"n"})
    return "\n\n".join([table, *dict.fromkeys(notes)])


def _rows(name: str, evidence: Evidence) -> Iterator[tuple[str, ...]]:
    summary = evidence.summary
    best, final = summary.highest_test, summary.final_test
    range = f"{float(best.min):.2f} to {float(best.max):.2f}" if best else NOTHING
    figures = (name, str(summary.n), _mean(best), range, _mean(final))
    for share in summary.shares:
        target = f"{share.target.name} {share.target.expected}"
        yield (*figures, target, str(share) if share.n else NOTHING)
    if not summary.shares:
        yield (*figures, NOTHING, NOTHING)


def _mean(spread: Spread | None) -> str:
    if spread is None:
        return NOTHING
    deviation = "" if spread.sd is None else f" ± {spread.sd:.2f}"
    return f"{float(spread.mean):.2f}{deviation}"


def _notes(name: str, spec: Spec, evidence: Evidence) -> Iterator[str]:
    if spec.data is not None and spec.data.validation == "test" and evidence.current:
        yield f"{name}: the test images are the validation images, and steer the training."
    elif spec.data is not None and not spec.data.validation and evidence.current:
        yield f"{name}: nothing is held out and no epoch chosen; the last one is the result."
    elif chosen := evidence.summary.chosen_test:
        held_out = evidence.summary.spreads.get("best_validation_accuracy")
        there = f" (on the held-out images, {held_out})" if held_out else ""
        yield f"{name}: in the epochs that validation chose, {chosen}{there}."
    if evidence.stale:
        count = len(evidence.stale)
        runs = counted(count, "kept run")
        yield f"{name}: {runs} of an earlier recipe left out."


KIND = Kind(FORM, write)
