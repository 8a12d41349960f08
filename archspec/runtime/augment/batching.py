"""Which transforms of v2 have a batched form, and which run in a loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from torchvision.transforms import v2

from archspec.runtime.augment.affine import Affine
from archspec.runtime.augment.batched import Batched
from archspec.runtime.augment.crop import BatchedCrop
from archspec.runtime.augment.elastic import Elastic
from archspec.runtime.augment.erase import Erase
from archspec.runtime.augment.flip import Flip
from archspec.runtime.augment.loop import Loop


def batch_transform(transform: v2.Transform) -> Batched[Any]:
    """Return the batched form of a v2 transform for images of `shape`, or a loop.

    Its arguments are those that the table has read for such images.
    """
    make = _BATCHED.get(type(transform).__name__)
    return Loop(transform) if make is None else make(transform)


def _rotation(transform: Any) -> Affine:
    return Affine(
        degrees=_pair(transform.degrees),
        interpolation=_interpolation(transform),
        fill=_values(transform.fill),
        center=None if transform.center is None else _pair(transform.center),
        counter_clockwise=True,
    )


def _affine(transform: Any) -> Affine:
    shear = tuple(transform.shear or (0.0, 0.0))
    shear_x = _pair(shear[:2])
    shear_y = _pair(shear[2:] or (0.0, 0.0))
    return Affine(
        degrees=_pair(transform.degrees),
        translate=_pair(transform.translate or (0.0, 0.0)),
        scale=_pair(transform.scale or (1.0, 1.0)),
        shear=(*shear_x, *shear_y),
        interpolation=_interpolation(transform),
        fill=_values(transform.fill),
        center=None if transform.center is None else _pair(transform.center),
    )


def _crop(transform: Any) -> BatchedCrop:
    left, right, top, bottom = transform.padding or (0, 0, 0, 0)
    fill = _values(transform.fill)
    return BatchedCrop((left, top, right, bottom), fill, transform.padding_mode)


def _elastic(transform: Any) -> Elastic:
    return Elastic(
        alpha=_pair(transform.alpha),
        sigma=_pair(transform.sigma),
        interpolation=_interpolation(transform),
        fill=_values(transform.fill),
    )


def _erase(transform: Any) -> Erase:
    return Erase(
        float(transform.p),
        _pair(transform.scale),
        _pair(transform.ratio),
        _values(transform.value),
    )


_BATCHED: Mapping[str, Callable[[Any], Batched[Any]]] = {
    "RandomRotation": _rotation,
    "RandomAffine": _affine,
    "RandomHorizontalFlip": lambda transform: Flip(float(transform.p), axis=-1),
    "RandomVerticalFlip": lambda transform: Flip(float(transform.p), axis=-2),
    "RandomCrop": _crop,
    "RandomErasing": _erase,
    "ElasticTransform": _elastic,
}


def _interpolation(transform: Any) -> Literal["nearest", "bilinear"]:
    is_nearest = v2.InterpolationMode(transform.interpolation).value == "nearest"
    return "nearest" if is_nearest else "bilinear"


def _values(given: Any) -> tuple[float, ...] | None:
    if given is None:
        return None
    return tuple(map(float, given)) if isinstance(given, list | tuple) else (float(given),)


def _pair(given: Any) -> tuple[float, float]:
    first, second = given
    return float(first), float(second)
