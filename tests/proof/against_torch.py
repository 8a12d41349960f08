"""Analysis against torch: what must be equal, and the gradient's extent as the field's judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm, prod
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it
from torch.utils.flop_counter import FlopCounterMode

from archspec.analysis import Analysis
from archspec.analysis.model import ReceptiveField
from archspec.runtime.build import build

BATCH = 2
NOISE = 1e-12
"""Rounding errors leave less than this share of the largest gradient."""
MOST_PIXELS = 2_000_000
"""A larger input than this is a fault of the test: draw smaller networks."""

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVG_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
ADAPTIVE = (
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
)
NORMS_OVER_SPACE = (
    *(nn.GroupNorm, nn.LayerNorm),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
)
OVER_CHANNELS = (nn.Softmax, nn.LogSoftmax)
VALUE_BY_VALUE = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Identity),
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),  # their statistics are constants
)
PADS = (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)

CONVOLVE = (F.conv1d, F.conv2d, F.conv3d)
CONVOLVE_BACK = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
ADAPT = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)


@dataclass(frozen=True)
class Step:
    """One operation of a built module as it ran: what it is, and the shapes without the batch."""

    name: str
    layer: nn.Module | None
    """None for torch.nn.functional.pad, whose sides are in `pad` then."""
    pad: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    flops: int


def assert_same_as_torch(analysis: Analysis) -> nn.Module:
    """Hold shapes, parameters, buffers and MACs, node by node, against the module; return it."""
    module = build(analysis).eval()
    assert_same_tensors(analysis, module)
    steps = steps_of(analysis, module)
    counter = FlopCounterMode(display=False)
    with counter, torch.enable_grad():  # without gradients, fused attention would hide its work
        output = module(torch.randn(BATCH, *analysis.spec.input))

    assert [step.after for step in steps] == [node.output for node in analysis.nodes]
    assert [(step.before,) for step in steps] == [node.inputs for node in analysis.nodes]
    assert [step.flops for step in steps] == [2 * BATCH * node.macs for node in analysis.nodes]
    assert tuple(output.shape) == (BATCH, *analysis.output)
    assert counter.get_total_flops() == 2 * BATCH * analysis.totals.macs
    return module


def assert_same_tensors(analysis: Analysis, module: nn.Module) -> None:
    """Hold names, shapes, order and count of parameters and buffers against the module."""
    params = [(name, tuple(tensor.shape)) for name, tensor in module.named_parameters()]
    buffers = [(name, tuple(tensor.shape)) for name, tensor in module.named_buffers()]

    assert list(analysis.params.items()) == params
    assert list(analysis.buffers.items()) == buffers
    assert analysis.totals.params == sum(tensor.numel() for tensor in module.parameters())
    assert analysis.totals.buffers == sum(tensor.numel() for tensor in module.buffers())


def assert_receptive_field(analysis: Analysis) -> None:
    """Hold the network's receptive field against the extent of the input gradient."""
    field = analysis.receptive_field
    measured = gradient_field(analysis, steps_of(analysis, build(analysis).eval()))

    if 0 in field.size:  # who sees nothing along one axis sees nothing at all
        assert set(measured.size) == {0}
        assert measured.is_global == field.is_global
    else:
        assert field == measured


def steps_of(analysis: Analysis, module: nn.Module) -> list[Step]:
    """Run a built module once on random numbers and return its operations, which form a chain."""
    graph = cast(torch.fx.GraphModule, module).graph
    value = torch.randn(BATCH, *analysis.spec.input)
    steps = []
    operations = [node for node in graph.nodes if node.op in ("call_module", "call_function")]
    for node, facts in zip(operations, analysis.nodes, strict=True):
        layer, pad = None, ()
        before = tuple(value.shape[1:])
        with FlopCounterMode(display=False) as counter:
            if node.op == "call_module":
                assert node.target == facts.name
                layer = module.get_submodule(facts.name)
                value = layer(value)
            else:
                assert node.target is F.pad, node.target
                pad = node.kwargs["pad"]
                value = F.pad(value, pad)
        after = tuple(value.shape[1:])
        steps.append(Step(facts.name, layer, pad, before, after, counter.get_total_flops()))
    return steps


def gradient_field(analysis: Analysis, steps: list[Step]) -> ReceptiveField:
    """Return the receptive field of a chain as torch shows it.

    The chain is made linear and positive, and runs on a larger input, so that the unit looked at is
    interior. In the larger input the network's own stands `shift` pixels in; unit 0 of a map is
    unit `shift · rate` there, with `rate` units of the map in a pixel. What depends on a map's size
    goes on as it began: global pooling and linear layers keep the extent that they have in the
    network, resizing and adaptive pooling their ratio.
    """
    input = analysis.spec.input
    chain = [_linear(step, extents) for step, extents in _with_extents(steps, input)]
    measured = []
    for axis in range(len(input) - 1):
        # The other axes may stay as they are: they decide nothing, unless they hide everything.
        alone = _Enlarged(chain, input, (axis,)).measured(axis)
        is_hidden = alone.size == 0
        all_axes = tuple(range(len(input) - 1))
        measured.append(_Enlarged(chain, input, all_axes).measured(axis) if is_hidden else alone)
    return ReceptiveField(
        tuple(found.size for found in measured),
        tuple(found.jump for found in measured),
        tuple(found.start for found in measured),
        any(link.mixes_all for link in chain),
    )


class _Measured(NamedTuple):
    size: int
    jump: Fraction
    start: int


class _Enlarged:
    """A linear chain on an input that is larger along some axes."""

    def __init__(self, chain: list[Link], input: tuple[int, ...], larger: tuple[int, ...]) -> None:
        self.chain = chain
        self.rates = [_rates(chain, axis) for axis in range(len(input) - 1)]
        # After `pattern` pixels, the units of every map have come round.
        self.patterns = [lcm(*(rate.denominator for rate in rates)) for rates in self.rates]
        self.shifts, sizes = [], list(input[1:])
        for axis, (rates, pattern) in enumerate(zip(self.rates, self.patterns, strict=True)):
            reach = sum(link.reach[axis] / rate for link, rate in zip(chain, rates, strict=False))
            shift = pattern * ceil((reach + 1) / pattern) if axis in larger else 0
            self.shifts.append(shift)
            if axis in larger:
                sizes[axis] = 3 * shift + 2 * pattern
        assert prod(sizes) <= MOST_PIXELS, f"an input of {sizes} is too large for a test"
        self.input = torch.ones(1, input[0], *sizes, dtype=torch.float64, requires_grad=True)

    def measured(self, axis: int) -> _Measured:
        """Return size, jump and start along an axis, over one round of the pattern."""
        rate, pattern, shift = self.rates[axis][-1], self.patterns[axis], self.shifts[axis]
        first, period = int(shift * rate), int(pattern * rate)
        output = self.run()
        edges = [self.edges(output, axis, first + unit) for unit in range(period)]
        seen = [(unit, *edge) for unit, edge in enumerate(edges) if edge is not None]
        if not seen:
            return _Measured(0, 1 / rate, 0)
        unit, left, _ = seen[0]
        again = self.edges(output, axis, first + unit + period)
        assert again is not None
        size = max(high - low + 1 for _, low, high in seen)
        return _Measured(size, Fraction(again[0] - left, period), left - shift)

    def run(self) -> Tensor:
        value: Tensor = self.input
        for index, link in enumerate(self.chain):
            first = [
                int(s * rates[index]) for s, rates in zip(self.shifts, self.rates, strict=True)
            ]
            value = link.run(value, first)
        return value

    def edges(self, output: Tensor, axis: int, unit: int) -> tuple[int, int] | None:
        """Return the first and last pixel that the units at one place of an axis can see."""
        seen = output.select(2 + axis, unit).sum()
        (gradient,) = torch.autograd.grad(seen, self.input, retain_graph=True)
        assert gradient.min() >= 0
        along = gradient.amax([dim for dim in range(gradient.ndim) if dim != 2 + axis])
        if along.max() == 0:
            return None
        pixels = torch.nonzero(along > NOISE * along.max()).flatten()
        return int(pixels[0]), int(pixels[-1])


@dataclass(frozen=True)
class Link:
    """A step made linear and positive. `rate` and `reach` have a number for each axis.

    rate: units behind it for one unit before it. reach: bound on how far, in units before it, its
    sides can lie apart. run: takes a value, and where unit 0 of the network's own map is in it.
    """

    rate: tuple[Fraction, ...]
    reach: tuple[int, ...]
    run: Callable[[Tensor, list[int]], Tensor]
    mixes_all: bool = False


def _with_extents(steps: list[Step], input: tuple[int, ...]) -> list[tuple[Step, tuple[int, ...]]]:
    """Add to each step the positions along each axis of the map before it, also after flatten."""
    extents, is_flat = input[1:], False
    found = []
    for step in steps:
        found.append((step, extents))
        is_flat = is_flat or isinstance(step.layer, nn.Flatten)
        if not is_flat:
            extents = step.after[1:]
        elif isinstance(step.layer, nn.Linear | nn.Softmax | nn.LogSoftmax):
            extents = (1,) * len(extents)
    return found


def _rates(chain: list[Link], axis: int) -> list[Fraction]:
    """Return the units in a pixel of the map before each link and behind the last."""
    rates = [Fraction(1)]
    for link in chain:
        rates.append(rates[-1] * link.rate[axis])
    return rates


def _linear(step: Step, extents: tuple[int, ...]) -> Link:
    layer, axes = step.layer, len(extents)
    alike = (Fraction(1),) * axes
    here = (0,) * axes
    is_map = len(step.before) == 1 + axes and axes > 0
    if layer is None or isinstance(layer, PADS):
        sides = step.pad if layer is None else cast(Any, layer).padding
        return Link(alike, _reach_of_sides(sides), lambda value, _: F.pad(value, sides))
    if isinstance(layer, NORMS_OVER_SPACE):
        mixes_all = any(extent > 1 for extent in extents)
        return Link(alike, here, lambda value, _: value, mixes_all)
    if isinstance(layer, (*VALUE_BY_VALUE, nn.Flatten)):
        return Link(alike, here, lambda value, _: value)
    if isinstance(layer, OVER_CHANNELS):
        return Link(alike, here, lambda value, _: value) if is_map else _whole(extents)
    if isinstance(layer, nn.Linear):
        if is_map:
            return _constant(extents)
        whole = _whole(extents)
        features = layer.out_features

        def mixed(value: Tensor, first: list[int]) -> Tensor:
            joined = whole.run(value, first).mean(1, keepdim=True)
            return joined.expand(-1, features, *joined.shape[2:])

        return Link(whole.rate, whole.reach, mixed)
    if isinstance(layer, CONVOLUTIONS):
        return _convolution(layer)
    if isinstance(layer, TRANSPOSED):
        return _transposed(layer)
    if isinstance(layer, MAX_POOLS):
        return _max_pool(layer, axes, step.before[0])
    if isinstance(layer, AVG_POOLS):
        kernel, stride, padding = (
            _each(getattr(layer, name), axes) for name in ("kernel_size", "stride", "padding")
        )
        reach = tuple(k + 2 * p for k, p in zip(kernel, padding, strict=True))
        rate = tuple(Fraction(1, s) for s in stride)
        return Link(rate, reach, lambda value, _: cast(Tensor, layer(value)))
    if isinstance(layer, ADAPTIVE):
        return _adaptive(extents, step.after[1:])
    if isinstance(layer, nn.Upsample):
        return _resized(extents, step.after[1:], str(layer.mode))
    raise AssertionError(f"nothing is known of the gradient through {layer}")


def _convolution(layer: Any) -> Link:
    axes = len(layer.kernel_size)
    convolve: Any = CONVOLVE[axes - 1]
    weight = _even(layer.weight)
    padding = (0,) * axes if isinstance(layer.padding, str) else layer.padding
    reach = _reach(layer.kernel_size, layer.dilation, padding)

    def run(value: Tensor, _: list[int]) -> Tensor:
        return cast(
            Tensor,
            convolve(
                value, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups
            ),
        )

    return Link(tuple(Fraction(1, s) for s in layer.stride), reach, run)


def _transposed(layer: Any) -> Link:
    convolve: Any = CONVOLVE_BACK[len(layer.kernel_size) - 1]
    weight = _even(layer.weight)
    reach = _reach(layer.kernel_size, layer.dilation, layer.padding)

    def run(value: Tensor, _: list[int]) -> Tensor:
        sizes = layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation
        return cast(Tensor, convolve(value, weight, None, *sizes))

    return Link(tuple(Fraction(s) for s in layer.stride), reach, run)


def _max_pool(layer: Any, axes: int, channels: int) -> Link:
    """Return the pooling as a convolution of ones, channel by channel, of the same output size."""
    names = ("kernel_size", "stride", "padding", "dilation")
    kernel, stride, padding, dilation = (_each(getattr(layer, name), axes) for name in names)
    weight = _even(torch.ones(channels, 1, *kernel))
    convolve: Any = CONVOLVE[axes - 1]

    def run(value: Tensor, _: list[int]) -> Tensor:
        sizes = layer(value.detach()).shape[2:]
        sides: list[int] = []
        for axis in reversed(range(axes)):
            needed = (sizes[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
            # The rest is negative where the last windows leave pixels out.
            sides += [padding[axis], needed - value.shape[2 + axis] - padding[axis]]
        return cast(
            Tensor, convolve(F.pad(value, sides), weight, None, stride, 0, dilation, channels)
        )

    rate = tuple(Fraction(1, s) for s in stride)
    return Link(rate, _reach(kernel, dilation, padding), run)


def _whole(extents: tuple[int, ...]) -> Link:
    """Return the mean over a window of the extent that the map has in the network itself."""

    def run(value: Tensor, _: list[int]) -> Tensor:
        for axis, extent in enumerate(extents):
            value = value.unfold(2 + axis, extent, 1).mean(-1)
        return value

    return Link((Fraction(1),) * len(extents), extents, run)


def _constant(extents: tuple[int, ...]) -> Link:
    """Return a linear map of the last axis: every unit sees all of the network's own map."""
    (extent,) = extents

    def run(value: Tensor, first: list[int]) -> Tensor:
        mean = value.narrow(2, first[0], extent).mean(2, keepdim=True)
        return mean.expand(-1, -1, value.shape[2])

    return Link((Fraction(1),), extents, run)


def _adaptive(before: tuple[int, ...], after: tuple[int, ...]) -> Link:
    """Return adaptive pooling: one unit is a window over all, several keep their ratio."""
    axes = len(before)
    rate = tuple(
        Fraction(m, n) if m > 1 else Fraction(1) for n, m in zip(before, after, strict=True)
    )
    pool: Any = ADAPT[axes - 1]

    def run(value: Tensor, _: list[int]) -> Tensor:
        for axis in range(axes):
            if after[axis] == 1:
                value = value.unfold(2 + axis, before[axis], 1).mean(-1)
                continue
            value = _cut(value, axis, rate[axis])
            sizes = list(value.shape[2:])
            sizes[axis] = int(sizes[axis] * rate[axis])
            value = cast(Tensor, pool(value, sizes if axes > 1 else sizes[0]))
        return value

    return Link(rate, before, run)


def _resized(before: tuple[int, ...], after: tuple[int, ...], mode: str) -> Link:
    rate = tuple(Fraction(m, n) for n, m in zip(before, after, strict=True))

    def run(value: Tensor, _: list[int]) -> Tensor:
        for axis in range(len(before)):
            value = _cut(value, axis, rate[axis])
        sizes = [int(size * r) for size, r in zip(value.shape[2:], rate, strict=True)]
        if mode != "nearest":
            return F.interpolate(value, size=sizes, mode=mode)
        for axis, (n, m) in enumerate(zip(before, after, strict=True)):
            value = value.index_select(2 + axis, _nearest(n, m, sizes[axis]))
        return value

    return Link(rate, tuple(2 + n // m for n, m in zip(before, after, strict=True)), run)


def _nearest(before: int, after: int, wanted: int) -> Tensor:
    """Return which unit torch takes for each unit, going on as in the network's own map.

    On a larger map the rounding of torch's ratio would show: 11 · (17 / 11) is less than 17.
    """
    units = torch.arange(before, dtype=torch.float64)[None, None]
    taken = F.interpolate(units, size=after, mode="nearest")[0, 0].long()
    rounds = [taken + before * index for index in range(ceil(wanted / after))]
    return torch.cat(rounds)[:wanted]


def _cut(value: Tensor, axis: int, rate: Fraction) -> Tensor:
    """Leave out the last units, as far as their number is no whole multiple of the ratio's."""
    size = value.shape[2 + axis]
    return value.narrow(2 + axis, 0, size - size % rate.denominator)


def _even(weight: Tensor) -> Tensor:
    return torch.full(weight.shape, 1 / weight.numel(), dtype=torch.float64)


def _each(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else value


def _reach(kernel: Any, dilation: Any, padding: Any) -> tuple[int, ...]:
    each = zip(kernel, dilation, padding, strict=True)
    return tuple(d * (k - 1) + 1 + 2 * p for k, d, p in each)


def _reach_of_sides(sides: tuple[int, ...]) -> tuple[int, ...]:
    pairs = zip(sides[::2], sides[1::2], strict=True)
    return tuple(reversed([abs(before) + abs(after) for before, after in pairs]))
