"""Time of the pure analysis of large networks beside torchinfo's summary, in one process.

Our side goes from the graph to shapes, receptive field, params, MACs and activations of every node
and entry; what comes before, reading the spec and making the graph, stands in lines of its own. The
peer is torchinfo.summary of torchvision's model, built already. Then `archspec check` of specs of
1,000 and 10,000 entries, whole processes. Prints ratios; asserts nothing about seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

NETWORKS = {"resnet50": 25_557_032, "densenet121": 7_978_856}
"""Name in specs/zoo and in torchvision, and the parameters that both sides have to find."""
ENTRIES = (1_000, 10_000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "-n", dest="rounds", type=int, default=7, metavar="ROUNDS", help="rounds of each"
    )
    rounds = max(3, parser.parse_args().rounds)
    load = os.getloadavg()[0]
    named = (f"{name} {metadata.version(name)}" for name in ("torch", "torchvision", "torchinfo"))
    print(f"Python {platform.python_version()}, {', '.join(named)}")
    print(f"{os.cpu_count()} cores, load {load:.2f}; {rounds} rounds in turn, after one to warm up")
    print("milliseconds: median (least–most)\n")
    for name, params in NETWORKS.items():
        compare(name, params, rounds)
    print()
    grow(rounds)


def compare(name: str, params: int, rounds: int) -> None:
    """Print our analysis of one network beside torchinfo's summary."""
    import torch
    import torchinfo
    import torchvision

    from archspec.analysis import Analysis, analyze
    from archspec.graph import make_graph
    from archspec.language import read_spec

    spec = read_spec(ROOT / "specs" / "zoo" / f"{name}.yaml").spec
    assert spec is not None
    module = torchvision.models.get_model(name, weights=None).eval()
    image = torch.zeros(1, *spec.input)

    graph, _ = make_graph(spec)

    def ours() -> int:
        analysis, _ = analyze(graph)
        assert isinstance(analysis, Analysis)
        return analysis.totals.params

    def theirs() -> int:
        with torch.no_grad():
            return int(torchinfo.summary(module, input_data=image, verbose=0).total_params)

    def reading() -> int:
        assert read_spec(ROOT / "specs" / "zoo" / f"{name}.yaml").spec is not None
        return params

    def making() -> int:
        made, _ = make_graph(spec)
        assert made.output == graph.output
        return params

    contestants: dict[str, Callable[[], int]] = {
        "archspec analysis": ours,
        "torchinfo.summary": theirs,
        "reading the spec": reading,
        "making the graph": making,
    }
    times: dict[str, list[float]] = {who: [] for who in contestants}
    for turn in range(rounds + 1):
        for who, work in contestants.items():
            begin = time.perf_counter()
            found = work()
            seconds = time.perf_counter() - begin
            if found != params:
                raise SystemExit(f"{who} finds {found:,} parameters in {name}, not {params:,}")
            if turn:
                times[who].append(seconds)
    print(name)
    for who, measured in times.items():
        print(f"  {who:<20} {spread([1000 * seconds for seconds in measured], 2):>28}")
    pairs = zip(times["torchinfo.summary"], times["archspec analysis"], strict=True)
    print(f"  {'times the time':<20} {spread([peer / mine for peer, mine in pairs], 1):>28}")


def grow(rounds: int) -> None:
    """Print the time of `archspec check` for specs of more and more entries."""
    medians: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {count: write_spec(Path(folder), count) for count in ENTRIES}
        times: dict[int, list[float]] = {count: [] for count in ENTRIES}
        for turn in range(rounds + 1):
            for count, path in paths.items():
                begin = time.perf_counter()
                command = [sys.executable, "-m", "archspec", "check", str(path)]
                subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
                if turn:
                    times[count].append(time.perf_counter() - begin)
    for count, measured in times.items():
        medians[count] = statistics.median(measured)
        each = spread([1000 * seconds / count for seconds in measured], 3)
        print(
            f"archspec check, {count:>6,} entries  {spread([1000 * s for s in measured], 0):>22}"
            f"   per entry {each}"
        )
    small, large = ENTRIES
    ratio = medians[large] / large / (medians[small] / small)
    print(f"per entry, {large:,} beside {small:,}: {ratio:.2f} times")


def write_spec(folder: Path, count: int) -> Path:
    """Write a spec of `count` entries: convolutions with their norm, pooling, joins."""
    lines = ["archspec: 1", "input: [8, 32, 32]", "layers:"]
    for index in range(count):
        match index % 5:
            case 0:
                line = f"conv: {{out_channels: 8, kernel_size: 3, padding: 1, id: c{index}}}"
            case 1:
                line = "batch_norm"
            case 2:
                line = "relu"
            case 3:
                line = "max_pool: {kernel_size: 3, stride: 1, padding: 1}"
            case _:
                line = f"add: [c{index - 4}]"
        lines.append(f"  - {line}")
    path = folder / f"entries{count}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def spread(values: list[Any], digits: int) -> str:
    """Return a median with its range, as in `0.21 (0.20–0.24)`."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


if __name__ == "__main__":
    main()
