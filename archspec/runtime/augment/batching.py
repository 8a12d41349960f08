"""Which transforms of v2 have a batched form, which run in a loop, and which have no place here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from torchvision.transforms import v2

from archspec.runtime.augment.affine import Affine
from archspec.runtime.augment.batched import Batched
from archspec.runtime.augment.construct import ArgumentFault
from archspec.runtime.augment.crop import BatchedCrop
from archspec.runtime.augment.elastic import Elastic, reach
from archspec.runtime.augment.erase import Erase
from archspec.runtime.augment.flip import Flip
from archspec.runtime.augment.loop import Loop

ImageShape = tuple[int, int, int]
"""Channels, height, width."""

_LIST = "write the transforms one below the other; each has its own probability `p`"
_TENSOR = "leave it out: images reach the transforms as floats in 0 to 1"
_BOXES = "leave it out: there are only images and labels here"
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("Compose", "RandomApply", "RandomChoice", "RandomOrder"), _LIST),
    **dict.fromkeys(("ToTensor", "ToImage", "ToDtype", "ToPILImage", "ToPureTensor"), _TENSOR),
    **dict.fromkeys(("PILToTensor", "ConvertImageDtype"), _TENSOR),
    "Normalize": "write `normalize: {mean: […], std: […]}` under `data`",
    **dict.fromkeys(("FiveCrop", "TenCrop"), "RandomCrop draws one of the crops"),
    **dict.fromkeys(("ConvertBoundingBoxFormat", "ClampBoundingBoxes"), _BOXES),
    **dict.fromkeys(("SanitizeBoundingBoxes", "RandomIoUCrop", "SetClampingMode"), _BOXES),
    **dict.fromkeys(("ClampKeyPoints", "SanitizeKeyPoints", "UniformTemporalSubsample"), _BOXES),
    **dict.fromkeys(("Lambda", "LinearTransformation"), "a spec holds data, and no code"),
}
"""Transforms that are no augmentation of single images, with what to do instead."""


def batch_transform(transform: v2.Transform, shape: ImageShape) -> Batched[Any]:
    """Return the batched form of a v2 transform for images of `shape`, or a loop.

    Raises ArgumentFault for arguments that v2 accepts and images of this shape do not.
    """
    make = _BATCHED.get(type(transform).__name__)
    return Loop(transform) if make is None else make(transform, shape)


def _rotation(transform: Any, shape: ImageShape) -> Affine:
    if transform.expand:
        raise ArgumentFault("expand", "RandomRotation: `expand: true` changes the size of images")
    return Affine(
        degrees=_range(transform, "degrees", transform.degrees),
        interpolation=_interpolation(transform),
        fill=_values(transform, "fill", transform.fill, shape),
        center=None if transform.center is None else _pair(transform.center),
        counter_clockwise=True,
    )


def _affine(transform: Any, shape: ImageShape) -> Affine:
    shear = tuple(transform.shear or (0.0, 0.0))
    shear_x = _range(transform, "shear", shear[:2])
    shear_y = _range(transform, "shear", shear[2:] or (0.0, 0.0))
    return Affine(
        degrees=_range(transform, "degrees", transform.degrees),
        translate=_pair(transform.translate or (0.0, 0.0)),
        scale=_range(transform, "scale", transform.scale or (1.0, 1.0)),
        shear=(*shear_x, *shear_y),
        interpolation=_interpolation(transform),
        fill=_values(transform, "fill", transform.fill, shape),
        center=None if transform.center is None else _pair(transform.center),
    )


def _crop(transform: Any, shape: ImageShape) -> BatchedCrop:
    if tuple(transform.size) != shape[1:]:
        raise ArgumentFault(
            "size",
            f"RandomCrop: crops of {_by(transform.size)} from images of {_by(shape[1:])}; "
            "an augmentation keeps the size",
            help=f"write `size: [{shape[1]}, {shape[2]}]` with `padding`, "
            "or put a CenterCrop or Resize under `prepare`",
        )
    left, right, top, bottom = transform.padding or (0, 0, 0, 0)
    if min(left, right, top, bottom) < 0:
        raise ArgumentFault("padding", "RandomCrop: `padding` is negative")
    fill = _values(transform, "fill", transform.fill, shape)
    return BatchedCrop((left, top, right, bottom), fill, transform.padding_mode)


def _elastic(transform: Any, shape: ImageShape) -> Elastic:
    sigma = _pair(transform.sigma)
    if min(sigma) == 0 < max(sigma):
        raise ArgumentFault(
            "sigma",
            "ElasticTransform: one `sigma` is 0 and the other is not",
            help="write 0 for both, or none",
        )
    extent = min(shape[1:])
    if max(sigma) > 0 and reach(max(sigma)) >= extent:
        raise ArgumentFault(
            "sigma",
            f"ElasticTransform: a `sigma` of {max(sigma):g} reaches over {reach(max(sigma))} "
            f"pixels, and the images have {extent}",
            help=f"write at most {(extent - 1) // 4}",
        )
    return Elastic(
        alpha=_pair(transform.alpha),
        sigma=sigma,
        interpolation=_interpolation(transform),
        fill=_values(transform, "fill", transform.fill, shape),
    )


def _erase(transform: Any, shape: ImageShape) -> Erase:
    scale = _range(transform, "scale", transform.scale)
    ratio = _range(transform, "ratio", transform.ratio)
    if ratio[0] <= 0:
        raise ArgumentFault("ratio", f"RandomErasing: `ratio` must be above 0, got {ratio[0]:g}")
    value = _values(transform, "value", transform.value, shape)
    return Erase(float(transform.p), scale, ratio, value)


_BATCHED: Mapping[str, Callable[[Any, ImageShape], Batched[Any]]] = {
    "RandomRotation": _rotation,
    "RandomAffine": _affine,
    "RandomHorizontalFlip": lambda transform, _: Flip(float(transform.p), axis=-1),
    "RandomVerticalFlip": lambda transform, _: Flip(float(transform.p), axis=-2),
    "RandomCrop": _crop,
    "RandomErasing": _erase,
    "ElasticTransform": _elastic,
}


def _interpolation(transform: Any) -> Literal["nearest", "bilinear"]:
    word = v2.InterpolationMode(transform.interpolation).value
    if word == "nearest" or word == "bilinear":
        return "nearest" if word == "nearest" else "bilinear"
    raise ArgumentFault(
        "interpolation",
        f"{type(transform).__name__}: tensors are sampled `nearest` or `bilinear`, got `{word}`",
    )


def _values(
    transform: Any, argument: str, given: Any, shape: ImageShape
) -> tuple[float, ...] | None:
    if given is None:
        return None
    values = tuple(map(float, given)) if isinstance(given, list | tuple) else (float(given),)
    owner = type(transform).__name__
    if len(values) not in (1, shape[0]):
        raise ArgumentFault(
            argument,
            f"{owner}: `{argument}` has {len(values)} values for images of {shape[0]} channels",
            help="give one value, or one a channel",
        )
    for value in values:
        if not 0 <= value <= 1:
            raise ArgumentFault(
                argument,
                f"{owner}: `{argument}` is {value:g}, but the images run from 0 to 1",
                help=f"write {value / 255:.3g}" if 1 < value <= 255 else None,
            )
    return values


def _range(transform: Any, argument: str, given: Any) -> tuple[float, float]:
    low, high = _pair(given)
    if low > high:
        raise ArgumentFault(
            argument,
            f"{type(transform).__name__}: `{argument}` runs from {low:g} down to {high:g}",
            help=f"write [{high:g}, {low:g}]",
        )
    return low, high


def _pair(given: Any) -> tuple[float, float]:
    first, second = given
    return float(first), float(second)


def _by(size: Any) -> str:
    return "×".join(map(str, size))
