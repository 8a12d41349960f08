"""The ladder: the ten tasks end in the three steps, and every published figure is computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.analysis import Analysis, architecture_hash, recipe_hash
from archspec.api import load
from tests.support.ladder import analysis_of

SPECS = Path(__file__).parents[1] / "specs"
TASKS = {
    "step1": "ladder/task04_batch_norm",
    "step2": "ladder/task07_capacity",
    "step3": "ladder/task10_learning_rate",
}


def analysis(name: str) -> Analysis:
    """Return the analysis of a spec under specs/."""
    return load(SPECS / f"{name}.yaml").analysis


@pytest.mark.parametrize(("step", "task"), TASKS.items())
def test_a_step_is_the_last_of_its_tasks(step: str, task: str) -> None:
    assert architecture_hash(analysis(step)) == architecture_hash(analysis(task))
    assert recipe_hash(analysis(step)) == recipe_hash(analysis(task))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("task03_lighter_model", "task04_batch_norm"),
        ("task04_batch_norm", "task05_dropout"),
        ("task05_dropout", "task06_gap"),
        ("task06_gap", "task07_capacity"),
        ("task07_capacity", "task08_transition"),
        ("task08_transition", "task09_augmentation"),
        ("task09_augmentation", "task10_learning_rate"),
    ],
)
def test_every_task_changes_the_recipe(before: str, after: str) -> None:
    assert recipe_hash(analysis(f"ladder/{before}")) != recipe_hash(analysis(f"ladder/{after}"))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("step1", 8_172),
        ("step2", 8_084),
        ("step3", 7_720),
        ("step3_held_out", 7_720),
        ("published/step1_as_printed", 7_052),
        ("ladder/task03_lighter_model", 8_040),
        ("ladder/task04_batch_norm", 8_172),
        ("ladder/task05_dropout", 8_172),
        # GAP in place of 10 · 10 · 7 · 7 = 4,900 weights.
        ("ladder/task06_gap", 3_272),
        ("ladder/task07_capacity", 8_084),
        ("ladder/task08_transition", 7_720),
        ("ladder/task09_augmentation", 7_720),
        ("ladder/task10_learning_rate", 7_720),
    ],
)
def test_a_network_of_the_ladder_has_its_parameters(name: str, params: int) -> None:
    assert analysis(name).totals.params == params


@pytest.mark.parametrize("name", [*TASKS, "published/step1_as_printed", *TASKS.values()])
def test_a_network_of_the_ladder_sees_28_pixels_at_its_end(name: str) -> None:
    field = analysis(name).receptive_field

    assert field.size == (28, 28)
    assert not field.is_global


def test_step_3_has_the_multiply_adds_of_its_convolutions() -> None:
    # Output positions · channels out · channels in · taps, from the published table.
    products = [
        *(26**2 * 8 * 1 * 9, 24**2 * 16 * 8 * 9, 24**2 * 8 * 16, 10**2 * 16 * 8 * 9),
        *(8**2 * 16 * 16 * 9, 6**2 * 16 * 16 * 9, 6**2 * 16 * 16, 10 * 16),
    ]

    assert analysis("step3").totals.macs == sum(products) == 1_140_928


def test_the_held_out_variant_differs_from_step_3_in_its_data_alone() -> None:
    step3, held_out = analysis("step3"), analysis("step3_held_out")

    assert architecture_hash(step3) == architecture_hash(held_out)
    assert recipe_hash(step3) != recipe_hash(held_out)
    assert step3.spec.train == held_out.spec.train


def test_the_receptive_fields_of_step_1_are_those_of_the_recurrence() -> None:
    """Size grows by (kernel - 1) · jump, jump by the stride: counted by hand."""
    sizes = [entry.receptive_field.size[0] for entry in analysis("step1").entries]

    assert sizes == [3, 5, 7, 8, 8, 12, 16, 16, 28, 28]


def test_without_its_norms_step_1_has_the_parameters_of_task_3() -> None:
    text = (SPECS / "step1.yaml").read_text(encoding="utf-8")
    bare = text.replace("norm: batch, ", "")
    assert bare != text

    assert analysis_of(bare).totals.params == 8_040
