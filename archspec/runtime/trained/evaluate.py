"""A trained network on labelled images, class by class: its confusion matrix and its mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from archspec.analysis import Analysis, architecture_hash
from archspec.diagnostics import Diagnostic, SpecError
from archspec.record.evaluation import FORMAT, Evaluation, Mistake
from archspec.runtime.augment import make_normalizer
from archspec.runtime.build import build
from archspec.runtime.data import LabelledImages, closed_at_end
from archspec.runtime.machine.device import memory_faults
from archspec.runtime.train.at_once import measured_at_once
from archspec.runtime.train.checkpoint import damage_refused, differing, read_checkpoint
from archspec.runtime.train.plan import plan_of

DECIMALS = 6
"""Of a probability; what a float32 holds."""


def evaluate(
    analysis: Analysis,
    images: LabelledImages,
    classes: Sequence[str],
    network: torch.nn.Module | Path,
    *,
    run: str,
    epoch: int | None = None,
) -> Evaluation:
    """Return what a network makes of test images, every mistake among it.

    images: uint8 [N, C, H, W] and labels, prepared but not normalized. classes: their names by
    number. network: a module, where it is and in the mode it has left behind, or the path of a
    checkpoint, which is read onto the CPU. epoch: after which the network is as it is; a checkpoint
    knows its own. Raises as `read_checkpoint` does, and SpecError (`other-network`) when the
    checkpoint is of another network.
    """
    if isinstance(network, Path):
        module, epoch = trained_network(analysis, network)
    else:
        module = network
    assert epoch is not None, "a module does not know its epoch"
    confusion, mistakes = confuse(analysis, images, len(classes), module)
    return Evaluation(
        format=FORMAT,
        run=run,
        epoch=epoch,
        split="test",
        classes=tuple(classes),
        confusion=confusion,
        mistakes=mistakes,
    )


def confuse(
    analysis: Analysis, images: LabelledImages, classes: int, module: torch.nn.Module
) -> tuple[tuple[tuple[int, ...], ...], tuple[Mistake, ...]]:
    """Return a network's confusion matrix and its mistakes, the most certain first.

    images: as for `evaluate`, of any split. classes: how many there are.
    """
    at_once = measured_at_once(analysis, _device_of(module))
    places = [slice(start, start + at_once) for start in range(0, len(images), at_once)]
    with closed_at_end(images):
        scores = scores_of(analysis, (batch for batch, _ in images.batches(places)), module)
    labels = images.labels.cpu()
    predicted = scores.argmax(dim=1)
    certain = scores.softmax(dim=1).amax(dim=1).tolist()
    counts = torch.bincount(labels * classes + predicted, minlength=classes * classes)
    mistakes = [
        Mistake(index, int(labels[index]), int(predicted[index]), round(certain[index], DECIMALS))
        for index in (labels != predicted).nonzero()[:, 0].tolist()
    ]
    mistakes.sort(key=lambda mistake: (-mistake.probability, mistake.index))
    return tuple(map(tuple, counts.view(classes, classes).tolist())), tuple(mistakes)


@torch.no_grad()
def scores_of(
    analysis: Analysis, batches: Iterable[torch.Tensor], module: torch.nn.Module
) -> torch.Tensor:
    """Return a network's scores, float64 [N, classes], on the CPU.

    batches: uint8 [B, C, H, W] each, prepared but not normalized; N in all.
    """
    data, _ = plan_of(analysis.spec)
    device = _device_of(module)
    channels = analysis.spec.input[0]
    normalize = make_normalizer(data.normalize, channels, device, analysis.spec.place)
    was_training = module.training
    module.eval()
    try:
        with memory_faults(measured_at_once(analysis, device)):
            parts = [
                module(normalize(batch.to(device))).cpu().to(torch.float64) for batch in batches
            ]
    finally:
        module.train(was_training)
    return torch.cat(parts)


def _device_of(module: torch.nn.Module) -> torch.device:
    return next((p.device for p in module.parameters()), torch.device("cpu"))


def trained_network(analysis: Analysis, path: Path) -> tuple[torch.nn.Module, int]:
    """Return the network of a checkpoint, on the CPU, and how many epochs it was trained.

    Raises as `evaluate` does.
    """
    checkpoint = read_checkpoint(path)
    expected = {**analysis.param_shapes, **analysis.buffers}
    found = {name: tuple(tensor.shape) for name, tensor in checkpoint.model.items()}
    differences = differing(expected, found, "the network", "the checkpoint")
    if not differences and checkpoint.architecture_hash != architecture_hash(analysis):
        differences = ["its tensors fit, its layers differ"]
    if differences:
        fact = f"{path} is of another network: {'; '.join(differences)}"
        help = "give the spec and the --set options of that run"
        raise SpecError([Diagnostic("other-network", fact, analysis.spec.place(), help)])
    with torch.random.fork_rng(devices=[]), memory_faults(1):  # building draws weights
        module = build(analysis)
    with damage_refused():
        module.load_state_dict(checkpoint.model)
    # As the trainer has it: another layout sums in another order.
    return module.to(memory_format=torch.channels_last), checkpoint.epoch
