from __future__ import annotations

import pytest

from archspec.analysis import EntryFacts
from archspec.analysis.outline import Item, Nest, outline
from archspec.diagnostics import UsageError
from archspec.tables import make_table, show_cell
from tests.support.ladder import analysis_of

HEAD = """\
archspec: 1
input: [4, 16, 16]
defaults:
  conv: {out_channels: 4, kernel_size: 3, padding: 1}
"""
NESTED = f"""{HEAD}\
blocks:
  Block:
    parameters: {{width: integer}}
    layers:
      - residual:
          body: [{{conv: $width}}]
          shortcut: [{{conv: {{out_channels: $width, kernel_size: 1, padding: 0}}}}]
      - relu
layers:
  - conv
  - repeat: {{id: stage, times: 2, layers: [{{Block: 8}}]}}
  - max_pool: 2
"""
WITH_HEAD = f"""{HEAD}\
layers:
  - conv
  - auxiliary: {{id: early, layers: [gap, flatten, {{linear: 3}}]}}
  - gap
  - flatten
  - linear: 3
"""


def cells(text: str, *columns: str, depth: int | None = None) -> list[list[str]]:
    table = make_table(analysis_of(text), columns, depth=depth)
    return [[show_cell(cell) for cell in row.cells] for row in table.rows]


@pytest.mark.parametrize(
    ("depth", "labels"),
    [
        (1, "Conv1 Repeat1 MaxPool1"),
        (2, "Conv1 stage.0 stage.1 MaxPool1"),
        (
            3,
            "Conv1 stage.0.Residual1 stage.0.ReLU1 stage.1.Residual1 stage.1.ReLU1 MaxPool1",
        ),
    ],
)
def test_a_depth_shows_groups_as_one_row(depth: int, labels: str) -> None:
    assert [label for (label,) in cells(NESTED, "layer", depth=depth)] == labels.split()


@pytest.mark.parametrize("depth", [4, 100])
def test_a_depth_that_reaches_every_entry_changes_nothing(depth: int) -> None:
    analysis = analysis_of(NESTED)

    assert make_table(analysis, depth=depth) == make_table(analysis)


def test_the_row_of_a_group_has_its_ends_and_its_sums() -> None:
    names = ("input", "layer", "output", "kernel", "stride", "rf", "params", "kind", "id")
    first = "16x16x4 stage.0 16x16x8 - - 5 336 round stage.0"
    # 8 * 4 * 9 + 8, and 8 * 4 + 8 on the shortcut; twice the channels go into the second round.
    second = "16x16x8 stage.1 16x16x8 - - 7 656 round stage.1"

    assert cells(NESTED, *names, depth=2)[1:3] == [first.split(), second.split()]


def test_a_group_has_the_shape_of_every_value_that_comes_in_once() -> None:
    text = f"""{HEAD}\
layers:
  - max_pool: {{id: small, kernel_size: 2}}
  - conv: {{out_channels: 6, id: wide}}
  - branches:
      join: concat
      paths:
        here: [conv]
        same: []
        there: {{from: small, layers: [conv]}}
"""

    assert cells(text, "input", "output", depth=1)[-1] == ["8x8x6, 8x8x4", "8x8x14"]


@pytest.mark.parametrize("depth", [1, 2, 3, None])
def test_rows_add_up_to_the_totals_at_any_depth(depth: int | None) -> None:
    names = ("params", "buffers", "macs", "activations", "bytes")
    table = make_table(analysis_of(NESTED), names, depth=depth)

    columns = zip(*(row.cells for row in table.rows), strict=True)
    assert [sum(map(int, column)) for column in columns] == [total for _, total in table.totals]


def test_what_runs_in_training_only_has_params_and_no_macs() -> None:
    names = ("layer", "params", "macs", "activations", "bytes")

    assert cells(WITH_HEAD, *names)[1:3] == [
        ["early.GAP", "0", "-", "-", "-"],
        ["early.Linear1", "15", "-", "-", "-"],
    ]
    assert cells(WITH_HEAD, *names, depth=1)[1] == ["Auxiliary1", "15", "-", "-", "-"]


def test_a_group_with_a_head_inside_has_the_macs_of_the_rest() -> None:
    block = "{layers: [conv, {auxiliary: {layers: [conv]}}, conv]}"
    text = f"{HEAD}blocks: {{Headed: {block}}}\nlayers: [Headed, relu]\n"

    # Three convolutions of 148 params; two of 36 * 4 * 256 multiply-adds count.
    assert cells(text, "params", "macs", "rf", depth=1)[0] == ["444", "73,728", "5"]


def test_a_group_that_ends_with_a_head_gives_what_was_before_it() -> None:
    block = "{layers: [{conv: 6}, {auxiliary: {layers: [{conv: 4}]}}]}"
    text = f"{HEAD}blocks: {{Headed: {block}}}\nlayers: [Headed, conv]\n"

    assert cells(text, "layer", "output", "rf", depth=1)[0] == ["Headed1", "16x16x6", "3"]


def test_a_shared_group_is_one_row_without_params() -> None:
    text = f"{HEAD}layers: [{{residual: [conv, relu]}}, {{share: residual1}}]\n"

    assert cells(text, "layer", "params", "kind", depth=1) == [
        ["Residual1", "148", "residual"],
        ["Share1", "0", "share"],
    ]


def test_a_shared_entry_is_no_group() -> None:
    text = f"{HEAD}layers: [conv, {{share: {{of: conv1, id: again}}}}]\n"

    assert cells(text, "kind", "id", "params", depth=1) == [
        ["conv", "conv1", "148"],
        ["conv", "again", "0"],
    ]


def test_a_condition_is_no_group() -> None:
    text = f"{HEAD}layers: [conv, {{when: {{condition: true, layers: [relu, conv]}}}}]\n"

    assert cells(text, "layer", depth=1) == [["Conv1"], ["when1.ReLU1"], ["when1.Conv1"]]


def test_a_group_that_stands_alone_shows_what_it_holds() -> None:
    text = f"{HEAD}layers: [{{residual: [conv, relu]}}]\n"

    assert cells(text, "layer", depth=1) == [["Conv1"], ["ReLU1"], ["Add"]]


def test_groups_of_nothing_and_of_what_only_reshapes_have_no_row() -> None:
    text = (
        f"{HEAD}layers: [conv, {{repeat: {{times: 0, layers: [conv]}}}}, "
        "{repeat: {times: 2, layers: [identity]}}]\n"
    )

    assert cells(text, "layer", depth=1) == [["Conv1"]]


def test_the_row_of_a_group_knows_its_line() -> None:
    rows = make_table(analysis_of(NESTED), depth=1).rows

    assert [str(row.span) for row in rows] == ["a.yaml:14:5", "a.yaml:15:5", "a.yaml:16:5"]


@pytest.mark.parametrize(
    ("depth", "expand", "fact"),
    [(0, False, "there is no depth 0"), (1, True, "`depth` hides"), (-3, False, "no depth -3")],
)
def test_a_depth_that_cannot_be_is_wrong_usage(depth: int, expand: bool, fact: str) -> None:
    with pytest.raises(UsageError, match=fact):
        make_table(analysis_of(NESTED), expand=expand, depth=depth)


def names_of(items: tuple[Item, ...]) -> list[object]:
    """Return ids as they are nested."""
    return [
        item.entry.id if isinstance(item, EntryFacts) else {item.group.id: names_of(item.children)}
        for item in items
    ]


def test_the_outline_has_every_entry_once_in_its_group() -> None:
    around, body = "stage.0.residual1.shortcut.conv1", "stage.0.residual1.conv1"
    residual = {"stage.0.residual1": [body, around, "stage.0.residual1.add"]}
    first, *_ = outline(analysis_of(NESTED))[1].children  # type: ignore[union-attr]

    assert names_of((first,)) == [{"stage.0": [{"stage.0.block1": [residual, "stage.0.relu1"]}]}]


def test_the_paths_of_a_residual_are_told_apart() -> None:
    residual = find(outline(analysis_of(NESTED)), "stage.1.residual1")

    assert [(way.name, names_of(items)) for way, items in residual.ways()] == [
        ("body", ["stage.1.residual1.conv1"]),
        ("shortcut", ["stage.1.residual1.shortcut.conv1"]),
    ]


def find(items: tuple[Item, ...], id: str) -> Nest:
    """Return the group of an id."""
    for item in items:
        if isinstance(item, Nest) and id.startswith(item.group.id):
            return item if item.group.id == id else find(item.children, id)
        if isinstance(item, Nest) and not item.is_level:
            return find(item.children, id)
    raise AssertionError(id)
