"""The built module: names, pickling, export, and independence of archspec."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from archspec.api import load
from archspec.language.naming import ID, RESERVED
from archspec.runtime.build import build, class_name
from tests.support.ladder import analysis_of, network
from tests.support.proof.against_torch import assert_same_tensors

STEP3 = Path(__file__).parents[2] / "specs" / "step3.yaml"
NORMALIZED = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
STEP3_NAMES = [
    *(
        name
        for conv in ("conv1", "conv2", "conv3", "conv4", "conv5", "conv6", "conv7")
        for name in (f"{conv}.conv.weight", *(f"{conv}.norm.{each}" for each in NORMALIZED))
    ),
    "conv8.conv.weight",
]
WITHOUT_ARCHSPEC = """
import pickle, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "archspec":
            raise ImportError("archspec is not installed here")

sys.meta_path.insert(0, Refuse())
try:
    import archspec
except ImportError:
    pass
else:
    sys.exit("archspec could be imported")
import torch
with open(sys.argv[1], "rb") as file:
    module, values, expected = pickle.load(file)
torch.testing.assert_close(module(values), expected)
assert not [name for name in sys.modules if name.partition(".")[0] == "archspec"]
print("the same")
"""


@pytest.fixture(scope="module")
def step3() -> torch.nn.Module:
    return build(load(STEP3).analysis).eval()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(2, 1, 28, 28)


def test_the_names_of_step_3_are_these(step3: torch.nn.Module) -> None:
    assert list(step3.state_dict()) == STEP3_NAMES


def test_names_follow_the_network_where_entries_with_and_without_parts_mix() -> None:
    text = network("[1, 6]", "conv: {out_channels: 2, kernel_size: 3}", "batch_norm", "flatten",
                   "linear: 3")  # fmt: skip
    analysis = analysis_of(text)
    module = build(analysis)

    assert [name for name, _ in module.named_parameters()] == [
        *("conv1.conv.weight", "conv1.conv.bias", "batchnorm1.weight", "batchnorm1.bias"),
        *("linear1.linear.weight", "linear1.linear.bias"),
    ]
    assert_same_tensors(analysis, module)


def test_an_id_names_the_parameters_of_its_entry() -> None:
    text = network("[1, 6]", "conv: {out_channels: 2, kernel_size: 3, bias: false, id: stem}")

    assert list(build(analysis_of(text)).state_dict()) == ["stem.conv.weight"]


def test_a_module_runs_where_archspec_cannot_be_imported(
    step3: torch.nn.Module, images: torch.Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "module.pickle"
    path.write_bytes(pickle.dumps((step3, images, step3(images))))

    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_ARCHSPEC, str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ran.stdout, ran.returncode) == ("the same\n", 0), ran.stderr


def test_a_module_goes_through_torch_export(step3: torch.nn.Module, images: torch.Tensor) -> None:
    exported = torch.export.export(
        step3, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    more = torch.randn(5, 1, 28, 28)

    torch.testing.assert_close(exported.module()(more), step3(more))
    assert set(exported.state_dict) == set(STEP3_NAMES)


def test_a_copy_has_weights_of_its_own(step3: torch.nn.Module, images: torch.Tensor) -> None:
    before = step3(images)
    twin = copy.deepcopy(step3)
    torch.testing.assert_close(twin(images), before)

    with torch.no_grad():
        twin.get_parameter("conv1.conv.weight").zero_()

    torch.testing.assert_close(step3(images), before)
    assert not torch.equal(twin(images), before)


def test_weights_go_from_one_build_into_another(
    step3: torch.nn.Module, images: torch.Tensor
) -> None:
    other = build(load(STEP3).analysis).eval()
    assert not torch.equal(other(images), step3(images))

    other.load_state_dict(step3.state_dict())

    torch.testing.assert_close(other(images), step3(images))


def test_the_same_seed_gives_the_same_weights() -> None:
    analysis = load(STEP3).analysis
    torch.manual_seed(1)
    first = build(analysis).state_dict()
    torch.manual_seed(1)
    second = build(analysis).state_dict()

    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_a_module_is_built_in_training_mode() -> None:
    module = build(load(STEP3).analysis)

    assert all(part.training for part in module.modules())


def test_no_id_can_take_a_name_that_torch_uses() -> None:
    graph_module = torch.fx.GraphModule(torch.nn.Module(), torch.fx.Graph())
    taken = {*dir(torch.nn.Module()), *dir(graph_module)}

    assert {name for name in taken if ID.fullmatch(name)} <= RESERVED


@pytest.mark.parametrize("id", ["conv", "self", "torch", "relu", "nan", "device", "weight"])
def test_an_id_that_torch_leaves_free_can_be_used(id: str) -> None:
    module = build(analysis_of(network("[4]", f"linear: {{out_features: 2, id: {id}}}", "relu")))

    assert list(module.state_dict()) == [f"{id}.linear.weight", f"{id}.linear.bias"]
    assert tuple(module(torch.zeros(1, 4)).shape) == (1, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("step3", "Step3"),
        ("step1_as_printed", "Step1AsPrinted"),
        ("my-net.v2", "MyNetV2"),
        ("3d", "Network3d"),
        ("größe", "GrE"),
        ("…", "Network"),
    ],
)
def test_a_specs_name_becomes_a_class_name(name: str, expected: str) -> None:
    assert class_name(name) == expected
