"""The way on which the size of an axis came about, where a map runs out."""

from __future__ import annotations

import pytest

from archspec.analysis import analyze
from archspec.analysis.trail import show_trail
from archspec.diagnostics import Related
from archspec.graph import make_graph
from archspec.language import read_text
from tests.support.ladder import network

THREE = "conv: {out_channels: 4, kernel_size: 3}"
SAME = "conv: {out_channels: 4, kernel_size: 3, padding: 1}"
AROUND = f"residual: {{body: [{SAME}], shortcut: [{SAME}]}}"


def notes_of(input: str, *layers: str) -> list[str]:
    """Return the notes of the one fault of a network."""
    spec = read_text(network(input, *layers)).spec
    assert spec is not None
    graph, _ = make_graph(spec)
    _, (fault,) = analyze(graph)
    related: tuple[Related, ...] = fault.related
    return [note.message for note in related]


@pytest.mark.parametrize(
    ("input", "layers", "note"),
    [
        pytest.param("[1, 8, 8]", [THREE, "max_pool: 2", THREE, THREE],
                     "Conv2 gives (4, 1, 1); height so far: 8 → 6 → 3 → 1", id="step by step"),
        pytest.param("[1, 4, 4]", [SAME, "relu", "max_pool: 2", SAME, "batch_norm", THREE],
                     "BatchNorm1 gives (4, 2, 2); height so far: 4 → 2", id="changes only"),
        pytest.param("[1, 9, 4]", [THREE, THREE],
                     "Conv1 gives (4, 7, 2); width so far: 4 → 2", id="the axis at fault"),
        pytest.param("[1, 4]", [THREE, THREE],
                     "Conv1 gives (4, 2); length so far: 4 → 2", id="one axis"),
        pytest.param("[1, 4, 9, 9]", [THREE, THREE],
                     "Conv1 gives (4, 2, 7, 7); depth so far: 4 → 2", id="three axes"),
        pytest.param("[1, 2, 2]", [SAME, THREE],
                     "Conv1 gives (4, 2, 2)", id="it never changed"),
        pytest.param("[16]", ["reshape: [1, 4, 4]", THREE, THREE],
                     "Conv1 gives (4, 2, 2); height so far: 4 → 2", id="since the reshape"),
        pytest.param("[1, 22, 22]", [f"repeat: {{times: 12, layers: [{THREE}]}}"],
                     "9.Conv1 gives (4, 2, 2); height so far: "
                     "22 → 20 → 18 → 16 → … → 8 → 6 → 4 → 2", id="a long way"),
        pytest.param("[1, 6, 6]", [AROUND, THREE, THREE, THREE],
                     "Conv2 gives (4, 2, 2); height so far: 6 → 4 → 2", id="through a join"),
    ],
)  # fmt: skip
def test_the_note_tells_how_the_size_came_about(input: str, layers: list[str], note: str) -> None:
    assert notes_of(input, *layers)[0] == note


def test_a_fault_at_the_input_has_no_way_behind_it() -> None:
    assert notes_of("[1, 2, 2]", THREE) == ["the input is (1, 2, 2)"]


def test_a_fault_that_is_no_size_has_no_way() -> None:
    assert notes_of("[1, 8, 8]", THREE, "linear: 3") == ["Conv1 gives (4, 6, 6)"]


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ([28, 26], "28 → 26"),
        (list(range(9, 0, -1)), "9 → 8 → 7 → 6 → 5 → 4 → 3 → 2 → 1"),
        (list(range(20, 0, -1)), "20 → 19 → 18 → 17 → … → 4 → 3 → 2 → 1"),
    ],
)
def test_the_middle_of_a_long_trail_is_left_out(sizes: list[int], shown: str) -> None:
    assert show_trail(sizes) == shown
