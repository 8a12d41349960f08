"""Layers: one class a kind, one file a family. A class in a file of this folder is a kind."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from archspec.layers.base import (
    Init,
    Layer,
    LayerFault,
    Part,
    Shape,
    Tensor,
    TorchCall,
    count,
    show,
)
from archspec.layers.merge import JOINS, PREVIOUS
from archspec.layers.registry import Registry
from archspec.layers.window import AxisMap, TooManyPhases, Window

NO_FAMILIES = frozenset({"plugins"})
"""Files of this folder that need the registry themselves."""


def _layers() -> Iterator[type[Layer]]:
    """Give every layer class of this folder, file by file, in the order in which they stand."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if path.stem in NO_FAMILIES:
            continue
        module = import_module(f"{__name__}.{path.stem}")
        for value in vars(module).values():
            is_own = isinstance(value, type) and value.__module__ == module.__name__
            if is_own and issubclass(value, Layer) and "kind" in vars(value) and not value.is_step:
                yield value


REGISTRY = Registry(_layers())
"""Kind → layer class. The only thing that is global here, and filled just once."""

__all__ = [
    "JOINS",
    "PREVIOUS",
    "REGISTRY",
    "AxisMap",
    "Init",
    "Layer",
    "LayerFault",
    "Part",
    "Registry",
    "Shape",
    "Tensor",
    "TooManyPhases",
    "TorchCall",
    "Window",
    "count",
    "show",
]
