from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import pytest

from archspec.layers import REGISTRY, Layer, Registry
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv
from archspec.layers.reshape import Identity


@final
@dataclass(frozen=True, slots=True)
class SecondConv(Identity):  # type: ignore[misc]  # final, and a test may stand above that
    kind: ClassVar[str] = "conv"
    label: ClassVar[str] = "Second"


@final
@dataclass(frozen=True, slots=True)
class AlsoConv(Identity):  # type: ignore[misc]
    kind: ClassVar[str] = "also_conv"
    label: ClassVar[str] = "Conv"


@pytest.mark.parametrize("second", [Conv, SecondConv, AlsoConv])
def test_a_kind_or_a_label_registered_twice_is_refused(second: type[Layer]) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        Registry((Conv, ReLU, second))


def test_a_registry_gives_layers_by_kind_in_the_order_of_registration() -> None:
    registry = Registry((ReLU, Conv))

    assert dict(registry) == {"relu": ReLU, "conv": Conv}
    assert list(registry) == ["relu", "conv"]
    assert len(registry) == 2


def test_a_layer_may_be_added_later_and_once() -> None:
    registry = Registry((ReLU,))

    assert not registry.added
    assert registry.add(Conv)
    assert not registry.add(Conv)
    assert (list(registry), registry.added) == (["relu", "conv"], ("conv",))


@pytest.mark.parametrize("second", [SecondConv, AlsoConv])
def test_a_layer_that_is_added_has_a_kind_and_a_label_of_its_own(second: type[Layer]) -> None:
    registry = Registry((Conv, ReLU))

    with pytest.raises(ValueError, match="registered twice"):
        registry.add(second)
    assert not registry.added


@pytest.mark.parametrize("kind", REGISTRY)
def test_the_shorthand_of_a_kind_is_one_of_its_fields(kind: str) -> None:
    layer = REGISTRY[kind]

    assert layer.shorthand is None or layer.shorthand in layer.__dataclass_fields__  # type: ignore[attr-defined]
    assert layer.kind == kind
