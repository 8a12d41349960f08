"""Products as torch counts them, whatever its version knows of fused attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


@contextmanager
def counted_products() -> Iterator[FlopCounterMode]:
    """Count the FLOPs of what runs inside.

    Before 2.15 torch counts nothing of attention fused on a CPU, so attention takes the plain
    kernel, whose matrix products every version counts; without gradients, the fast path of
    MultiheadAttention would hide its work, too.
    """
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter, torch.enable_grad():
        yield counter
