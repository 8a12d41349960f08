"""Peak memory: the bytes that are alive while a built module runs, node by node."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from torch import Tensor

from archspec.analysis import Analysis
from archspec.api import load
from archspec.runtime.build import build
from tests.support.ladder import analysis_of, analysis_with_warnings, network
from tests.support.proof.graph_strategies import graphs
from tests.support.proof.lines import BODY, SQUEEZE, concat, conv, residual

# torch says of even kernels with `padding: same` that they cost it a copy.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

ROOT = Path(__file__).parents[2]
SPECS = [
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "specs").glob("step*.yaml"))),
    "specs/zoo/resnet18.yaml",
]


class Watched(torch.fx.Interpreter):
    """Runs a module node by node, gives values up after their last use, and counts bytes.

    While a node runs, its inputs are alive and its output is already there. A piece of memory
    counts once, by the tensor that was first in it; the module's own do not count.
    """

    def measured(self, input: Tensor) -> int:
        """Return the most bytes that were alive at one time."""
        self.peak = 0
        own = (*self.module.parameters(), *self.module.buffers())
        self.own = {place_of(tensor) for tensor in own}
        self.sizes: dict[int, int] = {}
        with torch.no_grad():
            self.run(input)
        return self.peak

    def run_node(self, n: torch.fx.Node) -> Any:
        alive = {place_of(tensor) for tensor in tensors_in(self.env.values())} - self.own
        result = super().run_node(n)
        if n.op == "output":
            return result
        for tensor in tensors_in([result]):
            place = place_of(tensor)
            if place not in alive | self.own:
                self.sizes[place] = tensor.nbytes
                alive.add(place)
        self.peak = max(self.peak, sum(self.sizes[place] for place in alive))
        return result


def tensors_in(values: Iterable[Any]) -> list[Tensor]:
    """Return the tensors among some values, and in tuples among them."""
    flat = [item for v in values for item in (v if isinstance(v, tuple) else (v,))]
    return [item for item in flat if isinstance(item, Tensor)]


def place_of(tensor: Tensor) -> int:
    """Return where the memory of a tensor begins, however it looks at it."""
    return tensor.untyped_storage().data_ptr()


def assert_peak(analysis: Analysis) -> None:
    """Hold the peak of the analysis against that of the module as it runs."""
    module = build(analysis).eval()

    assert analysis.totals.peak_bytes == Watched(module).measured(
        torch.randn(1, *analysis.spec.input)
    )


@pytest.mark.parametrize("path", SPECS)
def test_the_peak_of_a_spec_is_what_is_alive(path: str) -> None:
    assert_peak(load(ROOT / path).analysis)


@pytest.mark.parametrize(
    ("layers", "elements"),
    [
        # Input and output of the first convolution: 256 + 2 · 256.
        pytest.param([conv(3, padding=1), "relu", "max_pool: 2"], 4 * 256, id="chain"),
        # The skip (512) is kept until the sum: with input and output of a convolution of the body.
        pytest.param([conv(1), residual([conv(1), conv(1)], [])], 3 * 512, id="residual"),
        pytest.param([conv(1), concat([conv(1)], [conv(1)], [])], 3 * 512 + 1_536, id="concat"),
        # Views take nothing: flatten, dropout that does not drop, identity.
        pytest.param(["flatten", "dropout", "identity", "linear: 3"], 256 + 3, id="views"),
        pytest.param(
            [conv(1, id="early"), "max_pool: 2", conv(1), "upsample: 2", "concat: [early]"],
            # Early, what is up-sampled, and the two of them together.
            512 + 512 + 1_024,
            id="u-shape",
        ),
        pytest.param([conv(1), SQUEEZE], 2 * 512 + 2, id="gate"),
    ],
)
def test_a_known_network_has_its_peak(layers: list[str], elements: int) -> None:
    analysis = analysis_of(network("[1, 16, 16]", *layers))

    assert analysis.totals.peak_elements == elements
    assert_peak(analysis)


def test_what_a_skip_by_id_needs_is_kept_over_other_layers() -> None:
    """Both strided maps wait: 128 elements of the body's, while the shortcut is made of 512."""
    analysis = analysis_of(network("[2, 16, 16]", residual(BODY, [conv(1, stride=2)])))

    assert analysis.totals.peak_elements == 512 + 128 + 128
    assert_peak(analysis)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_peak_of_a_generated_network_is_what_is_alive(rank: int) -> None:
    @given(graphs(rank))
    def holds(text: str) -> None:
        assume("permute" not in text)  # to flatten what was permuted, torch makes a copy
        assert_peak(analysis_with_warnings(text))

    holds()
