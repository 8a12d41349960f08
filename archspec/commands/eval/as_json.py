"""What `archspec eval --format json` tells programs; docs/eval.md describes it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.judge import clopper_pearson
from archspec.judge.classes import FIGURES, class_figures, means

if TYPE_CHECKING:
    from archspec.runtime.trained.latency import Latency, NoRoom
    from archspec.runtime.trained.measure import Evaluated

FORMAT_VERSION = 1
"""Raised when a program that reads today's JSON could misread tomorrow's."""


def evaluated_as_json(found: Evaluated) -> dict[str, Any]:
    """Return everything as plain values; shares in percent, times in milliseconds."""
    record, machine = found.trained.record, found.machine
    figures = class_figures(found.classes, found.confusion)
    return {
        "format": FORMAT_VERSION,
        "spec": record.spec.name,
        "run": record.run,
        "checkpoint": found.trained.checkpoint.as_posix(),
        "epoch": found.epoch,
        "split": found.split,
        "is_test": found.is_test,
        "dataset": {
            "name": found.dataset,
            "place": found.place,
            "generated": found.generated,
            "is_own": found.is_own_data,
        },
        "accuracy": _accuracy(found.correct, found.total),
        "recorded": _accuracy(found.recorded.correct, found.recorded.total)
        if found.recorded
        else None,
        "classes": [
            {
                "name": one.name,
                "images": one.images,
                "correct": one.correct,
                **{name: _percent(getattr(one, name)) for name in FIGURES},
            }
            for one in figures
        ],
        "means": {name: _percent(value) for name, value in means(figures).items()},
        "confusion": [list(row) for row in found.confusion],
        "machine": {
            "device": machine.device,
            "name": machine.name,
            "threads": machine.threads,
            "cores": machine.cores,
            "load": machine.load,
        },
        "latency": [_latency(one) for one in found.latency],
        "notes": list(found.notes),
    }


def _accuracy(correct: int, total: int) -> dict[str, Any]:
    low, high = clopper_pearson(correct, total)
    return {
        "percent": 100 * correct / total,
        "correct": correct,
        "total": total,
        "interval": [100 * low, 100 * high],
    }


def _latency(one: Latency | NoRoom) -> dict[str, Any]:
    from archspec.runtime.trained.latency import NoRoom

    times = ("median_ms", "low_ms", "high_ms", "images_per_second", "passes")
    if isinstance(one, NoRoom):
        return {"batch_size": one.batch_size, "fits": False, **dict.fromkeys(times)}
    values = (1000 * one.median, 1000 * one.low, 1000 * one.high)
    known = dict(zip(times, (*values, one.images_per_second, one.passes), strict=True))
    return {"batch_size": one.batch_size, "fits": True, **known}


def _percent(share: Fraction | None) -> float | None:
    return None if share is None else float(100 * share)
