"""Twenty faulty specs as people read them, word for word, in a terminal of 80 columns.

Read a snapshot from top to bottom before renewing it: is it said what is wrong, where, and what to
do?
"""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.commands.check.fixes import mended
from archspec.judge import check
from archspec.judge.forms.text import checked_as_text
from tests.conftest import Snapshot

FOLDER = Path(__file__).parent / "bad_specs"
WIDTH = 80
TELLING = (
    "activation_wrong",
    "attention_on_a_map",
    "block_parameter_that_its_layer_refuses",
    "block_shape_fault_inside",
    "bytes_utf_16",
    "claims_contradicted",
    "edit_sets_a_kernel_that_does_not_fit",
    "edit_unknown_id",
    "entry_field_beside_shorthand",
    "entry_fields_not_indented",
    "extends_in_a_circle",
    "field_by_habit",
    "kind_of_torch",
    "linear_on_a_map",
    "repeat_shrinks_too_far",
    "residual_body_changes_the_shape",
    "targets_bounds_wrong",
    "train_optimizer_arguments_not_indented",
    "twelve_faults",
    "yaml_brace",
)


@pytest.mark.parametrize("name", TELLING)
def test_a_telling_spec_reads_well(
    name: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    judged = check(f"{name}.yaml")
    text = checked_as_text(judged, mended=mended(judged), width=WIDTH)

    snapshot(f"messages/{name}.txt", text)


def test_there_are_twenty_of_them() -> None:
    assert len(set(TELLING)) == 20
