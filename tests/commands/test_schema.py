"""`archspec schema`, the committed copy, and the reader: all three say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.schema import schema_text
from archspec.diagnostics import Source
from archspec.language import read_text
from archspec.language.groups import GROUPS
from archspec.language.reader import KEYS
from archspec.language.yaml_reader import read_tree
from archspec.layers import REGISTRY
from archspec.layers.fields import field_types

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/**/*.yaml"))
STRUCTURAL = "unknown-kind|unknown-field|unknown-key|several-kinds"
"""Codes of faults that no value of a parameter could make right."""
MARK = re.compile(rf"^(?! *- [A-Z]).*# error:[^#]* ({STRUCTURAL}) ", re.MULTILINE)
"""A word in CapWords may be a block of a parent's, with any parameters."""
MISSHAPEN = [
    path
    for path in sorted((ROOT / "tests" / "bad_specs").glob("*.yaml"))
    if not path.stem.startswith(("edit_", "extends_"))  # what they inherit, the schema cannot see
    and MARK.search(text := path.read_text(encoding="utf-8", errors="replace"))
    and not read_tree(Source(path.name, text))[1]  # what is read then is what was meant
]
SCHEMA: dict[str, Any] = json.loads(schema_text())
START = "archspec: 1\ninput: [1, 28, 28]\n"
LAYERS = "layers:\n  - conv: {out_channels: 8, kernel_size: 3}\n"
PARAMETERS = f"{START}parameters: {{p: 0.5, bias: true, a: relu, n: batch, k: 3, mode: zeros, "
PARAMETERS += "part: conv}\n"
"""Not all of them are mentioned each time, which is no fault of what is asked here."""


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
    words, *forms = SCHEMA["definitions"]["entry"]["anyOf"]
    kinds = [kind for form in forms for kind in form.get("required", ())]
    assert words["enum"] == list(REGISTRY)
    assert kinds == [*REGISTRY, *GROUPS]


@pytest.mark.parametrize("kind", REGISTRY)
def test_every_field_of_a_kind_is_described(kind: str) -> None:
    described = SCHEMA["definitions"][f"fields.{kind}"]
    assert described["description"].endswith((".", ")."))
    assert set(described["properties"]) == set(field_types(REGISTRY[kind]))
    assert all(field["description"] for field in described["properties"].values())


@pytest.mark.parametrize("kind", GROUPS)
def test_every_field_of_a_group_is_described(kind: str) -> None:
    fields, *_ = SCHEMA["definitions"][f"group.{kind}"]["anyOf"]
    group: type = GROUPS[kind]
    assert set(fields["properties"]) == {*field_types(group), "id"}
    assert all(field["description"] for field in fields["properties"].values())


def test_every_reference_leads_somewhere() -> None:
    named = re.findall(r'"#/definitions/([^"]+)"', json.dumps(SCHEMA))
    assert set(named) <= SCHEMA["definitions"].keys()
    assert set(SCHEMA["definitions"]) - set(named) == set()


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
        START + LAYERS + "train: {epochs: 1, batch_size: 8, optimizer: Adam, scheduler: StepLR}\n",
        START + LAYERS + "targets: {params: {between: [1, 8000]}}\n",
        START + LAYERS + "targets: {test_accuracy: {at_least: 9.5, epochs: 2, within: 15}}\n",
        START + LAYERS + "targets: {test_accuracy: {above: 9, seeds: {at_least: 5, share: 0.9}}}\n",
        START + LAYERS + "claims: {params: 80}\nnotes: {target: words}\ntitle: T\n",
        # Parameters, and expressions wherever a layer takes a single value.
        "archspec: 1\ninput: [1, $size, 28]\nparameters: {size: 28}\n" + LAYERS,
        START + "parameters: {w: 8, k: '${w // 4}'}\nlayers: [{conv: {out_channels: $w, "
        "kernel_size: [$k, '${k + 1}']}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, bias: $bias}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, activation: $a, norm: $n, "
        "dropout: $p, bias: $bias}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, norm: {batch: "
        "{eps: $p, affine: $bias}}}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, dropout: {dropout: $p}, "
        "activation: {leaky_relu: $p}}}]\n",
        PARAMETERS + "layers: [{dropout: $p}, {max_pool: {kernel_size: 2, ceil_mode: $bias}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, padding_mode: $mode}}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, order: [$part]}}]\n",
        PARAMETERS + "defaults: {conv: {bias: $bias, kernel_size: $k}}\nlayers: [{conv: $k}]\n",
        PARAMETERS + "layers: [{conv: {out_channels: 8, kernel_size: 3, init: "
        "{weight: {normal_: {std: $p}}}}}]\n",
        # Groups.
        START + "layers: [{residual: [relu]}, {residual: {body: [], shortcut: [relu], id: r}}]\n",
        START + "layers: [{branches: {join: add, paths: {a: [], b: [relu], c: {from: input}, "
        "d: {from: input, layers: []}, e: {layers: [relu]}}, id: b}}]\n",
        START + "layers: [{repeat: {times: 3, layers: [relu]}}, {repeat: {times: 0, layers: [], "
        "index: i, id: r}}]\n",
        START + "parameters: {n: 3}\nlayers: [{repeat: {times: $n, layers: [relu]}}]\n",
        START + "parameters: {n: 3}\nlayers: [{when: {condition: '${n > 1}', layers: [relu], "
        "otherwise: [tanh]}}]\n",
        START + "layers: [{when: {condition: true}}, relu]\n",
        START + "layers: [relu, {auxiliary: {layers: [relu]}}, {auxiliary: {layers: [], weight: 1}"
        "}, relu]\n",
        START + "layers: [relu, {share: relu1}, {share: {of: relu1, id: again}}]\n",
        START + "layers: [relu, {add: [relu1]}, {concat: {inputs: [input, previous], dim: 1}}, "
        "{multiply: [add1]}]\n",
        START + "layers: [{repeat: {times: 2, layers: [{residual: [{when: {condition: true, "
        "layers: [{branches: {join: add, paths: {a: [{residual: []}]}}}]}}]}]}}, relu]\n",
        # Blocks.
        START + "blocks: {One: {layers: [relu]}}\nlayers: [One, {One: }, {One: {}}, "
        "{One: {id: a}}]\n",
        START + "blocks: {One: {parameters: {width: integer, p: 0.5, flag: true, name: text, "
        "more: '${width * 2}'}, layers: [{linear: $width}, {dropout: $p}], doc: words}}\n"
        "layers: [{One: {width: 3, name: x}}, {One: {width: '${3 * 2}', name: x, flag: false}}]\n",
        START + "blocks: {One: {parameters: {width: integer}, layers: []}}\n"
        "layers: [{One: 3}, {residual: [{One: 4}]}, relu]\n",
        START + "layers: [{SqueezeExcitation: {input_channels: 1, squeeze_channels: 1}}]\n",
    ],
)
def test_what_the_reader_takes_the_schema_takes(text: str) -> None:
    assert {fault.code for fault in read_text(text).diagnostics} <= {"unused-parameter"}
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
        START + LAYERS + "parameters: [a]\n",
        START + LAYERS + "parameters: {a: [1]}\n",
        START + LAYERS + "parameters: {a: {b: 1}}\n",
        START + LAYERS + "parameters: {a b: 1}\n",
        START + LAYERS + "parameters: {for: 1}\n",
        START + LAYERS + "blocks: [One]\n",
        START + LAYERS + "blocks: {one: {layers: [relu]}}\n",
        START + LAYERS + "blocks: {One: relu}\n",
        START + LAYERS + "blocks: {One: }\n",
        START + LAYERS + "blocks: {One: {parameters: {a: 1}}}\n",
        START + LAYERS + "blocks: {One: {layers: {relu: 1}}}\n",
        START + "blocks: {One: {layers: [reluu]}}\nlayers: [One]\n",
        START + LAYERS + "blocks: {One: {layers: [relu], more: 1}}\n",
        START + LAYERS + "blocks: {One: {layers: [relu], doc: 1}}\n",
        START + LAYERS + "blocks: {One: {layers: [relu], parameters: [a]}}\n",
        START + LAYERS + "blocks: {One: {layers: [relu], parameters: {id: 1}}}\n",
        START + LAYERS + "blocks: {One: {layers: [relu], parameters: {a: [1]}}}\n",
        START + "layers: [{One: [1]}]\n",
        START + "layers: [{One: {a: [1]}}]\n",
        START + "layers: [{One: 1, Two: 1}]\n",
        START + "layers: [{residual: {}}]\n",
        START + "layers: [residual]\n",
        START + "layers: [{residual: }]\n",
        START + "layers: [{residual: relu}]\n",
        START + "layers: [{residual: [reluu]}]\n",
        START + "layers: [{residual: {body: [], shortcut: relu}}]\n",
        START + "layers: [{residual: {body: [], more: []}}]\n",
        START + "layers: [{residual: {body: [], id: 3rd}}]\n",
        START + "layers: [{branches: {paths: {a: []}}}]\n",
        START + "layers: [{branches: {join: sum, paths: {a: []}}}]\n",
        START + "layers: [{branches: {join: add, paths: {}}}]\n",
        START + "layers: [{branches: {join: add, paths: [relu]}}]\n",
        START + "layers: [{branches: {join: add, paths: {a: relu}}}]\n",
        START + "layers: [{branches: {join: add, paths: {a: {}}}}]\n",
        START + "layers: [{branches: {join: add, paths: {a: {form: b}}}}]\n",
        START + "layers: [{branches: {join: add, paths: {a b: []}}}]\n",
        START + "layers: [{branches: {join: add, paths: {a: {from: 3}}}}]\n",
        START + "layers: [{repeat: {layers: []}}]\n",
        START + "layers: [{repeat: {times: -1, layers: []}}]\n",
        START + "layers: [{repeat: {times: 1.5, layers: []}}]\n",
        START + "layers: [{repeat: {times: 1, layers: relu}}]\n",
        START + "layers: [{repeat: 3}]\n",
        START + "layers: [{when: {layers: []}}]\n",
        START + "layers: [{when: {condition: 1}}]\n",
        START + "layers: [{when: {condition: some}}]\n",
        START + "layers: [{auxiliary: {}}]\n",
        START + "layers: [{auxiliary: {layers: [], weight: -1}}]\n",
        START + "layers: [{auxiliary: [relu]}]\n",
        START + "layers: [relu, {share: 3}]\n",
        START + "layers: [relu, {share: }]\n",
        START + "layers: [relu, {share: {of: relu1, layers: []}}]\n",
        START + "layers: [{add: 3}]\n",
        START + "layers: [{add: []}]\n",
        START + "layers: [{concat: {inputs: [input], dim: 0}}]\n",
        # An expression is of layers, and of nothing else.
        START + LAYERS + "train: {epochs: '${1 + 1}', batch_size: 8, optimizer: Adam}\n",
        START + LAYERS + "targets: {params: {below: $a}}\nparameters: {a: 1}\n",
        START + "layers: [$kind]\nparameters: {kind: relu}\n",
        START + "layers: [{conv: {out_channels: '8 $a', kernel_size: 3}}]\n",
        START + LAYERS + "layer: 3\n",
        # Null deletes what is inherited, and nothing is.
        *(
            START + LAYERS + text
            for text in """
                title:
                parameters:
                parameters: {a: }
                blocks:
                blocks: {One: {layers: [relu], doc: }}
                blocks: {One: {layers: [relu], parameters: }}
                blocks: {One: {layers: [relu], parameters: {a: }}}
                defaults:
                defaults: {conv: }
                defaults: {conv: {bias: }}
                data:
                data: {dataset: MNIST, validation: }
                train:
                train: {epochs: 1, batch_size: 8, optimizer: Adam, scheduler: null}
                targets:
                targets: {params: }
                targets: {params: {below: 9, above: }}
                targets: {test_accuracy: {above: 9, seeds: {share: }}}
                claims:
                claims: {params: }
                notes:
                notes: {target: }
                lint:
                lint: {even-kernel: }
                tragets:
            """.split("\n                ")[1:]
        ),
        START.replace("1, 28, 28", "1, 0, 28") + LAYERS,
        START.replace("archspec: 1", "archspec: 2") + LAYERS,
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(text: str) -> None:
    assert [d.severity for d in read_text(text).diagnostics if d.severity == "error"]
    assert not accepts(text)


@pytest.mark.parametrize("path", MISSHAPEN, ids=lambda path: path.stem)
def test_a_spec_with_a_fault_of_structure_is_refused_by_the_schema(path: Path) -> None:
    """A value that a parameter could make right, and a shape, are none of the schema's business."""
    assert not accepts(path.read_text(encoding="utf-8"))


def test_enough_faulty_specs_are_misshapen() -> None:
    assert len(MISSHAPEN) >= 40
