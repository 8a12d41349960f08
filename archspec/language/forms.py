"""What an entry may be: a layer, a group, or a block by its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from archspec.language import tree
from archspec.language.groups import GROUPS
from archspec.layers import REGISTRY
from archspec.layers.fields import field_types

BLOCK_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


class Form(NamedTuple):
    """How an entry of a kind is written and named."""

    label: str
    shorthand: str | None
    fields: Collection[str]
    alone_unnumbered: bool = False
    is_layer: bool = True


class Forms(Mapping[str, Form]):
    """Kind or name of a block → its form: of every layer, and of what is given besides.

    The form of a layer is made where it is asked for, since its file has to be imported for it.
    """

    def __init__(self, others: Mapping[str, Form]) -> None:
        self._others = others

    def __getitem__(self, kind: str) -> Form:
        if kind in self._others:
            return self._others[kind]
        layer = REGISTRY[kind]
        return Form(layer.label, layer.shorthand, field_types(layer), layer.alone_unnumbered)

    def __contains__(self, kind: object) -> bool:
        return kind in self._others or kind in REGISTRY

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*REGISTRY, *self._others)))

    def __len__(self) -> int:
        return len({*REGISTRY, *self._others})


LAYER_FORMS = Forms({})
"""Of layers alone, those of plug-ins among them as soon as they are registered."""


def known_forms(blocks: Mapping[str, Iterable[str]]) -> Forms:
    """Return the form of every layer and group, and of blocks, given as name → parameters."""
    others: dict[str, Form] = {}
    for kind, group in GROUPS.items():
        owner: type = group
        others[kind] = Form(group.label, group.shorthand, field_types(owner), is_layer=False)
    for name, parameters in blocks.items():
        names = tuple(parameters)
        others[name] = Form(name, names[0] if names else None, names, is_layer=False)
    return Forms(others)


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
