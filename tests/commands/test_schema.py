"""`archspec schema`, the committed copy, and the reader: all three say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.schema import schema_text
from archspec.diagnostics import Source
from archspec.layers import REGISTRY
from archspec.layers.fields import field_types
from archspec.spec import read_text
from archspec.spec.reader import KEYS
from archspec.spec.yaml_reader import read_tree

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/**/*.yaml"))
SCHEMA: dict[str, Any] = json.loads(schema_text())
START = "archspec: 1\ninput: [1, 28, 28]\n"
LAYERS = "layers:\n  - conv: {out_channels: 8, kernel_size: 3}\n"


def plain(text: str) -> Any:
    tree, diagnostics = read_tree(Source("text", text))
    assert tree is not None
    assert not diagnostics
    return tree.plain()


def accepts(text: str) -> bool:
    return bool(jsonschema.Draft7Validator(SCHEMA).is_valid(plain(text)))


def test_the_schema_is_a_valid_json_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_command_prints_the_schema() -> None:
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == SCHEMA


def test_the_committed_copy_equals_the_schema() -> None:
    committed = (ROOT / "archspec.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "renew it: archspec schema > archspec.schema.json"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_of_the_repository_follows_the_schema(path: Path) -> None:
    assert accepts(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_names_the_schema_that_lies_in_the_repository(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / name).resolve() == ROOT / "archspec.schema.json"


def test_the_schema_knows_every_key_and_kind() -> None:
    assert set(SCHEMA["properties"]) == set(KEYS)
    names = SCHEMA["definitions"]["layers"]["items"]["anyOf"][0]["enum"]
    assert names == list(REGISTRY)


@pytest.mark.parametrize("kind", REGISTRY)
def test_every_field_of_a_kind_is_described(kind: str) -> None:
    described = SCHEMA["definitions"][f"fields.{kind}"]
    assert described["description"].endswith((".", ")."))
    assert set(described["properties"]) == set(field_types(REGISTRY[kind]))
    assert all(field["description"] for field in described["properties"].values())


@pytest.mark.parametrize(
    "text",
    [
        START + LAYERS,
        START + "layers: [gap]\n",
        START + "layers: [{gap: }]\n",
        START + "layers: [{max_pool: 2}, {max_pool: [2, 3]}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, padding: same, id: stem}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, norm: {group: 4}}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, norm: {batch: {eps: 1e-3}}}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, activation: none}}]\n",
        START + "layers: [{conv: {out_channels: '${4 * 2}', kernel_size: 3}}]\n",
        START + "defaults: {conv: {kernel_size: 3}}\nlayers: [{conv: 8}]\n",
        START
        + LAYERS
        + "data: {dataset: MNIST, validation: 0.1, augment: [RandomHorizontalFlip]}\n",
        START + LAYERS + "train: {epochs: 1, batch_size: 8, optimizer: Adam, scheduler: null}\n",
        START + LAYERS + "targets: {params: {between: [1, 8000]}}\n",
        START + LAYERS + "targets: {test_accuracy: {at_least: 9.5, epochs: 2, within: 15}}\n",
        START + LAYERS + "targets: {test_accuracy: {above: 9, seeds: {at_least: 5, share: 0.9}}}\n",
        START + LAYERS + "claims: {params: 80}\nnotes: {target: words}\ntitle: T\n",
    ],
)
def test_what_the_reader_takes_the_schema_takes(text: str) -> None:
    assert read_text(text).diagnostics == ()
    assert accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "input: [1, 28, 28]\n" + LAYERS,
        "archspec: 1\n" + LAYERS,
        START,
        START + "layers: []\n",
        START + "layers: {conv: 8}\n",
        START + "layers: [{convolution: 8}]\n",
        START + "layers: [{conv: {out_channels: 8, kernal_size: 3, kernel_size: 3}}]\n",
        START + "layers: [{conv: {out_channels: true, kernel_size: 3}}]\n",
        START + "layers: [{conv: {out_channels: 0, kernel_size: 3}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, norm: batchnorm}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3, norm: {group: {}}}}]\n",
        START + "layers: [{conv: {out_channels: 8, kernel_size: 3}, gap: }]\n",
        START + "layers: [{flatten: 3}]\n",
        START + LAYERS + "data: {dataset: MNIST, validation: some}\n",
        START + LAYERS + "train: {epochs: 0, batch_size: 8, optimizer: Adam}\n",
        START + LAYERS + "train: {epochs: 1, batch_size: 8, optimizer: {Adam: {}, SGD: {}}}\n",
        START + LAYERS + "targets: {params: 8000}\n",
        START + LAYERS + "targets: {params: {}}\n",
        START + LAYERS + "targets: {parameters: {below: 8000}}\n",
        START + LAYERS + "targets: {params: {below: 8000, epochs: 2}}\n",
        START + LAYERS + "targets: {params: {below: 8000, seeds: {at_least: 5}}}\n",
        START + LAYERS + "targets: {test_accuracy: {above: 9, seeds: 5}}\n",
        START + LAYERS + "targets: {test_accuracy: {above: 9, seeds: {share: 0}}}\n",
        START + LAYERS + "claims: {params: many}\n",
        START + LAYERS + "title: [a]\n",
        START + LAYERS + "layer: 3\n",
        START.replace("1, 28, 28", "1, 0, 28") + LAYERS,
        START.replace("archspec: 1", "archspec: 2") + LAYERS,
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(text: str) -> None:
    assert [d.severity for d in read_text(text).diagnostics if d.severity == "error"]
    assert not accepts(text)
