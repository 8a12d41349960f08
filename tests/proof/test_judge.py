"""The judge itself: it knows what it follows, and says so when it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from tests.support.ladder import analysis_of, network
from tests.support.proof.following import steps_of
from tests.support.proof.gradient_field import Judge

ANALYSIS = analysis_of(network("[2, 8, 8]", "relu"))


class Module(nn.Module):
    """A network of one module, or of one function."""

    def __init__(self, inner: nn.Module, line: Callable[..., torch.Tensor] | None = None) -> None:
        super().__init__()
        self.relu1, self.line = inner, line

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        values: torch.Tensor = self.relu1(input)
        return values if self.line is None else self.line(values)


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(Module(nn.LPPool2d(2, 3)), id="module"),
        pytest.param(Module(nn.ReLU(), torch.fft.fft2), id="function"),
        pytest.param(Module(nn.ReLU(), lambda values: values.roll(1, 2)), id="method"),
        pytest.param(Module(nn.ReLU(), lambda values: F.unfold(values, 2)), id="unfold"),
    ],
)
def test_an_operation_that_the_judge_does_not_know_is_an_error(module: nn.Module) -> None:
    with pytest.raises(AssertionError, match="nothing is known of the gradient"):
        Judge(ANALYSIS, torch.fx.symbolic_trace(module).to("meta"))


def test_what_the_module_does_beyond_the_analysis_is_an_error() -> None:
    doubled = Module(nn.ReLU(), lambda values: torch.add(values, values))

    with pytest.raises(AssertionError, match="more than the analysis knows"):
        steps_of(ANALYSIS, torch.fx.symbolic_trace(doubled))
