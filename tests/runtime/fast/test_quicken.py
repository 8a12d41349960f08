"""The network rewritten for training computes what the network computes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product

import pytest
import torch
from torch import fx, nn

from archspec.runtime.fast import quicken
from archspec.runtime.fast.quicken import STEPS

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _the_same_numbers_every_time() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def traced(network: nn.Module, *, channels_last: bool = False) -> fx.GraphModule:
    if channels_last:
        network.to(memory_format=torch.channels_last)
    return fx.symbolic_trace(network)


def chains(module: fx.GraphModule) -> list[list[str]]:
    """Return the classes that each step of a rewritten network stands for."""
    steps = getattr(module, STEPS).named_children()
    return [[type(part).__name__ for part in step.chain] for name, step in steps if name != "dice"]


def loss(made: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    parts = made if isinstance(made, tuple) else (made,)
    weighted = [(part * torch.linspace(-1, 1, part.numel()).view(part.shape)) for part in parts]
    return torch.stack([part.sum() for part in weighted]).sum()


def ensure_equal(network: nn.Module, images: torch.Tensor, *, channels_last: bool = False) -> None:
    """Compare outputs, gradients of tensors and images, and buffers, over two steps."""
    exact = traced(network, channels_last=channels_last)
    quick = quicken(copy.deepcopy(exact), CPU)
    assert list(quick.state_dict()) == list(exact.state_dict())
    results = []
    for module in (exact, quick):
        module.train()
        found: list[torch.Tensor] = []
        for _ in range(2):
            given = images.clone().requires_grad_()
            made = module(given)
            loss(made).backward()  # type: ignore[no-untyped-call]
            assert given.grad is not None
            found += [*(made if isinstance(made, tuple) else (made,)), given.grad]
        found += [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
        assert len(found) > 4
        results.append([*found, *module.buffers()])
    expected, got = results
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("channels", [1, 4, 10, 16, 20, 24])
@pytest.mark.parametrize(("affine", "tracked"), list(product([True, False], repeat=2)))
def test_norm_and_relu_give_what_torch_gives(
    channels: int, channels_last: bool, affine: bool, tracked: bool
) -> None:
    norm = nn.BatchNorm2d(channels, affine=affine, track_running_stats=tracked, momentum=0.3)
    if affine:
        nn.init.uniform_(norm.weight, -2, 2)
        nn.init.uniform_(norm.bias, -2, 2)
    network = nn.Sequential(
        nn.Conv2d(3, channels, 3, bias=False), norm, nn.ReLU(), nn.Conv2d(channels, 5, 1)
    )
    ensure_equal(network, torch.randn(8, 3, 9, 7), channels_last=channels_last)


def test_a_norm_far_from_zero_keeps_its_digits() -> None:
    network = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3))
    images = (torch.randn(16, 8, 12, 12) + 1000).contiguous(memory_format=torch.channels_last)
    exact = traced(network, channels_last=True)
    quick = quicken(exact, CPU)
    assert chains(quick)[0] == ["BatchNorm2d", "ReLU"]
    expected = copy.deepcopy(exact).double()(images.double())
    torch.testing.assert_close(quick(images).double(), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("padding", [0, 1, 2, (0, 1)])
@pytest.mark.parametrize(
    ("inputs", "outputs"), [(1, 8), (8, 16), (16, 8), (10, 10), (4, 6), (16, 32)]
)
@pytest.mark.parametrize("width", [11, 12])
@pytest.mark.parametrize("kernel", [3, (1, 3), (5, 2)])
def test_convolutions_give_what_torch_gives(
    inputs: int,
    outputs: int,
    width: int,
    padding: int | tuple[int, int],
    kernel: int | tuple[int, int],
) -> None:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=outputs == 16)
    network = nn.Sequential(convolution, nn.Tanh(), nn.Conv2d(outputs, 16, 1))
    ensure_equal(network, torch.randn(3, inputs, 9, width), channels_last=True)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(8, 8, 3, stride=2),
        nn.Conv2d(8, 8, 3, dilation=2),
        nn.Conv2d(8, 8, 3, groups=2),
        nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(8, 8, 3, padding="same"),
        nn.Conv2d(8, 8, 3, padding=3),
        nn.Conv2d(8, 8, 1),
        nn.Conv2d(64, 8, 3),
    ],
)
def test_other_convolutions_stay_torchs_own(convolution: nn.Conv2d) -> None:
    assert chains(quicken(traced(nn.Sequential(convolution), channels_last=True), CPU)) == []


class Residual(nn.Module):
    """Each result of a norm and a ReLU is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm, self.relu = (
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
        )
        self.last, self.drop = nn.Conv2d(8, 4, 3), nn.Dropout(0.0)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        normed = self.norm(self.convolution(images))
        active = self.relu(normed)
        sum_ = self.relu(normed + active)
        return self.drop(self.last(sum_ + active)), active * normed


@pytest.mark.parametrize("channels_last", [False, True])
def test_values_that_are_used_twice_are_not_overwritten(channels_last: bool) -> None:
    ensure_equal(Residual(), torch.randn(4, 8, 10, 10), channels_last=channels_last)


class Fork(nn.Module):
    """A ReLU's result goes into two convolutions, whose gradients meet."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.relu = nn.BatchNorm2d(8), nn.ReLU()
        self.left = nn.Conv2d(8, 8, 3, bias=False)
        self.right = nn.Conv2d(8, 8, 3, bias=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        active = self.relu(self.norm(images))
        result: torch.Tensor = self.left(active) + self.right(active)
        return result


def test_a_gradient_that_somebody_else_holds_is_not_overwritten() -> None:
    network = nn.Sequential(Fork(), nn.BatchNorm2d(8), nn.ReLU(), nn.Identity())
    ensure_equal(network, torch.randn(4, 8, 10, 10), channels_last=True)
    shared = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3))
    ensure_equal(shared, torch.randn(4, 8, 10, 10), channels_last=True)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (nn.Sequential(nn.Linear(6, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 3)), (8, 6)),
        (nn.Sequential(nn.Conv1d(3, 5, 3), nn.BatchNorm1d(5), nn.ReLU()), (8, 3, 20)),
        (nn.Sequential(nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.ReLU()), (4, 2, 5, 6, 7)),
        (nn.Sequential(nn.BatchNorm2d(4), nn.Tanh(), nn.Conv2d(4, 3, 3)), (4, 4, 6, 6)),
        (nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.LeakyReLU()), (4, 1, 6, 6)),
        (nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1)), (4, 4, 6, 6)),
        (nn.Sequential(nn.BatchNorm2d(4, momentum=None), nn.ReLU()), (4, 4, 6, 6)),
    ],
)
def test_networks_of_other_kinds_compute_the_same(
    network: nn.Module, shape: tuple[int, ...]
) -> None:
    ensure_equal(network, torch.randn(shape), channels_last=len(shape) == 4)


def small(rate: float = 0.05) -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(rate)),
        *(nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Dropout(rate), nn.MaxPool2d(2), nn.Dropout(rate)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)),
    )


def test_a_norm_a_relu_and_a_dropout_are_one_step() -> None:
    assert chains(quicken(traced(small()), CPU)) == [
        ["Conv2d"],
        ["BatchNorm2d", "ReLU", "Dropout"],
        ["ReLU", "Dropout"],
        ["Dropout"],
    ]


def test_dropouts_of_nothing_and_of_everything_stay_torchs_own() -> None:
    for rate in (0.0, 1.0):
        steps = chains(quicken(traced(small(rate)), CPU))
        assert steps == [["Conv2d"], ["BatchNorm2d", "ReLU"]]


def test_dropout_of_whole_channels_stays_torchs_own() -> None:
    network = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout2d(0.5))
    assert chains(quicken(traced(network), CPU)) == [["BatchNorm2d", "ReLU"]]


def test_behind_a_norm_dropout_zeroes_at_its_rate_and_scales_the_rest() -> None:
    norm = nn.BatchNorm2d(8)
    nn.init.uniform_(norm.weight, 0.5, 2)
    network = nn.Sequential(norm, nn.ReLU(), nn.Dropout(0.25))
    images = torch.randn(64, 8, 20, 20).contiguous(memory_format=torch.channels_last)
    quick = quicken(traced(network), CPU)
    given = images.clone().requires_grad_()
    result = quick(given)
    undropped = torch.relu(norm(images))
    left = (result != 0) & (undropped != 0)
    torch.testing.assert_close(result, torch.where(left, undropped / 0.75, 0.0))
    assert float(left.sum() / (undropped != 0).sum()) == pytest.approx(0.75, abs=0.01)

    # The same places dropped by hand: the gradients of all tensors are torch's.
    arriving, exact = torch.randn(result.shape), images.clone().requires_grad_()
    by_hand = torch.relu(norm(exact)) * (left.float() / 0.75)
    tensors = list(norm.parameters())
    expected = torch.autograd.grad(by_hand, [exact, *tensors], arriving)
    got = torch.autograd.grad(result, [given, *tensors], arriving)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


def test_the_state_of_the_global_generator_repeats_a_step() -> None:
    quick, images = quicken(traced(small()), CPU), torch.randn(8, 1, 12, 12)
    with torch.random.fork_rng(devices=[]):
        state = torch.get_rng_state()
        first, second = quick(images), quick(images)
        torch.set_rng_state(state)
        again = quick(images)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_a_network_without_dropout_takes_no_random_number() -> None:
    quick = quicken(traced(nn.Sequential(nn.BatchNorm2d(8), nn.ReLU())), CPU)
    state = torch.get_rng_state()
    quick(torch.randn(4, 8, 3, 3))
    quick(torch.ones(4, 8, 3, 3))
    torch.set_rng_state(state)
    expected = torch.randn(4, 8, 3, 3)
    torch.set_rng_state(state)
    assert torch.equal(torch.randn(4, 8, 3, 3), expected)


def test_the_tensors_are_those_of_the_network_itself() -> None:
    exact = traced(small())
    quick = quicken(exact, CPU)
    assert dict(quick.named_parameters()).keys() == dict(exact.named_parameters()).keys()
    for name, tensor in exact.state_dict(keep_vars=True).items():
        assert quick.state_dict(keep_vars=True)[name] is tensor


def test_in_evaluation_it_is_the_network_itself() -> None:
    exact = traced(small(), channels_last=True)
    quick, images = quicken(exact, CPU), torch.randn(8, 1, 12, 12)
    quick(images)
    quick.eval()
    torch.testing.assert_close(quick(images), exact(images))


def test_a_batch_too_small_for_a_norm_is_refused_as_by_torch() -> None:
    quick = quicken(traced(nn.Sequential(nn.BatchNorm2d(8), nn.ReLU())), CPU)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        quick(torch.randn(1, 8, 1, 1))


def test_maps_of_another_shape_are_refused_as_by_torch() -> None:
    quick = quicken(traced(small(), channels_last=True), CPU)
    with pytest.raises(RuntimeError, match="channels"):
        quick(torch.randn(2, 3, 12, 12))


def test_other_devices_keep_the_network_as_it_is() -> None:
    exact = traced(small())
    assert quicken(exact, torch.device("cuda")) is exact


def test_low_precision_goes_through_torchs_own_modules() -> None:
    quick = quicken(traced(small(), channels_last=True), CPU)
    with torch.autocast("cpu", torch.bfloat16):
        made = quick(torch.randn(8, 1, 12, 12))
    made.float().sum().backward()
    assert all(parameter.grad is not None for parameter in quick.parameters())
