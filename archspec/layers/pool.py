"""Pooling: sliding, adaptive and global."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    per_axis,
    spatial_rank,
)
from archspec.layers.fields import Boolean, Integer, PerAxis, field
from archspec.layers.sliding import AXIS_NAMES, SlidingSizes, slide
from archspec.layers.window import Window, adaptive, sliding
from archspec.values import dataclass

CEIL_DOC = "count a last window that is only partly filled"
STRIDE_DOC = "step between neighbouring windows; the kernel size unless given"


@final
@dataclass(frozen=True, slots=True)
class MaxPool(Layer):
    """Largest value of each window."""

    kind: ClassVar[str] = "max_pool"
    label: ClassVar[str] = "MaxPool"
    shorthand: ClassVar[str | None] = "kernel_size"

    kernel_size: tuple[int, ...] = field(PerAxis(), "size of the window along each axis")
    stride: tuple[int, ...] | None = field(PerAxis(), STRIDE_DOC, None)
    padding: tuple[int, ...] = field(PerAxis(Integer(0)), "pixels added on both sides", (0,))
    dilation: tuple[int, ...] = field(PerAxis(), "distance between the pixels of a window", (1,))
    ceil_mode: bool = field(Boolean(), CEIL_DOC, False)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, ⌊(n + 2 · padding − effective kernel) / stride⌋ + 1 per axis)."""
        (input,) = inputs
        return (input[0], *slide(input, self._sizes(input), ceil_mode=self.ceil_mode))

    def window(self, input: Shape) -> Window:
        """Return the sliding window."""
        sizes = self._sizes(input)
        numbers = (sizes.kernel, sizes.stride, sizes.before, sizes.dilation)
        return sliding(*numbers, mixes_channels=False)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.MaxPool1d, 2d or 3d."""
        (input,) = inputs
        sizes = self._sizes(input)
        arguments = {
            "kernel_size": sizes.kernel,
            "stride": sizes.stride,
            "padding": sizes.before,
            "dilation": sizes.dilation,
            "ceil_mode": self.ceil_mode,
        }
        return TorchCall(f"torch.nn.MaxPool{len(input) - 1}d", arguments)

    def _sizes(self, input: Shape) -> SlidingSizes:
        return _pool_sizes(self, self.kernel_size, self.stride, self.padding, self.dilation, input)


@final
@dataclass(frozen=True, slots=True)
class AvgPool(Layer):
    """Mean of each window."""

    kind: ClassVar[str] = "avg_pool"
    label: ClassVar[str] = "AvgPool"
    shorthand: ClassVar[str | None] = "kernel_size"

    kernel_size: tuple[int, ...] = field(PerAxis(), "size of the window along each axis")
    stride: tuple[int, ...] | None = field(PerAxis(), STRIDE_DOC, None)
    padding: tuple[int, ...] = field(PerAxis(Integer(0)), "pixels added on both sides", (0,))
    ceil_mode: bool = field(Boolean(), CEIL_DOC, False)
    count_include_pad: bool = field(Boolean(), "let the padding count in the mean", True)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, ⌊(n + 2 · padding − kernel) / stride⌋ + 1 per axis)."""
        (input,) = inputs
        sizes = self._sizes(input)
        for axis, name in enumerate(AXIS_NAMES[3] if len(input) == 4 else ()):
            if sizes.kernel[axis] > input[1 + axis]:
                raise LayerFault(
                    "kernel-does-not-fit",
                    f"kernel {sizes.kernel[axis]} does not fit a {name} of {input[1 + axis]}",
                    field="kernel_size",
                    help="use a smaller kernel: over three axes torch does not count the padding",
                    axis=1 + axis,
                )
        return (input[0], *slide(input, sizes, ceil_mode=self.ceil_mode))

    def window(self, input: Shape) -> Window:
        """Return the sliding window."""
        sizes = self._sizes(input)
        numbers = (sizes.kernel, sizes.stride, sizes.before, sizes.dilation)
        return sliding(*numbers, mixes_channels=False)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.AvgPool1d, 2d or 3d."""
        (input,) = inputs
        sizes = self._sizes(input)
        arguments = {
            "kernel_size": sizes.kernel,
            "stride": sizes.stride,
            "padding": sizes.before,
            "ceil_mode": self.ceil_mode,
            "count_include_pad": self.count_include_pad,
        }
        return TorchCall(f"torch.nn.AvgPool{len(input) - 1}d", arguments)

    def _sizes(self, input: Shape) -> SlidingSizes:
        return _pool_sizes(self, self.kernel_size, self.stride, self.padding, (1,), input)


@final
@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool(Layer):
    """Mean pooling to a given size."""

    kind: ClassVar[str] = "adaptive_avg_pool"
    label: ClassVar[str] = "AdaptiveAvgPool"
    shorthand: ClassVar[str | None] = "output_size"

    output_size: tuple[int, ...] = field(PerAxis(), "size of the output along each axis")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, *output_size)."""
        return (inputs[0][0], *_adaptive_sizes(self, self.output_size, inputs[0]))

    def window(self, input: Shape) -> Window:
        """Return the adaptive window."""
        return adaptive(input[1:], _adaptive_sizes(self, self.output_size, input))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.AdaptiveAvgPool1d, 2d or 3d."""
        sizes = _adaptive_sizes(self, self.output_size, inputs[0])
        return TorchCall(f"torch.nn.AdaptiveAvgPool{len(sizes)}d", {"output_size": sizes})


@final
@dataclass(frozen=True, slots=True)
class AdaptiveMaxPool(Layer):
    """Max pooling to a given size."""

    kind: ClassVar[str] = "adaptive_max_pool"
    label: ClassVar[str] = "AdaptiveMaxPool"
    shorthand: ClassVar[str | None] = "output_size"

    output_size: tuple[int, ...] = field(PerAxis(), "size of the output along each axis")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, *output_size)."""
        return (inputs[0][0], *_adaptive_sizes(self, self.output_size, inputs[0]))

    def window(self, input: Shape) -> Window:
        """Return the adaptive window."""
        return adaptive(input[1:], _adaptive_sizes(self, self.output_size, input))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.AdaptiveMaxPool1d, 2d or 3d."""
        sizes = _adaptive_sizes(self, self.output_size, inputs[0])
        return TorchCall(f"torch.nn.AdaptiveMaxPool{len(sizes)}d", {"output_size": sizes})


@final
@dataclass(frozen=True, slots=True)
class GlobalAvgPool(Layer):
    """Mean of each channel over the whole map; gives (C, 1, 1) (Lin et al. 2013)."""

    kind: ClassVar[str] = "gap"
    label: ClassVar[str] = "GAP"
    alone_unnumbered: ClassVar[bool] = True

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, 1, …)."""
        return (inputs[0][0], *(1,) * spatial_rank(self, inputs[0]))

    def window(self, input: Shape) -> Window:
        """Say that the one unit sees the whole map."""
        return Window("mean", kernel=input[1:], dims=tuple(range(1, len(input))))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.AdaptiveAvgPool1d, 2d or 3d with output size 1."""
        rank = spatial_rank(self, inputs[0])
        return TorchCall(f"torch.nn.AdaptiveAvgPool{rank}d", {"output_size": 1})


def _pool_sizes(
    layer: Layer,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...] | None,
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    input: Shape,
) -> SlidingSizes:
    rank = spatial_rank(layer, input)
    kernel = per_axis(kernel_size, rank, "kernel_size")
    steps = kernel if stride is None else per_axis(stride, rank, "stride")
    pads = per_axis(padding, rank, "padding")
    for size, pad in zip(kernel, pads, strict=True):
        if pad > size // 2:
            raise LayerFault(
                "padding-too-large",
                f"a padding of {pad} is more than half of kernel {size}",
                field="padding",
                help=f"use at most {size // 2}",
            )
    return SlidingSizes(kernel, steps, pads, pads, per_axis(dilation, rank, "dilation"))


def _adaptive_sizes(layer: Layer, output_size: tuple[int, ...], input: Shape) -> tuple[int, ...]:
    return per_axis(output_size, spatial_rank(layer, input), "output_size")
