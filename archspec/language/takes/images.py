"""The transforms of a spec against the images that they get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.words import counted
from archspec.language.sections import Call
from archspec.language.takes.calls import NamedCall, Place, ReadCall, read_call
from archspec.language.takes.classes import MIXING

Sizes = tuple[int | None, int | None, int | None]
"""Channels, height and width; None for what is not known."""

ImageShape = tuple[int, int, int]


def read_augment(
    calls: Sequence[Call], path: tuple[str | int, ...], place: Place, key: Place, shape: Sizes
) -> tuple[ReadCall, ...]:
    """Return what is taken of each augmentation of images of one shape. path: to their list."""
    taken = []
    is_mixed = False
    for index, call in enumerate(calls):
        named = NamedCall("transform", call, (*path, index), place, key)
        arguments, faults = read_call(named)
        if not faults:
            faults = tuple(_image_faults(named, arguments, shape))
        if call.name in MIXING:
            is_mixed = True
        elif is_mixed:
            fact = f"{call.name} stands behind a transform that mixes images"
            help = f"write it first: {' and '.join(MIXING)} blend images that are ready"
            faults = (*faults, named.fault("not-offered", fact, help))
        taken.append(ReadCall(arguments, faults))
    return tuple(taken)


def _image_faults(named: NamedCall, given: Mapping[str, Any], shape: Sizes) -> Iterator[Diagnostic]:
    name = named.call.name
    channels, height, width = shape

    def refused(argument: str, fact: str, help: str, code: str = "bad-argument") -> Diagnostic:
        return named.fault(code, f"{name}: {fact}", help, argument)

    for argument in ("fill", "value"):
        values = given.get(argument)
        if channels and isinstance(values, tuple) and len(values) not in (1, channels):
            fact = f"`{argument}` has {len(values)} values for images of {channels} channels"
            yield refused(argument, fact, "give one value, or one a channel", "wrong-length")
    if name == "RGB" and channels not in (3, None):
        yield refused(name, f"images of {counted(channels, 'channel')} become 3", _ELSEWHERE)
    if name == "Grayscale" and channels not in (given.get("num_output_channels", 1), None):
        yield refused(name, f"images of {counted(channels, 'channel')} become others", _ELSEWHERE)
    if name == "Pad" and any(_each(given["padding"])):
        yield refused("padding", "an augmentation keeps the size", _ELSEWHERE)
    if height is None or width is None:
        return
    least = min(height, width)
    size = "×".join(map(str, (height, width)))
    if name in ("CenterCrop", "RandomCrop", "RandomResizedCrop", "Resize"):
        wanted = _each(given["size"])
        is_kept = wanted == (height, width)
        if len(wanted) == 1:
            is_kept = wanted[0] == least if name == "Resize" else {wanted[0]} == {height, width}
        if not is_kept or given.get("max_size") is not None:
            shown = "×".join(map(str, (wanted * 2)[:2]))
            fact = f"`size` is {shown}, and images are {size}"
            help = f"write `size: [{height}, {width}]`; sizes change under `prepare`"
            yield refused("size", f"{fact}; an augmentation keeps the size", help)
    if name == "RandomCrop" and given.get("padding_mode") in ("reflect", "symmetric"):
        reach = max(_each(given.get("padding") or 0))
        most = least - 1 if given["padding_mode"] == "reflect" else least
        if reach > most:
            fact = f"`padding` mirrors {reach} pixels of images of {size}"
            yield refused("padding", fact, f"write at most {most}", "out-of-range")
    if name == "GaussianBlur" and max(_each(given["kernel_size"])) // 2 >= least:
        fact = f"`kernel_size` reaches beyond images of {size}"
        yield refused("kernel_size", fact, f"write at most {2 * least - 1}", "out-of-range")
    if name == "ElasticTransform":
        sigma = _each(given.get("sigma", 5.0))
        if min(sigma) == 0 < max(sigma):
            yield refused("sigma", "one `sigma` is 0 and the other is not", "write 0 for both")
        elif max(sigma) > 0 and smoothing_reach(max(sigma)) >= least:
            fact = f"a `sigma` of {max(sigma):g} reaches over {smoothing_reach(max(sigma))} pixels"
            help = f"write at most {(least - 1) // 4}"
            yield refused("sigma", f"{fact}, and images have {least}", help, "out-of-range")


_ELSEWHERE = "put it under `prepare`"


def smoothing_reach(sigma: float) -> int:
    """Return how many pixels ElasticTransform's kernel reaches to either side."""
    return (int(8 * sigma + 1) | 1) // 2


def prepared(shape: Sizes, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> Sizes:
    """Return the shape that sound transforms of `prepare` leave, by name and arguments."""
    channels, height, width = shape
    for name, given in calls:
        if name == "RGB":
            channels = 3
        elif name == "Grayscale":
            channels = given.get("num_output_channels", 1)
        elif name == "CenterCrop":
            height, width = (_each(given["size"]) * 2)[:2]
        elif name == "Pad":
            left, top, right, bottom = (_each(given["padding"]) * 4)[:4]
            height = None if height is None else height + top + bottom
            width = None if width is None else width + left + right
        elif name == "Resize":
            height, width = _resized(height, width, given)
    return channels, height, width


def _resized(
    height: int | None, width: int | None, given: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    size = _each(given["size"])
    if len(size) == 2:
        return size[0], size[1]
    if height is None or width is None or given.get("max_size") is not None:
        return None, None
    long = int(size[0] * max(height, width) / min(height, width))
    return (size[0], long) if height <= width else (long, size[0])


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
