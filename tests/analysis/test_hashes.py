"""What changes the two hashes, and what does not."""

from __future__ import annotations

import pytest

from archspec.analysis import Analysis, analyze, architecture_hash, recipe_hash
from archspec.graph import make_graph
from archspec.language import read_text

TEXT = """\
archspec: 1
title: A network
input: [1, 12, 12]
layers:
  - conv: {out_channels: 4, kernel_size: 3, norm: batch}
  - max_pool: 2
  - flatten
  - linear: 10
data: {dataset: MNIST, validation: 100, augment: [{RandomRotation: {degrees: 15}}]}
train: {epochs: 3, batch_size: 32, optimizer: {SGD: {lr: 0.1}}}
targets: {params: {below: 8000}}
claims: {params: 1050}
notes: {target: words}
"""


def analysis_of(text: str) -> Analysis:
    reading = read_text(text)
    assert reading.spec is not None
    assert reading.diagnostics == ()
    analysis, diagnostics = analyze(make_graph(reading.spec)[0])
    assert analysis is not None, diagnostics
    return analysis


def hashes(text: str) -> tuple[str, str]:
    analysis = analysis_of(text)
    return architecture_hash(analysis), recipe_hash(analysis)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: A network", "title: Another"),
        ("below: 8000", "below: 7000"),
        ("params: 1050", "params: 1051"),
        ("target: words", "target: other words"),
        ("kernel_size: 3", "kernel_size: [3, 3]"),
        ("kernel_size: 3", "kernel_size: 3, stride: 1, padding: [0, 0], bias: true"),
        ("out_channels: 4", "out_channels: 4, id: stem"),
        ("out_channels: 4", "out_channels: '${2 * 2}'"),
        ("norm: batch", "norm: {batch: {eps: 1e-5}}"),
        ("degrees: 15", "degrees: 15.0"),
        ("epochs: 3", "epochs: 3, loss: CrossEntropyLoss"),
        ("- max_pool: 2", "- max_pool: {kernel_size: [2, 2]}"),
    ],
)
def test_words_and_spelling_are_in_neither_hash(before: str, after: str) -> None:
    assert before in TEXT
    assert hashes(TEXT) == hashes(TEXT.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[1, 12, 12]", "[1, 14, 14]"),
        ("out_channels: 4", "out_channels: 5"),
        ("kernel_size: 3", "kernel_size: [3, 5]"),
        ("norm: batch", "norm: batch, activation: relu"),
        ("norm: batch", "norm: {batch: {eps: 1e-4}}"),
        ("- max_pool: 2", "- avg_pool: 2"),
    ],
)
def test_the_network_is_in_both_hashes(before: str, after: str) -> None:
    architecture, recipe = hashes(TEXT)
    changed_architecture, changed_recipe = hashes(TEXT.replace(before, after))
    assert architecture != changed_architecture
    assert recipe != changed_recipe


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("dataset: MNIST", "dataset: KMNIST"),
        ("validation: 100", "validation: test"),
        ("degrees: 15", "degrees: 10"),
        ("lr: 0.1", "lr: 0.1, momentum: 0.9"),
        ("epochs: 3", "epochs: 4"),
        ("batch_size: 32", "batch_size: 64"),
    ],
)
def test_data_and_training_are_in_the_recipe_hash_alone(before: str, after: str) -> None:
    architecture, recipe = hashes(TEXT)
    changed_architecture, changed_recipe = hashes(TEXT.replace(before, after))
    assert architecture == changed_architecture
    assert recipe != changed_recipe


GRAPH = """\
archspec: 1
input: [4, 8, 8]
layers:
  - conv: {out_channels: 4, kernel_size: 1, id: first}
  - conv: {out_channels: 4, kernel_size: 1, id: second}
  - residual: [{conv: {out_channels: 4, kernel_size: 1}}]
  - add: [first]
  - reshape: [16, 16]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("add: [first]", "add: [second]"),
        ("add: [first]", "multiply: [first]"),
        ("add: [first]", "add: [first, second]"),
        (
            "- conv: {out_channels: 4, kernel_size: 1, id: second}",
            "- share: {of: first, id: second}",
        ),
        ("reshape: [16, 16]", "reshape: [4, 64]"),
        (
            "- residual: [{conv: {out_channels: 4, kernel_size: 1}}]",
            "- conv: {out_channels: 4, kernel_size: 1}",
        ),
        ("  - add: [first]", "  - auxiliary: {layers: [{reshape: [16, 16]}]}\n  - add: [first]"),
    ],
)
def test_who_feeds_whom_is_in_the_architecture_hash(before: str, after: str) -> None:
    assert before in GRAPH
    assert hashes(GRAPH)[0] != hashes(GRAPH.replace(before, after))[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("first", "renamed"),
        (
            "residual: [{conv: {out_channels: 4, kernel_size: 1}}]",
            "residual: {id: group, body: [{conv: {out_channels: 4, kernel_size: 1}}]}",
        ),
        ("add: [first]", "add: [previous, first]"),
        ("  - add: [first]", "  - repeat: {times: 0, layers: [relu]}\n  - add: [first]"),
    ],
)
def test_names_and_spelling_of_a_graph_are_in_no_hash(before: str, after: str) -> None:
    assert before in GRAPH
    assert hashes(GRAPH) == hashes(GRAPH.replace(before, after))


def test_how_weights_begin_is_in_the_recipe_hash_alone() -> None:
    changed = GRAPH.replace("id: first", "id: first, init: {weight: xavier_uniform_}")
    assert hashes(GRAPH)[0] == hashes(changed)[0]
    assert hashes(GRAPH)[1] != hashes(changed)[1]
