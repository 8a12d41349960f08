"""The field `init`: how the tensors of a layer are filled, by functions of torch.nn.init."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from archspec.layers.base import Init, LayerFault, Shape, show
from archspec.layers.fields import (
    LARGEST_FLOAT,
    FieldFault,
    describe_value,
    field,
    fields_schema,
    read_fields,
    required,
    shorten,
)
from archspec.layers.single import together
from archspec.layers.synonyms import INITS, suggest

if TYPE_CHECKING:
    from archspec.layers.init_functions import Function

Inits: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Tensor name → function name → its arguments that are not at their default."""

LEAST_KEPT = 1e-3
"""Of what `trunc_normal_` draws; with fewer, a layer takes minutes."""

EXAMPLE = "write `{weight: kaiming_normal_}`"


class InitField:
    """Tensor names, each with the name of a function, or `{name: arguments}`."""

    none: ClassVar[str] = "none"

    def read(self, value: Any) -> Inits | None:
        """Return the functions and their arguments; None where nothing is said."""
        if value == self.none:
            return None
        if not isinstance(value, Mapping):
            raise FieldFault(
                f"expected a function for each tensor, got {describe_value(value)}", help=EXAMPLE
            )
        read: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        faults: list[FieldFault] = []
        for tensor, function in value.items():
            try:
                read[str(tensor)] = _function(function)
            except FieldFault as fault:
                faults.append(fault.under(tensor))
        if faults:
            raise together(faults)
        return read or None

    def schema(self) -> dict[str, Any]:
        """Return a mapping of any names: which tensors a layer has depends on its fields."""
        bare = [name for name, f in functions().items() if not required(f.arguments)]
        with_arguments = [
            {
                "type": "object",
                "properties": {name: fields_schema(function.arguments)},
                "required": [name],
                "additionalProperties": False,
            }
            for name, function in functions().items()
        ]
        function = {"anyOf": [{"enum": bare}, *with_arguments]}
        mapping = {"type": "object", "additionalProperties": function}
        return {"anyOf": [{"enum": [self.none]}, mapping]}


def functions() -> Mapping[str, Function]:
    """Return the functions of torch.nn.init by name; they are read where a spec has an `init`."""
    from archspec.layers.init_functions import FUNCTIONS  # who has no `init` need not wait

    return FUNCTIONS


def init_field() -> Any:
    """Declare an `init:` field."""
    doc = "how tensors are filled: {weight: kaiming_normal_, bias: {constant_: {val: 0.1}}}"
    return field(InitField(), doc, None)


def checked(layer: Any, params: dict[str, Shape]) -> dict[str, Shape]:
    """Return a layer's tensors; LayerFault where its `init` names another, or does not fit one."""
    if layer.init is None:
        return params
    for tensor, call in layer.init.items():
        if tensor not in params:
            raise _unknown_tensor(layer.kind, tensor, params)
        ((name, arguments),) = call.items()
        shape, function = params[tensor], functions()[name]
        most = function.most_axes or len(shape)
        if not function.least_axes <= len(shape) <= most:
            wanted = f"{function.least_axes}"
            if most != function.least_axes:
                wanted += f" to {most}" if function.most_axes else " or more"
            raise LayerFault(
                "wrong-rank",
                f"`{name}` needs a tensor of {wanted} axes, and `{tensor}` is {show(shape)}",
                field="init",
                help="use `zeros_`, `ones_`, `constant_`, `normal_` or `uniform_` for it",
            )
        groups = arguments.get("groups", 1)
        if shape and shape[0] % groups:
            raise LayerFault(
                "groups-do-not-divide",
                f"{groups} groups do not divide the {shape[0]} rows of `{tensor}`",
                field="init",
                help="use the groups of the convolution",
            )
    return params


def inits_of(layer: Any, params: Mapping[str, Shape]) -> dict[str, Init]:
    """Return how a layer's tensors are filled, in torch's order, as far as its `init` says so."""
    given = layer.init or {}
    return {name: Init(*call) for name in params for call in given.get(name, {}).items()}


def _function(value: Any) -> dict[str, Mapping[str, Any]]:
    path: tuple[str, ...] = ()
    name: Any = value
    written: Any = {}
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, written),) = value.items()
        path = (name,)
    if not isinstance(name, str):
        raise FieldFault(
            f"expected a function of torch.nn.init, got {describe_value(value)}",
            help="write `zeros_`, or `{normal_: {std: 0.02}}`",
        )
    if name not in functions():
        near = suggest(name, functions(), INITS)
        raise FieldFault(
            f"torch.nn.init has no `{shorten(name)}` that archspec knows",
            help=near.help or "the names are `zeros_`, `normal_`, `kaiming_normal_` and others",
            path=path,
            code="unknown-word",
            replacement=near.replacement if not path else None,
        )
    owner = functions()[name].arguments
    if not isinstance(written, Mapping):
        first = next((f.name for f in dataclasses.fields(owner)), None)
        raise FieldFault(
            f"expected the arguments of `{name}`, got {describe_value(written)}",
            help=f"write `{{{name}: {{{first}: …}}}}`" if first else f"write `{name}` alone",
            path=path,
        )
    read, faults = read_fields(owner, written)
    if faults:
        raise together(faults).under(*path)
    arguments = owner(**read)
    if fault := _cannot_draw(arguments):
        raise FieldFault(fault[0], help=fault[1], path=path, code="out-of-range")
    # At their default or not given: it is the same network, and has the same hash.
    given = {
        f.name: getattr(arguments, f.name)
        for f in dataclasses.fields(owner)
        if getattr(arguments, f.name) != f.default
    }
    return {name: given}


def _cannot_draw(arguments: Any) -> tuple[str, str] | None:
    """Say why torch refuses to draw between two ends, or does not come to an end; and the cure."""
    low, high = getattr(arguments, "a", 0.0), getattr(arguments, "b", None)
    if high is None:
        return None
    if low >= high:
        fact = f"the lower end {low:g} is not below the upper end {high:g}"
        return fact, "let `a` be smaller than `b`"
    if high - low > LARGEST_FLOAT:
        return f"from {low:g} to {high:g} is further than float32 holds", "bring `a` and `b` nearer"
    mean, std = getattr(arguments, "mean", None), getattr(arguments, "std", None)
    if mean is None or std is None:
        return None
    # torch draws until all values are kept: evenly between the ends, where a normal distribution
    # has less than 0.3 of its values there, and keeps as many as lie below its curve.
    kept = (math.erf((high - mean) / std / 2**0.5) - math.erf((low - mean) / std / 2**0.5)) / 2
    steps = (min(max(mean, low), high) - mean) / std
    curve = math.exp(-steps * steps / 2) / math.tau**0.5
    if kept > 0.3 or kept * std >= LEAST_KEPT * (high - low) * curve > 0:
        return None
    fact = f"a normal distribution with mean {mean:g} and std {std:g} has almost no values "
    fact += f"from {low:g} to {high:g}"
    return fact, "let the mean lie between `a` and `b`, and these a few `std` from it"


def _unknown_tensor(kind: str, tensor: str, params: Mapping[str, Shape]) -> LayerFault:
    listed = ", ".join(f"`{name}`" for name in params)
    help = f"its tensors are {listed}" if len(params) > 1 else f"its one tensor is {listed}"
    return LayerFault(
        "unknown-tensor",
        f"{kind} has no tensor `{shorten(tensor)}` to fill",
        field="init",
        help=help if params else "remove it: nothing is trained here",
    )
