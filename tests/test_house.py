"""The walls: who may import whom, and what `check`, `table` and `graph` may load."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.frameworks import FRAMEWORKS, frameworks_loaded_by

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "archspec"
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "version": (),
    "ordinary": (),
    "values": ("version",),
    "diagnostics": ("values", "ordinary"),
    "layers": ("diagnostics",),
    "language": ("layers",),
    "project": ("language",),
    "graph": ("language",),
    "analysis": ("graph",),
    "record": ("diagnostics",),
    "network": ("analysis", "record"),
    "tables": ("network",),
    "drawing": ("network",),
    "judge": ("tables", "record", "project"),
    "report": ("judge", "drawing"),
    "runtime": ("network", "record"),
    "commands": ("report", "drawing", "runtime"),
}
"""The rooms and whom each may import; a room may also import what its neighbours may."""

LATER = {
    "archspec.network": ("tables", "drawing", "runtime"),
    "archspec.record.run": ("runtime",),
}
"""What a module's values lead to by their methods, though it is later: inside functions only."""

FRONT_DOORS = ("__init__", "__main__", "api", "cli")
"""Modules directly under archspec/ that are held to the rules of the commands."""


@dataclass(frozen=True)
class Import:
    """One imported module as written, its line, and when the import happens."""

    target: str
    line: int
    inside_function: bool
    only_for_types: bool


def reachable(room: str) -> set[str]:
    """Return the rooms that a room may import: itself, its neighbours, and theirs."""
    return {room}.union(*(reachable(neighbour) for neighbour in NEIGHBOURS[room]))


def room_of(module: str) -> str | None:
    """Return the room of a module of archspec, or None if it belongs to no room."""
    _, _, inner = module.partition(".")
    first = inner.partition(".")[0] or "__init__"
    if first in FRONT_DOORS:
        return "commands"
    return first if first in NEIGHBOURS else None


def imports_of(module: str, is_package: bool, source: str) -> list[Import]:
    """Return every import in a module's source, dynamic ones with a literal name included."""
    package = module.split(".") if is_package else module.split(".")[:-1]

    def targets(node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                origin = ".".join([*above, *([name] if name else [])])
                if origin == "archspec":
                    yield from (inside_archspec(alias.name) for alias in names)
                else:
                    yield from (f"{origin}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[first, *_]):
                if called in ("import_module", "__import__"):
                    yield from literal_start(first)

    def walk(node: ast.AST, inside_function: bool, only_for_types: bool) -> Iterator[Import]:
        line = getattr(node, "lineno", 0)
        for target in targets(node):
            yield Import(target, line, inside_function, only_for_types)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for typed in node.body:
                yield from walk(typed, inside_function, True)
            for untyped in node.orelse:
                yield from walk(untyped, inside_function, only_for_types)
            return
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside_function or is_function, only_for_types)

    return list(walk(ast.parse(source), False, False))


def inside_archspec(name: str) -> str:
    """Return what `from archspec import name` reaches: a room, or the package's own front."""
    return f"archspec.{name}" if room_of(f"archspec.{name}") else "archspec"


def literal_start(argument: ast.expr) -> Iterator[str]:
    """Yield the literal beginning of a dynamic import's name, where it has one."""
    match argument:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr(values=[ast.Constant(value=str(name)), *_]):
            yield name


def faults(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """Return what a module imports and may not, one sentence each; the source is not run."""
    room = room_of(module)
    if room is None:
        return [f"{module} belongs to no room of the house"]
    return [
        f"{module}:{found.line} {fault}"
        for found in imports_of(module, is_package, source)
        for fault in import_faults(module, room, found)
    ]


def import_faults(module: str, room: str, found: Import) -> Iterator[str]:
    """Yield why a module of a room may not import this."""
    top = found.target.partition(".")[0]
    if top in FRAMEWORKS:
        figure = room == "report" and top == "matplotlib" and found.inside_function
        annotation = (room == "commands" or module in LATER) and found.only_for_types
        if room != "runtime" and not figure and not annotation:
            yield f"imports {found.target}, which only runtime may"
    elif top == "archspec":
        target = room_of(found.target)
        if target in LATER.get(module, ()) and (found.inside_function or found.only_for_types):
            return
        if target is None:
            yield f"imports {found.target}, which belongs to no room"
        elif target not in reachable(room):
            yield f"imports {found.target}: {room} may not import {target}"
        elif target == "runtime" != room and not (found.inside_function or found.only_for_types):
            yield f"imports {found.target} at the top: only the function that needs it may"


def module_name(path: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    is_package = path.name == "__init__.py"
    source = path.read_text(encoding="utf-8")

    assert faults(module_name(path), source, is_package=is_package) == []


NAMES = {module_name(path) for path in MODULES}


def modules_imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, anywhere in it and for types too."""
    is_package = path.name == "__init__.py"
    found = imports_of(module_name(path), is_package, path.read_text(encoding="utf-8"))
    # What is no module is a name in one.
    reached = {t if t in NAMES else t.rpartition(".")[0] for t in (f.target for f in found)}
    return reached & NAMES - {module_name(path)}


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules of which each is imported by the next, the first once more at the end."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as fault:
        found: list[str] = fault.args[1]
        return found
    return []


def test_no_module_imports_itself_through_others() -> None:
    imports = {module_name(path): modules_imported(path) for path in MODULES}

    assert sum(map(len, imports.values())) > len(MODULES)
    assert circle(imports) == []


@pytest.mark.parametrize(
    "text",
    [
        "from archspec.layers.conv import Conv",
        "from archspec.layers import conv",
        "import archspec.layers.conv",
        "def late():\n    from archspec.layers.conv import Conv",
        "if TYPE_CHECKING:\n    from archspec.layers.conv import Conv",
    ],
)
def test_a_circle_is_noticed_wherever_it_closes(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "archspec" / "layers" / "fields.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (first, *_, last) = circle(
        {
            "archspec.layers.fields": modules_imported(path),
            "archspec.layers.conv": {"archspec.layers.base"},
            "archspec.layers.base": {"archspec.layers.fields"},
        }
    )

    assert first == last


@pytest.mark.parametrize(
    "room", ["diagnostics", "layers", "language", "graph", "analysis", "tables", "drawing"]
)
def test_the_rooms_were_found(room: str) -> None:
    assert room in {room_of(module_name(path)) for path in MODULES}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("archspec.layers.conv", "import archspec.language", id="against the stream"),
        pytest.param("archspec.layers.conv", "from archspec import language", id="the package"),
        pytest.param("archspec.layers.conv", "from archspec import load", id="the front door"),
        pytest.param("archspec.layers.conv", "from ..language import model", id="relative"),
        pytest.param("archspec.layers.conv", "from .. import language", id="relative, bare"),
        pytest.param("archspec.record.model", "from archspec.layers import Layer", id="across"),
        pytest.param("archspec.tables.rows", "from archspec.judge import lint", id="downstream"),
        pytest.param("archspec.drawing.svg", "from archspec.report import page", id="to report"),
        pytest.param("archspec.tables.table", "import archspec.drawing", id="to a drawing"),
        pytest.param("archspec.drawing.svg", "import archspec.tables", id="to tables"),
        pytest.param("archspec.language.tree", "def f():\n    import archspec.graph", id="late"),
        pytest.param("archspec.graph", "import torch", id="torch"),
        pytest.param("archspec.graph", "from torch.nn import functional", id="part of torch"),
        pytest.param("archspec.graph", "import os, numpy.linalg as la", id="numpy in a list"),
        pytest.param("archspec.graph", "def f():\n    import torchvision", id="torch, late"),
        pytest.param("archspec.graph", "try:\n    import torch\nexcept E:\n    pass", id="tried"),
        pytest.param("archspec.graph", "importlib.import_module('torch.nn')", id="dynamic"),
        pytest.param("archspec.graph", "import_module(f'torch.{name}')", id="dynamic, formatted"),
        pytest.param("archspec.graph", "__import__('numpy')", id="dunder import"),
        pytest.param(
            "archspec.analysis.walk", "if TYPE_CHECKING:\n    import torch", id="torch, typed"
        ),
        pytest.param("archspec.judge.lint", "import archspec.runtime", id="runtime in judge"),
        pytest.param("archspec.cli", "import torch", id="torch in the commands"),
        pytest.param("archspec.api", "from archspec.runtime import build", id="runtime at the top"),
        pytest.param(
            "archspec.api", "class A:\n    from archspec import runtime", id="runtime in a class"
        ),
        pytest.param("archspec.report.figures", "import matplotlib", id="matplotlib at the top"),
        pytest.param("archspec.graph", "import archspec.attic", id="an unknown room"),
        pytest.param("archspec.network", "from archspec import tables", id="a door at the top"),
        pytest.param("archspec.network", "def f():\n    import archspec.judge", id="no door"),
        pytest.param("archspec.record", "def f():\n    import archspec.runtime", id="no run"),
        pytest.param("archspec.utils", "", id="a module without a room"),
    ],
)
def test_a_forbidden_import_is_noticed(module: str, source: str) -> None:
    assert len(faults(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("archspec.analysis.walk", "from archspec.diagnostics import Span"),
        ("archspec.layers.conv", "from archspec.layers.base import Layer"),
        ("archspec.layers", "from archspec.layers import conv\nimport re, rich"),
        ("archspec.layers", "from .conv import Conv"),
        ("archspec.runtime.build", "import torch\nfrom archspec import record"),
        ("archspec.api", "def build():\n    from archspec.runtime import build"),
        ("archspec.api", "if TYPE_CHECKING:\n    from torch import nn"),
        ("archspec.network", "def build():\n    from archspec.runtime import build"),
        ("archspec.report.figures", "def draw():\n    from matplotlib import pyplot"),
        ("archspec.graph", "import torchlike"),
    ],
)
def test_an_allowed_import_passes(module: str, source: str) -> None:
    assert faults(module, source, is_package=module == "archspec.layers") == []


@pytest.mark.parametrize(
    "arguments",
    [
        "check specs/step3.yaml",
        "check specs/step3.yaml --format json",
        "check specs/step3.yaml --format github",
        "lint specs/step3.yaml",
        "table specs/step3.yaml",
        "table specs/step3.yaml --format rich",
        "table specs/step3.yaml --format json",
        "table specs/step3.yaml --format csv",
        "check --diff specs/step3.yaml",
        "explain wrong-type",
        "graph specs/step3.yaml",
        "graph specs/step3.yaml --format dot",
        "graph specs/step3.yaml --format svg",
    ],
)
def test_check_table_and_graph_load_no_framework(arguments: str, tmp_path: Path) -> None:
    work = f"sys.argv += {arguments.split()!r}; from archspec.cli import main; sys.exit(main())"

    assert frameworks_loaded_by(work, tmp_path) == []


def test_importing_archspec_loads_no_framework(tmp_path: Path) -> None:
    assert frameworks_loaded_by("import archspec", tmp_path) == []


@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_a_framework_that_came_in_is_noticed(framework: str, tmp_path: Path) -> None:
    assert framework in frameworks_loaded_by(f"import archspec, {framework}", tmp_path)


def test_work_that_failed_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        frameworks_loaded_by("sys.exit(1)", tmp_path)


def classes_by_name(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Return where each class of some files is defined, the ones inside others included."""
    places: dict[str, list[str]] = {}
    for place, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{place}:{node.lineno}")
    return places


def test_a_class_name_stands_once_in_the_package() -> None:
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    found = classes_by_name(sources)
    assert len(found) > 100
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_a_class_name_that_stands_twice_is_seen() -> None:
    sources = {"a.py": "class One: ...\n", "b.py": "def make():\n    class One: ...\n"}
    assert classes_by_name(sources) == {"One": ["a.py:1", "b.py:2"]}
