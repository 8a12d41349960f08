"""The size rule that convolution and pooling share: a window that slides over each axis.

Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.layers.base import LayerFault, Shape

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class SlidingSizes(NamedTuple):
    """Kernel, stride, padding before and after, and dilation: one number for each axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dilation: tuple[int, ...]


def effective_kernel(kernel: int, dilation: int) -> int:
    """Return the extent of a dilated kernel: dilation · (kernel − 1) + 1."""
    return dilation * (kernel - 1) + 1


def slide(input: Shape, sizes: SlidingSizes, *, ceil_mode: bool = False) -> tuple[int, ...]:
    """Return the output size of each spatial axis of a (C, …) input.

    ceil_mode: a last window that is only partly filled counts too, as long as it starts inside the
    input or the padding before it (torch's rule), be it the only one. Raises LayerFault when no
    window fits.
    """
    names = AXIS_NAMES[len(input) - 1]
    outputs = []
    for axis, name in enumerate(names):
        size, stride = input[1 + axis], sizes.stride[axis]
        before, after = sizes.before[axis], sizes.after[axis]
        extent = effective_kernel(sizes.kernel[axis], sizes.dilation[axis])
        room = size + before + after - extent
        steps = -(-room // stride) if ceil_mode else room // stride
        if steps < 0:
            padded = f" (padded to {size + before + after})" if before + after else ""
            dilated = f" (dilated to {extent})" if extent != sizes.kernel[axis] else ""
            raise LayerFault(
                "kernel-does-not-fit",
                f"kernel {sizes.kernel[axis]}{dilated} does not fit a {name} of {size}{padded}",
                field="kernel_size",
                help="use a smaller kernel or more padding, or shrink the map less before it",
                axis=1 + axis,
            )
        if ceil_mode and steps * stride >= size + before:
            steps -= 1
        outputs.append(steps + 1)
    return tuple(outputs)
