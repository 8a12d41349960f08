"""What an entry may be: a layer, a group, or a block by its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from archspec.layers import REGISTRY
from archspec.layers.fields import field_types
from archspec.spec import tree
from archspec.spec.groups import GROUPS

BLOCK_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class Form:
    """How an entry of a kind is written and named."""

    label: str
    shorthand: str | None
    fields: Collection[str]
    alone_unnumbered: bool = False
    is_layer: bool = True


Forms: TypeAlias = Mapping[str, Form]


def known_forms(blocks: Mapping[str, Iterable[str]]) -> dict[str, Form]:
    """Return the form of every layer and group, and of blocks, given as name → parameters."""
    forms = {
        kind: Form(layer.label, layer.shorthand, field_types(layer), layer.alone_unnumbered)
        for kind, layer in REGISTRY.items()
    }
    for kind, group in GROUPS.items():
        owner: type = group
        forms[kind] = Form(group.label, group.shorthand, field_types(owner), is_layer=False)
    for name, parameters in blocks.items():
        names = tuple(parameters)
        forms[name] = Form(name, names[0] if names else None, names, is_layer=False)
    return forms


def parameters_of(blocks: tree.Node | None) -> dict[str, tuple[str, ...]]:
    """Return the parameters of the blocks in a `blocks:` section, whatever else it says."""
    found: dict[str, tuple[str, ...]] = {}
    if isinstance(blocks, tree.Mapping):
        for name, block in blocks:
            parameters = block.child("parameters")
            found[name] = ()
            if isinstance(parameters, tree.Mapping):
                found[name] = tuple(parameters.entries)
    return found
