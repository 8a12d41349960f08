from __future__ import annotations

import pytest

from archspec.diagnostics import UsageError
from archspec.tables import COLUMNS, as_markdown, make_table, show_cell
from tests.support.ladder import (
    PUBLISHED,
    STEP1,
    STEP1_AS_PRINTED,
    STEP2,
    STEP3,
    analysis_of,
    network,
)


def cells(
    text: str, *columns: str, expand: bool = False, depth: int | None = None
) -> list[list[str]]:
    table = make_table(analysis_of(text), columns, expand, depth)
    return [[show_cell(cell) for cell in row.cells] for row in table.rows]


def printed(step: int) -> list[str]:
    """Return the published table of a step, line by line, with the line of the total."""
    lines = (PUBLISHED / f"step{step}.md").read_text(encoding="utf-8").splitlines()
    return lines[next(i for i, line in enumerate(lines) if line.startswith("|")) :]


@pytest.mark.parametrize(("text", "step"), [(STEP2, 2), (STEP3, 3)])
def test_the_published_tables_come_out_cell_for_cell(text: str, step: int) -> None:
    assert as_markdown(make_table(analysis_of(text))).splitlines() == printed(step)


def test_step_1_as_printed_has_the_printed_rows_and_another_total() -> None:
    made = as_markdown(make_table(analysis_of(STEP1_AS_PRINTED))).splitlines()

    assert made[:-1] == printed(1)[:-1]
    # 6,920 in the convolutions and 2 for each of 66 normalized channels.
    assert made[-1] == "Total params: 7,052"


def test_step_1_differs_from_what_was_printed_in_its_last_two_rows() -> None:
    made = as_markdown(make_table(analysis_of(STEP1))).splitlines()

    assert [new for new, old in zip(made, printed(1), strict=True) if new != old] == [
        "| 7x7x16 | Conv7 | 7x7x10 | 1x1 | 16 |",
        "| 7x7x10 | Conv8 | 1x1x10 | 7x7 | 28 |",
    ]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        pytest.param(
            network("[2, 50]", "conv: {out_channels: 3, kernel_size: 5}"),
            ["50x2", "46x3", "5", "5"],
            id="1-D",
        ),
        pytest.param(
            network("[1, 9, 8, 7]", "conv: {out_channels: 2, kernel_size: [3, 2, 1]}"),
            ["9x8x7x1", "7x7x7x2", "3x2x1", "3x2x1"],
            id="3-D",
        ),
        pytest.param(
            network("[1, 28, 28]", "conv: {out_channels: 2, kernel_size: [5, 9]}"),
            ["28x28x1", "24x20x2", "5x9", "5x9"],
            id="a kernel that is not square",
        ),
        pytest.param(network("[8]", "linear: 3"), ["8", "3", "-", "-"], id="features"),
        pytest.param(
            network("[4, 6, 6]", "group_norm: {num_groups: 2}"),
            ["6x6x4", "6x6x4", "-", "global (1)"],
            id="a norm over space",
        ),
    ],
)
def test_shapes_and_axes_are_printed_by_their_rank(text: str, row: list[str]) -> None:
    assert cells(text, "input", "output", "kernel", "rf") == [row]


def test_every_further_column_has_its_figure() -> None:
    text = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 3, stride: 2, padding: 1}")

    # 2 filters of 9 weights and a bias; 16 places of 18 multiply-adds; 32 floats of 4 bytes.
    row = "8x8x1 Conv1 4x4x2 3x3 3 2x2 2 -1 3 20 0 288 100.0 32 128 conv conv1"
    assert cells(text, *COLUMNS) == [row.split()]


def test_a_jump_may_be_a_fraction() -> None:
    assert cells(network("[1, 8, 8]", "upsample: 2"), "jump") == [["1/2"]]


def test_the_clipped_field_ends_at_the_border_of_the_input() -> None:
    layer = "conv: {out_channels: 1, kernel_size: [5, 9], padding: [2, 4]}"
    text = network("[1, 8, 8]", layer, layer)

    # Two windows of 5 x 9 see 9 x 17, of which no more than 8 x 8 is there.
    assert cells(text, "rf", "clipped") == [["5x9", "5x8"], ["9x17", "8"]]
    assert cells(network("[8]", "linear: 3"), "clipped") == [["-"]]


def test_shares_add_up_to_the_whole() -> None:
    table = make_table(analysis_of(STEP3), ["share"])

    assert sum(float(row.cells[0]) for row in table.rows) == pytest.approx(100, abs=0.05)


def test_a_network_without_params_has_no_shares() -> None:
    assert cells(network("[1, 8, 8]", "relu"), "share") == [["0.0"]]


def test_entries_that_only_reshape_have_no_row_unless_expanded() -> None:
    text = network("[2, 4, 4]", "conv: {out_channels: 3, kernel_size: 4, norm: batch}", "flatten")

    assert cells(text, "layer") == [["Conv1"]]
    assert cells(text, "layer", "params", expand=True) == [
        ["Conv1.conv", "99"],
        ["Conv1.norm", "6"],
        ["Flatten1", "0"],
    ]


def test_expanding_leaves_the_sums_as_they_are() -> None:
    names = ("params", "buffers", "macs", "activations", "bytes")
    table = make_table(analysis_of(STEP2), names, expand=True)

    for index, (name, total) in enumerate(table.totals):
        assert sum(int(row.cells[index]) for row in table.rows) == total, name


def test_the_caption_has_the_params_and_every_summed_column() -> None:
    assert make_table(analysis_of(STEP3), ["layer", "macs"]).caption == (
        "Total params: 7,720, MACs: 1,140,928"
    )


def test_the_caption_has_the_peak_of_what_is_given_up_again() -> None:
    text = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 1}", "max_pool: 2", "gap")
    table = make_table(analysis_of(text), ["activations", "bytes"])

    # Outputs of 128, 32 and 2 floats; at most the input of 64 and the first output are kept.
    assert table.peaks == (("activations", 192), ("bytes", 768))
    assert table.caption == "Total params: 4, activations: 162 (peak 192), bytes: 648 (peak 768)"
    assert make_table(analysis_of(text), ["macs"]).peaks == ()


def test_columns_are_named_in_any_case_and_once() -> None:
    table = make_table(analysis_of(STEP3), ["Layer", " RF ", "layer"])

    assert table.headers == ("Layer", "RF")


@pytest.mark.parametrize(
    ("names", "help"),
    [(["parms"], "did you mean `params`?"), (["layer", ""], None), ([], None)],
)
def test_an_unknown_column_is_a_wrong_usage(names: list[str], help: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        make_table(analysis_of(STEP3), names)

    (fault,) = caught.value.diagnostics
    assert fault.code == "unknown-column"
    assert help is None or fault.help == help


def test_every_row_knows_the_line_of_its_entry() -> None:
    first, second = make_table(analysis_of(network("[1, 8, 8]", "relu", "max_pool: 2"))).rows

    assert [str(first.span), str(second.span)] == ["a.yaml:4:5", "a.yaml:5:5"]
