from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, found

CODE = "schedule-steered-by-test"
PLATEAU = "{ReduceLROnPlateau: {patience: 1}}"


def spec(validation: str, scheduler: str) -> str:
    train = TRAIN.replace("}}}", f"}}}}, scheduler: {scheduler}}}")
    data = f"data: {{dataset: MNIST, validation: {validation}}}\n"
    return chain("linear: 10", input="[8]", more=data + train)


@pytest.mark.parametrize("scheduler", [PLATEAU, "ReduceLROnPlateau"])
def test_a_schedule_that_follows_the_test_images_is_found(scheduler: str) -> None:
    (diagnostic,) = found(spec("test", scheduler))

    assert diagnostic.code == CODE
    assert diagnostic.message == "ReduceLROnPlateau follows the loss on the test images"
    assert [related.message for related in diagnostic.related] == ["the schedule"]


@pytest.mark.parametrize(
    ("validation", "scheduler"),
    [
        pytest.param("5000", PLATEAU, id="held out"),
        pytest.param("0.1", PLATEAU, id="a share held out"),
        pytest.param("test", "{StepLR: {step_size: 2}}", id="a schedule that follows nothing"),
        pytest.param("test", "OneCycleLR", id="one cycle"),
    ],
)
def test_other_schedules_are_fine(validation: str, scheduler: str) -> None:
    assert codes(spec(validation, scheduler)) == []


def test_the_test_images_may_pick_the_epoch() -> None:
    data = "data: {dataset: MNIST, validation: test}\n"

    assert codes(chain("linear: 10", input="[8]", more=data + TRAIN)) == []
    assert codes(chain("linear: 10", input="[8]", more=data)) == []
