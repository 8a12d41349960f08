"""NLLLoss on what are no log-probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import VIEWS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every output that NLLLoss takes and log_softmax did not make."""
    train = network.spec.train
    if train is None or train.loss.name != "NLLLoss":
        return
    for output in network.outputs:
        last = _last(network, output)
        if last is None or network.kind(last) == "log_softmax":
            continue
        is_soft = network.kind(last) == "softmax"
        yield Finding(
            f"NLLLoss takes log-probabilities, and {network.label(last)} gives "
            f"{'probabilities' if is_soft else 'scores'}",
            network.spec.place("train", "loss"),
            "put `log_softmax` in its place"
            if is_soft
            else "end with `- log_softmax`, or use CrossEntropyLoss",
            (network.related("the output comes from here", last),),
        )


def _last(network: LintedNetwork, output: str) -> Node | None:
    """Return the operation that makes the values of an output; None where it is the input."""
    nodes = network.chain(output)
    return next((node for node in nodes if network.kind(node) not in VIEWS), None)


RULE = Rule(
    code="nll-without-log-softmax",
    severity="warning",
    summary="Finds networks that NLLLoss trains and that do not end in log_softmax.",
    why=(
        "NLLLoss is minus the value at the right class, and nothing else. Of scores it falls "
        "without end as they grow, right or wrong; of probabilities its gradient does not grow "
        "where the network is wrong. It trains what it should only with log-probabilities."
    ),
    example="""\
archspec: 1
input: [784]
layers:
  - linear: {out_features: 64, activation: relu}
  - linear: 10
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}, loss: NLLLoss}
""",
    instead="""\
archspec: 1
input: [784]
layers:
  - linear: {out_features: 64, activation: relu}
  - linear: 10
  - log_softmax
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}, loss: NLLLoss}
""",
    source="torch.nn.NLLLoss: the input is expected to contain log-probabilities of each class",
    find=find,
)
