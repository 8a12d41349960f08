"""The loss that a spec names."""

from __future__ import annotations

import torch
from torch import nn

from archspec.analysis.trainable import loss_faults
from archspec.language.sections import Call
from archspec.language.takes.calls import NamedCall
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import attempt, ensure, find_class

LOSSES: dict[str, type[nn.Module]] = {
    name: made
    for name, made in sorted(vars(nn).items())
    if isinstance(made, type) and issubclass(made, nn.Module) and name.endswith("Loss")
}


def make_loss(call: Call, classes: int, place: Place, *, mixes: bool) -> nn.Module:
    """Return the loss, which averages over a batch; SpecError. mixes: as for `make_recipe`."""
    made, arguments = find_class("loss", call, LOSSES, place)
    named = NamedCall("loss", call, ("train", "loss"), place, place)
    ensure(loss_faults(named, arguments, classes, mixes=mixes))
    if "weight" in arguments:
        arguments["weight"] = torch.tensor(arguments["weight"], dtype=torch.float32)
    return attempt("loss", call, place, lambda: made(**arguments))
