from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, message

CODE = "nll-without-log-softmax"
BODY = ["linear: {out_features: 8, activation: relu}", "linear: 10"]
NLL = TRAIN.replace("}}}", "}}, loss: NLLLoss}")


@pytest.mark.parametrize(
    ("layers", "gives"),
    [
        pytest.param(BODY, "Linear2 gives scores", id="scores"),
        pytest.param([*BODY, "softmax"], "Softmax1 gives probabilities", id="probabilities"),
        pytest.param(
            [*BODY, "residual: [{linear: 10}]"], "residual1.Add gives scores", id="a join"
        ),
        pytest.param([*BODY, "log_softmax", "linear: 10"], "Linear3 gives scores", id="behind it"),
    ],
)
def test_nll_of_what_is_no_log_probability_is_found(layers: list[str], gives: str) -> None:
    text = chain(*layers, input="[8]", more=NLL)

    assert codes(text) == [CODE]
    assert message(text, CODE) == f"NLLLoss takes log-probabilities, and {gives}"


@pytest.mark.parametrize(
    ("layers", "more"),
    [
        pytest.param([*BODY, "log_softmax"], NLL, id="log-probabilities"),
        pytest.param([*BODY, "log_softmax", "flatten"], NLL, id="moved log-probabilities"),
        pytest.param(BODY, TRAIN, id="another loss"),
        pytest.param(BODY, "", id="not trained"),
    ],
)
def test_log_probabilities_and_other_losses_are_fine(layers: list[str], more: str) -> None:
    assert codes(chain(*layers, input="[8]", more=more)) == []
