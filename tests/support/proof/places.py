"""Where the positions of the network's input lie in a value of the network, as torch moves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

Shape = tuple[int, ...]
Move = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Place:
    """How the positions along one axis of the input lie in a value of some sizes (no batch).

    dim: the axis of the value along which they lie, None where there is none left. index: the
    position at each index of this axis. is_torn: they lie along several axes, in pieces.
    """

    dim: int | None
    index: tuple[int, ...] = (0,)
    is_torn: bool = False

    @property
    def positions(self) -> int:
        """Return how many positions there are."""
        return max(self.index) + 1

    @property
    def spreads(self) -> bool:
        """Say whether there are several."""
        return self.positions > 1

    @property
    def is_pure(self) -> bool:
        """Say whether neighbours along the axis are neighbours on the map."""
        return self.index == tuple(range(self.positions))


GONE = Place(None)


def in_order(dim: int, positions: int) -> Place:
    """Return the place of an axis that has nothing but positions."""
    return Place(dim, tuple(range(positions)))


def moved(place: Place, before: Shape, move: Move) -> Place:
    """Return where positions lie behind an operation that only moves values.

    The operation itself is run on a tensor that holds the positions. Where there is just one, it is
    looked for along an axis of two, as far as the operation takes one.
    """
    if place.dim is None:
        return place
    shape = [1] * len(before)
    shape[place.dim] = len(place.index)
    full = torch.tensor(place.index).reshape(shape).expand(before)
    after = move(full[None])[0]
    dims = [dim for dim in range(after.ndim) if bool((after.diff(dim=dim) != 0).any())]
    if len(dims) > 1:
        return Place(dims[0], tuple(range(after.shape[dims[0]])), is_torn=True)
    if dims:
        index = after.movedim(dims[0], -1).reshape(-1, after.shape[dims[0]])[0]
        return replace(place, dim=dims[0], index=tuple(map(int, index)))
    dim = _followed(place.dim, len(before), move)
    return GONE if dim is None else Place(dim, (0,) * after.shape[dim])


def _followed(dim: int, axes: int, move: Move) -> int | None:
    marked = torch.zeros([1, *(2 if each == dim else 1 for each in range(axes))])
    try:
        sizes = move(marked).shape[1:]
    except RuntimeError:  # a reshape to sizes that are given
        return None
    return next((dim for dim, size in enumerate(sizes) if size == 2), None)


def without(place: Place, dims: list[int]) -> Place:
    """Return the place in a value that lost some axes."""
    if place.dim is None or place.dim in dims:
        return GONE
    return replace(place, dim=place.dim - sum(dim < place.dim for dim in dims))
