"""What a training step can come to grief on, as errors with their place in the spec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
    ignored = train.loss.arguments.get("ignore_index", -1)
    if ignored >= 0:
        help = (
            f"leave `ignore_index` out: {ignored} is a class, and a batch of it alone has no loss"
        )
        span = spec.place("train", "loss", train.loss.name, "ignore_index")
    return SpecError([Diagnostic("non-finite-loss", fact, span, help)])


@contextmanager
def batch_faults(spec: Spec, images: int, rank: int | None) -> Iterator[None]:
    """Place what torch says of a batch that a layer cannot normalise; SpecError (`cannot-train`).

    rank: which one has it, where several share the batches; None for one process alone.
    """
    try:
        yield
    except ValueError as fault:
        reason = str(fault).split("\n")[0]
        some = counted(images, "image") + ("" if rank is None else f" in rank {rank}")
        left_over = "is left over" if rank is None else "is left over in any rank"
        help = (
            f"a norm needs several values a channel: change the batch size so that no lone image "
            f"{left_over}, or normalise where the maps are larger"
        )
        words = f"{reason[:1].lower()}{reason[1:200]}"
        fact = f"a batch of {some} cannot be trained: {words}"
        span = spec.place("train", "batch_size")
        raise SpecError([Diagnostic("cannot-train", fact, span, help)]) from None
