"""What a training step can come to grief on, as errors with their place in the spec."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, SpecError
from archspec.diagnostics.words import counted
from archspec.language import Spec
from archspec.language.sections import Train


def not_finite(
    spec: Spec, train: Train, what: str, loss: float, epoch: int, rate: float
) -> SpecError:
    """Return the fault (`non-finite-loss`) of a loss that is nan or infinite.

    what: whose loss, such as `train`. rate: the learning rate that it came about with.
    """
    name = train.optimizer.name
    fact = f"the {what} is {loss} in epoch {epoch}, at a learning rate of {rate:g}"
    lower = f"`--set train.optimizer.{name}.lr={rate / 10:g}`"
    help = f"lower the learning rate, for instance with {lower}"
    span = spec.place("train", "optimizer", name, "lr")
    return SpecError([Diagnostic("non-finite-loss", fact, span, help)])


def batch_refused(spec: Spec, images: int, reason: str, *, rank: int | None = None) -> SpecError:
    """Return the fault (`cannot-train`) of a batch that a layer cannot normalise.

    rank: which one had it, where several share the batches; None for one process alone.
    """
    some = counted(images, "image")
    some += "" if rank is None else f" in rank {rank}"
    left_over = "is left over" if rank is None else "is left over in any rank"
    help = (
        f"a norm needs several values a channel: change the batch size so that no lone image "
        f"{left_over}, or normalise where the maps are larger"
    )
    fact = f"a batch of {some} cannot be trained: {reason}"
    return SpecError([Diagnostic("cannot-train", fact, spec.place("train", "batch_size"), help)])
