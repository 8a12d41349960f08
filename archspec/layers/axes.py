"""Axes as torch counts them: 0 is the batch, 1 the first of a sample, -1 the last of all."""

from __future__ import annotations

from archspec.layers.base import LayerFault, Shape, show
from archspec.layers.fields import Integer
from archspec.layers.window import IDENTITY, AxisMap, Window

MOST_AXES = 8
DIM = Integer(-MOST_AXES, MOST_AXES)


def sample_axis(dim: int, input: Shape, field: str = "dim") -> int:
    """Return which axis of a sample's shape is meant; LayerFault where there is none."""
    axis = dim + len(input) if dim < 0 else dim - 1
    if not 0 <= axis < len(input):
        raise LayerFault(
            "wrong-axis",
            f"there is no axis {dim} in {show(input)}"
            if dim
            else f"axis 0 is the batch, and no axis of {show(input)}",
            field=field,
            help=f"axes are counted from 1 to {len(input)}, or back from -1; 0 is the batch",
        )
    return axis


def sample_axes(dims: tuple[int, ...], input: Shape, field: str = "dim") -> tuple[int, ...]:
    """Return which axes of a sample's shape are meant; LayerFault where one is named twice."""
    axes = tuple(sample_axis(dim, input, field) for dim in dims)
    twice = next((dim for dim, axis in zip(dims, axes, strict=True) if axes.count(axis) > 1), None)
    if twice is not None:
        raise LayerFault(
            "wrong-axis",
            f"`{field}` names axis {twice} of {show(input)} twice",
            field=field,
            help="name each axis once",
        )
    return axes


def along(input: Shape, axis: int, map: AxisMap) -> Window:
    """Return the window of a layer that looks along one axis only, be it the channels."""
    return Window("local", tuple(map if i == axis else IDENTITY for i in range(len(input))))
