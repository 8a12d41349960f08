"""What conv and linear layers may carry along in one entry: norm, activation, dropout."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from archspec.layers import REGISTRY
from archspec.layers.base import Layer, LayerFault, Part
from archspec.layers.fields import Choice, ListOf, Sub, field
from archspec.layers.registry import Words

FOLLOWERS = ("norm", "activation", "dropout")

NORMS = Words(
    REGISTRY,
    {
        "batch": "batch_norm",
        "group": "group_norm",
        "layer": "layer_norm",
        "instance": "instance_norm",
    },
)
"""The names that a `norm:` field takes."""

ACTIVATIONS = Words(
    REGISTRY,
    {
        kind: kind
        for kind in (
            "relu",
            "relu6",
            "leaky_relu",
            "prelu",
            "elu",
            "selu",
            "gelu",
            "silu",
            "mish",
            "hardswish",
            "hardsigmoid",
            "sigmoid",
            "tanh",
            "softplus",
            "softmax",
            "log_softmax",
        )
    },
)
"""The names that an `activation:` field takes."""

DROPOUTS = Words(REGISTRY, {kind: kind for kind in ("dropout", "spatial_dropout")})
"""The names that a `dropout:` field takes."""


def norm_field() -> Any:
    """Declare a `norm:` field."""
    return field(
        Sub("norm", NORMS),
        "normalization in the same entry: none, batch, group, layer, instance",
        None,
    )


def activation_field() -> Any:
    """Declare an `activation:` field."""
    return field(Sub("activation", ACTIVATIONS), "activation in the same entry, such as relu", None)


def dropout_field() -> Any:
    """Declare a `dropout:` field."""
    return field(
        Sub("dropout", DROPOUTS, number_means="dropout"),
        "dropout in the same entry: its probability",
        None,
    )


def order_field(main: str) -> Any:
    """Declare an `order:` field for the parts of an entry whose own part is called `main`."""
    words = ListOf(Choice((main, *FOLLOWERS)), 1, 4)
    return field(words, f"order of the parts; {main}, norm, activation, dropout by default", ())


class Composite(Protocol):
    """A layer that carries followers."""

    norm: Layer | None
    activation: Layer | None
    dropout: Layer | None
    order: tuple[str, ...]


def parts_of(layer: Any, main: str) -> tuple[Part, ...]:
    """Return the parts of an entry: its own operation `main`, and the followers that it has.

    Raises LayerFault when `order` leaves a part out, or names one twice.
    """
    followers = {name: getattr(layer, name) for name in FOLLOWERS}
    present = {name: part for name, part in followers.items() if part is not None}
    order = layer.order or (main, *FOLLOWERS)
    missing = {main, *present} - set(order)
    if missing or len(set(order)) != len(order):
        fact = (
            f"leaves out {', '.join(f'`{m}`' for m in sorted(missing))}"
            if missing
            else "repeats a part"
        )
        raise LayerFault(
            "incomplete-order",
            f"`order` {fact}",
            field="order",
            help=f"name each part once: [{', '.join((main, *present))}]",
        )
    bare = layer
    if present or layer.order:
        bare = dataclasses.replace(layer, norm=None, activation=None, dropout=None, order=())
    operations = {main: bare, **present}
    return tuple(Part(name, operations[name]) for name in order if name in operations)
