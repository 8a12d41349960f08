"""On the border of what torch takes: check says ok exactly when torch builds a network and runs it.

Claim: of 10,000 generated networks of border numbers none is on the wrong side, in either
direction, with batches of 1 and 3, in training and in evaluation.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from archspec.layers import Shape
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.as_written import Written
from tests.support.proof.border import networks, shares
from tests.support.proof.rows import Entry
from tests.support.proof.sides import (
    STRICTER,
    checked,
    differs,
    is_small,
    text_of,
    why_not_built,
    why_not_written,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of what is odd and not refused
profile = settings()
many = settings(
    max_examples=2 * profile.max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
some = settings(many, max_examples=profile.max_examples // 2)


@many
@given(networks())
def test_what_check_calls_fine_torch_builds_and_runs_and_nothing_else(
    network: tuple[Shape, list[Entry]],
) -> None:
    input, entries = network
    said = checked(text_of(input, entries))
    if said.analysis is None:
        assume("trunc_normal_" not in str(entries))  # torch would draw for ever
        assert why_not_written(input, entries) or said.codes <= STRICTER.keys()
        return
    assume(is_small(said.analysis))
    assert why_not_built(said.analysis) == ""
    assert why_not_written(input, entries) == ""
    assert not differs(said.analysis, Written(entries, input))


@pytest.mark.parametrize("place", ["behind", "repeat", "block", "group"])
def test_what_is_shared_gives_the_shape_that_the_table_says(place: str) -> None:
    @some
    @given(shares(place))
    def holds(text: str) -> None:
        analysis = checked(text).analysis
        if analysis is not None and is_small(analysis):
            assert_same_as_torch(analysis)

    holds()


START: Entry = {"identity": {"id": "start"}}
CONV: Entry = {"conv": {"out_channels": 2, "kernel_size": 1}}


def scaled(fields: dict[str, float], kind: str = "leaky_relu") -> list[Entry]:
    """Return an entry of numbers that float32 does not hold."""
    return [{kind: fields}]


def filled(function: str, **arguments: float) -> list[Entry]:
    """Return a convolution whose weight is filled by a function."""
    init = {"init": {"weight": {function: arguments}}}
    return [{"conv": {"out_channels": 2, "kernel_size": 2, **init}}]


@pytest.mark.parametrize(
    ("input", "entries", "code"),
    [
        ((5, 4, 4), [START, {"mean": {"dim": 3}}, {"concat": {"inputs": ["start"], "dim": 3}}],
         "wrong-axis"),
        ((5, 4, 4), [START, {"mean": {"dim": 3}},
                     {"concat": {"inputs": ["start", "previous"], "dim": 3}}], "shapes-differ"),
        ((5, 4), [START, {"mean": {"dim": 2}}, {"concat": {"inputs": ["start"]}}],
         "shapes-differ"),
        ((2, 3, 9, 9), [{"avg_pool": {"kernel_size": 4, "stride": 2, "padding": 1}}],
         "kernel-does-not-fit"),
        ((2, 9, 9, 3), [{"avg_pool": {"kernel_size": 4, "padding": 2, "ceil_mode": True}}],
         "kernel-does-not-fit"),
        ((2, 2, 2), [{"max_pool": {"kernel_size": 4, "stride": 2, "padding": 0}}],
         "kernel-does-not-fit"),
        ((4, 3), [{"mean": {"dim": 1, "id": "one"}}, {"reshape": {"shape": [1, 3]}},
                  {"scaled_dot_product": {"key": "one", "value": "one"}}], "shapes-differ"),
        ((1, 2, 4), [{"reshape": {"shape": [2, 2, 1, 1, 2]}}, {"batch_norm": {}}], "wrong-rank"),
        ((3, 4), scaled({"negative_slope": 1e300}), "out-of-range"),
        ((3, 4), scaled({"alpha": -1e39}, "elu"), "out-of-range"),
        ((3, 4), scaled({"init": 3.5e38}, "prelu"), "out-of-range"),
        ((3, 4), scaled({"init_value": 1e300}, "layer_scale"), "out-of-range"),
        ((3, 4), filled("xavier_normal_", gain=-1), "out-of-range"),
        ((3, 4), filled("xavier_uniform_", gain=-1), "out-of-range"),
        ((3, 4), filled("xavier_uniform_", gain=3e38), "out-of-range"),
        ((3, 4), filled("uniform_", a=-3e38, b=3e38), "out-of-range"),
        ((3, 4), filled("constant_", val=1e39), "out-of-range"),
        ((3, 4), filled("kaiming_normal_", a=1e200), "out-of-range"),
        ((3, 4, 4), [{"batch_norm": {"id": "first"}}, CONV, {"conv": {"out_channels": 3,
          "kernel_size": 1}}, {"flatten": {"start_dim": 2}}, {"share": "first"}], "cannot-share"),
    ],
)  # fmt: skip
def test_what_torch_refuses_check_refuses(input: Shape, entries: list[Entry], code: str) -> None:
    assert checked(text_of(input, entries)).codes == {code}
    # Two of torch's batch norms can have the same tensors, and its attention spreads axes.
    assert why_not_written(input, entries) or code in ("cannot-share", "shapes-differ")


@pytest.mark.parametrize(
    ("input", "entries"),
    [
        # The one window of each is only partly filled.
        ((2, 2, 2), [{"max_pool": {"kernel_size": 3, "stride": 2, "ceil_mode": True}}]),
        ((2, 2), [{"avg_pool": {"kernel_size": 4, "stride": 3, "ceil_mode": True}}]),
        ((2, 2, 3, 4), [{"permute": {"dims": [0, 1, 2, 4, 3]}},
                        {"local_response_norm": {"size": 2}}]),
        ((2, 3), filled("orthogonal_", gain=-1)),
        ((2, 3), filled("trunc_normal_", mean=2.5, std=1.0)),
        ((2, 3), filled("uniform_", a=-1e38, b=1e38)),
        ((2, 4, 4), [{"upsample": {"scale_factor": 3, "id": "first"}}, {"conv": {"out_channels": 4,
          "kernel_size": 3}}, {"share": "first"}]),
        ((2, 4, 4), [{"zero_pad": {"padding": 1, "id": "first"}}, {"flatten": {"start_dim": 2}},
                     {"share": "first"}]),
        ((2, 4, 4), [{"layer_norm": {"affine": False, "id": "first"}},
                     {"max_pool": {"kernel_size": 2}}, {"share": "first"}]),
    ],
)  # fmt: skip
def test_what_torch_takes_check_takes_and_means_the_same(
    input: Shape, entries: list[Entry]
) -> None:
    analysis = checked(text_of(input, entries)).analysis

    assert analysis is not None
    assert why_not_built(analysis) == ""
    assert_same_as_torch(analysis)
    assert not differs(analysis, Written(entries, input))


@pytest.mark.parametrize(
    "arguments",
    [{"mean": 1e30}, {"mean": -100, "std": 0.1}, {"a": 2, "b": 1e30}, {"std": 1e-300, "mean": 3}],
)
def test_a_distribution_that_torch_would_draw_from_for_ever_is_refused(
    arguments: dict[str, float],
) -> None:
    """Torch draws until each value lies between the ends; nobody can wait for it."""
    said = checked(text_of((3, 4), filled("trunc_normal_", **arguments)))

    assert said.codes == {"out-of-range"}
