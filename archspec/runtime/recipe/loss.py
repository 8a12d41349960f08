"""The loss that a spec names."""

from __future__ import annotations

from torch import nn

from archspec.language.sections import Call
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import WITHHELD, attempt, check_arguments, find_class, refuse

LOSSES: dict[str, type[nn.Module]] = {
    name: made
    for name, made in sorted(vars(nn).items())
    if isinstance(made, type) and issubclass(made, nn.Module) and name.endswith("Loss")
}

CLASS_LOSSES = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
"""The losses that compare scores of classes with the number of the right one."""


def make_loss(call: Call, classes: int, place: Place, *, mixes: bool) -> nn.Module:
    """Return the loss, which averages over a batch; SpecError. mixes: as for `make_recipe`."""
    made = find_class("loss", call, LOSSES, place)
    if call.name not in CLASS_LOSSES:
        refuse(
            "unsuitable-loss",
            f"{call.name} does not compare scores of classes with the right one",
            place("train", "loss", call.name),
            f"use one of {', '.join(CLASS_LOSSES)}",
        )
    arguments = check_arguments("loss", call, made, WITHHELD["loss"], place)
    if mixes:
        ensure_takes_shares(call, place)
    weight = arguments.get("weight")
    if weight is not None and len(weight) != classes:
        refuse(
            "bad-argument",
            f"`weight` of {call.name} has {len(weight)} values, and there are {classes} classes",
            place("train", "loss", call.name, "weight"),
            "give one weight for each class",
        )
    return attempt("loss", call, place, lambda: made(**arguments))


def ensure_takes_shares(call: Call, place: Place) -> None:
    """Refuse a loss that mixed labels cannot be given to; SpecError (`unsuitable-loss`)."""
    if call.name == "CrossEntropyLoss":
        if call.arguments.get("ignore_index", -1) >= 0:
            refuse(
                "unsuitable-loss",
                "CrossEntropyLoss ignores a class, and MixUp and CutMix give shares of several",
                place("train", "loss", call.name, "ignore_index"),
                "leave `ignore_index` out, or MixUp and CutMix",
            )
        return
    refuse(
        "unsuitable-loss",
        f"{call.name} takes one class for an image, and MixUp and CutMix give shares of several",
        place("train", "loss", call.name),
        "use CrossEntropyLoss, or leave MixUp and CutMix out",
    )
