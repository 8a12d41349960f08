"""Time and peak memory of `archspec check specs/step3.yaml` beside named peers.

Whole processes are measured. The peers are a script that prints torchinfo's summary and one that
prints torchscan's table with the receptive field, of the same network written in plain torch.
Prints ratios; asserts nothing about seconds.
"""

from __future__ import annotations

# Nothing heavy here, now or later: Linux counts the memory of the process that starts a child into
# the child's peak.
import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARAMS_OF_STEP3 = "7720"
LEAST_ROUNDS = 7
OURS = "archspec check"
CHECK = [sys.executable, "-m", "archspec", "check", "specs/step3.yaml"]
CONTESTANTS = {
    OURS: CHECK,
    "torchinfo": [sys.executable, "-m", "bench.peers.torchinfo_summary"],
    "torchscan": [sys.executable, "-m", "bench.peers.torchscan_receptive_field"],
}

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""With it our modules would be compiled at every run, and the installed peers would not."""

IMPORT_ALL = """
import sys

for name in sys.argv[1:]:
    try:
        __import__(name)
    except ImportError:
        pass  # tried and not found in the real run, too
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took, from start to end: wall time in seconds and peak memory in MiB."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that came to its end: its cost and what it wrote."""

    cost: Cost
    output: str
    errors: str


def main() -> None:
    """Measure and print."""
    arguments = parse_arguments()
    if arguments.where:
        print_where(arguments.top, arguments.rounds)
    else:
        print_comparison(arguments.rounds)


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "-n",
        dest="rounds",
        type=at_least(LEAST_ROUNDS),
        default=LEAST_ROUNDS,
        metavar="ROUNDS",
        help=f"runs of each program after one to warm up, at least {LEAST_ROUNDS}",
    )
    parser.add_argument(
        "--where", action="store_true", help="print where the time of `archspec check` goes instead"
    )
    parser.add_argument(
        "--top", type=at_least(1), default=15, help="lines of each list of --where (default 15)"
    )
    return parser.parse_args()


def at_least(smallest: int) -> Callable[[str], int]:
    """Return a type for argparse: whole numbers from this one on."""

    def whole_number(text: str) -> int:
        number = int(text)
        if number < smallest:
            raise argparse.ArgumentTypeError(f"{number} is less than {smallest}")
        return number

    return whole_number


def run(command: list[str]) -> Finished:
    """Run a program to its end, from the repository's root; stop with its words if it failed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        # Reaped above, so that Popen does not wait for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        written = output.read().decode("utf-8", "replace")
        complaints = errors.read().decode("utf-8", "replace")
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({process.returncode}):\n{complaints}")
    # macOS counts bytes where Linux counts KiB.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Finished(Cost(seconds, usage.ru_maxrss / unit), written, complaints)


def print_comparison(rounds: int) -> None:
    """Run all contestants in turn, and print the medians, their spread and the ratios."""
    for name, command in CONTESTANTS.items():
        printed = run(command).output
        # A program that described another network would be no peer.
        if PARAMS_OF_STEP3 not in printed.replace(",", ""):
            raise SystemExit(f"{name} does not name {PARAMS_OF_STEP3} parameters:\n{printed}")

    load_before = os.getloadavg()[0]
    costs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(rounds):
        for name, command in CONTESTANTS.items():
            costs[name].append(run(command).cost)
    load_after = os.getloadavg()[0]

    print(
        f"specs/step3.yaml: {rounds} rounds of each in turn, after one to warm up; whole processes"
    )
    print(f"{versions()}; {os.cpu_count()} cores, load {load_before:.2f} → {load_after:.2f}\n")
    headings = ("seconds", "peak MiB", "times the time", "times the memory")
    print(" " * 15 + "".join(f"{heading:>25}" for heading in headings))
    ours = costs[OURS]
    for name, measured in costs.items():
        cells = [
            spread([cost.seconds for cost in measured], 3),
            spread([cost.mebibytes for cost in measured], 1),
        ]
        if name != OURS:
            pairs = list(zip(measured, ours, strict=True))
            cells += [
                spread([theirs.seconds / mine.seconds for theirs, mine in pairs], 1),
                spread([theirs.mebibytes / mine.mebibytes for theirs, mine in pairs], 1),
            ]
        print(f"{name:<15}" + "".join(f"{cell:>25}" for cell in cells))
    print("\nmedian (least–most); a ratio compares the two runs of the same round")


def spread(values: list[float], digits: int) -> str:
    """Return a median with its range, as in `0.21 (0.20–0.24)`."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def versions() -> str:
    """Return the versions of what is compared."""
    named = (f"{name} {metadata.version(name)}" for name in ("torch", "torchinfo", "torchscan"))
    return ", ".join([f"Python {platform.python_version()}", *named])


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took in milliseconds: the module alone, and with what it imported."""

    module: str
    alone: float
    together: float


def print_where(top: int, rounds: int) -> None:
    """Print what the interpreter, the imports and the work itself take of `archspec check`."""
    nothing = [sys.executable, "-c", "pass"]
    at_start = {entry.module for entry in read_import_times(nothing)}
    runs = [
        [entry for entry in read_import_times(CHECK) if entry.module not in at_start]
        for _ in range(rounds)
    ]
    modules = [entry.module for entry in runs[0]]
    only_imports = [sys.executable, "-c", IMPORT_ALL, *modules]
    whole, imports, interpreter = medians([CHECK, only_imports, nothing], rounds)

    print(f"{' '.join(['archspec', *CHECK[3:]])}: medians of {rounds}, milliseconds")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    print(f"  {whole:7.1f}  whole process, of which")
    print(f"  {interpreter:7.1f}  an interpreter that does nothing")
    print(f"  {imports - interpreter:7.1f}  {len(modules)} imports")
    print(f"  {whole - imports:7.1f}  the rest: reading, analysis, printing")
    print("\nbelow, -X importtime: it slows what it measures, so read the proportions")

    entries = [median_of(entries) for entries in zip(*runs, strict=True)]
    packages: dict[str, float] = defaultdict(float)
    for entry in entries:
        packages[owner(entry.module)] += entry.alone
    print("\nimports by package, each module alone")
    for package, milliseconds in sorted(packages.items(), key=lambda item: -item[1])[:top]:
        print(f"  {milliseconds:7.1f}  {package}")

    print("\nimports with what they pull in (these contain one another)")
    for entry in sorted(entries, key=lambda entry: -entry.together)[:top]:
        print(f"  {entry.together:7.1f}  {entry.module}")


def medians(commands: list[list[str]], rounds: int) -> list[float]:
    """Return the median wall time of each command in milliseconds, run in turn."""
    seconds = [[run(command).cost.seconds for command in commands] for _ in range(rounds)]
    return [statistics.median(column) * 1000 for column in zip(*seconds, strict=True)]


def median_of(entries: tuple[Imported, ...]) -> Imported:
    """Return the median of several measurements of one module's import."""
    alone = statistics.median(entry.alone for entry in entries)
    together = statistics.median(entry.together for entry in entries)
    return Imported(entries[0].module, alone, together)


def owner(module: str) -> str:
    """Return the package a module belongs to; the standard library is one."""
    package = module.partition(".")[0]
    return "the standard library" if package in sys.stdlib_module_names else package


def read_import_times(command: list[str]) -> list[Imported]:
    """Return what `python -X importtime` says about a command of this interpreter."""
    lines = run([command[0], "-X", "importtime", *command[1:]]).errors.splitlines()
    entries = []
    for line in lines:
        marker, _, rest = line.partition("import time:")
        cells = [cell.strip() for cell in rest.split("|")]
        if not marker and len(cells) == 3 and cells[0].isdigit():
            entries.append(Imported(cells[2], int(cells[0]) / 1000, int(cells[1]) / 1000))
    return entries


if __name__ == "__main__":
    main()
