"""Transforms that are applied once to every image, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torchvision.transforms import v2

from archspec.diagnostics import Diagnostic, SpecError
from archspec.language.sections import Call
from archspec.language.takes.calls import NamedCall, read_call
from archspec.layers.base import Shape
from archspec.runtime.augment.construct import MISUSE, build_transform, reason_of
from archspec.runtime.place import Place, nowhere

CHUNK = 2048
"""Images at a time: resizing works in floats, four times as large."""


@final
@dataclass(frozen=True, slots=True)
class Prepare:
    """The transforms of `data.prepare`, in order.

    wanted: what the network takes, (C, H, W); () where nobody said.
    """

    steps: tuple[tuple[Call, v2.Transform], ...]
    place: Place = nowhere
    wanted: Shape = ()

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return prepared uint8 images [..., C, H, W]; SpecError where a transform does not fit."""
        for index, (call, transform) in enumerate(self.steps):
            try:
                images = transform(images)
            except MISUSE as error:
                shown = "×".join(map(str, images.shape[-3:]))
                raise SpecError(
                    [
                        Diagnostic(
                            "bad-argument",
                            f"{call.name} does not fit images of {shown}: {reason_of(error)}",
                            self.place("data", "prepare", index, call.name),
                        )
                    ]
                ) from None
        return images

    def all(self, images: torch.Tensor) -> torch.Tensor:
        """Return many prepared images, uint8 [N, C, H, W]."""
        if not self.steps:
            return images
        starts = range(0, len(images), CHUNK)
        return torch.cat([self(images[start : start + CHUNK]) for start in starts])

    def sizes_differ(self, name: str, first: Shape, other: Shape) -> SpecError:
        """Return the fault that prepared pictures have two shapes. name: of the data, or a file."""
        channels, *size = self.wanted if len(self.wanted) == 3 else first
        cures = [f"{{Resize: {{size: {size}}}}}"] if first[1:] != other[1:] else []
        if first[0] != other[0]:
            cures.append("Grayscale" if channels == 1 else "RGB")
        fact = f"pictures of {name} differ in shape: {first} and {other}"
        help = f"make them equal: `prepare: [{', '.join(cures)}]`"
        return SpecError([Diagnostic("sizes-differ", fact, self.place("data", "prepare"), help)])


def read_prepare(calls: Sequence[Call], place: Place = nowhere, wanted: Shape = ()) -> Prepare:
    """Return the transforms that `calls` describe; SpecError with the faults of all of them.

    Codes: `unknown-transform`, `bad-argument`, and `not-offered` for what draws or makes floats.
    """
    steps: list[tuple[Call, v2.Transform]] = []
    faults: list[Diagnostic] = []
    for index, call in enumerate(calls):
        path = ("data", "prepare", index)
        taken = read_call(NamedCall("transform", call, path, place, place))
        faults += [fault for fault in taken.faults if fault.severity == "error"]
        if not faults:
            steps.append((call, build_transform(call, taken.arguments, place, path)))
    if faults:
        raise SpecError(faults)
    return Prepare(tuple(steps), place, wanted)
