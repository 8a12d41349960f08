"""The network of specs/step3.yaml in plain torch, as people write it without archspec."""

from __future__ import annotations

from torch import nn

INPUT_SHAPE = (1, 28, 28)
"""Channels, height, width."""


def convolution(inputs: int, outputs: int, kernel_size: int) -> list[nn.Module]:
    """Return a convolution with its norm, activation and dropout."""
    return [
        nn.Conv2d(inputs, outputs, kernel_size, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Dropout(0.05),
    ]


def build() -> nn.Sequential:
    """Return the network: 7,720 parameters."""
    return nn.Sequential(
        *convolution(1, 8, 3),
        *convolution(8, 16, 3),
        *convolution(16, 8, 1),
        nn.MaxPool2d(2),
        *convolution(8, 16, 3),
        *convolution(16, 16, 3),
        *convolution(16, 16, 3),
        *convolution(16, 16, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Conv2d(16, 10, 1, bias=False),
        nn.Flatten(),
    )
