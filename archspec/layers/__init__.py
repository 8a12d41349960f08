"""Layers: one class a kind, one file a family. A new layer is imported and listed here."""

from archspec.layers.activation import ACTIVATIONS
from archspec.layers.base import (
    Layer,
    LayerFault,
    Part,
    Shape,
    TorchCall,
    count,
    show,
)
from archspec.layers.conv import Conv, ConvTranspose
from archspec.layers.dropout import DROPOUTS
from archspec.layers.linear import Linear
from archspec.layers.norm import NORMS
from archspec.layers.pool import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    GlobalAvgPool,
    MaxPool,
)
from archspec.layers.registry import Registry
from archspec.layers.resample import Upsample
from archspec.layers.reshape import Crop, Flatten, Identity, ZeroPad
from archspec.layers.window import AxisMap, TooManyPhases, Window

REGISTRY = Registry(
    (
        Conv,
        ConvTranspose,
        MaxPool,
        AvgPool,
        GlobalAvgPool,
        AdaptiveAvgPool,
        AdaptiveMaxPool,
        *NORMS.values(),
        *ACTIVATIONS.values(),
        *DROPOUTS.values(),
        Linear,
        Flatten,
        Upsample,
        ZeroPad,
        Crop,
        Identity,
    )
)

__all__ = [
    "REGISTRY",
    "AxisMap",
    "Layer",
    "LayerFault",
    "Part",
    "Registry",
    "Shape",
    "TooManyPhases",
    "TorchCall",
    "Window",
    "count",
    "show",
]
