"""Every other transform of v2: applied to one image after the other, each with its own draw."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import torch
from torchvision.transforms import v2

from archspec.runtime.augment.batched import Batched, BatchShape


@final
@dataclass(frozen=True, slots=True)
class Loop(Batched[int]):
    """A v2 transform, image by image.

    It draws from torch's global generators, which are seeded for the while and put back afterwards.
    """

    transform: v2.Transform

    def draw(self, shape: BatchShape, generator: torch.Generator, device: torch.device) -> int:
        """Return the seed of this batch."""
        seed = torch.randint(2**62, (), generator=generator, device=generator.device)
        return int(seed.item())

    def apply(self, images: torch.Tensor, drawn: int) -> torch.Tensor:
        """Return the transformed images; ValueError when their size is not the input's."""
        with seeded(drawn, images.device):
            outputs = [self.transform(image) for image in images]
        for output in outputs:
            if output.shape != images.shape[1:]:
                raise ValueError(
                    f"images of {tuple(images.shape[1:])} become {tuple(output.shape)}"
                )
        return torch.stack(outputs).to(images.dtype)


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators of the CPU and of `device`, and put them back at the end."""
    if device.type == "cpu":
        with torch.random.fork_rng(devices=[]):
            # torch.manual_seed would reseed every device, and only forked ones are put back.
            torch.default_generator.manual_seed(seed)
            yield
        return
    module = torch.get_device_module(device)
    index = device.index if device.index is not None else module.current_device()
    with torch.random.fork_rng(devices=[index], device_type=device.type):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(index):
                torch.cuda.manual_seed(seed)
        else:
            module.manual_seed(seed)
        yield
