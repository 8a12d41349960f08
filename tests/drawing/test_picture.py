from __future__ import annotations

import pytest

from archspec.diagnostics import UsageError
from archspec.drawing import read_depth
from archspec.drawing.folding import MOST_ROWS, Depth
from archspec.drawing.model import Aside, Box, Chain, Fork, Frame, Item, Look
from tests.support.drawn_networks import (
    BRANCHES,
    FROM,
    HEAD,
    HEADS,
    REPEATED,
    RESIDUAL,
    SEQUENTIAL,
    SHARED,
    UNET,
    picture_of,
)


def shown(text: str, depth: Depth = "auto") -> list[str]:
    """Return the labels of what is drawn, with what is in frames in brackets behind their name."""
    return [_name(item) for item in picture_of(text, depth).column.items]


def _name(item: Item) -> str:
    match item:
        case Box():
            return item.label
        case Frame():
            return f"{item.label}({_all(item.column)})"
        case Fork():
            ways = " | ".join(_all(path.column) for path in item.paths)
            return f"{ways} > {item.join.label}"
        case Aside():
            return f"beside: {_all(item.column)}"


def _all(column: Chain) -> str:
    return ", ".join(map(_name, column.items))


def box(text: str, id: str, depth: Depth = "auto") -> Box:
    """Return the box of an entry or group."""
    (found,) = (box for box in picture_of(text, depth).boxes if box.id == id)
    return found


def edges(text: str, depth: Depth = "auto") -> list[str]:
    """Return the edges by the ids of their ends."""
    picture = picture_of(text, depth)
    ids = {box.key: box.id for box in picture.boxes}
    return [f"{ids[edge.source]} > {ids[edge.target]}" for edge in picture.edges]


def test_a_sequential_network_is_one_column() -> None:
    assert shown(SEQUENTIAL) == ["input", "Conv1", "ReLU1", "MaxPool1", "output"]
    assert edges(SEQUENTIAL) == [
        "input > conv1",
        "conv1 > relu1",
        "relu1 > maxpool1",
        "maxpool1 > output",
    ]


def test_a_box_has_kernel_stride_shape_receptive_field_and_params() -> None:
    found = box(SEQUENTIAL, "conv1")

    assert (found.label, found.detail, found.output) == ("Conv1", "3x3 /2", "8x8x4")
    # 4 filters of 4 * 9 weights, and 4 biases.
    assert (found.receptive_field, found.params) == ("RF 3", "148")
    assert found.tooltip == (
        "conv1",
        "conv",
        "16x16x4 to 8x8x4",
        "kernel 3x3",
        "stride 2x2",
        "RF 3",
        "148 params",
        "9,216 MACs",
    )


@pytest.mark.parametrize(
    ("text", "id", "look"),
    [
        (SEQUENTIAL, "input", Look.end),
        (SEQUENTIAL, "conv1", Look.weights),
        (SEQUENTIAL, "relu1", Look.other),
        (SEQUENTIAL, "maxpool1", Look.size),
        (UNET, "convtranspose1", Look.weights),
        (UNET, "concat1", Look.join),
        (HEADS, "flatten1", Look.other),
        (
            f"{HEAD}layers: [{{flatten: {{start_dim: 2}}}}, {{permute: [0, 2, 1]}}]\n",
            "permute1",
            Look.other,
        ),
        (f"{HEAD}layers: [{{zero_pad: 1}}]\n", "zeropad1", Look.size),
        (HEADS, "linear1", Look.weights),
    ],
)
def test_what_a_box_does_shows(text: str, id: str, look: Look) -> None:
    assert box(text, id).look is look


def test_paths_stand_side_by_side_with_their_names() -> None:
    assert shown(BRANCHES)[2:4] == [
        "mixed(one.Conv1 | two.Conv1, two.Conv2, two.Conv3 |  > Concat)",
        "ReLU1",
    ]


def test_a_residual_has_its_body_and_the_way_around() -> None:
    assert shown(RESIDUAL)[1:3] == [
        "block(Conv1, ReLU1, Conv2 |  > Add)",
        "wider(Conv1 | shortcut.Conv1 > Add)",
    ]
    assert edges(RESIDUAL)[:5] == [
        "input > block.conv1",
        "block.conv1 > block.relu1",
        "block.relu1 > block.conv2",
        "block.conv2 > block.add",
        "input > block.add",
    ]


def test_a_path_from_elsewhere_is_fed_from_there() -> None:
    found = edges(FROM)

    assert "stem > skip.across.conv1" in found
    assert "convtranspose1 > skip.concat" in found


def test_an_auxiliary_head_stands_beside_and_says_so() -> None:
    picture = picture_of(HEADS)

    assert shown(HEADS)[2] == "beside: early(GAP, Flatten1, Linear1)"
    assert [box.id for box in picture.boxes if box.is_auxiliary] == [
        "early.gap",
        "early.flatten1",
        "early.linear1",
    ]
    assert sum(edge.is_auxiliary for edge in picture.edges) == 3
    assert "in training only" in box(HEADS, "early.linear1").tooltip


def test_a_shared_entry_says_whose_weights_it_uses() -> None:
    found = box(SHARED, "again")

    assert (found.detail, found.params) == ("weights of conv1", "shared")
    assert "weights of conv1" in found.tooltip


def test_a_shared_group_says_whose_weights_it_uses() -> None:
    frames = [item for item in picture_of(SHARED).column.items if isinstance(item, Frame)]

    assert [(frame.label, frame.kind) for frame in frames] == [
        ("block", "residual"),
        ("twice", "weights of block"),
    ]
    assert box(SHARED, "twice.conv1").params == "shared"
    assert box(SHARED, "twice.relu1").params == ""


def test_depth_1_draws_each_group_as_one_box() -> None:
    assert shown(UNET, 1)[1:6] == ["down1", "MaxPool1", "down2", "MaxPool2", "bottom"]
    found = box(UNET, "down2", 1)
    assert (found.detail, found.output) == ("Double", "8x8x4 → 8x8x8")
    # 8 * 4 * 9 + 8, and 8 * 8 * 9 + 8.
    assert (found.params, found.entries, found.look) == ("880", "2 entries", Look.group)


def test_edges_into_and_out_of_a_folded_group_stay() -> None:
    assert edges(UNET, 1)[-4:] == [
        "convtranspose2 > concat2",
        "down1 > concat2",
        "concat2 > up1",
        "up1 > output",
    ]


def test_an_edge_that_folding_makes_twice_is_drawn_once() -> None:
    assert edges(RESIDUAL, 1) == ["input > block", "block > wider", "wider > output"]


def test_a_value_that_a_join_uses_twice_has_two_edges() -> None:
    text = f"{HEAD}layers: [conv, {{add: [conv1]}}]\n"

    assert edges(text).count("conv1 > add1") == 2


def test_a_group_without_a_name_of_its_own_is_no_depth() -> None:
    text = HEAD + "layers: [{residual: [conv, relu]}]\n"

    assert shown(text, 1) == ["input", "Conv1, ReLU1 |  > Add", "output"]


def test_a_condition_is_no_depth_and_no_frame() -> None:
    text = HEAD + "layers: [relu, {when: {condition: true, layers: [conv, relu]}}]\n"

    assert shown(text, 1) == ["input", "ReLU1", "when1.Conv1", "when1.ReLU1", "output"]


def test_a_frame_around_one_box_is_its_name() -> None:
    text = HEAD + "layers: [relu, {repeat: {id: more, times: 2, layers: [conv]}}]\n"

    assert shown(text)[2] == "more(0.Conv1, 1.Conv1)"


def test_a_group_without_entries_is_not_drawn() -> None:
    text = HEAD + "layers: [conv, {repeat: {times: 0, layers: [conv]}}]\n"

    assert shown(text) == ["input", "Conv1", "output"]


def long(times: int) -> str:
    return REPEATED.replace("times: 4", f"times: {times}")


@pytest.mark.parametrize(("times", "is_folded"), [(14, False), (15, True)])
def test_every_entry_is_drawn_as_long_as_that_can_be_read(times: int, is_folded: bool) -> None:
    picture = picture_of(long(times))

    # Three rows of a residual and one below it in each round, and two rows outside.
    assert (4 * times + 2 > MOST_ROWS) is is_folded
    assert any(box.look is Look.group for box in picture.boxes) is is_folded


def test_a_long_repeat_shows_its_first_round_and_the_others_as_one() -> None:
    assert shown(long(20))[2:4] == [
        "stage(0(residual1(Conv1, Conv2 |  > Add), ReLU1), 1 … 19)",
        "ReLU1",
    ]
    found = box(long(20), "stage.1")
    # 19 rounds of two convolutions of 148 parameters; each of the 40 adds 2 to the field of 3.
    assert (found.params, found.entries, found.detail) == ("5,624", "76 entries", "×19")
    assert found.receptive_field == "RF 83"


def test_all_draws_every_round() -> None:
    assert len(picture_of(long(20), "all").boxes) == 20 * 4 + 4


def test_rounds_of_other_layers_are_not_put_together() -> None:
    layers = '[{conv: {}}, {when: {condition: "${index > 4}", layers: [relu, relu, relu]}}]'
    text = f"{HEAD}layers: [relu, {{repeat: {{id: stage, times: 20, layers: {layers}}}}}]\n"

    assert shown(text)[2] == "stage(0.Conv1, 1 … 4, 5 … 19)"


def test_a_long_network_without_repeats_is_drawn_less_deep() -> None:
    block = "{Five: {}}"
    text = (
        f"{HEAD}blocks: {{Five: {{layers: [conv, relu, conv, relu, conv]}}}}\n"
        f"layers: [{', '.join([block] * 20)}]\n"
    )

    assert shown(text)[1:4] == ["five1", "five2", "five3"]
    assert len(picture_of(text, "all").boxes) == 102


@pytest.mark.parametrize(
    ("text", "depth"), [("auto", "auto"), ("ALL", "all"), ("1", 1), (" 12 ", 12)]
)
def test_a_depth_is_a_number_or_a_word(text: str, depth: Depth) -> None:
    assert read_depth(text) == depth


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "two", "", "9" * 5000, "²"])
def test_no_other_depth_is_taken(text: str) -> None:
    with pytest.raises(UsageError, match="there is no depth"):
        read_depth(text)
