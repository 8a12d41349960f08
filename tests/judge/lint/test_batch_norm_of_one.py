from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, message

CODE = "batch-norm-of-one"
NORMED = "conv: {out_channels: 8, kernel_size: 3, bias: false, norm: %s}"
END = "conv: {out_channels: 8, kernel_size: 30}"


def train(size: int) -> str:
    return TRAIN.replace("64", str(size))


@pytest.mark.parametrize(("size", "expected"), [(1, [CODE]), (2, []), (64, [])])
def test_a_batch_of_one_is_found(size: int, expected: list[str]) -> None:
    assert codes(chain(NORMED % "batch", END, more=train(size))) == expected


@pytest.mark.parametrize("norm", ["none", "{group: 4}", "layer", "instance"])
def test_other_norms_do_not_look_at_the_batch(norm: str) -> None:
    assert codes(chain(NORMED % norm, END, more=train(1))) == []


def test_without_training_there_is_no_batch() -> None:
    assert codes(chain(NORMED % "batch", END)) == []


def test_the_message_names_the_first_norm() -> None:
    text = chain(NORMED % "none", NORMED % "batch", NORMED % "batch", more=train(1))

    assert message(text, CODE) == "a batch of one image, and Conv2 normalizes over the batch"
