"""Memory that stays with the process, and optimizers with one kernel for all parameters."""

from __future__ import annotations

import copy
import importlib
import os
import platform
import resource
import subprocess
import sys
from functools import partial
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


WATCHED = """
import ctypes, importlib.util, sys
from pathlib import Path

found = importlib.util.spec_from_file_location("memory", sys.argv[1])
memory = importlib.util.module_from_spec(found)
found.loader.exec_module(memory)

def size(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

before = size("VmSize"), size("VmRSS")
assert memory.keep_freed_memory() is (sys.argv[2] == "kept")
grown = size("VmSize") - before[0], size("VmRSS") - before[1]
heap, advised = False, []
for line in Path("/proc/self/smaps").read_text().splitlines():
    if "-" in line.split()[0]:
        heap = line.endswith("[heap]")
    elif line.startswith("VmFlags") and heap:
        advised.append("hg" in line.split())
print(any(advised), grown[0] > 2**19, grown[1] > 2**15)
"""
"""Prints whether the heap was advised, whether it has grown by half a GiB, and whether in memory.

It runs alone: numpy gives the same advice for memory of its own.
"""


def limit_memory(limit: int | None) -> None:
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@pytest.mark.skipif(
    not is_glibc or not memory._has_room(), reason="needs glibc, huge pages and no limits"
)
@pytest.mark.parametrize(
    ("environment", "limit", "is_kept", "is_advised"),
    [
        ({}, None, True, True),
        ({"MALLOC_PERTURB_": "3"}, None, True, False),
        ({}, 2**32, True, False),
        ({"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"}, None, False, False),
    ],
)
def test_the_heap_asks_for_huge_pages_where_that_costs_nothing(
    environment: dict[str, str], limit: int | None, is_kept: bool, is_advised: bool
) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("GLIBC_TUNABLES", "MALLOC_PERTURB_")}
    assert memory.__file__ is not None
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, memory.__file__, "kept" if is_kept else "left"],
        env={**clean, **environment},
        preexec_fn=partial(limit_memory, limit),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [str(is_advised), str(is_advised), "False"]


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert not keep_freed_memory()


def test_a_python_without_resource_has_nothing_to_do_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    assert not importlib.reload(memory).keep_freed_memory()


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
    before = network.weight.detach().clone()
    assert not quick_step(optim.SGD(network.parameters(), lr=0.1))
    assert not quick_step(optim.Adam(network.parameters(), fused=True))
    assert torch.equal(network.weight, before)
    empty_group: list[dict[str, Any]] = [{"params": []}, {"params": [*network.parameters()]}]
    assert quick_step(optim.SGD(empty_group, lr=0.1, fused=True))
    torch.testing.assert_close(network.weight.detach(), before - 0.1)


@pytest.mark.parametrize(
    ("made", "given"),
    [(optim.RMSprop, {}), (optim.SGD, {"foreach": True}), (optim.SGD, {"fused": False})],
)
def test_an_optimizer_without_one_or_with_a_choice_of_its_own_is_left_alone(
    made: Any, given: dict[str, Any]
) -> None:
    assert fused_arguments(made, CPU, given) == {}
