"""Convolution and transposed convolution in 1, 2 and 3 dimensions."""

from __future__ import annotations

import math
from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    LayerFault,
    Part,
    Shape,
    TorchCall,
    no_buffers,
    per_axis,
    spatial_rank,
)
from archspec.layers.composite import (
    activation_field,
    dropout_field,
    norm_field,
    order_field,
    parts_of,
)
from archspec.layers.fields import Boolean, Choice, Integer, PerAxis, field
from archspec.layers.init import Inits, checked, init_field, inits_of
from archspec.layers.sliding import SlidingSizes, effective_kernel, slide
from archspec.layers.window import Window, sliding, transposed
from archspec.values import dataclass

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


@final
@dataclass(frozen=True, slots=True)
class Conv(Layer):
    """Convolution, with norm, activation and dropout in the same entry if wanted."""

    kind: ClassVar[str] = "conv"
    label: ClassVar[str] = "Conv"
    shorthand: ClassVar[str | None] = "out_channels"

    out_channels: int = field(Integer(), "channels of the output")
    kernel_size: tuple[int, ...] = field(PerAxis(), "size of the kernel along each axis")
    stride: tuple[int, ...] = field(PerAxis(), "step between neighbouring windows", (1,))
    padding: tuple[int, ...] | str = field(
        PerAxis(Integer(0, also=("same", "valid"))),
        "pixels added on both sides; `same` keeps the size (stride 1), `valid` adds none",
        (0,),
    )
    dilation: tuple[int, ...] = field(PerAxis(), "distance between the taps of the kernel", (1,))
    groups: int = field(Integer(), "groups of channels that do not mix", 1)
    bias: bool = field(Boolean(), "learn a bias for each output channel", True)
    padding_mode: str = field(Choice(PADDING_MODES), "what the padding is filled with", "zeros")
    norm: Layer | None = norm_field()
    activation: Layer | None = activation_field()
    dropout: Layer | None = dropout_field()
    order: tuple[str, ...] = order_field("conv")
    init: Inits | None = init_field()

    def parts(self) -> tuple[Part, ...]:
        """Return conv, norm, activation, dropout, or what `order` says."""
        return parts_of(self, "conv")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (out_channels, ⌊(n + padding − effective kernel) / stride⌋ + 1 per axis)."""
        (input,) = inputs
        sizes = self._sizes(input)
        _check_groups(self.groups, input[0], self.out_channels)
        return (self.out_channels, *slide(input, sizes))

    def window(self, input: Shape) -> Window:
        """Return the sliding window."""
        sizes = self._sizes(input)
        mixes = not input[0] == self.groups == self.out_channels
        numbers = (sizes.kernel, sizes.stride, sizes.before, sizes.dilation)
        return sliding(*numbers, mixes_channels=mixes)

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight (out, in / groups, *kernel) and bias (out)."""
        (input,) = inputs
        kernel = per_axis(self.kernel_size, len(input) - 1, "kernel_size")
        weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}
        return checked(self, weight | ({"bias": (self.out_channels,)} if self.bias else {}))

    buffers = no_buffers

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return output elements × (in / groups) × kernel taps; the bias is no product."""
        (input,) = inputs
        taps = math.prod(per_axis(self.kernel_size, len(input) - 1, "kernel_size"))
        return math.prod(output) * (input[0] // self.groups) * taps

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Conv1d, 2d or 3d."""
        (input,) = inputs
        sizes = self._sizes(input)
        arguments = {
            "in_channels": input[0],
            "out_channels": self.out_channels,
            "kernel_size": sizes.kernel,
            "stride": sizes.stride,
            "padding": self.padding if isinstance(self.padding, str) else sizes.before,
            "dilation": sizes.dilation,
            "groups": self.groups,
            "bias": self.bias,
            "padding_mode": self.padding_mode,
        }
        inits = inits_of(self, self.param_shapes(input))
        return TorchCall(f"torch.nn.Conv{len(input) - 1}d", arguments, inits=inits)

    def _sizes(self, input: Shape) -> SlidingSizes:
        rank = spatial_rank(self, input)
        kernel = per_axis(self.kernel_size, rank, "kernel_size")
        stride = per_axis(self.stride, rank, "stride")
        dilation = per_axis(self.dilation, rank, "dilation")
        if self.padding == "same":
            if any(step != 1 for step in stride):
                raise LayerFault(
                    "same-needs-stride-1",
                    f"`padding: same` needs stride 1, got {' x '.join(map(str, stride))}",
                    field="padding",
                    help="give the padding as a number, or use stride 1",
                )
            added = tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))
            # torch puts the odd pixel of an even kernel on the far side.
            before = tuple(a // 2 for a in added)
            after = tuple(a - a // 2 for a in added)
        else:
            numbers = (0,) if isinstance(self.padding, str) else self.padding
            before = after = per_axis(numbers, rank, "padding")
        if self.padding_mode != "zeros":
            self._check_padding_mode(input, after)
        return SlidingSizes(kernel, stride, before, after, dilation)

    def _check_padding_mode(self, input: Shape, padding: tuple[int, ...]) -> None:
        if self.padding_mode == "replicate":
            return
        # A reflection leaves out the border pixel; a circular padding may go round just once.
        spare = 1 if self.padding_mode == "reflect" else 0
        for pixels, size in zip(padding, input[1:], strict=True):
            if pixels > size - spare:
                raise LayerFault(
                    "padding-too-large",
                    f"`padding_mode: {self.padding_mode}` cannot add {pixels} pixels to {size}",
                    field="padding",
                    help=f"use at most {size - spare}, or `padding_mode: zeros`",
                )


@final
@dataclass(frozen=True, slots=True)
class ConvTranspose(Layer):
    """Transposed convolution, with norm, activation and dropout in the same entry if wanted."""

    kind: ClassVar[str] = "conv_transpose"
    label: ClassVar[str] = "ConvTranspose"
    shorthand: ClassVar[str | None] = "out_channels"

    out_channels: int = field(Integer(), "channels of the output")
    kernel_size: tuple[int, ...] = field(PerAxis(), "size of the kernel along each axis")
    stride: tuple[int, ...] = field(
        PerAxis(), "output pixels from one input pixel to the next", (1,)
    )
    padding: tuple[int, ...] = field(PerAxis(Integer(0)), "pixels cut off on both sides", (0,))
    output_padding: tuple[int, ...] = field(
        PerAxis(Integer(0)), "pixels added at the far side of the output", (0,)
    )
    groups: int = field(Integer(), "groups of channels that do not mix", 1)
    bias: bool = field(Boolean(), "learn a bias for each output channel", True)
    dilation: tuple[int, ...] = field(PerAxis(), "distance between the taps of the kernel", (1,))
    norm: Layer | None = norm_field()
    activation: Layer | None = activation_field()
    dropout: Layer | None = dropout_field()
    order: tuple[str, ...] = order_field("conv")
    init: Inits | None = init_field()

    def parts(self) -> tuple[Part, ...]:
        """Return conv, norm, activation, dropout, or what `order` says."""
        return parts_of(self, "conv")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (out, (n − 1) · stride − 2 · padding + effective kernel + output padding)."""
        (input,) = inputs
        kernel, stride, padding, extra, dilation = self._sizes(input)
        _check_groups(self.groups, input[0], self.out_channels)
        sizes = []
        for n, k, s, p, o, d in zip(
            input[1:], kernel, stride, padding, extra, dilation, strict=True
        ):
            if o >= max(s, d):
                raise LayerFault(
                    "output-padding-too-large",
                    f"an output padding of {o} is not smaller than stride {s} or dilation {d}",
                    field="output_padding",
                    help=f"use at most {max(s, d) - 1}",
                )
            size = (n - 1) * s - 2 * p + effective_kernel(k, d) + o
            if size < 1:
                raise LayerFault(
                    "padding-too-large",
                    f"a padding of {p} cuts the whole output off ({size} pixels would be left)",
                    field="padding",
                    help="use a smaller padding",
                )
            sizes.append(size)
        return (self.out_channels, *sizes)

    def window(self, input: Shape) -> Window:
        """Return the window of each phase of the stride."""
        kernel, stride, padding, _, dilation = self._sizes(input)
        mixes = not input[0] == self.groups == self.out_channels
        return transposed(kernel, stride, padding, dilation, mixes_channels=mixes)

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight (in, out / groups, *kernel) and bias (out)."""
        (input,) = inputs
        kernel = per_axis(self.kernel_size, len(input) - 1, "kernel_size")
        weight = {"weight": (input[0], self.out_channels // self.groups, *kernel)}
        return checked(self, weight | ({"bias": (self.out_channels,)} if self.bias else {}))

    buffers = no_buffers

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return input elements × (out / groups) × kernel taps, with the cut pixels."""
        (input,) = inputs
        taps = math.prod(per_axis(self.kernel_size, len(input) - 1, "kernel_size"))
        return math.prod(input) * (self.out_channels // self.groups) * taps

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ConvTranspose1d, 2d or 3d."""
        (input,) = inputs
        kernel, stride, padding, extra, dilation = self._sizes(input)
        arguments = {
            "in_channels": input[0],
            "out_channels": self.out_channels,
            "kernel_size": kernel,
            "stride": stride,
            "padding": padding,
            "output_padding": extra,
            "groups": self.groups,
            "bias": self.bias,
            "dilation": dilation,
        }
        inits = inits_of(self, self.param_shapes(input))
        return TorchCall(f"torch.nn.ConvTranspose{len(input) - 1}d", arguments, inits=inits)

    def _sizes(self, input: Shape) -> tuple[tuple[int, ...], ...]:
        rank = spatial_rank(self, input)
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        return tuple(per_axis(getattr(self, name), rank, name) for name in names)


def _check_groups(groups: int, in_channels: int, out_channels: int) -> None:
    for channels, place in ((in_channels, "input"), (out_channels, "output")):
        if channels % groups:
            raise LayerFault(
                "groups-do-not-divide",
                f"{groups} groups do not divide the {channels} channels of the {place}",
                field="groups",
                help=f"use a common divisor of {in_channels} and {out_channels}",
            )
