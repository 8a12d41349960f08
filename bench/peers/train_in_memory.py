"""A plain loop over tensors in memory: batched affine, the stock module, nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional


def steps(model: nn.Module, pixels: torch.Tensor, labels: torch.Tensor) -> Iterator[bool]:
    """Train for ever; give whether a step was its epoch's first.

    pixels: uint8 [N, 1, H, W]. labels: int64 [N].
    """
    everything = pixels.float() / 255
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    while True:
        model.train()
        running_loss, correct = 0.0, 0
        for number, batch in enumerate(torch.split(torch.randperm(len(labels)), 128)):
            images = (turned(everything[batch]) - 0.1307) / 0.3081
            wanted = labels[batch]
            optimizer.zero_grad()
            scores = model(images)
            loss = functional.cross_entropy(scores, wanted)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            running_loss += loss.item()
            correct += int((scores.argmax(dim=1) == wanted).sum().item())
            yield number == 0


def turned(images: torch.Tensor) -> torch.Tensor:
    """Return square images [B, C, H, H], each turned by up to 15 degrees."""
    angle = (torch.rand(len(images)) * 30 - 15) * (math.pi / 180)
    cosine, sine, zero = angle.cos(), angle.sin(), torch.zeros(len(images))
    matrices = torch.stack((cosine, -sine, zero, sine, cosine, zero), dim=1).view(-1, 2, 3)
    grid = functional.affine_grid(matrices, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)
