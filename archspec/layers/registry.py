"""The kinds that a layer list may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from archspec.layers.base import Layer
from archspec.layers.declared import Declared


class Registry(Mapping[str, type[Layer]]):
    """Kind → layer class; a kind or a label that is there already is refused at once.

    Of a layer that is only declared, the file is imported when its kind is looked up. To ask
    whether a kind is there, or for the kinds, imports nothing; to ask for the classes imports all.
    """

    def __init__(self, layers: Iterable[type[Layer] | Declared]) -> None:
        self._layers: dict[str, type[Layer] | Declared] = {}
        self._labels: set[str] = set()
        for layer in layers:
            self._put(layer)
        self._own = len(self._layers)

    @property
    def added(self) -> tuple[str, ...]:
        """The kinds of plug-ins, which came to those that the registry began with."""
        return tuple(self._layers)[self._own :]

    def add(self, layer: type[Layer]) -> bool:
        """Add a layer; return False when this very one is there."""
        if self.get(layer.kind) is layer:
            return False
        self._put(layer)
        return True

    def _put(self, layer: type[Layer] | Declared) -> None:
        if layer.kind in self._layers or layer.label in self._labels:
            raise ValueError(f"layer kind {layer.kind!r} or its label is registered twice")
        self._layers[layer.kind] = layer
        self._labels.add(layer.label)

    def __getitem__(self, kind: str) -> type[Layer]:
        layer = self._layers[kind]
        if isinstance(layer, Declared):
            layer = self._layers[kind] = layer.load()
        return layer

    def __contains__(self, kind: object) -> bool:
        return kind in self._layers

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)


class Words(Mapping[str, type[Layer]]):
    """Word → layer class, for fields that name some kinds of a registry by words of their own.

    As with the registry, a file is imported when its word is looked up.
    """

    def __init__(self, registry: Registry, kinds: Mapping[str, str]) -> None:
        self._registry, self.kinds = registry, kinds

    def __getitem__(self, word: str) -> type[Layer]:
        return self._registry[self.kinds[word]]

    def __contains__(self, word: object) -> bool:
        return word in self.kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)
