"""Memory that stays with the process, and optimizers with one kernel for all parameters."""

from __future__ import annotations

import copy
import platform
import resource
from typing import Any

import pytest
import torch
from torch import nn, optim

from archspec.runtime.fast import fused_arguments, keep_freed_memory

CPU = torch.device("cpu")
is_glibc = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"


@pytest.mark.skipif(not is_glibc, reason="the setting is glibc's")
def test_large_temporaries_do_not_fault_in_their_pages_again_and_again() -> None:
    assert keep_freed_memory()
    before, times, pages = faults(), 10, 2**25 // resource.getpagesize()
    for _ in range(times):
        torch.ones(2**23)  # 32 MiB
    assert faults() - before < times * pages / 2


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
    ("made", "given"),
    [(optim.RMSprop, {}), (optim.SGD, {"foreach": True}), (optim.SGD, {"fused": False})],
)
def test_an_optimizer_without_one_or_with_a_choice_of_its_own_is_left_alone(
    made: Any, given: dict[str, Any]
) -> None:
    assert fused_arguments(made, CPU, given) == {}
