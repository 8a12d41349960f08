"""One epoch of several seeds side by side, beside one of a single seed: `archspec train --seeds`.

Both train the same network on the same random images in this process, without writing anything,
and take turns. Prints the ratio of their times; asserts nothing about seconds.

    python bench/side_by_side.py specs/step3.yaml --seeds 20 --images 60000 --device cuda
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archspec.runtime.data import Images

ROOT = Path(__file__).resolve().parents[1]
TEST_SHARE = 6
"""Training images for one test image, as in MNIST."""


def main() -> None:
    """Measure and print."""
    import torch

    from archspec.api import load
    from archspec.record import Settings
    from archspec.runtime.data import Split
    from archspec.runtime.fast import keep_freed_memory
    from archspec.runtime.side_by_side import make_group
    from archspec.runtime.train.trainer import Trainer

    arguments = parse_arguments()
    keep_freed_memory()
    train, test = images(arguments.images, 1), images(arguments.images // TEST_SHARE, 2)
    options = ("data.validation=test", "train.epochs=1000", *arguments.set)
    analysis = load(arguments.spec, options).analysis
    device = torch.device(arguments.device)
    parts = Split(train, test, test, validation_is_test=True)
    seeds = range(arguments.seeds)
    settings = Settings(fast=True)
    torch.set_num_threads(arguments.threads)
    one = Trainer(analysis, parts, 10, seed=0, device=device, settings=settings)
    many = make_group(analysis, parts, 10, seeds=seeds, device=device, settings=settings)
    runs: list[Iterator[Any]] = [one.run(), many.run()]
    for run in runs:  # to warm up
        next(run)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(arguments.rounds):
        for spent, run in zip(times, runs, strict=True):
            started = perf_counter()
            next(run)
            spent.append(perf_counter() - started)
    ratios = [many / one for one, many in zip(*times, strict=True)]
    load_now = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    print(f"{arguments.spec.stem}, {arguments.images:,} images, torch {torch.__version__}, {name}")
    print(f"{arguments.threads} threads, {arguments.rounds} rounds, load {load_now:.1f}")
    print(f"1 seed:   {shown(times[0])} s an epoch")
    print(f"{arguments.seeds} seeds: {shown(times[1])} s an epoch, {shown(ratios)} times that")


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("spec", type=Path, nargs="?", default=ROOT / "specs" / "step3.yaml")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def images(count: int, seed: int) -> Images:
    """Return random images of 28×28 with random labels."""
    import torch

    from archspec.runtime.data import Images

    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return Images(pixels, torch.randint(0, 10, (count,), generator=generator))


def shown(values: list[float]) -> str:
    """Return the median with the least and the most."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
