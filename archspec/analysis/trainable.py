"""Whether the trainer would begin: data and train sections against the network, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, log
from typing import Any, NamedTuple

from archspec.analysis.model import Analysis
from archspec.diagnostics import Diagnostic, Span, did_you_mean
from archspec.diagnostics.words import counted
from archspec.language import Spec, tree
from archspec.language.catalogue import read_catalogue
from archspec.language.sections import Call, Data, Train
from archspec.language.takes.arguments import LARGE
from archspec.language.takes.calls import NamedCall, Place, read_call
from archspec.language.takes.classes import MIXING, TASKS
from archspec.language.takes.datasets import HELD, Held
from archspec.language.takes.images import Sizes, prepared, read_augment
from archspec.layers import Shape
from archspec.layers.base import show


class Pictured(NamedTuple):
    """What is known of the images: their shape and classes, and how many there are.

    trained: those of the training part, before any are held out.
    """

    shape: Sizes = (None, None, None)
    classes: int | None = None
    trained: int | None = None


def training_faults(
    spec: Spec, analysis: Analysis | None, *, counts: bool = True
) -> tuple[Diagnostic, ...]:
    """Return everything for which the trainer would refuse a spec, as far as it is known.

    analysis: None where a fault hides the sizes. counts: whether the data set has as many images as
    it was published with. What another version of torch may know is a warning.
    """
    data, train = spec.data, spec.train
    faults: list[Diagnostic] = []
    images = Pictured()
    if data is not None:
        held = HELD.get(data.dataset, Held())
        found, shape = _data(spec, data, held)
        faults += found
        images = Pictured(shape, held.classes, held.train if counts else None)
    if train is not None:
        faults += _train(spec, train, analysis, data, images)
    if data is not None and train is not None and analysis is not None:
        faults += _ends(analysis, data, images)
    return tuple(faults)


def steps_per_epoch(data: Data, train: Train, count: int | None) -> int | None:
    """Return the steps of an epoch, None where nobody knows. count: of images to train on."""
    left = trained_on(data, count)
    return None if left is None or left < 1 else ceil(left / train.batch_size)


def trained_on(data: Data, count: int | None) -> int | None:
    """Return the images that are left to train on when some are held out; None where unknown."""
    if count is None or isinstance(data.validation, str):
        return count
    held = data.validation if isinstance(data.validation, int) else round(data.validation * count)
    return count - held


def _key(spec: Spec) -> Place:
    def place(*path: str | int) -> Span:
        holder: tree.Node | None = spec.tree
        for step in path[:-1]:
            holder = holder.child(step) if holder is not None else None
        last = path[-1]
        if isinstance(holder, tree.Mapping) and last in holder.entries:
            return holder.key_place(str(last))
        return spec.place(*path)

    return place


def _data(spec: Spec, data: Data, held: Held) -> tuple[list[Diagnostic], Sizes]:
    """Return the faults of the data section, and the shape that its images have."""
    key = _key(spec)
    dataset = NamedCall("dataset", Call(data.dataset, {}), ("data", "dataset"), spec.place, key)
    faults = [*read_call(dataset).faults]
    steps: list[tuple[str, Mapping[str, Any]]] = []
    for index, call in enumerate(data.prepare):
        path = ("data", "prepare", index)
        taken = read_call(NamedCall("transform", call, path, spec.place, key))
        faults += taken.faults
        steps.append((call.name, taken.arguments))
    shape = held.shape if faults else prepared(held.shape, steps)
    shown = spec.input if len(spec.input) == 3 else (None, None, None)
    for taken in read_augment(data.augment, ("data", "augment"), spec.place, key, shown):
        faults += taken.faults
    if data.normalize is not None and len(spec.input) == 3:
        faults += _normalize(spec, data)
    if held.train is not None and data.validation not in (0, "test"):
        left = trained_on(data, held.train)
        if left is not None and not 0 < left < held.train:
            given = data.validation
            words = f"{given:,}" if isinstance(given, int) else f"a share of {given}"
            fact = f"cannot hold {words} out of {held.train:,} training images of {data.dataset}"
            help = f"give a count from 1 to {held.train - 1:,}, or a share"
            place = spec.place("data", "validation")
            faults.append(Diagnostic("out-of-range", fact, place, help))
    return faults, shape


def _normalize(spec: Spec, data: Data) -> Iterator[Diagnostic]:
    assert data.normalize is not None
    channels = spec.input[0]
    for name, values in (("mean", data.normalize.mean), ("std", data.normalize.std)):
        if len(values) != channels:
            fact = f"`{name}` has {len(values)} values, but the images have {channels} channels"
            place = spec.place("data", "normalize", name)
            help = f"give {counted(channels, 'value')}"
            yield Diagnostic("wrong-length", fact, place, help)


def _train(
    spec: Spec, train: Train, analysis: Analysis | None, data: Data | None, images: Pictured
) -> Iterator[Diagnostic]:
    key = _key(spec)
    if train.task not in TASKS:
        help = did_you_mean(train.task, TASKS) or f"the trainer knows {', '.join(TASKS)}"
        fact = f"the trainer knows no task {train.task!r}"
        yield Diagnostic("unknown-task", fact, spec.place("train", "task"), help)
    calls = {"optimizer": train.optimizer, "scheduler": train.scheduler, "loss": train.loss}
    given: dict[str, Mapping[str, Any]] = {}
    for role, call in calls.items():
        if call is None:
            continue
        taken = read_call(NamedCall(role, call, ("train", role), spec.place, key))
        yield from taken.faults
        if not taken.faults:
            given[role] = taken.arguments
    known = read_catalogue().classes["optimizer"].get(train.optimizer.name)
    takes = (*known.needs, *known.takes) if known else ()
    if train.no_weight_decay and known and "weight_decay" not in takes:
        fact = f"{train.optimizer.name} has no weight decay that something could be kept from"
        place = spec.place("train", "no_weight_decay")
        yield Diagnostic("bad-argument", fact, place, "leave `no_weight_decay` out")
    if analysis is not None:
        yield from _tensors(analysis, train)
    if train.scheduler is not None and "scheduler" in given:
        named = NamedCall("scheduler", train.scheduler, ("train", "scheduler"), spec.place, key)
        steps = steps_per_epoch(data, train, images.trained) if data else None
        yield from schedule_faults(named, given["scheduler"], train, steps)
        rate = given.get("optimizer", {}).get("lr", 0.0)
        yield from _growth(named, given["scheduler"], train, rate)
        if (
            known
            and given["scheduler"].get("cycle_momentum", True)
            and (
                train.scheduler.name in ("OneCycleLR", "CyclicLR")
                and not {"momentum", "betas"} & {*takes}
            )
        ):
            fact = f"{train.optimizer.name} has no momentum that {named.call.name} could cycle"
            yield named.fault("bad-argument", fact, "add `cycle_momentum: false`")
        if train.scheduler.name == "ReduceLROnPlateau" and data and data.validation == 0:
            yield named.fault("needs-validation", *NEEDS_VALIDATION)
    if "loss" in given:
        named = NamedCall("loss", train.loss, ("train", "loss"), spec.place, key)
        classes = analysis.output[0] if analysis and len(analysis.output) == 1 else None
        mixes = data is not None and any(call.name in MIXING for call in data.augment)
        yield from loss_faults(named, given["loss"], classes, mixes=mixes)


NEEDS_VALIDATION = (
    "ReduceLROnPlateau watches the validation loss, and nothing is held out for it",
    "hold images out with `data.validation: 5000`, or declare `data.validation: test`",
)


def loss_faults(
    named: NamedCall, given: Mapping[str, Any], classes: int | None, *, mixes: bool
) -> Iterator[Diagnostic]:
    """Yield what a loss has against the classes, and mixes: labels that are shares of several."""
    name = named.call.name
    weight = given.get("weight")
    if weight is not None and classes is not None and len(weight) != classes:
        fact = f"`weight` of {name} has {len(weight)} values, and there are {classes} classes"
        yield named.fault("wrong-length", fact, "give one weight for each class", "weight")
    if mixes and name != "CrossEntropyLoss":
        fact = f"{name} takes one class for an image, and MixUp and CutMix give shares of several"
        help = "use CrossEntropyLoss, or leave MixUp and CutMix out"
        yield named.fault("unsuitable-loss", fact, help)
    elif mixes and given.get("ignore_index", -1) >= 0:
        fact = f"{name} ignores a class, and MixUp and CutMix give shares of several"
        help = "leave `ignore_index` out, or MixUp and CutMix"
        yield named.fault("unsuitable-loss", fact, help, "ignore_index")


def schedule_faults(
    named: NamedCall, given: Mapping[str, Any], train: Train, steps: int | None
) -> Iterator[Diagnostic]:
    """Yield what a schedule has against the length of the training. steps: of an epoch."""
    if named.call.name != "OneCycleLR":
        return
    total = given.get("total_steps") or (given.get("epochs") or 0) * (
        given.get("steps_per_epoch") or 0
    )
    needed = steps and steps * train.epochs
    if total and needed and total < needed:
        fact = f"OneCycleLR ends after {total} steps, and the training takes {needed}"
        help = "leave the number of steps out, and it is filled in"
        yield named.fault("bad-argument", fact, help, "total_steps")
    length, start = total or needed, given.get("pct_start", 0.3)
    if length and start * length == 1:
        fact = f"OneCycleLR rises within the first of {length} steps, from nothing to nothing"
        yield named.fault("bad-argument", fact, "raise `pct_start`", "pct_start")


def _growth(
    named: NamedCall, given: Mapping[str, Any], train: Train, rate: float
) -> Iterator[Diagnostic]:
    """Yield a schedule that multiplies the learning rate beyond what any weight survives."""
    gamma, name = given.get("gamma", 0.0), named.call.name
    if gamma <= 1:
        return
    times = {
        "ExponentialLR": train.epochs,
        "StepLR": train.epochs // given.get("step_size", 1),
        "MultiStepLR": sum(1 for epoch in given.get("milestones", ()) if epoch <= train.epochs),
    }.get(name, 0)
    if times * log(gamma) + log(rate or 1.0) > log(LARGE):
        fact = f"{name} multiplies the learning rate {times} times by {gamma:g}"
        yield named.fault("out-of-range", fact, "write a `gamma` below 1", "gamma")


def _tensors(analysis: Analysis, train: Train) -> Iterator[Diagnostic]:
    spec = analysis.spec
    shapes = analysis.param_shapes
    if not shapes:
        fact = "the network has no parameters, and nothing to learn"
        help = "add a layer that has some, such as `linear: 10`"
        yield Diagnostic("cannot-train", fact, spec.place("layers"), help)
    odd = next((name for name, shape in shapes.items() if len(shape) != 2), None)
    if train.optimizer.name == "Muon" and odd is not None:
        fact = f"Muon moves matrices only, and {odd} is {show(shapes[odd])}"
        place = spec.place("train", "optimizer", "Muon")
        yield Diagnostic("unsuitable-optimizer", fact, place, "try SGD or Adam")


def _ends(analysis: Analysis, data: Data, images: Pictured) -> Iterator[Diagnostic]:
    yield from end_faults(analysis, images.shape, images.classes)
    yield from lone_image(analysis, trained_on(data, images.trained))


def end_faults(analysis: Analysis, image: Sizes, classes: int | None) -> Iterator[Diagnostic]:
    """Compare the network's two ends with the data: image (C, H, W) and number of classes.

    Codes: `input-mismatch` at the spec's input, `classes-mismatch` at its last layer.
    """
    spec = analysis.spec
    dataset = spec.data.dataset if spec.data else "the data"
    taken = spec.input
    differs = len(taken) != 3 or any(
        size is not None and size != own for size, own in zip(image, taken, strict=True)
    )
    if differs:
        shown = _shown(image)
        fact = f"the network takes {show(taken)}, and {dataset} has images of {shown}"
        help = f"write `input: {shown.replace('(', '[').replace(')', ']')}`"
        help += ", or change the images under `data.prepare`"
        yield Diagnostic("input-mismatch", fact, spec.place("input"), help)
    output = analysis.output
    if (classes is None and len(output) == 1) or output == (classes,):
        return
    given = show(output)
    if classes is None:
        fact = f"the network gives {given}, and a training takes scores of classes in one row"
        help = "end with `- flatten`, or with a `linear` layer of as many values as classes"
    else:
        fact = f"the network gives {given}, and {dataset} has {classes} classes"
        help = f"let the last layer give {classes} values"
        if len(output) > 1:
            help = (
                f"end with {classes} values in one row, as `- flatten` makes of ({classes}, 1, 1)"
            )
    yield Diagnostic("classes-mismatch", fact, spec.layers[-1].span, help)


def _shown(image: Sizes) -> str:
    words = ("channels", "height", "width")
    sizes = (word if size is None else str(size) for word, size in zip(words, image, strict=True))
    return f"({', '.join(sizes)})"


def lone_image(analysis: Analysis, count: int | None) -> Iterator[Diagnostic]:
    """Yield a batch of one image that a batch norm would see one value a channel of.

    count: of the images that are trained on, None where it is not known.
    """
    train = analysis.spec.train
    assert train is not None
    if train.batch_size != 1 and (count is None or count % train.batch_size != 1):
        return
    norm = next((n for n in analysis.nodes if n.kind == "batch_norm" and _is_point(n.output)), None)
    if norm is None:
        return
    some = "there are batches" if train.batch_size == 1 else f"{count:,} images leave a batch"
    fact = f"{some} of 1, and {norm.name} needs several values a channel"
    help = (
        "change `batch_size` or `data.validation` so that no lone image is left over, "
        "or normalise where the maps are larger"
    )
    yield Diagnostic("cannot-train", fact, analysis.spec.place("train", "batch_size"), help)


def _is_point(shape: Shape) -> bool:
    return all(size == 1 for size in shape[1:])
