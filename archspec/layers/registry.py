"""The kinds that a layer list may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from archspec.layers.base import Layer


class Registry(Mapping[str, type[Layer]]):
    """Kind → layer class; a kind or a label that is there already is refused at once."""

    def __init__(self, layers: Iterable[type[Layer]]) -> None:
        self._layers: dict[str, type[Layer]] = {}
        for layer in layers:
            self._put(layer)
        self._own = len(self._layers)

    @property
    def added(self) -> tuple[str, ...]:
        """The kinds of plug-ins, which came to those that the registry began with."""
        return tuple(self._layers)[self._own :]

    def add(self, layer: type[Layer]) -> bool:
        """Add a layer; return False when this very one is there."""
        if self._layers.get(layer.kind) is layer:
            return False
        self._put(layer)
        return True

    def _put(self, layer: type[Layer]) -> None:
        labels = {known.label for known in self._layers.values()}
        if layer.kind in self._layers or layer.label in labels:
            raise ValueError(f"layer kind {layer.kind!r} or its label is registered twice")
        self._layers[layer.kind] = layer

    def __getitem__(self, kind: str) -> type[Layer]:
        return self._layers[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)
