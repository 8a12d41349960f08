"""Entries that hold other entries: residual, branches, repeat, when, auxiliary, share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias, final

from archspec.layers import JOINS
from archspec.layers.fields import (
    Boolean,
    Choice,
    FieldFault,
    Integer,
    Number,
    Text,
    describe_value,
    field,
    shorten,
)
from archspec.layers.single import together
from archspec.layers.synonyms import suggest
from archspec.values import dataclass

LAYERS: dict[str, Any] = {"allOf": [{"$ref": "#/definitions/layers"}]}
NO_LAYERS: dict[str, Any] = {"type": "array", "maxItems": 0}


class Layers:
    """A list of entries, read one by one where its place is known; it may be empty."""

    def read(self, value: Any) -> Any:
        """Return the bare list."""
        if not isinstance(value, list):
            fact = f"expected a list of layers, got {describe_value(value)}"
            raise FieldFault(fact, help="write each layer behind `- `, or `[]` for none")
        return value

    def schema(self) -> dict[str, Any]:
        """Return a layer list, or an empty one."""
        return {"anyOf": [*LAYERS["allOf"], NO_LAYERS]}


class Paths:
    """Paths by name: each a list of entries, or `{from: id, layers: […]}`."""

    def read(self, value: Any) -> Any:
        """Return the bare paths."""
        if not isinstance(value, Mapping) or not value:
            fact = f"expected paths by name, got {describe_value(value)}"
            raise FieldFault(fact, help="write `paths: {left: [], right: [{conv: 16}]}`")
        faults = [fault for name, path in value.items() for fault in _path_faults(name, path)]
        if faults:
            raise together(faults)
        return value

    def schema(self) -> dict[str, Any]:
        """Return a mapping of layer lists."""
        layers = Layers().schema()
        source = {"type": "string", "description": "id of the earlier entry that feeds this path"}
        with_source = {
            "type": "object",
            "properties": {"from": source, "layers": layers},
            "minProperties": 1,
            "additionalProperties": False,
        }
        options = [*layers["anyOf"], with_source]
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
            "additionalProperties": {"anyOf": options},
        }


def _path_faults(name: str, path: Any) -> Iterator[FieldFault]:
    help = "write `[]` for none, or `{from: id, layers: […]}`"
    if isinstance(path, list):
        return
    if not isinstance(path, Mapping) or not path:
        fact = f"expected a list of layers, got {describe_value(path)}"
        yield FieldFault(fact, help=help, path=(name,))
        return
    for key, value in path.items():
        try:
            if key == "from":
                Text().read(value)
            elif key == "layers":
                Layers().read(value)
            else:
                near = suggest(key, ("from", "layers"))
                fact = f"unknown field `{shorten(key)}`"
                raise FieldFault(
                    fact, help=help, code="unknown-field", replacement=near.replacement
                )
        except FieldFault as fault:
            fault.help = fault.help or "write the id of an earlier entry"
            yield fault.under(name, key)


@final
@dataclass(frozen=True, slots=True)
class Residual:
    """Adds what its body makes to its input, or to what its shortcut makes of it."""

    kind: ClassVar[str] = "residual"
    label: ClassVar[str] = "Residual"
    shorthand: ClassVar[str | None] = "body"

    body: Any = field(Layers(), "layers whose output is added")
    shortcut: Any = field(Layers(), "layers on the way around; none by default", ())


@final
@dataclass(frozen=True, slots=True)
class Branches:
    """Feeds its input to several paths, and joins what they make."""

    kind: ClassVar[str] = "branches"
    label: ClassVar[str] = "Branches"
    shorthand: ClassVar[str | None] = None

    join: str = field(Choice(JOINS), "how the paths come together")
    paths: Any = field(Paths(), "paths by name, joined in this order; `[]` passes the input on")


@final
@dataclass(frozen=True, slots=True)
class Repeat:
    """Its layers, several times one behind the other, each time with weights of its own."""

    kind: ClassVar[str] = "repeat"
    label: ClassVar[str] = "Repeat"
    shorthand: ClassVar[str | None] = None

    times: int = field(Integer(0), "how often")
    layers: Any = field(Layers(), "what is repeated")
    index: str = field(Text(), "name of the number of the round, from 0, as `$index`", "index")


@final
@dataclass(frozen=True, slots=True)
class When:
    """Its layers where a condition holds, others or none where it does not."""

    kind: ClassVar[str] = "when"
    label: ClassVar[str] = "When"
    shorthand: ClassVar[str | None] = None

    condition: bool = field(Boolean(), "a parameter, or a comparison such as ${stride > 1}")
    layers: Any = field(Layers(), "what stands here where it holds", ())
    otherwise: Any = field(Layers(), "what stands here where it does not", ())


@final
@dataclass(frozen=True, slots=True)
class Auxiliary:
    """A head that runs in training only; what comes after it sees nothing of it."""

    kind: ClassVar[str] = "auxiliary"
    label: ClassVar[str] = "Auxiliary"
    shorthand: ClassVar[str | None] = None

    layers: Any = field(Layers(), "the head, up to an output like the network's own")
    weight: float = field(
        Number(at_least=0), "weight of its loss beside the network's (Szegedy et al. 2014)", 0.3
    )


@final
@dataclass(frozen=True, slots=True)
class Share:
    """An earlier entry once more, with the same weights."""

    kind: ClassVar[str] = "share"
    label: ClassVar[str] = "Share"
    shorthand: ClassVar[str | None] = "of"

    of: str = field(Text(), "id of the entry whose weights are used again")


LISTS = ("body", "shortcut", "layers", "otherwise", "paths")
"""The fields of groups that hold entries."""

GroupFields: TypeAlias = Residual | Branches | Repeat | When | Auxiliary | Share
GROUPS: dict[str, type[GroupFields]] = {
    group.kind: group for group in (Residual, Branches, Repeat, When, Auxiliary, Share)
}
"""The kinds of entries that are no layers of their own."""
