"""How many images are worked on at once, where that is ours to choose."""

from __future__ import annotations

import math

import torch

from archspec.analysis import Analysis

EVALUATED_ELEMENTS = {"cpu": 2**20}
LARGE = 2**26
"""Scalars in the largest activation while measuring, which gives the batch there: what a CPU's
cache holds (4 MiB; 64 MiB were measured 3 times slower), and what keeps a GPU busy."""

PREPARED_ELEMENTS = 2**20
"""Scalars of the batches that are augmented together: small ones cost a call more than its work
(measured half of the time for MNIST), large ones are better off in the cache, one by one."""

PREPARED_BATCHES = (10, 5, 2, 1)
"""How many these may be. After each ten batches of an epoch a group ends, whichever it is."""


def measured_at_once(analysis: Analysis, device: torch.device) -> int:
    """Return the number of images in a batch of measuring, at least 1."""
    largest = max(node.activation_elements for node in analysis.nodes)
    return max(1, EVALUATED_ELEMENTS.get(device.type, LARGE) // largest)


def prepared_at_once(batch_size: int, shape: tuple[int, int, int]) -> int:
    """Return the number of batches to augment together, at least 1. shape: of an image."""
    scalars = batch_size * math.prod(shape)
    fitting = (many for many in PREPARED_BATCHES if many * scalars <= PREPARED_ELEMENTS)
    return next(fitting, 1)
