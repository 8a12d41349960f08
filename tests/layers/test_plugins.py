"""Plug-ins: layers of other distributions, which nobody runs who did not ask for them."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.layers import REGISTRY
from archspec.layers.plugins import GROUP
from tests.support.installed import ROOT, SHRINK, SPEC, install, python, run, was_imported


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder where a plug-in with two layers is installed, beside a spec with both."""
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return install(tmp_path)


READERS = [
    "check spec.yaml",
    "table spec.yaml",
    "diff spec.yaml spec.yaml",
    "graph spec.yaml",
    "verify spec.yaml",
    "report spec.yaml --output report.md",
    "sync page.md",
]
"""Commands that read a spec, `train` excepted, which takes longer."""
PAGE = "<!-- archspec:table spec.yaml -->\n<!-- archspec:end -->\n"


@pytest.mark.parametrize("command", READERS)
def test_a_command_that_reads_specs_knows_a_plug_in_when_it_is_asked_to(
    site: Path, command: str
) -> None:
    (site.parent / "page.md").write_text(PAGE, encoding="utf-8")
    done = run(site, *command.split(), "--plugins")

    assert (done.returncode, done.stderr) == (0, "")
    assert was_imported(site)


@pytest.mark.parametrize("command", [*READERS, "train spec.yaml"])
def test_a_command_that_is_not_asked_runs_nothing_and_says_how_to_ask(
    site: Path, command: str
) -> None:
    (site.parent / "page.md").write_text(PAGE, encoding="utf-8")
    done = run(site, *command.split())

    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "unknown layer kind `hard_shrink`" in told
    assert "shrinkers 1.2 has a plug-in of this name: add `--plugins`" in told
    assert "Traceback" not in told
    assert not was_imported(site)


def test_a_kind_that_has_no_entry_point_of_its_name_may_be_in_a_plug_in(site: Path) -> None:
    done = run(site, "check", "spec.yaml")

    assert "unknown layer kind `pairs`" in done.stdout
    assert "the plug-ins of shrinkers 1.2 may have it: add `--plugins`" in done.stdout


def test_a_misspelt_kind_has_its_near_one_for_help(site: Path) -> None:
    (site.parent / "spec.yaml").write_text(SPEC.replace("hard_shrink", "max_pol"), encoding="utf-8")
    done = run(site, "check", "spec.yaml")

    assert "did you mean `max_pool`?" in done.stdout


def test_a_sound_spec_reads_no_metadata_of_what_is_installed(site: Path) -> None:
    (site.parent / "spec.yaml").write_text("archspec: 1\ninput: [4]\nlayers: [relu]\n", "utf-8")
    program = (
        "import sys; sys.argv = ['archspec', 'check', 'spec.yaml']\n"
        "from archspec.cli import main\n"
        "main()\n"
        "assert 'importlib.metadata' not in sys.modules\n"
        "assert 'archspec.layers.plugins' not in sys.modules\n"
    )
    done = python(site, "-c", program)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_table_has_a_row_for_a_layer_of_a_plug_in(site: Path) -> None:
    done = run(site, "table", "spec.yaml", "--plugins", "--format", "csv", "--columns=layer,params")

    assert done.stdout.splitlines()[1:4] == ["MaxPool1,0", "HardShrink1,0", f"Pairs1,{10 * 49**2}"]


def test_the_schema_has_the_kinds_of_plug_ins_when_it_is_asked_for(site: Path) -> None:
    with_them = json.loads(run(site, "schema", "--plugins").stdout)
    without = json.loads(run(site, "schema").stdout)

    assert set(with_them["definitions"]) - set(without["definitions"]) == {
        f"{part}.{kind}" for part in ("fields", "layer") for kind in ("hard_shrink", "pairs")
    }


def test_a_network_with_a_plug_in_is_built_and_takes_a_step_of_training(site: Path) -> None:
    program = """
import archspec, torch
network = archspec.load("spec.yaml", plugins=True)
module = network.build()
shapes = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
assert shapes == dict(network.analysis.param_shapes) == {"pairs1.weight": (10, 49, 49)}, shapes
images = torch.randn(3, 1, 28, 28)
output = module(images)
small = torch.nn.functional.hardshrink(torch.nn.functional.max_pool2d(images, 4), 0.25).flatten(1)
by_hand = torch.einsum("bi,oij,bj->bo", small, module.pairs1.weight, small)
assert torch.allclose(output, by_hand, atol=1e-4)
before = module.pairs1.weight.detach().clone()
optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
output.sum().backward()
optimizer.step()
assert not torch.equal(before, module.pairs1.weight)
"""
    done = python(site, "-c", program)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_network_with_a_plug_in_is_trained_by_workers_and_goes_on(site: Path) -> None:
    begun = "train spec.yaml --plugins --seeds 1 --threads 1 --device cpu --quiet"
    done = run(site, *begun.split())
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = site.parent.glob("runs/spec/*")
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    assert record["status"] == "finished"
    (folder / "evaluation.json").unlink()

    without = run(site, "train", "--resume", str(folder))
    asked = run(site, "train", "--resume", str(folder), "--plugins")

    assert without.returncode == 1
    assert "add `--plugins`" in without.stderr
    assert (asked.returncode, asked.stderr) == (0, "")


def test_python_knows_the_plug_ins_after_it_asked_once(site: Path) -> None:
    program = """
import archspec
from archspec.layers import REGISTRY
try:
    archspec.load("spec.yaml")
except archspec.SpecError as error:
    assert [d.code for d in error.diagnostics] == ["unknown-kind"] * 2
assert REGISTRY.added == ()
assert archspec.use_plugins() == ("hard_shrink", "pairs")
assert archspec.use_plugins() == ()
assert REGISTRY.added == ("hard_shrink", "pairs")
assert archspec.analyze("spec.yaml").output == (10,)
assert archspec.table("spec.yaml", plugins=True).rows
assert archspec.analyze("spec.yaml", plugins=True).output == (10,)
"""
    done = python(site, "-c", program)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_fault_of_a_layer_of_a_plug_in_has_its_place(site: Path) -> None:
    text = SPEC.replace("  - flatten\n", "").replace("0.25", "-1")
    (site.parent / "spec.yaml").write_text(text, encoding="utf-8")
    done = run(site, "check", "spec.yaml", "--plugins", "--format", "json")
    faults = json.loads(done.stdout)["specs"][0]["diagnostics"]

    assert [(f["code"], f["line"], f["column"]) for f in faults] == [("out-of-range", 5, 18)]


def broken(change: str, become: str) -> str:
    """Return the plug-in's module with one thing changed."""
    assert SHRINK.count(change) >= 1
    return SHRINK.replace(change, become, 1)


@pytest.mark.parametrize(
    ("source", "point", "code", "words"),
    [
        pytest.param(
            "import nothing_of_this_name\n",
            "shrinkers:Layer",
            "broken-plugin",
            "cannot be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'",
            id="an import that fails",
        ),
        pytest.param(
            "1 / 0\n", "shrinkers:A", "broken-plugin", "ZeroDivisionError", id="a module that fails"
        ),
        pytest.param(
            "import sys\nsys.exit(0)\n",
            "shrinkers:A",
            "broken-plugin",
            "SystemExit: 0",
            id="a module that ends the program",
        ),
        pytest.param(
            "raise ValueError('one\\ntwo ' * 90)\n",
            "shrinkers:A",
            "broken-plugin",
            "ValueError: one two one two",
            id="a message of many lines",
        ),
        pytest.param("def f(:\n", "shrinkers:A", "broken-plugin", "SyntaxError", id="no Python"),
        pytest.param(
            SHRINK, "shrinkers:Gone", "broken-plugin", "AttributeError", id="no such name"
        ),
        pytest.param(SHRINK, "shrinkerz", "broken-plugin", "ModuleNotFoundError", id="no module"),
        pytest.param(SHRINK, "not a path!", "broken-plugin", "cannot be imported", id="no path"),
        pytest.param(
            "A = 5\n", "shrinkers:A", "bad-plugin", "gives 5, which is no layer class", id="number"
        ),
        pytest.param(
            "A = [int]\n", "shrinkers:A", "bad-plugin", "gives int, which is no", id="a list"
        ),
        pytest.param(
            "class A: pass\n", "shrinkers:A", "bad-plugin", "gives A, which is no", id="any class"
        ),
        pytest.param(SHRINK, "shrinkers", "bad-plugin", "which is no layer class", id="a module"),
        pytest.param(
            "from archspec.layers import Layer as A\n",
            "shrinkers:A",
            "bad-plugin",
            "`Layer`, which is no frozen dataclass",
            id="the base itself",
        ),
        pytest.param(
            broken("@dataclass(frozen=True, slots=True)\n", "@dataclass\n"),
            "shrinkers:HardShrink",
            "bad-plugin",
            "`HardShrink`, which is no frozen dataclass",
            id="not frozen",
        ),
        pytest.param(
            broken("@dataclass(frozen=True, slots=True)\n", ""),
            "shrinkers:HardShrink",
            "bad-plugin",
            "which is no frozen dataclass",
            id="no dataclass",
        ),
        pytest.param(
            broken("    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs\n", ""),
            "shrinkers:HardShrink",
            "bad-plugin",
            "which does not answer buffers, macs, param_shapes",
            id="an answer is missing",
        ),
        pytest.param(
            broken('    kind: ClassVar[str] = "hard_shrink"\n', ""),
            "shrinkers:HardShrink",
            "bad-plugin",
            "whose kind is nothing",
            id="no kind",
        ),
        pytest.param(
            broken('"hard_shrink"', '"Hard Shrink"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "whose kind is the text 'Hard Shrink'",
            id="a kind that is no word",
        ),
        pytest.param(
            broken('    label: ClassVar[str] = "HardShrink"\n', ""),
            "shrinkers:HardShrink",
            "bad-plugin",
            "whose label is nothing",
            id="no label",
        ),
        pytest.param(
            broken('= "lambd"', '= "lamda"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "whose shorthand is the text 'lamda'",
            id="a shorthand that is no field",
        ),
        pytest.param(
            broken('field(Number(at_least=0), "what counts as near", 0.5)', "0.5"),
            "shrinkers:HardShrink",
            "bad-plugin",
            "whose field `lambd` cannot be written in YAML",
            id="a field without a type",
        ),
        pytest.param(
            broken('"hard_shrink"', '"conv"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "has the kind `conv`, `HardShrink` in tables, as archspec has",
            id="a kind that is there",
        ),
        pytest.param(
            broken('"hard_shrink"', '"max__pool"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "as archspec has",
            id="a kind that is there but for an underscore",
        ),
        pytest.param(
            broken('= "HardShrink"', '= "Conv"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "as archspec has",
            id="a label that is there",
        ),
        pytest.param(
            broken('"hard_shrink"', '"residual"'),
            "shrinkers:HardShrink",
            "bad-plugin",
            "as archspec has",
            id="a kind that is a group",
        ),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_told_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    point: str,
    code: str,
    words: str,
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\ninput: [4]\nlayers: [relu]\n", "utf-8")
    monkeypatch.syspath_prepend(install(tmp_path, source, f"hard_shrink = {point}"))
    try:
        done = CliRunner().invoke(app, ["check", str(spec), "--plugins"])
    finally:
        sys.modules.pop("shrinkers", None)

    assert (done.exit_code, done.stdout, REGISTRY.added) == (2, "", ())
    first, *rest = done.stderr.splitlines()
    assert first.startswith(f"error[{code}]: plug-in `hard_shrink` of shrinkers 1.2 ")
    assert words in first
    assert len(first) <= 200
    assert [line for line in rest if not line.strip().startswith("help: ")] in ([], [""])
    assert CliRunner().invoke(app, ["check", str(spec)]).exit_code == 0


def test_a_plug_in_that_fails_leaves_no_traceback(site: Path) -> None:
    (site / "shrinkers.py").write_text("1 / 0\n", encoding="utf-8")
    done = run(site, "check", "spec.yaml", "--plugins")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("change", "become"),
    [
        ("        return inputs[0]\n", "        return inputs[9]\n"),
        ("        return inputs[0]\n", "        return None\n"),
        ("        return self.out_features * features", "        return 1 // 0 * features"),
    ],
)
def test_a_layer_of_a_plug_in_that_fails_when_it_is_asked_is_told_with_its_place(
    site: Path, change: str, become: str
) -> None:
    source = broken(change, become) + "\n\nLAYERS = [HardShrink, Pairs]\n"
    (site / "shrinkers.py").write_text(source, encoding="utf-8")
    done = run(site, "check", "spec.yaml", "--plugins", "--format", "json")

    assert (done.returncode, done.stderr) == (1, "")
    (fault,) = json.loads(done.stdout)["specs"][0]["diagnostics"]
    assert fault["code"] == "broken-plugin"
    assert "Error" in fault["message"]
    assert fault["line"] in (5, 6, 7)


def test_the_example_of_the_documentation_is_a_plug_in(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    module, project, spec = re.findall(r"```(?:python|toml|yaml)\n(.*?)```", page, re.DOTALL)
    points = tomllib.loads(project)["project"]["entry-points"][GROUP]
    site = install(tmp_path, module, "\n".join(f"{key} = {value}" for key, value in points.items()))
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    program = """
import archspec, torch
network = archspec.load("spec.yaml", plugins=True)
images = torch.randn(2, 1, 28, 28)
module = network.build()
mean = torch.nn.functional.hardshrink(module.conv1.conv(images), 0.25).mean((2, 3))
assert torch.allclose(module(images), mean, atol=1e-5)
"""
    done = python(site, "-c", program)

    assert (done.returncode, done.stderr) == (0, "")
    assert "has a plug-in of this name: add `--plugins`" in run(site, "check", "spec.yaml").stdout


def test_every_plug_in_that_cannot_be_used_is_told_at_once(site: Path) -> None:
    points = "first = others:GONE\nsecond = others:FIVE\nthird = others:SAME"
    module = "FIVE = 5\nfrom shrinkers import HardShrink\n"
    module += "class SAME(HardShrink): pass\n"
    install(site.parent / "more", module, points, name="others")
    more = site.parent / "more" / "site"
    (site / "others.py").write_text((more / "others.py").read_text("utf-8"), encoding="utf-8")
    (more / "others-1.2.dist-info").rename(site / "others-1.2.dist-info")
    done = run(site, "check", "spec.yaml", "--plugins")

    assert done.returncode == 2
    assert done.stderr.count("error[") == 3
    assert [f"`{name}` of others 1.2" in done.stderr for name in ("first", "second", "third")] == [
        True
    ] * 3


def test_two_plug_ins_of_one_kind_are_a_fault_that_names_both(site: Path) -> None:
    module = broken("Path(__file__)", "#")
    more = install(site.parent / "more", module, "shrink = others:HardShrink", name="others")
    (site / "others.py").write_text((more / "others.py").read_text("utf-8"), encoding="utf-8")
    (more / "others-1.2.dist-info").rename(site / "others-1.2.dist-info")
    done = run(site, "check", "spec.yaml", "--plugins")

    assert done.returncode == 2
    told = done.stderr.replace("\n", " ")
    assert "plug-in `shrink` of others 1.2 has the kind `hard_shrink`" in told
    assert "as shrinkers 1.2 has" in told


def test_a_distribution_without_a_name_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    site = install(tmp_path, "A = 5\n", "a = shrinkers:A", described=False)

    assert (
        "of an unnamed distribution gives 5" in run(site, "check", "spec.yaml", "--plugins").stderr
    )


def test_a_distribution_without_metadata_brings_its_layers_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    site = install(tmp_path, described=False)

    assert run(site, "check", "spec.yaml", "--plugins").returncode == 0


def test_without_any_plug_in_the_option_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    empty = tmp_path / "site"
    empty.mkdir()
    done = run(empty, "check", "spec.yaml", "--plugins")

    assert done.returncode == 1
    assert "`archspec schema` lists every kind" in done.stdout
