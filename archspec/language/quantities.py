"""The quantities of targets and claims: the one list that reading, schema and judge share."""

from __future__ import annotations

from collections.abc import Mapping

_STATIC = {
    "params": "trainable scalars of the network",
    "buffers": "scalars that are kept but not trained, such as running means",
    "macs": "multiply-adds of one sample: convolution, linear and matrix products",
    "receptive_field": "pixels that one unit of the output sees, on every axis",
    "activation_elements": "scalars in the outputs of all nodes, for one sample",
    "activation_bytes": "bytes of the outputs of all nodes, for one sample in float32",
    "peak_bytes": "bytes that inference keeps at one time at most, for one sample in float32",
}
_SPLITS = {
    "train": "the training images, as augmented, while the epoch runs",
    "validation": "the images held out of training",
    "test": "the test images",
}
_OCCASIONS = {"best": "best epoch", "final": "last epoch"}

STATIC: tuple[str, ...] = tuple(_STATIC)
"""Computed from the file alone; targets and claims may name them."""

MEASURED: tuple[str, ...] = tuple(f"{split}_accuracy" for split in _SPLITS)
"""Measured in a run, in percent; targets may name them."""

CLAIMED_MEASURED: tuple[str, ...] = tuple(
    f"{occasion}_{name}" for occasion in _OCCASIONS for name in MEASURED
)
"""Measured in a run, in percent; claims may name them."""

TARGETS: tuple[str, ...] = STATIC + MEASURED
"""Everything that a target may demand."""

CLAIMS: tuple[str, ...] = STATIC + CLAIMED_MEASURED
"""Every figure that a claim may name; `table` stands beside them."""

MEANING: Mapping[str, str] = {
    **_STATIC,
    **{
        f"{split}_accuracy": f"percent of {images} that are classified correctly"
        for split, images in _SPLITS.items()
    },
    **{
        f"{occasion}_{split}_accuracy": f"percent correct of {images}, in the {epoch}"
        for occasion, epoch in _OCCASIONS.items()
        for split, images in _SPLITS.items()
    },
}
"""One sentence on each quantity, for the schema and the reference."""


def split_of(name: str) -> str:
    """Return the images a measured quantity speaks of: `test` for `best_test_accuracy`."""
    return name.removesuffix("_accuracy").split("_")[-1]
