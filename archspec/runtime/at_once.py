"""How many images go through a network at once while it is measured."""

from __future__ import annotations

import torch

from archspec.analysis import Analysis

EVALUATED_ELEMENTS = {"cpu": 2**20}
LARGE = 2**26
"""Scalars in the largest activation while measuring, which gives the batch there: what a CPU's
cache holds (4 MiB; 64 MiB were measured 3 times slower), and what keeps a GPU busy."""


def measured_at_once(analysis: Analysis, device: torch.device) -> int:
    """Return the number of images in a batch of measuring, at least 1."""
    largest = max(node.activation_elements for node in analysis.nodes)
    return max(1, EVALUATED_ELEMENTS.get(device.type, LARGE) // largest)
