"""Frozen values whose classes are made quickly: the dataclasses that every command begins with.

`dataclasses` writes out and compiles six methods for each class, which takes 0.6 ms; `check` needs
some seventy classes. Here all of them share the same methods.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Make a frozen dataclass, as `dataclasses.dataclass` does with the same arguments."""
        assert frozen
        shared = METHODS if eq else {k: v for k, v in METHODS.items() if k not in EQUALITY}

        def make(cls: type) -> type:
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            made.__dataclass_params__.frozen = True
            fields = dataclasses.fields(made)
            made._names = tuple([f.name for f in fields])
            made._compared = tuple([f.name for f in fields if f.compare])
            made._shown = tuple([f.name for f in fields if f.repr])
            made._defaults = {f.name: f.default for f in fields if f.default is not MISSING}
            made._factories = {
                f.name: f.default_factory for f in fields if f.default_factory is not MISSING
            }
            for name, method in shared.items():
                if name not in vars(cls):
                    setattr(made, name, method)
            return made

        return make


MISSING = dataclasses.MISSING
_put = object.__setattr__


def _init(self: Any, *values: Any, **named: Any) -> None:
    names: tuple[str, ...] = self._names
    if len(values) > len(names):
        raise TypeError(f"{type(self).__name__} takes {len(names)} values, got {len(values)}")
    for name, value in zip(names, values, strict=False):
        _put(self, name, value)
    for name in names[len(values) :]:
        if name in named:
            _put(self, name, named.pop(name))
        elif name in self._defaults:
            _put(self, name, self._defaults[name])
        elif name in self._factories:
            _put(self, name, self._factories[name]())
        else:
            raise TypeError(f"{type(self).__name__} needs a value for {name!r}")
    if named:
        raise TypeError(f"{type(self).__name__} has no field {next(iter(named))!r} to be given")


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self._compared)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in self._compared]))


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _reduce(self: Any) -> tuple[type, tuple[Any, ...]]:
    return type(self), tuple([getattr(self, name) for name in self._names])


EQUALITY = ("__eq__", "__hash__")
METHODS: dict[str, Callable[..., Any]] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__reduce__": _reduce,
}

__all__ = ["dataclass"]
