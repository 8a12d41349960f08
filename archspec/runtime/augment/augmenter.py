"""Random transforms of a batch of images, drawn anew for each image from one generator."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, final

import torch
from torchvision.transforms import v2

from archspec.diagnostics import Diagnostic, SpecError
from archspec.language.sections import Call
from archspec.language.takes.classes import MIXING
from archspec.language.takes.images import ImageShape, read_augment
from archspec.runtime.augment.batched import Batched
from archspec.runtime.augment.batching import batch_transform
from archspec.runtime.augment.construct import (
    MISUSE,
    ArgumentFault,
    build_transform,
    faults_placed,
    reason_of,
)
from archspec.runtime.augment.loop import Loop
from archspec.runtime.augment.mix import Mixer
from archspec.runtime.augment.normalize import as_float
from archspec.runtime.place import Place, nowhere


@final
class Augmenter:
    """The transforms of a spec, ready for batches on any device.

    `generator` is the only source of randomness: with its state (`get_state`) saved and set again,
    the same images come out, bit for bit. `mix` blends a finished batch and its labels, when the
    spec says so. `notices` says which transforms run image by image.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        shape: ImageShape,
        generator: torch.Generator,
        place: Place = nowhere,
        path: tuple[str | int, ...] = ("data", "augment"),
        classes: int = 2,
    ) -> None:
        """Read `calls` for images of `shape` (C, H, W); one SpecError holds all faults.

        classes: how many there are, for `mix`. Codes: `unknown-transform`, `bad-argument`, and
        `not-offered` for what is no augmentation, or mixes images that later ones would transform.
        """
        self.generator = generator
        self._place, self._path = place, path
        self._steps: list[tuple[Call, Batched[Any]]] = []
        mixing: list[v2.Transform] = []
        faults: list[Diagnostic] = []
        for index, (call, taken) in enumerate(
            zip(calls, read_augment(calls, path, place, place, shape), strict=True)
        ):
            here = (*path, index)
            faults += [fault for fault in taken.faults if fault.severity == "error"]
            if faults:
                continue
            try:
                if call.name in MIXING:
                    given = {**taken.arguments, "num_classes": classes}
                    mixing.append(build_transform(call, given, place, here))
                    continue
                transform = build_transform(call, taken.arguments, place, here)
                self._steps.append((call, _step(call, transform, shape, place, here)))
            except SpecError as error:
                faults.extend(error.diagnostics)
        if faults:
            raise SpecError(faults)
        self.mix = Mixer(mixing, generator)
        self.notices = tuple(
            f"{call.name} has no batched form and runs image by image, which is slower"
            for call, step in self._steps
            if isinstance(step, Loop)
        )

    def __bool__(self) -> bool:
        """Return whether there is anything to do to single images."""
        return bool(self._steps)

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return float32 [B, C, H, W] in 0 to 1, for uint8 images or floats of the same shape."""
        values = as_float(images)
        for index, (call, step) in enumerate(self._steps):
            batch, channels, height, width = values.shape
            shape = (batch, channels, height, width)
            drawn = step.draw(shape, self.generator, values.device)
            try:
                values = step.apply(values, drawn)
            except ValueError as error:  # a transform that changes the size only now and then
                message = f"{call.name}: {reason_of(error)}"
                span = self._place(*self._path, index, call.name)
                raise SpecError([Diagnostic("bad-argument", message, span)]) from None
        return values


def _step(
    call: Call,
    transform: v2.Transform,
    shape: ImageShape,
    place: Place,
    path: tuple[str | int, ...],
) -> Batched[Any]:
    with faults_placed(call, place, path):
        step = batch_transform(transform)
        _try_out(call, transform, step, shape)
    return step


def _try_out(call: Call, transform: v2.Transform, step: Batched[Any], shape: ImageShape) -> None:
    """Apply a transform once to black images, so that what fails does so before the training."""
    if isinstance(step, Loop) and hasattr(transform, "p"):
        certain = copy.deepcopy(transform)
        certain.p = 1.0
        step = Loop(certain)
    blank = torch.zeros(2, *shape)
    try:
        step.apply(blank, step.draw((2, *shape), torch.Generator().manual_seed(0), blank.device))
    except MISUSE as error:
        shown = "×".join(map(str, shape))
        raise ArgumentFault(
            None,
            f"{call.name} does not fit images of {shown}: {reason_of(error)}",
            help="an augmentation keeps the size; sizes change under `prepare`",
        ) from None
