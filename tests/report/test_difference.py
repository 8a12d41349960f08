from __future__ import annotations

import json

from archspec.judge.difference import difference
from archspec.report.difference import (
    difference_as_json,
    difference_as_markdown,
    difference_as_text,
)
from tests.support.ladder import analysis_of, network

OLD = network("[1, 8, 8]", "conv: {out_channels: 4, kernel_size: 3}", "relu")
NEW = network("[1, 8, 8]", "conv: {out_channels: 6, kernel_size: 3}", "relu", "max_pool: 2")
MADE = difference(analysis_of(OLD), analysis_of(NEW))
SAME = difference(analysis_of(OLD), analysis_of(OLD))


def test_text_says_first_what_was_changed_and_then_what_follows() -> None:
    assert difference_as_text(MADE, "a.yaml", "b.yaml") == (
        "a.yaml → b.yaml\n"
        "  ~ conv1: out_channels 4 → 6\n"
        "  + maxpool1: max_pool 2\n"
        "\n"
        "  conv1     output 6x6x4 → 6x6x6, params 40 → 60 (+20), MACs 1,296 → 1,944 (+648)\n"
        "  relu1     output 6x6x4 → 6x6x6\n"
        "  in total  output 6x6x4 → 3x3x6, receptive field 3 → 4 (+1), params 40 → 60 (+20), "
        "MACs 1,296 → 1,944 (+648)\n"
    )


def test_text_of_no_difference_says_so() -> None:
    assert difference_as_text(SAME) == "A → B\n  nothing changed in layers, data and training\n"


def test_layers_that_changed_alike_share_a_line() -> None:
    layers = ["conv: {out_channels: 4, kernel_size: 1}"] * 2
    normed = ["conv: {out_channels: 4, kernel_size: 1, norm: batch}"] * 2
    made = difference(*(analysis_of(network("[4, 8, 8]", *some)) for some in (layers, normed)))

    assert "  ~ conv1, conv2: norm none → batch\n" in difference_as_text(made)


def test_markdown_is_a_table_of_changes_the_totals_and_a_table_of_figures() -> None:
    assert difference_as_markdown(MADE) == (
        "| Where | Before | After |\n"
        "| --- | --- | --- |\n"
        "| conv1: out_channels | 4 | 6 |\n"
        "| maxpool1 | – | max_pool 2 |\n"
        "\n"
        "In total: output 6x6x4 → 3x3x6, receptive field 3 → 4 (+1), params 40 → 60 (+20), "
        "MACs 1,296 → 1,944 (+648).\n"
        "\n"
        "| Layer | Output | Receptive field | Params | MACs |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| conv1 | 6x6x4 → 6x6x6 |  | 40 → 60 (+20) | 1,296 → 1,944 (+648) |\n"
        "| relu1 | 6x6x4 → 6x6x6 |  |  |  |\n"
        "| maxpool1 (new) | 3x3x6 | 4 | 0 | 0 |\n"
    )


def test_json_leaves_out_the_side_that_had_no_value() -> None:
    texts = [OLD + f"train: {{epochs: 2, batch_size: 8, optimizer: {call}}}\n" for call in
             ("{SGD: {lr: 1}}", "{SGD: {lr: 1, momentum: 0.9}}")]  # fmt: skip
    made = difference_as_json(difference(*map(analysis_of, texts)))

    assert made["train"] == [{"path": ["train", "optimizer", "SGD", "momentum"], "new": 0.9}]


def test_json_has_the_figures_as_numbers_and_the_lines_of_the_entries() -> None:
    made = json.loads(json.dumps(difference_as_json(MADE)))

    assert (made["format"], made["same"]) == (1, False)
    assert made["entries"][0] == {
        "status": "changed",
        "id": "conv1",
        "old_id": "conv1",
        "kind": "conv",
        "entry": "conv {out_channels: 6, kernel_size: 3}",
        "changes": [{"path": ["out_channels"], "old": 4, "new": 6}],
        "figures": [
            {"name": "output", "old": [4, 6, 6], "new": [6, 6, 6], "delta": None},
            {"name": "params", "old": 40, "new": 60, "delta": 20},
            {"name": "macs", "old": 1296, "new": 1944, "delta": 648},
        ],
        "file": "a.yaml",
        "line": 4,
    }
