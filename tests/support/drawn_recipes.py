"""Random data and train sections, drawn from the borders of what the trainer takes."""

from __future__ import annotations

import random
from typing import Any

from archspec.language.catalogue import read_catalogue

VALUES: tuple[Any, ...] = (
    *(0, 1, 2, 3, 9, 10, 28, -1, -2, 100, 2**31 - 1, 2**31),
    *(0.0, 0.1, 0.5, 0.9, 0.999, 1.0, 1.5, -0.1, 1e-18, 1e18, 1e19, 1e39, 1e308),
    *(float("nan"), float("inf"), True, False, None, "min", "max", "cos", "bilinear", "random"),
    *("reflect", "triangular2", "x"),
    *([], [0.9], [0.1, 0.2], [0.9, 0.999], [1, 0], [0.5, 1.2], [28, 28], [1, 2, 3, 4], [2, 4]),
    *([0.3] * 10, [None, 0.001], [0.1, "a"], [3, 3]),
)
FITTING: dict[str, Any] = {
    "step_size": 2,
    "milestones": [1, 3],
    "gamma": 0.9,
    "T_max": 4,
    "T_0": 2,
    "base_lr": 0.01,
    "max_lr": 0.1,
    "size": 28,
    "kernel_size": 3,
    "padding": 0,
    "degrees": 10,
    "sharpness_factor": 2,
    "bits": 4,
    "threshold": 0.5,
    "lr": 0.1,
}
"""A sound value of every argument that some class needs."""


def drawn_call(role: str, draw: random.Random) -> dict[str, dict[str, Any]]:
    """Return a class with some arguments: sound ones, odd ones, now and then a misspelt one."""
    classes = read_catalogue().classes[role]
    name = draw.choice([*classes])
    known = classes[name]
    everything = [*known.needs, *known.takes]
    arguments = {key: FITTING.get(key, draw.choice(VALUES)) for key in known.needs}
    for key in draw.sample(everything, min(len(everything), draw.choice((0, 0, 1, 1, 2, 3)))):
        arguments[key] = draw.choice(VALUES)
    if draw.random() < 0.03:
        arguments["momentun"] = 1
    return {name: arguments}


def drawn_recipe(draw: random.Random) -> dict[str, Any]:
    """Return `data` and `train` of a spec; mostly one part of them is odd."""
    odd = draw.choice(("optimizer", "scheduler", "loss", "augment", "augment", "several"))
    several = odd == "several"
    train: dict[str, Any] = {
        "epochs": draw.choice((1, 2, 5, 12)),
        "batch_size": draw.choice((1, 7, 8, 16)),
        "optimizer": {draw.choice(("SGD", "Adam", "Rprop")): {"lr": 0.1}},
    }
    if several or odd == "optimizer":
        train["optimizer"] = drawn_call("optimizer", draw)
    if several or odd == "scheduler":
        train["scheduler"] = drawn_call("scheduler", draw)
    if several or odd == "loss":
        train["loss"] = drawn_call("loss", draw)
    if draw.random() < 0.2:
        train["no_weight_decay"] = draw.choice((["biases"], ["norms"], ["norms", "biases"]))
    if draw.random() < 0.1:
        train["task"] = draw.choice(("classification", "detection"))
    data: dict[str, Any] = {"dataset": "ImageFolder", "validation": draw.choice((0, "test", 20))}
    if odd == "augment" or draw.random() < 0.1:
        data["augment"] = [drawn_call("transform", draw) for _ in range(draw.choice((1, 1, 2)))]
    if draw.random() < 0.1:
        data["normalize"] = {"mean": [0.5] * draw.choice((1, 3)), "std": [0.5]}
    return {"data": data, "train": train}
