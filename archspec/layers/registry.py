"""The kinds that a layer list may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from archspec.layers.base import Layer


class Registry(Mapping[str, type[Layer]]):
    """Kind → layer class; a kind or a label that is there already is refused at once."""

    def __init__(self, layers: Iterable[type[Layer]]) -> None:
        self._layers: dict[str, type[Layer]] = {}
        labels: set[str] = set()
        for layer in layers:
            if layer.kind in self._layers or layer.label in labels:
                raise ValueError(f"layer kind {layer.kind!r} or its label is registered twice")
            self._layers[layer.kind] = layer
            labels.add(layer.label)

    def __getitem__(self, kind: str) -> type[Layer]:
        return self._layers[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)
