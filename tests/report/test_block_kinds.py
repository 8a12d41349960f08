from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import ArchspecError, Source
from archspec.judge.quoted import show_number
from archspec.language import Reading, read_spec
from archspec.record import RunRecord, write_record
from archspec.report.block_kinds import KINDS
from archspec.report.blocks import read_blocks
from archspec.report.desk import Desk
from archspec.report.sync import FORMS, renew
from tests.support.ladder import STEP2, STEP3
from tests.support.records import HIGH, LOW, TEXT, record_for


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(STEP2, encoding="utf-8")
    return tmp_path


def keep(folder: Path, *records: RunRecord) -> None:
    """Put records where the desk looks for them."""
    for record in records:
        place = folder / "reports" / "records" / "a" / f"{record.run}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        write_record(record, place)


def written(words: str, folder: Path) -> str:
    """Return what a block of these words says in a folder."""
    source = Source("a.md", f"<!-- archspec:{words} --><!-- archspec:end -->")
    (block,), faults = read_blocks(source, FORMS)
    assert faults == ()
    desk = Desk(lambda at: at / "reports" / "records")
    return KINDS[block.form.kind].write(block, desk.at(folder))


def refused(words: str, folder: Path) -> str:
    """Return what is said of a block that cannot be written."""
    with pytest.raises(ArchspecError) as caught:
        written(words, folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("params", "7,720"),
        ("params format=plain", "7720"),
        ("params format=thousands", "7,720"),
        ("params format=kilo", "7.7k"),
        ("params format=kilo decimals=2", "7.72k"),
        ("macs", "1,140,928"),
        ("macs format=mega", "1.1M"),
        ("macs format=mega decimals=3", "1.141M"),
        ("receptive_field", "28"),
        ("buffers", "199"),
        ("input", "28x28x1"),
        ("output", "10"),
        ("seeds", "0"),
    ],
)
def test_a_value_is_one_number(words: str, expected: str, folder: Path) -> None:
    assert written(f"value a.yaml {words}", folder) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # Two seeds: best 99.40 and 99.39 of 10,000 images, both 99.39 in the last epoch.
        ("best_test_accuracy.n", "2"),
        ("best_test_accuracy.min", "99.39"),
        ("best_test_accuracy.max", "99.40"),
        ("best_test_accuracy.max format=percent", "99.40 %"),
        ("best_test_accuracy.mean decimals=3", "99.395"),
        ("best_test_accuracy.sd decimals=4", "0.0071"),
        ("final_test_accuracy.mean", "99.39"),
        ("test_accuracy.met", "0"),
        ("test_accuracy.n", "2"),
        ("test_accuracy.share decimals=0", "0"),
        ("seeds", "2"),
    ],
)
def test_a_value_may_be_measured(words: str, expected: str, folder: Path) -> None:
    keep(folder, record_for(TEXT, HIGH, LOW), record_for(TEXT, LOW, LOW, seed=1))

    assert written(f"value a.yaml {words}", folder) == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("parms", "did you mean `params`?"),
        ("best_test_accuracy.men", "did you mean `best_test_accuracy.mean`"),
        ("best_test_accuracy", "no kept run of this recipe tells"),
        ("params format=thousand", "did you mean `thousands`?"),
        ("params decimals=x", "expected 0 to 9 decimals, got `x`"),
        ("params records=nowhere", None),
        ("seeds records=nowhere", "there is no folder nowhere"),
        ("best_test_accuracy.mean", "no kept run of this recipe tells"),
    ],
)
def test_a_value_that_cannot_be_told_is_refused(words: str, told: str | None, folder: Path) -> None:
    if told is None:
        assert written(f"value a.yaml {words}", folder) == "7,720"
    else:
        assert told in refused(f"value a.yaml {words}", folder)


def test_one_seed_has_no_deviation(folder: Path) -> None:
    keep(folder, record_for(TEXT, HIGH))

    assert "[no-records]" in refused("value a.yaml best_test_accuracy.sd", folder)


@pytest.mark.parametrize(
    ("number", "style", "decimals", "expected"),
    [
        (10**30 + 1, None, None, f"{10**30 + 1:,}"),
        (999, "kilo", 0, "1k"),
        (0, None, None, "0"),
        (0.5, None, None, "0.50"),
        (1234.5, "plain", 1, "1234.5"),
    ],
)
def test_numbers_are_written_in_their_format(
    number: float, style: str | None, decimals: int | None, expected: str
) -> None:
    assert show_number(number, style, decimals) == expected


def test_a_table_is_what_archspec_table_prints(folder: Path) -> None:
    lines = written("table a.yaml columns=layer,params", folder).split("\n")

    assert lines[:3] == ["| Layer | Params |", "| --- | ---: |", "| Conv1 | 88 |"]
    assert lines[-2:] == ["", "Total params: 7,720"]


def test_a_table_may_have_a_row_for_each_operation(folder: Path) -> None:
    assert "| Conv1.norm |" in written("table a.yaml columns=layer expand", folder)


def test_a_table_may_show_groups_as_one_row(folder: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "specs" / "zoo" / "resnet18.yaml", folder)
    body = written("table resnet18.yaml columns=layer,params depth=1", folder)

    assert "| Stage1 | 147,968 |" in body  # 4 · (64 · 64 · 9 + 2 · 64)


@pytest.mark.parametrize("depth", ["0", "-1", "two", "1 expand", "1000"])
def test_a_depth_that_shows_nothing_is_told_with_its_place(depth: str, folder: Path) -> None:
    assert "a.md:1:28: error[unknown-option]" in refused(f"table a.yaml depth={depth}", folder)


def test_a_column_that_is_not_known_is_told_with_its_place(folder: Path) -> None:
    assert refused("table a.yaml columns=layer,parms", folder) == (
        "a.md:1:28: error[unknown-column]: unknown column `parms` (help: did you mean `params`?)"
    )


def test_a_diff_is_a_table_of_changes(folder: Path) -> None:
    (folder / "c.yaml").write_text(TEXT.replace("epochs: 3", "epochs: 4"), encoding="utf-8")

    assert written("diff a.yaml c.yaml", folder) == (
        "| Where | Before | After |\n"
        "| --- | --- | --- |\n"
        "| train.epochs | 3 | 4 |\n"
        "\n"
        "In total: the same figures."
    )


def test_a_ladder_puts_networks_side_by_side(folder: Path) -> None:
    keep(folder, record_for(TEXT, HIGH))

    assert written("ladder b.yaml a.yaml columns=name,params,rf,macs,best", folder) == (
        "| Network | Params | RF | MACs | Best test accuracy |\n"
        "| --- | ---: | --- | ---: | --- |\n"
        "| b | 8,084 | 28 | 958,512 | – |\n"
        "| a | 7,720 | 28 | 1,140,928 | 99.40 % (n = 1) |"
    )


def test_results_tell_the_spread_over_seeds_and_the_share_that_met_the_target(
    folder: Path,
) -> None:
    keep(
        folder,
        record_for(TEXT, LOW, HIGH),
        record_for(TEXT, HIGH, LOW - 1, seed=1),
        record_for(TEXT.replace("epochs: 3", "epochs: 4"), LOW, seed=2),
    )

    # Clopper-Pearson for one of two: 1 - 0.975 ** 0.5 = 0.0126 to 0.975 ** 0.5 = 0.9874.
    assert written("results a.yaml", folder) == (
        "| Network | n | Best test accuracy, % | Range | Last epoch, % | Target | "
        "Seeds that met it |\n"
        "| --- | ---: | --- | --- | --- | --- | --- |\n"
        "| a | 2 | 99.40 ± 0.00 | 99.40 to 99.40 | 99.39 ± 0.01 | test_accuracy at least 99.4 | "
        "1 of 2 seeds (95 % interval 0.013 to 0.987) |\n"
        "\n"
        "a: the test images are the validation images, and steer the training.\n"
        "\n"
        "a: 1 kept run of an earlier recipe left out."
    )


def test_results_without_records_say_that_there_are_none(folder: Path) -> None:
    assert "| a | 0 | – | – | – | test_accuracy at least 99.4 | – |" in written(
        "results a.yaml", folder
    )


def test_a_record_that_is_unsound_is_told(folder: Path) -> None:
    keep(folder, record_for(TEXT, HIGH))
    (next((folder / "reports/records/a").iterdir())).write_text("{", encoding="utf-8")

    assert "[not-json]" in refused("results a.yaml", folder)


def test_a_spec_is_read_once_for_all_blocks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def read(path: Path, *more: Any) -> Reading:
        asked.append(path)
        return read_spec(path, *more)

    monkeypatch.setattr("archspec.network.read_spec", read)
    (folder / "a.md").write_text(
        "<!-- archspec:value a.yaml params --><!-- archspec:end -->\n" * 5
        + "<!-- archspec:ladder a.yaml b.yaml --><!-- archspec:end -->\n",
        encoding="utf-8",
    )
    renewal = renew(folder / "a.md", Desk())

    assert renewal.faults == ()
    assert sorted(path.name for path in asked) == ["a.yaml", "b.yaml"]


def test_a_title_cannot_close_a_block(folder: Path) -> None:
    title = 'title: "a | b <!-- archspec:end --> ` c"\n'
    (folder / "a.yaml").write_text(STEP3 + title, encoding="utf-8")
    page = folder / "a.md"
    page.write_text("<!-- archspec:ladder a.yaml --><!-- archspec:end -->\n", encoding="utf-8")
    first = renew(page, Desk())
    assert first.new is not None
    page.write_bytes(first.new)

    assert not renew(page, Desk()).outdated
