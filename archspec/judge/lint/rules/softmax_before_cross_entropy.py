"""Softmax in front of the loss that applies it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import DROPOUT_KINDS, VIEWS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import SOFT


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every softmax that an output comes from, when CrossEntropyLoss takes the output."""
    train = network.spec.train
    if train is None or train.loss.name != "CrossEntropyLoss":
        return
    for output in network.outputs:
        for node in network.chain(output):
            kind = network.kind(node)
            if kind in SOFT:
                yield Finding(
                    f"{kind} at the output, and CrossEntropyLoss applies log_softmax itself",
                    network.place(node),
                    "remove it: the loss takes scores",
                )
            if kind not in VIEWS | DROPOUT_KINDS:
                break


RULE = Rule(
    code="softmax-before-cross-entropy",
    severity="warning",
    summary="Finds softmax or log_softmax at an output that CrossEntropyLoss takes.",
    why=(
        "CrossEntropyLoss applies log_softmax to what it is given. Probabilities lie between 0 "
        "and 1, and a second softmax brings them close together: the right one of ten classes gets "
        "e / (e + 9) = 23 % at most, the loss never comes near zero, and its gradients are small "
        "where the network is wrong. A second log_softmax changes nothing and costs time."
    ),
    example="""\
archspec: 1
input: [784]
layers:
  - linear: {out_features: 64, activation: relu}
  - linear: 10
  - softmax
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}, loss: CrossEntropyLoss}
""",
    instead="""\
archspec: 1
input: [784]
layers:
  - linear: {out_features: 64, activation: relu}
  - linear: 10
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}, loss: CrossEntropyLoss}
""",
    source="torch.nn.CrossEntropyLoss: equivalent to LogSoftmax followed by NLLLoss",
    find=find,
)
