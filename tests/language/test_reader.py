"""A whole file: every fault in one pass, each at its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archspec.language import Spec, read_spec, read_text
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv
from archspec.layers.dropout import Dropout
from archspec.layers.norm import BatchNorm
from archspec.layers.pool import GlobalAvgPool, MaxPool
from tests.support.items import entries
from tests.support.ladder import network

WHOLE = """\
archspec: 1
title: A network
input: [1, 8, 8]
defaults:
  conv: {kernel_size: 3, norm: batch, activation: relu}
layers:
  - conv: 4
  - max_pool: 2
  - conv: {out_channels: 2, kernel_size: 1, norm: none, dropout: 0.5, id: head}
  - gap
data: {dataset: MNIST, validation: 0.1}
train: {epochs: 2, batch_size: 8, optimizer: Adam}
targets: {params: {below: 8000}, test_accuracy: {at_least: 99.4, epochs: 2, consecutive: true}}
claims: {params: 60, best_test_accuracy: 99.40}
notes: {target: words}
"""


def codes(text: str) -> list[str]:
    """Return the codes of all faults of a text, by place."""
    return [fault.code for fault in read_text(text).diagnostics]


def whole() -> Spec:
    """Return the spec above."""
    reading = read_text(WHOLE, name="specs/one.yaml")
    assert reading.diagnostics == ()
    assert reading.spec is not None
    return reading.spec


def test_a_whole_file_becomes_a_spec() -> None:
    spec = whole()

    assert (spec.name, spec.title, spec.input) == ("one", "A network", (1, 8, 8))
    assert [entry.id for entry in spec.layers] == ["conv1", "maxpool1", "head", "gap"]
    assert [entry.layer for entry in entries(spec)] == [
        Conv(4, (3,), norm=BatchNorm(), activation=ReLU()),
        MaxPool((2,)),
        Conv(2, (1,), activation=ReLU(), dropout=Dropout(0.5)),
        GlobalAvgPool(),
    ]
    assert spec.data is not None
    assert spec.data.validation == 0.1
    assert spec.train is not None
    assert spec.train.optimizer.name == "Adam"
    assert spec.notes == {"target": "words"}


def test_figures_are_read_exactly_as_they_are_written() -> None:
    spec = whole()

    assert [(claim.name, claim.value) for claim in spec.claims.figures] == [
        ("params", Fraction(60)),
        ("best_test_accuracy", Fraction(994, 10)),
    ]
    assert spec.targets[1].bounds == {"at_least": (Fraction(994, 10),)}


def test_every_value_has_its_place() -> None:
    spec = whole()

    assert str(spec.place("train", "epochs")) == "specs/one.yaml:12:17"
    assert str(entries(spec)[2].place("dropout")) == "specs/one.yaml:9:66"
    assert str(spec.layers[0].span) == "specs/one.yaml:7:5"


def test_all_faults_of_a_file_come_in_one_pass_in_the_order_of_the_file() -> None:
    text = """\
archspec: 0
titel: A network
input: [1, 0, 8]
defaults: {conv: {kernel: 3}}
layers:
  - wobble: 4
  - conv: {out_channels: true, kernel_size: 3}
  - max_pool: {kernel_size: 2, foo: 3}
train: {epochs: 0, batch_size: 8, optimizer: Adam}
targets: {parms: {below: 3}}
claims: {params: many}
"""

    faults = read_text(text).diagnostics

    assert [(fault.code, fault.span.line) for fault in faults if fault.span] == [
        ("unknown-format", 1),
        ("unknown-key", 2),
        ("out-of-range", 3),
        ("unknown-field", 4),
        ("unknown-kind", 6),
        ("wrong-type", 7),
        ("unknown-field", 8),
        ("out-of-range", 9),
        ("unknown-quantity", 10),
        ("wrong-type", 11),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["empty-file"], id="empty"),
        pytest.param("# words\n", ["empty-file"], id="only-a-comment"),
        pytest.param("- conv: 3\n", ["wrong-type"], id="list"),
        pytest.param("conv\n", ["wrong-type"], id="word"),
        pytest.param("archspec: 1\n", ["missing-key", "missing-key"], id="no-input-no-layers"),
        pytest.param("input: [4]\nlayers: [relu]\n", ["missing-key"], id="no-version"),
        pytest.param("archspec: 1\ninput: [4]\nlayers: []\n", ["no-layers"], id="no-layers"),
        pytest.param("archspec: 1\ninput: [4]\nlayers: relu\n", ["wrong-type"], id="one-layer"),
        pytest.param("archspec: true\ninput: [4]\nlayers: [relu]\n", ["unknown-format"], id="true"),
        pytest.param("archspec: 1\ninput: 4\nlayers: [relu]\n", ["wrong-type"], id="input-number"),
        pytest.param(
            "archspec: 1\ninput: [1, 2, 3, 4, 5]\nlayers: [relu]\n", ["wrong-length"], id="4-axes"
        ),
        pytest.param(
            "archspec: 1\ninput: [true]\nlayers: [relu]\n", ["wrong-type"], id="input-true"
        ),
        pytest.param(
            "archspec: 1\ninput: [4]\nlayers: [3]\n", ["wrong-type"], id="number-as-layer"
        ),
        pytest.param(
            "archspec: 1\ninput: [4]\nlayers: [{relu: , tanh: }]\n",
            ["several-kinds"],
            id="two-kinds",
        ),
        pytest.param(
            "archspec: 1\ninput: [4]\nlayers: [relu: 3]\n", ["wrong-type"], id="shorthand"
        ),
    ],
)
def test_a_file_without_a_network_is_a_fault(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    "entry",
    ["relu", "relu: {}", "relu:", "leaky_relu", "leaky_relu: 0.01", "conv: {out_channels: 4}"],
)
def test_a_layer_can_be_written_in_its_ways(entry: str) -> None:
    text = f"{network('[1, 8]', entry)}defaults: {{conv: {{kernel_size: 3}}}}\n"

    assert codes(text) == []


def test_an_entrys_own_fields_win_over_the_defaults() -> None:
    spec = whole()
    first, head = entries(spec)[0].layer, entries(spec)[2].layer

    assert isinstance(first, Conv)
    assert isinstance(head, Conv)
    assert (first.norm, head.norm) == (BatchNorm(), None)
    assert (first.kernel_size, head.kernel_size) == ((3,), (1,))


def test_a_faulty_default_is_reported_once_and_not_at_every_entry() -> None:
    text = f"{network('[1, 8]', 'conv: 1', 'conv: 2')}defaults: {{conv: {{kernel_size: 0}}}}\n"

    assert codes(text) == ["out-of-range"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"archspec: \xff1\n", "not-utf-8", id="not-utf-8"),
        pytest.param(b"a: 1\n" + b"# " + b"x" * (17 * 2**20), "too-large", id="too-large"),
    ],
)
def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)

    assert [fault.code for fault in read_spec(path).diagnostics] == [code]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a.yaml/b.yaml", "nul\0l.yaml", "x" * 300])
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_text(WHOLE, encoding="utf-8")

    (fault,) = read_spec(tmp_path / name).diagnostics

    assert fault.code in ("missing-file", "unreadable-file")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(WHOLE, encoding="utf-8-sig")

    assert read_spec(path).diagnostics == ()


def test_an_override_comes_last(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(WHOLE, encoding="utf-8")

    spec = read_spec(path, ["train.epochs=7", "train.epochs=9"]).spec

    assert spec is not None
    assert spec.train is not None
    assert spec.train.epochs == 9
