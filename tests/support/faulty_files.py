"""Specs with faults as people make them: drawn by a seed, so that a long run can be had by hand."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "specs" / "ladder"
"""Where relative paths of the specs lead from."""
SPECS: tuple[dict[str, Any], ...] = (
    {
        "archspec": 1,
        "title": "Words",
        "input": [3, 32, 32],
        "defaults": {"conv": {"kernel_size": 3, "norm": "batch", "activation": "relu"}},
        "layers": [
            {"conv": {"out_channels": 8, "padding": "same", "dropout": 0.1, "id": "stem"}},
            {"conv": {"out_channels": 8, "stride": [2, 2], "groups": 2, "bias": False}},
            {"max_pool": {"kernel_size": 2, "ceil_mode": True}},
            {"conv": {"out_channels": 8, "norm": {"group": {"num_groups": 4, "eps": 1e-4}}}},
            {"leaky_relu": 0.2},
            {"upsample": {"scale_factor": 2, "mode": "bilinear"}},
            "gap",
            "flatten",
            {"linear": {"out_features": 10, "init": {"weight": {"normal_": {"std": 0.02}}}}},
        ],
        "data": {
            "dataset": "MNIST",
            "validation": 0.1,
            "augment": [{"RandomRotation": {"degrees": 7}}],
            "normalize": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
        },
        "train": {
            "epochs": 4,
            "batch_size": 16,
            "optimizer": {"SGD": {"lr": 0.1, "momentum": 0.9}},
            "scheduler": {"StepLR": {"step_size": 2}},
            "ema": 0.98,
            "clip_grad_norm": 5,
            "no_weight_decay": ["norms"],
        },
        "targets": {
            "params": {"below": 8000},
            "receptive_field": {"between": [3, 90]},
            "test_accuracy": {"at_least": 97, "epochs": 2, "within": 4, "seeds": {"share": 0.9}},
        },
        "claims": {"params": 1500, "best_test_accuracy": 98.5, "table": "../published/step3.md"},
        "notes": {"target": "words of it"},
        "lint": {"even-kernel": "as published"},
    },
    {
        "archspec": 1,
        "input": [4, "$size", 16],
        "parameters": {"size": 16, "width": 4, "half": "${width // 2}"},
        "blocks": {
            "Unit": {
                "parameters": {"width": "integer", "stride": 1},
                "layers": [
                    {"conv": {"out_channels": "$width", "kernel_size": 3, "padding": 1}},
                    {"when": {"condition": "${stride > 1}", "layers": [{"max_pool": "$stride"}]}},
                    {"conv": {"out_channels": 4, "kernel_size": 1}},
                ],
                "doc": "two of them",
            },
        },
        "layers": [
            {"Unit": {"width": 8, "id": "stem"}},
            {"residual": {"body": [{"Unit": "$width"}], "shortcut": [], "id": "res"}},
            {"branches": {"join": "add", "paths": {"one": [], "three": {"from": "stem"}}}},
            {"repeat": {"times": 2, "index": "i", "layers": [{"Unit": "${half + i}"}, "relu"]}},
            {"auxiliary": {"layers": [{"share": "res"}], "weight": 0.5}},
            {"add": ["res", "previous"]},
        ],
    },
    {
        "archspec": 1,
        "extends": "task10_learning_rate.yaml",
        "edit": {
            "set": {"conv1": {"dropout": 0.25}},
            "replace": {"conv2": [{"conv": 8}]},
            "after": {"conv4": ["relu"]},
            "remove": ["conv5"],
        },
        "train": {"epochs": 2, "scheduler": None},
        "targets": {"params": {"below": 9000}},
    },
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 1.5, 2.0, 10**12, "", "x", "8", "yes", "2,809", "$width"),
    *([], {}, [1], [None], {"a": 1}, {"lr": None}, "relu", "none"),
)
TORCH = {"max_pool": "MaxPool2d", "linear": "Linear", "gap": "GlobalAveragePooling2D"}
OTHERS = {"relu": "celu", "linear": "bilinear", "gap": "gmp"}
LETTERS = "abcdefghijklmnopqrstuvwxyz_"


def faulty_tree(random: Random) -> dict[str, Any]:
    """Return a spec with one or two of its keys and values changed."""
    tree = copy.deepcopy(random.choice(SPECS))
    for _ in range(random.choice((1, 1, 2))):
        holder = random.choice([node for node in _nodes(tree) if node])
        _change(holder, random)
    return tree


def _nodes(node: Any) -> list[Any]:
    inner = list(node.values()) if isinstance(node, dict) else node
    return [node, *(n for i in inner if isinstance(i, dict | list) for n in _nodes(i))]


def _change(holder: Any, random: Random) -> None:
    if isinstance(holder, list):
        at = random.randrange(len(holder))
        holder[at] = random.choice((*VALUES, [holder[at]]))
        return
    key = random.choice(list(holder))
    match random.randrange(8):
        case 0:
            holder[key] = None
        case 1:
            value = json.dumps(holder.pop(key))
            holder[f"{key}:{value}"] = None
        case 2:
            holder[misspelt(key, random)] = holder.pop(key)
        case 3:
            holder[misspelt(key, random)] = None
        case 4:
            del holder[key]
        case 5:
            holder[random.choice(("weather", "809", "lr", "epochs", "bias"))] = 3
        case 6:
            holder[key] = [holder[key]]
        case _:
            holder[key] = random.choice(VALUES)


def misspelt(word: str, random: Random) -> str:
    """Return a word with a slip of the pen: a letter left out, doubled, another, or two swapped."""
    at = random.randrange(len(word))
    match random.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :] or "x"
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + random.choice(LETTERS) + word[at + 1 :]
        case _:
            return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]


def faulty_text(random: Random) -> str:
    """Return the text of a spec with one to three slips of the pen or of the keyboard."""
    text = yaml.dump(random.choice(SPECS[:2]), sort_keys=False, default_flow_style=None, width=90)
    for _ in range(random.choice((1, 2, 3))):
        _, old, change = random.choice(SLIPS)
        places = list(re.finditer(old, text))
        if places:
            place = random.choice(places)
            new = change(place["it"], random)
            text = text[: place.start("it")] + new + text[place.end("it") :]
    return text


SLIPS: tuple[tuple[str, str, Callable[[str, Random], str]], ...] = (
    ("no blank behind a colon", r"\w(?P<it>: )[\w$]", lambda it, random: random.choice(":=")),
    ("an odd colon", r"\w(?P<it>: )[\w$]", lambda it, random: "\uff1a "),
    ("a misspelt word", r"(?P<it>[A-Za-z_]{3,})", misspelt),
    ("another case", r"(?P<it>[a-z_]{3,})(?=:)", lambda it, random: it.title().replace("_", "")),
    ("a number in quotes", r" (?P<it>[0-9.]+)(?=[,}\]\n])", lambda it, random: f"'{it}'"),
    ("a whole number as a fraction", r" (?P<it>[0-9]+)(?=[,}\]\n])", lambda it, random: f"{it}.0"),
    ("a comma in a number", r" [0-9](?P<it>)[0-9]{3}", lambda it, random: ","),
    ("a comma for a point", r"[0-9](?P<it>[.])[0-9]", lambda it, random: ","),
    (
        "a word for true",
        r" (?P<it>true|false)",
        lambda it, random: "yes" if it == "true" else "off",
    ),
    ("an invisible character", r"(?P<it>\w)", lambda it, random: f"{it}\u200b"),
    ("a blank that is none", r"(?P<it> )\w", lambda it, random: "\u00a0"),
    ("a value left out", r": (?P<it>[\w.]+)(?=[,}\n])", lambda it, random: ""),
    ("torch's name", r"(?P<it>max_pool|linear|gap)", lambda it, random: TORCH[it]),
    ("a layer of its own", r"(?P<it>relu|linear|gap)", lambda it, random: OTHERS[it]),
)
