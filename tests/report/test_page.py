from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archspec.diagnostics import SpecError, UsageError
from archspec.record import RunRecord
from archspec.record.evaluation import Evaluation, Mistake, evaluation_path, write_evaluation
from archspec.report.desk import Desk, Material
from archspec.report.page import Page, Pictures, make_page
from archspec.report.steps import best_run, make_steps
from archspec.report.sync import renew_content
from tests.support.ladder import STEP1
from tests.support.records import (
    DATA,
    LOW,
    TARGET,
    TEXT,
    TRAIN,
    edit_sealed,
    put_record,
    record_for,
)
from tests.support.shown_markdown import NAMES, seen

FIRST = f"{STEP1}{DATA}{TRAIN}{TARGET}title: The first\nclaims: {{params: 8172}}\n"
SECOND = f"{TEXT}claims: {{best_test_accuracy: 99.4}}\nnotes: {{analysis: 'has {{params}}'}}\n"


def evaluation_of(record: RunRecord) -> Evaluation:
    """Return an evaluation with two mistakes, of 10,000 images in two classes."""
    assert record.best_epoch is not None
    rows = ((5_000, 1), (1, 4_998))
    mistakes = (Mistake(12, 1, 0, 0.96), Mistake(5, 0, 1, 0.5))
    return Evaluation(1, record.run, record.best_epoch, "test", ("cat", "dog"), rows, mistakes)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a.yaml and b.yaml, two kept runs of each, and an evaluation for b."""
    (tmp_path / "a.yaml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(SECOND, encoding="utf-8")
    for seed, right in enumerate((9_900, 9_910)):
        put_record(tmp_path / "records", record_for(FIRST, 9_800, right, seed=seed, name="a"))
    for seed, right in enumerate((LOW, 9_998)):
        put_record(tmp_path / "records", record_for(SECOND, LOW, right, seed=seed, name="b"))
    best = record_for(SECOND, LOW, 9_998, seed=1, name="b")
    path = tmp_path / "records/b" / f"{best.run}.json"
    write_evaluation(evaluation_of(best), evaluation_path(path))
    return tmp_path


def page_of(folder: Path, *names: str, pictures: Pictures | None = None) -> Page:
    material = Material(Desk(), folder / "records")
    steps = make_steps([folder / name for name in names or ("a.yaml", "b.yaml")], material)
    return make_page(steps, material, folder / "out" / "ladder.md", pictures)


def section(page: Page, heading: str, step: str = "b") -> str:
    """Return what stands under a heading of a step."""
    _, _, rest = page.text.partition(f"\n## {step}\n")
    _, found, words = rest.partition(f"\n### {heading}\n")
    assert found, heading
    return re.split(r"\n##+ ", words)[0].strip()


def test_steps_follow_each_other_and_the_comparison_closes(project: Path) -> None:
    page = page_of(project)

    assert re.findall(r"^(?:#|##) .*", page.text, re.MULTILINE) == [
        "# Ladder",
        "## a",
        "## b",
        "## Published beside ours",
        "## What the steps are worth",
    ]
    assert "**The first** ([a.yaml](../a.yaml))" in page.text
    assert page.text.endswith("\n")
    assert not page.text.endswith("\n\n")
    assert str(project) not in page.text
    assert page.notices == ()


def test_the_figures_of_a_page_are_those_it_shows(project: Path) -> None:
    page = page_of(project)

    assert re.findall(r"!\[.*?\]\((.*?)\)", page.text) == [figure.file for figure in page.figures]
    assert [figure.file for figure in page.figures] == [
        "figures/a_architecture.svg",
        "figures/a_training.svg",
        "figures/b_architecture.svg",
        "figures/b_training.svg",
        "figures/b_confusion.svg",
        "figures/ladder_comparison.svg",
    ]
    for figure in page.figures:
        assert figure.draw is not None
        assert figure.draw().startswith(b"<?xml")


def test_every_figure_has_a_caption_with_n_where_it_is_measured(project: Path) -> None:
    page = page_of(project)
    captions = re.findall(r"!\[.*?\]\((.*?)\)\n\n\*(.*)\*\n", page.text)

    assert len(captions) == len(page.figures)
    measured = [words for file, words in captions if "architecture" not in file]
    assert len(measured) == 4
    assert all(re.search(r"\bn = \d", words) for words in measured)


def test_what_changed_stands_in_the_later_step_only(project: Path) -> None:
    page = page_of(project)

    assert "params 8,172 → 7,720 (−452)" in section(page, "What changed against a")
    assert page.text.count("### What changed against") == 1


def test_the_table_has_the_parameters_beside_the_published_columns(project: Path) -> None:
    assert "| 1x1x16 | Conv8 | 1x1x10 | 1x1 | 28 | 160 | 2.1 |" in section(
        page_of(project), "Network"
    )


def test_results_say_mean_sd_range_and_n(project: Path) -> None:
    results = section(page_of(project), "Results", "a")

    # 99.0 and 99.1 %: a mean of 99.05 and an sd of 0.1/√2.
    assert "| Test accuracy, best epoch | 99.05 ± 0.07 % | 99.00 to 99.10 % | 2 |" in results
    assert "| Gap, training less test, last epoch | 0.00 ± 0.00 points |" in results
    assert "at least 99.4: met by **0 of 2 seeds (95 % interval" in results
    assert (
        "| 1 | 99.10 % in epoch 2 | 99.10 % | 99.10 % | none | `20260101T000000Z-s1` |" in results
    )
    assert "The test images are declared as validation images" in results


def test_the_best_run_is_confused_and_its_worst_mistakes_listed(project: Path) -> None:
    best = section(page_of(project), "Best run")

    assert best.startswith(
        "`20260101T000000Z-s1`, seed 1, after epoch 2, chosen by the test images: "
        "2 mistakes in 10,000 test images."
    )
    assert "| 12 | dog | cat | 96.0 % |\n| 5 | cat | dog | 50.0 % |" in best
    assert "--data-dir" in best


def test_pictures_take_the_place_of_the_list(project: Path) -> None:
    page = page_of(project, pictures={"b": {12: [[0, 255]], 5: [[255, 0]]}})
    sheet = next(figure for figure in page.figures if "mistakes" in figure.file)

    assert sheet.file == "figures/b_mistakes_20260101T000000Z-s1.png"
    assert sheet.draw is not None
    assert sheet.draw().startswith(b"\x89PNG")
    assert "| 12 | dog" not in page.text
    assert "The 2 worst mistakes" in page.text


def test_a_sheet_on_disk_stays_without_the_data(project: Path) -> None:
    with_pictures = page_of(project, pictures={"b": {12: [[0]], 5: [[0]]}})
    (project / "out/figures").mkdir(parents=True)
    (project / "out/figures/b_mistakes_20260101T000000Z-s1.png").write_bytes(b"")
    page = page_of(project)

    assert page.text == with_pictures.text
    assert [f.draw for f in page.figures if "mistakes" in f.file] == [None]


def test_a_best_run_without_evaluation_says_so(project: Path) -> None:
    best = section(page_of(project), "Best run", "a")

    assert best.startswith("`20260101T000000Z-s1`, seed 1, after epoch 2. It is kept without")


def test_a_step_without_records_is_not_measured_yet(project: Path) -> None:
    for path in (project / "records/b").iterdir():
        path.unlink()
    page = page_of(project)

    assert section(page, "Results").startswith("Not measured yet: no finished run")
    assert "### Best run" not in page.text.partition("\n## b\n")[2]
    assert "| a → b | −452 | – | – | – | not measured yet |" in page.text


def test_no_records_at_all_make_a_page_of_what_is_computed(project: Path, tmp_path: Path) -> None:
    for path in sorted((project / "records").rglob("*.json")):
        path.unlink()
    page = page_of(project)

    assert "2 networks, 0 runs." in page.text
    assert [f.file for f in page.figures] == [
        "figures/a_architecture.svg",
        "figures/b_architecture.svg",
    ]


def test_notes_are_resolved_and_unknown_ones_told(project: Path) -> None:
    assert section(page_of(project), "Analysis") == "has 7,720"
    (project / "b.yaml").write_text(SECOND.replace("{params}", "{parms}"), encoding="utf-8")
    (notice,) = page_of(project).notices

    assert (notice.code, notice.severity) == ("unknown-reference", "error")


def test_further_notes_follow_the_analysis_under_their_names(project: Path) -> None:
    text = f"{SECOND.partition('notes')[0]}notes: {{lesson: small, analysis: 'long <!-- x'}}\n"
    (project / "b.yaml").write_text(text, encoding="utf-8")

    assert section(page_of(project), "Analysis") == "long &lt;!-- x\n\n**lesson.** small"


def test_verdicts_are_those_of_the_evidence(project: Path) -> None:
    verdicts = section(page_of(project), "Verdicts")

    assert "| target test_accuracy | at least 99.4 | met by 1 of 2 seeds" in verdicts
    assert "missed by seed 0 | contradicted |" in verdicts
    assert "| claim best_test_accuracy | 99.40 % |" in verdicts


def test_published_figures_stand_beside_ours(project: Path) -> None:
    text = f"{SECOND.partition('notes')[0]}notes: {{published_epochs: 13 and 14}}\n"
    (project / "b.yaml").write_text(text, encoding="utf-8")
    _, _, closing = page_of(project).text.partition("## Published beside ours\n")

    assert "| a | 8,172 | 8,172 | – | 99.05 ± 0.07 | – | 99.05 ± 0.07 | 2 | – |" in closing
    assert "| 99.40 | 99.69 ± 0.42 | 2 | 13 and 14 | none (s0); 2 (s1) |" in closing
    assert "In a and b the test images choose that epoch" in closing


def test_a_gain_is_held_against_the_spread_of_the_seeds(project: Path) -> None:
    _, _, worth = page_of(project).text.partition("## What the steps are worth\n")

    # Variances of 0.005 and 0.17405 over one degree of freedom each: a pooled sd of 0.2992, which
    # is also the standard error of a difference of means of two.
    assert "| a → b | −452 | +0.64 | ± 0.60 | 2 and 2 | more than chance |" in worth
    assert "has an sd of 0.299 points" in worth
    assert "2 degrees of freedom" in worth
    assert "differ by up to 0.85 points by chance alone" in worth


def test_single_seeds_say_nothing_of_chance(project: Path) -> None:
    for name in ("a", "b"):
        (project / f"records/{name}/20260101T000000Z-s0.json").unlink()
    _, _, worth = page_of(project).text.partition("## What the steps are worth\n")

    assert "| +0.88 | – | 1 and 1 | unknown: no step has two seeds |" in worth
    assert "a difference below 0.1 points between two single runs says nothing" in worth


def test_the_same_network_is_not_shown_twice(project: Path) -> None:
    (project / "c.yaml").write_text(SECOND.replace("epochs: 3", "epochs: 4"), encoding="utf-8")
    page = page_of(project, "b.yaml", "c.yaml")

    assert section(page, "Network", "c").startswith("The same network as in b, of 7,720")
    assert "figures/c_architecture.svg" not in page.text


def test_runs_that_do_not_count_are_named(project: Path) -> None:
    put_record(project / "records", record_for(SECOND, LOW, seed=7, status="failed", name="b"))
    other = SECOND.replace("lr: 0.05", "lr: 0.5")
    put_record(project / "records", record_for(other, LOW, seed=8, minute=1, name="b"))
    results = section(page_of(project), "Results")

    assert "Left out: `20260101T000000Z-s7`, seed 7: the run is failed." in results
    assert "1 run of an earlier recipe (train.optimizer.SGD.lr 0.5 → 0.05)." in results


def test_a_network_without_positions_has_no_receptive_field(project: Path) -> None:
    (project / "d.yaml").write_text("archspec: 1\ninput: [4]\nlayers: [linear: 2]\n", "utf-8")
    page = page_of(project, "d.yaml")

    assert "| Input | Layer | Output | Kernel | Params | Share % |" in page.text
    assert "| [d](#d) | 10 | – | 0 | – | – |" in page.text


def test_equal_runs_are_ranked_by_loss_and_then_by_seed(project: Path) -> None:
    material = Material(Desk(), project / "records")
    (step,) = make_steps([project / "a.yaml"], material)
    runs = step.evidence.current
    assert runs[1].best is not None
    twin = replace(runs[1], seed=0)

    assert best_run(replace(step.evidence, current=(runs[1], twin))) is twin
    assert best_run(replace(step.evidence, current=runs)) is runs[1]
    assert best_run(replace(step.evidence, current=())) is None


def test_two_specs_of_one_name_are_refused(project: Path) -> None:
    (project / "inner").mkdir()
    (project / "inner/a.yaml").write_text(FIRST, encoding="utf-8")
    with pytest.raises(UsageError, match="are both called a"):
        page_of(project, "a.yaml", "inner/a.yaml")


def test_the_faults_of_all_specs_are_told(project: Path) -> None:
    for name in ("c", "d"):
        (project / f"{name}.yaml").write_text(
            "archspec: 1\ninput: [1]\nlayers: [cov: 1]\n", "utf-8"
        )
    with pytest.raises(SpecError) as fault:
        page_of(project, "c.yaml", "a.yaml", "d.yaml")

    places = [d.span.source.name for d in fault.value.diagnostics if d.span]
    assert {Path(place).name for place in places} == {"c.yaml", "d.yaml"}


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda text: text.replace("{", "", 1), "not-json"),
        (lambda text: text.replace("-s1", "-s0"), "foreign-evaluation"),
        (lambda text: text.replace('"epoch": 2', '"epoch": 1'), "foreign-evaluation"),
    ],
)
def test_a_damaged_or_foreign_evaluation_is_refused(
    damage: Callable[[str], str], code: str, project: Path
) -> None:
    edit_sealed(project / "records/b/20260101T000000Z-s1.evaluation.json", damage)
    with pytest.raises(SpecError) as fault:
        page_of(project)

    assert [d.code for d in fault.value.diagnostics] == [code]


def test_a_corrupt_record_is_refused(project: Path) -> None:
    (project / "records/a/20260101T000000Z-s0.json").write_text("{", encoding="utf-8")
    with pytest.raises(SpecError, match="JSON ends too early"):
        page_of(project)


@pytest.mark.parametrize("name", NAMES)
def test_a_title_a_note_and_a_path_bring_no_html(name: str, tmp_path: Path) -> None:
    quoted = json.dumps(name)
    text = f"{FIRST}notes: {{target: {quoted}, {quoted}: {quoted}, published_epochs: {quoted}}}\n"
    text = text.replace("title: The first", f"title: {quoted}")
    text = text.replace("claims: {params: 8172}", f"claims: {{table: {quoted}}}")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    page = page_of(tmp_path, "a.yaml").text.partition("\n")[2]
    tags, words = seen(page)
    own = {"h1", "h2", "h3", "p", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "em"}
    of_a_note = {"strong", "code", "s"}

    assert tags - own - of_a_note == set()
    assert f"\n{name} (a.yaml)" in words


@pytest.mark.parametrize("name", NAMES)
def test_a_ladder_shows_a_title_as_it_is(name: str, tmp_path: Path) -> None:
    text = FIRST.replace("title: The first", f"title: {json.dumps(name)}")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    page = "<!-- archspec:ladder a.yaml columns=name,title -->\n<!-- archspec:end -->\n"
    made = renew_content(tmp_path / "page.md", page.encode(), Desk())
    assert made.new is not None
    body = made.new.decode().partition("\n")[2].rpartition("<!--")[0]
    tags, words = seen(body)

    assert tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert f"\n{name}\n" in words
