"""The networks of specs/zoo that torchvision has, and the names of their tensors in both."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torchvision
import yaml
from torch import nn

from archspec.api import load
from archspec.network import Network

HERE = Path(__file__).parents[1] / "zoo"
ZOO = HERE.parents[1] / "specs" / "zoo"
IN_ORDER = "in order"
COMPUTED = re.compile(r"<(\d+) ([+-]) (\d+)>")


@dataclass(frozen=True)
class Member:
    """A network that both have. pixels: the side of the image that it is compared on."""

    name: str
    family: str
    pixels: int = 65

    def ours(self, pixels: int | None = None) -> Network:
        """Return our network for an image of so many pixels; that of the spec by default."""
        overrides = () if pixels is None else (f"input=[3, {pixels}, {pixels}]",)
        return load(ZOO / f"{self.name}.yaml", overrides)

    def theirs(self, **arguments: Any) -> nn.Module:
        """Return torchvision's module, as its own function builds it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of GoogLeNet's initialization
            module = torchvision.models.get_model(self.name, weights=None, **arguments)
        assert isinstance(module, nn.Module)
        return module


# The largest stand together: one process after the other takes them, and not two at a time.
MEMBERS = [
    *(Member(f"vgg{depth}{norm}", "vgg", 64) for norm in ("", "_bn") for depth in (11, 13, 16, 19)),
    Member("alexnet", "alexnet", 127),
    # A vision transformer has a place for each patch: torchvision is told of the size, too.
    Member("vit_b_16", "vit", 64),
    Member("convnext_tiny", "convnext"),
    *(Member(f"efficientnet_b{size}", "efficientnet") for size in range(8)),
    *(Member(f"densenet{depth}", "densenet") for depth in (121, 161, 169, 201)),
    *(Member(f"resnet{depth}", "resnet") for depth in (18, 34, 50, 101, 152)),
    Member("resnext50_32x4d", "resnet"),
    Member("googlenet", "googlenet"),
    Member("mnasnet1_0", "mnasnet"),
    Member("mobilenet_v2", "mobilenet"),
    Member("shufflenet_v2_x1_0", "shufflenet"),
    Member("squeezenet1_1", "squeezenet"),
]
OTHERS = ("lenet5", "tcn", "unet")
"""What torchvision does not have."""


def our_names(family: str, theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """Return torchvision's name → ours for every tensor, by the rules in names/.

    Each rule rewrites, by a regular expression, what those above it left. `<7 - 1>` is computed.
    """
    rules = read_rules(family)
    if rules == IN_ORDER:
        return dict(zip(theirs, ours, strict=True))
    return {name: renamed(name, rules) for name in theirs}


def renamed(name: str, rules: Sequence[Sequence[str]]) -> str:
    for pattern, replacement in rules:
        name = COMPUTED.sub(_computed, re.sub(pattern, replacement, name))
    return name


@cache
def read_rules(family: str) -> Any:
    return yaml.safe_load((HERE / "names" / f"{family}.yaml").read_text("utf-8"))


def _computed(match: re.Match[str]) -> str:
    first, second = int(match[1]), int(match[3])
    return str(first + second if match[2] == "+" else first - second)


def fill(module: nn.Module, seed: int) -> nn.Module:
    """Return a module of the meta device with seeded values in every tensor, none of them neutral.

    Nothing is zero or one as it is at the start of training, so that a bias, a running mean or a
    factor in the wrong place shows.
    """
    generator = torch.Generator().manual_seed(seed)
    module = module.to_empty(device="cpu").double()
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            tensor.random_(1, 1000, generator=generator)
        elif name.endswith("running_var") or (tensor.ndim == 1 and name.endswith("weight")):
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            most = (3 / tensor[0].numel()) ** 0.5 if tensor.ndim > 1 else 0.2
            tensor.uniform_(-most, most, generator=generator)
    return module
