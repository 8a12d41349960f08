"""What is known of the layers by the text of their files, before any of them is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from archspec.layers import REGISTRY, Layer
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv
from archspec.layers.declared import Declared, declared_in
from archspec.layers.registry import Registry, Words

PACKAGE = "archspec.layers"
FOLDER = Path(__file__).parents[2] / "archspec" / "layers"
DECLARED = tuple(declared_in(FOLDER, PACKAGE))


def classes_of(module: str) -> Iterator[type[Layer]]:
    """Give the classes of a module that a layer list can name."""
    for value in vars(import_module(module)).values():
        is_own = isinstance(value, type) and value.__module__ == module
        if is_own and issubclass(value, Layer) and "kind" in vars(value) and not value.is_step:
            yield value


def test_what_the_files_declare_is_what_their_classes_are() -> None:
    classes = [
        layer
        for path in sorted(FOLDER.glob("[a-z]*.py"))
        for layer in classes_of(f"{PACKAGE}.{path.stem}")
    ]

    assert list(DECLARED) == [(c.kind, c.label, c.__module__) for c in classes]
    assert list(REGISTRY.values())[: len(classes)] == classes


SOURCE = '''
class Base(Layer):
    kind: ClassVar[str]
    label: ClassVar[str]


class First(Layer):
    """First of all."""

    kind: ClassVar[str] = "first"
    label: ClassVar[str] = "First-"


class Part(Layer):
    kind: ClassVar[str] = "part"
    label: ClassVar[str] = "Part"
    is_step: ClassVar[bool] = True


@final
class Another(Layer):
    kind: ClassVar[str] = "another_one"
    label: ClassVar[str] = "Another"
'''


def test_layers_are_read_in_order_and_steps_are_none(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "a.py").write_text("def alone() -> None: ...\n", encoding="utf-8")
    (tmp_path / "__init__.py").write_text(SOURCE, encoding="utf-8")

    assert list(declared_in(tmp_path, "p")) == [
        ("first", "First-", "p.b"),
        ("another_one", "Another", "p.b"),
    ]


def test_a_declared_layer_is_loaded_when_its_kind_is_looked_up() -> None:
    registry = Registry([Declared("conv", "Conv", "archspec.layers.conv")])

    assert registry["conv"] is Conv
    assert not registry.add(Conv)


@pytest.mark.parametrize(
    "second", [Conv, Declared("conv", "Other", "no.such"), Declared("other", "Conv", "no.such")]
)
def test_a_kind_or_label_that_is_declared_twice_is_refused(second: type[Layer] | Declared) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        Registry([Declared("conv", "Conv", "archspec.layers.conv"), second])


def test_a_file_without_the_class_that_it_declares_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="has no such class"):
        Declared("convolution", "Conv", "archspec.layers.conv").load()


def test_words_name_kinds_of_a_registry() -> None:
    words = Words(Registry([Conv, ReLU]), {"rectify": "relu"})

    assert ("rectify" in words, "relu" in words) == (True, False)
    assert dict(words) == {"rectify": ReLU}
    with pytest.raises(KeyError):
        words["relu"]


KNOWING = """
import sys
from archspec.layers import REGISTRY
from archspec.layers.composite import ACTIVATIONS
from archspec.language.forms import known_forms

forms = known_forms({})
assert "conv" in REGISTRY and "conv" in forms and "gelu" in ACTIVATIONS
assert "convolution" not in REGISTRY and "convolution" not in forms
assert len(REGISTRY) == len(list(REGISTRY)) and set(REGISTRY) < set(forms)
assert len(forms) == len(list(forms))
files = {declared.module for declared in REGISTRY._layers.values()}
assert not files & set(sys.modules), files & set(sys.modules)
assert forms["conv"].shorthand == "out_channels"
assert files & set(sys.modules) == {"archspec.layers.conv"}
"""


def test_to_ask_for_the_kinds_imports_no_layer() -> None:
    done = subprocess.run([sys.executable, "-c", KNOWING], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
