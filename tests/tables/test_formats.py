from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console

from archspec.diagnostics import Source
from archspec.tables import (
    COLUMNS,
    as_csv,
    as_json,
    as_markdown,
    make_table,
    print_rich,
    read_markdown_tables,
    show_cell,
)
from tests.support.ladder import STEP1, STEP2, STEP3, analysis_of, network


@pytest.mark.parametrize("text", [STEP1, STEP2, STEP3])
@pytest.mark.parametrize("expand", [False, True])
def test_markdown_is_read_back_as_it_was_written(text: str, expand: bool) -> None:
    table = make_table(analysis_of(text), COLUMNS, expand)
    (read,) = read_markdown_tables(Source("a.md", as_markdown(table)))

    assert tuple(cell.text for cell in read.headers) == table.headers
    assert [[cell.text for cell in row] for row in read.rows] == [
        [show_cell(cell) for cell in row.cells] for row in table.rows
    ]


def test_markdown_puts_figures_on_the_right() -> None:
    assert as_markdown(make_table(analysis_of(STEP3), ["layer", "params"])).splitlines()[:3] == [
        "| Layer | Params |",
        "| --- | ---: |",
        "| Conv1 | 88 |",
    ]


def test_json_keeps_numbers_as_numbers() -> None:
    value = json.loads(as_json(make_table(analysis_of(STEP3), ["layer", "rf", "macs"])))

    assert value["format"] == 1
    assert value["columns"] == ["layer", "rf", "macs"]
    assert value["rows"][1] == {"layer": "Conv2", "rf": 5, "macs": 663552}
    assert value["totals"] == {"params": 7720, "macs": 1140928}


def test_json_has_peaks_where_the_table_has() -> None:
    value = json.loads(as_json(make_table(analysis_of(STEP3), ["layer", "bytes"])))

    assert set(value["peaks"]) == {"bytes"}
    assert value["peaks"]["bytes"] < value["totals"]["bytes"]
    assert "peaks" not in json.loads(as_json(make_table(analysis_of(STEP3), ["layer", "macs"])))


def test_json_has_null_for_a_figure_that_a_row_does_not_have() -> None:
    text = network("[3]", "linear: 3", "auxiliary: {layers: [{linear: 3}]}", "relu")
    rows = json.loads(as_json(make_table(analysis_of(text), ["kernel", "macs"])))["rows"]

    assert rows[1] == {"kernel": "-", "macs": None}


def test_csv_has_a_heading_line_and_bare_numbers() -> None:
    written = as_csv(make_table(analysis_of(STEP3), ["layer", "macs"]))
    rows = list(csv.reader(io.StringIO(written)))

    assert rows[:3] == [["Layer", "MACs"], ["Conv1", "48672"], ["Conv2", "663552"]]
    assert len(rows) == 11


def shown(text: str, *columns: str, title: str | None = None) -> list[str]:
    stream = io.StringIO()
    table = make_table(analysis_of(text), columns or ("input", "layer", "output", "kernel", "rf"))
    print_rich(table, title, Console(file=stream, width=80))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_a_terminal_of_80_columns_shows_the_published_table_on_one_line_a_row() -> None:
    lines = shown(STEP3, title="Step 3")

    assert lines[0] == "Step 3"
    assert [line.split() for line in lines[4:14]] == [
        [show_cell(cell) for cell in row.cells] for row in make_table(analysis_of(STEP3)).rows
    ]
    assert lines[-1] == "Total params: 7,720"


def test_all_columns_fold_into_80() -> None:
    assert max(map(len, shown(STEP3, *COLUMNS))) <= 80


def test_brackets_are_no_markup() -> None:
    assert shown(STEP3, title="a [bold] title")[0] == "a [bold] title"


def test_figures_end_in_the_same_column() -> None:
    rows = shown(network("[1, 9, 9]", "conv: {out_channels: 99, kernel_size: 3}", "relu"), "params")

    assert [row for row in rows if row.strip().replace(",", "").isdecimal()] == [
        "    990",
        "      0",
    ]
