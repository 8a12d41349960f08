"""Axes that are put elsewhere, and shapes that are cut anew."""

from __future__ import annotations

import pytest

from archspec.layers import LayerFault, Shape
from archspec.layers.axes import sample_axis
from archspec.layers.rearrange import Permute, Reshape, regrouped

Sources = tuple[tuple[int, ...], ...]


@pytest.mark.parametrize(
    ("before", "after", "sources"),
    [
        pytest.param((4, 9, 11), (4, 9, 11), ((0,), (1,), (2,)), id="nothing-changes"),
        pytest.param((4, 9, 11), (4, 99), ((0,), (1, 2)), id="two-axes-in-one-row"),
        pytest.param((4, 9, 11), (396,), ((0, 1, 2),), id="all-in-one-row"),
        pytest.param((12, 5), (3, 4, 5), ((0,), (0,), (1,)), id="one-axis-cut-in-two"),
        pytest.param((4, 6), (6, 4), ((0, 1), (0, 1)), id="no-common-border"),
        pytest.param((4, 6, 5), (3, 8, 5), ((0, 1), (0, 1), (2,)), id="a-border-behind-two"),
        pytest.param((8, 8), (2, 4, 2, 4), ((0,), (0,), (1,), (1,)), id="windows"),
        pytest.param((4, 1, 1), (4,), ((0,),), id="ones-left-out"),
        pytest.param((4,), (4, 1, 1), ((0,), (), ()), id="ones-added"),
        pytest.param((4, 1, 6), (4, 1, 6), ((0,), (1,), (2,)), id="a-one-stays"),
        pytest.param((4, 1, 6), (1, 24), ((), (0, 2)), id="a-one-goes-to-the-front"),
        pytest.param((1,), (1, 1), ((0,), ()), id="nothing-but-ones"),
    ],
)
def test_a_new_axis_is_made_of_the_old_ones_between_its_borders(
    before: Shape, after: Shape, sources: Sources
) -> None:
    assert regrouped(before, after) == sources


@pytest.mark.parametrize(
    ("shape", "input", "output"),
    [
        ((-1,), (4, 9, 11), (396,)),
        ((2, -1, 9, 11), (4, 9, 11), (2, 2, 9, 11)),
        ((-1, 1, 1), (10,), (10, 1, 1)),
        ((4, 3), (12,), (4, 3)),
    ],
)
def test_the_rest_goes_to_the_axis_of_minus_one(shape: Shape, input: Shape, output: Shape) -> None:
    layer = Reshape(shape)

    assert layer.output_shape(input) == output
    assert layer.torch_call(input).arguments["shape"] == (-1, *output)  # the batch


@pytest.mark.parametrize(
    ("shape", "input"),
    [((5, -1), (12,)), ((5, 2), (12,)), ((-1, -1), (12,)), ((0, 12), (12,)), ((24,), (12,))],
)
def test_a_shape_that_the_values_do_not_make_is_a_fault(shape: Shape, input: Shape) -> None:
    with pytest.raises(LayerFault) as caught:
        Reshape(shape).output_shape(input)

    assert (caught.value.code, caught.value.field) == ("wrong-shape", "shape")


def test_permuted_axes_keep_their_sizes() -> None:
    layer = Permute((0, 2, 3, 1))

    assert layer.output_shape((4, 9, 11)) == (9, 11, 4)
    assert layer.window((4, 9, 11)).sources == ((1,), (2,), (0,))
    assert Permute((0, 2, -1, 1)).output_shape((4, 9, 11)) == (9, 11, 4)


@pytest.mark.parametrize(
    ("dims", "code"),
    [
        pytest.param((1, 0, 2), "wrong-axis", id="batch-elsewhere"),
        pytest.param((0, 2, 2), "wrong-axis", id="one-axis-twice"),
        pytest.param((0, 1, -2), "wrong-axis", id="one-axis-by-two-names"),
        pytest.param((0, 3, 1), "wrong-axis", id="no-such-axis"),
        pytest.param((0, 0, 1), "wrong-axis", id="batch-twice"),
        pytest.param((0, 1), "wrong-length", id="an-axis-forgotten"),
    ],
)
def test_an_order_that_does_not_name_each_axis_once_is_a_fault(dims: Shape, code: str) -> None:
    with pytest.raises(LayerFault) as caught:
        Permute(dims).output_shape((4, 9))

    assert (caught.value.code, caught.value.field) == (code, "dims")


@pytest.mark.parametrize(("dim", "axis"), [(1, 0), (3, 2), (-1, 2), (-3, 0)])
def test_axes_count_with_the_batch_from_the_front_and_back_from_the_last(
    dim: int, axis: int
) -> None:
    assert sample_axis(dim, (4, 9, 11)) == axis


@pytest.mark.parametrize("dim", [0, 4, -4])
def test_an_axis_that_the_sample_does_not_have_is_a_fault(dim: int) -> None:
    with pytest.raises(LayerFault) as caught:
        sample_axis(dim, (4, 9, 11))

    assert caught.value.code == "wrong-axis"
