"""Which classes of torch and torchvision the trainer can use, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping

TASKS = ("classification",)

CLASS_LOSSES = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
"""The losses that compare scores of classes with the number of the right one."""

MIXING = ("CutMix", "MixUp")
PREPARES = ("CenterCrop", "Grayscale", "Identity", "Pad", "RGB", "Resize")
"""Transforms that always do the same to an image and leave it an image of bytes."""

SCHEDULED_PER_BATCH = ("OneCycleLR", "CyclicLR")

UNSUITABLE: Mapping[str, Mapping[str, str]] = {
    "optimizer": {
        "LBFGS": "evaluates the loss several times a step, and the trainer takes one step a batch",
        "SparseAdam": "needs sparse gradients, and no layer makes them",
    },
    "scheduler": {
        "LambdaLR": "needs a function, and a spec holds none",
        "MultiplicativeLR": "needs a function, and a spec holds none",
        "SequentialLR": "is made of other schedules, and a spec names one",
        "ChainedScheduler": "is made of other schedules, and a spec names one",
    },
}
INSTEAD: Mapping[str, str] = {
    "optimizer": "try SGD or Adam",
    "scheduler": "try StepLR, CosineAnnealingLR or OneCycleLR",
}

WITHHELD: Mapping[str, tuple[str, ...]] = {
    # The last two are for graphs of a whole step, which the trainer makes none of.
    "optimizer": ("params", "capturable", "differentiable"),
    "scheduler": ("optimizer", "last_epoch", "scale_fn"),
    "loss": ("size_average", "reduce", "reduction"),  # the trainer counts on the mean
    "transform": ("num_classes", "labels_getter"),  # the data set knows its classes
    "dataset": (),
}
"""Arguments that the trainer gives itself, or that no spec can hold."""

_LIST = "write the transforms one below the other; those that have a probability call it `p`"
_TENSOR = "leave it out: images reach the transforms as floats in 0 to 1"
_BOXES = "leave it out: there are only images and labels here"
_SIZE = "an augmentation keeps the size; sizes change under `prepare`"
NO_AUGMENTATION: Mapping[str, str] = {
    **dict.fromkeys(("Compose", "RandomApply", "RandomChoice", "RandomOrder"), _LIST),
    **dict.fromkeys(("ToTensor", "ToImage", "ToDtype", "ToPILImage", "ToPureTensor"), _TENSOR),
    **dict.fromkeys(("PILToTensor", "ConvertImageDtype"), _TENSOR),
    "JPEG": "leave it out: it takes bytes, and images reach the transforms as floats in 0 to 1",
    "Normalize": "write `normalize: {mean: […], std: […]}` under `data`",
    **dict.fromkeys(("FiveCrop", "TenCrop"), "RandomCrop draws one of the crops"),
    **dict.fromkeys(("ConvertBoundingBoxFormat", "ClampBoundingBoxes"), _BOXES),
    **dict.fromkeys(("SanitizeBoundingBoxes", "RandomIoUCrop", "SetClampingMode"), _BOXES),
    **dict.fromkeys(("ClampKeyPoints", "SanitizeKeyPoints", "UniformTemporalSubsample"), _BOXES),
    **dict.fromkeys(("RandomResize", "RandomShortestSize", "RandomZoomOut", "ScaleJitter"), _SIZE),
    **dict.fromkeys(("Lambda", "LinearTransformation"), "a spec holds data, and no code"),
}
"""Transforms that are no augmentation of single images, with what to do instead."""
