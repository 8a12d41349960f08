"""Images normalized by the mean of another data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

Statistics = tuple[tuple[float, ...], tuple[float, ...]]

KNOWN: Mapping[str, Statistics] = {
    "MNIST": ((0.1307,), (0.3081,)),
    "FashionMNIST": ((0.2860,), (0.3530,)),
    "KMNIST": ((0.1918,), (0.3483,)),
    "CIFAR10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR100": ((0.5071, 0.4866, 0.4409), (0.2673, 0.2564, 0.2762)),
    "SVHN": ((0.4377, 0.4438, 0.4728), (0.1980, 0.2010, 0.1970)),
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
"""Mean and standard deviation of the training images, channel by channel, in 0 to 1.

MNIST's are those of torch's example, and a test computes them; ImageNet's those of torchvision's
models; the others those that their users publish alike.
"""

SAME_IMAGES = {"QMNIST": "MNIST"}
"""Data sets by the one whose training images they share."""

LENT = "ImageNet"
"""Its statistics serve photographs of all sorts, where their own are not known."""

OF_ANYTHING = ("ImageFolder", "DatasetFolder")
TOLERANCE = 0.002
"""Between the means that people round in their own ways; those of two data sets differ by more."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield statistics that are known to be those of other images."""
    data = network.spec.data
    if data is None or data.normalize is None or data.dataset in OF_ANYTHING:
        return
    mean, dataset = data.normalize.mean, SAME_IMAGES.get(data.dataset, data.dataset)
    owners = [name for name, (known, _) in KNOWN.items() if _is_near(mean, known)]
    if not owners or dataset in owners or (dataset not in KNOWN and owners == [LENT]):
        return
    own = KNOWN.get(dataset)
    help = "compute mean and standard deviation of its own training images"
    if own is not None:
        help = f"write `mean: [{_show(own[0])}]` and `std: [{_show(own[1])}]`"
    yield Finding(
        f"{data.dataset} is normalized by the mean of {owners[0]}, {_show(mean)}",
        network.spec.place("data", "normalize"),
        help,
    )


def _is_near(mean: tuple[float, ...], known: tuple[float, ...]) -> bool:
    return len(mean) == len(known) and all(
        abs(a - b) <= TOLERANCE for a, b in zip(mean, known, strict=True)
    )


def _show(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


RULE = Rule(
    code="foreign-statistics",
    severity="warning",
    summary="Finds images normalized by the mean and deviation of another data set.",
    why=(
        "Normalizing brings the values of each channel to mean 0 and deviation 1, where the "
        "initial weights expect them. With the figures of other images they lie beside it, and who "
        "reads the file believes in figures that are not those of the data. They are mostly copied "
        "from another tutorial."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
data:
  dataset: FashionMNIST
  normalize: {mean: [0.1307], std: [0.3081]}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
data:
  dataset: FashionMNIST
  normalize: {mean: [0.2860], std: [0.3530]}
""",
    source="LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.3",
    find=find,
)
