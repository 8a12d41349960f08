"""Memory that stays with the process, and optimizers with one kernel for all parameters."""

from __future__ import annotations

import copy
import platform
import resource
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn, optim

from archspec.runtime.fast import fused_arguments, keep_freed_memory, memory, quick_step

CPU = torch.device("cpu")
is_glibc = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"


@pytest.mark.skipif(not is_glibc, reason="the setting is glibc's")
def test_large_temporaries_do_not_fault_in_their_pages_again_and_again() -> None:
    assert keep_freed_memory()
    before, times, pages = faults(), 10, 2**25 // resource.getpagesize()
    for _ in range(times):
        torch.ones(2**23)  # 32 MiB
    assert faults() - before < times * pages / 2


@pytest.mark.skipif(
    not is_glibc or not Path("/sys/kernel/mm/transparent_hugepage").exists(),
    reason="needs glibc and huge pages",
)
def test_the_heap_asks_for_huge_pages() -> None:
    assert keep_freed_memory()
    maps = Path("/proc/self/smaps").read_text().split("VmFlags:")
    advised = [flags for flags in maps[1:] if "hg" in flags.splitlines()[0].split()]
    assert advised, "no mapping has the flag of huge pages"


@pytest.mark.skipif(not is_glibc, reason="the setting is glibc's")
def test_a_users_own_settings_of_glibc_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[None] = []
    monkeypatch.setattr(memory, "_ask_for_huge_pages", lambda: asked.append(None))
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
    assert keep_freed_memory()
    assert not asked
    monkeypatch.delenv("GLIBC_TUNABLES")
    assert keep_freed_memory()
    assert asked


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert not keep_freed_memory()


@pytest.mark.parametrize(
    ("made", "arguments"),
    [
        (optim.SGD, {"lr": 0.05, "momentum": 0.9}),
        (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
        (optim.Adam, {"lr": 0.01}),
        (optim.AdamW, {"lr": 0.01, "amsgrad": True}),
        (optim.Adagrad, {"lr": 0.01}),
    ],
)
def test_a_fused_step_is_the_same_step(made: Any, arguments: dict[str, Any]) -> None:
    fused = fused_arguments(made, CPU, arguments)
    assert fused == {"fused": True}
    torch.manual_seed(0)
    networks = [nn.Linear(20, 10)]
    networks.append(copy.deepcopy(networks[0]))
    images = torch.randn(8, 20)
    for network, extra in zip(networks, ({}, fused), strict=True):
        optimizer = made(network.parameters(), **arguments, **extra)
        for _ in range(5):
            optimizer.zero_grad()
            network(images).square().sum().backward()
            optimizer.step()
    plain, quick = ([*network.parameters()] for network in networks)
    torch.testing.assert_close(quick, plain)


@pytest.mark.parametrize(
    "arguments",
    [
        {"lr": 0.05},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "maximize": True},
    ],
)
def test_a_quick_step_is_the_step_of_sgd_in_every_group(arguments: dict[str, Any]) -> None:
    torch.manual_seed(0)
    networks = [nn.Linear(20, 10)]
    networks.append(copy.deepcopy(networks[0]))
    images, quickly = torch.randn(8, 20), 0
    for network, is_quick in zip(networks, (False, True), strict=True):
        groups: list[dict[str, Any]] = [
            {"params": [network.weight], "lr": 0.01},
            {"params": [network.bias]},
        ]
        optimizer = optim.SGD(groups, **arguments, fused=True)
        for number in range(5):
            optimizer.param_groups[1]["lr"] = 0.1 / (number + 1)  # as a schedule does
            optimizer.zero_grad()
            network(images).square().sum().backward()
            if is_quick and quick_step(optimizer):
                quickly += 1
            else:
                optimizer.step()
    assert quickly == (4 if "momentum" in arguments else 5)  # the first one makes the momenta
    plain, quick = ([*network.parameters()] for network in networks)
    assert all(map(torch.equal, quick, plain))


def test_what_is_no_fused_sgd_or_lacks_a_gradient_takes_its_own_step() -> None:
    network = nn.Linear(3, 2)
    network.weight.grad = torch.ones(2, 3)  # and none at the bias
    assert not quick_step(optim.SGD(network.parameters(), lr=0.1, fused=True))
    network.bias.grad = torch.ones(2)
    assert not quick_step(optim.SGD(network.parameters(), lr=0.1))
    assert not quick_step(optim.Adam(network.parameters(), fused=True))
    assert quick_step(optim.SGD(network.parameters(), lr=0.1, fused=True))


@pytest.mark.parametrize(
    ("made", "given"),
    [(optim.RMSprop, {}), (optim.SGD, {"foreach": True}), (optim.SGD, {"fused": False})],
)
def test_an_optimizer_without_one_or_with_a_choice_of_its_own_is_left_alone(
    made: Any, given: dict[str, Any]
) -> None:
    assert fused_arguments(made, CPU, given) == {}
