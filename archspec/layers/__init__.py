"""Layers: one class a kind, one file a family. What a file of this folder declares is a kind."""

from pathlib import Path

from archspec.layers.base import (
    JOINS,
    PREVIOUS,
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
from archspec.layers.declared import declared_in
from archspec.layers.registry import Registry
from archspec.layers.window import AxisMap, TooManyPhases, Window

REGISTRY = Registry(declared_in(Path(__file__).parent, __name__))
"""Kind → layer class, imported at its first use. The only thing that is global here."""

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
