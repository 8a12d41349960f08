"""Breaks the rules on purpose, one at a time, and shows which test notices.

    python tests/mutants.py            every mutant, and the kill table
    python tests/mutants.py dilation   only those with this word in their name

Works on copies of the package; the working tree is never touched. Exits 1 when a mutant survives,
when the text to change is not found exactly once, or when the unchanged copy fails.
"""

# ruff: noqa: T201 - a program: what it prints is what it is for

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 300
PROOF = ("tests/proof/test_conformance.py", "tests/proof/test_receptive_field_cases.py")
"""The quick proofs: literal figures, and each layer alone against torch."""
COPIED = ("archspec", "tests", "specs", "pyproject.toml")
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".hypothesis", ".pytest_cache")


@dataclass(frozen=True)
class Mutant:
    """A deliberate fault: `before` stands exactly once in the file and becomes `after`."""

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...] = PROOF


WINDOW = "archspec/layers/window.py"
CONV = "archspec/layers/conv.py"
POOL = "archspec/layers/pool.py"
NORM = "archspec/layers/norm.py"
SLIDING = "archspec/layers/sliding.py"
FIELD = "archspec/analysis/receptive_field.py"
LINEAR = "archspec/layers/linear.py"

MUTANTS = (
    # The six that the product's issue names.
    Mutant(
        "start ignores jump",
        FIELD,
        "edge = self.low[phase]\n"
        "        return None if edge is None else edge + repeats * self.advance",
        "edge = self.low[phase]\n        return None if edge is None else edge + repeats",
    ),
    Mutant(
        "dilation dropped from the window",
        WINDOW,
        "AxisMap((-p,), (-p + d * (k - 1),), s, d)",
        "AxisMap((-p,), (-p + (k - 1),), s)",
    ),
    Mutant(
        "dilation dropped from the size",
        SLIDING,
        "return dilation * (kernel - 1) + 1",
        "return kernel",
    ),
    Mutant(
        "padding dropped from the window",
        WINDOW,
        "AxisMap((-p,), (-p + d * (k - 1),), s, d)",
        "AxisMap((0,), (d * (k - 1),), s, d)",
    ),
    Mutant(
        "padding dropped from the size",
        SLIDING,
        "room = size + before + after - extent",
        "room = size - extent",
    ),
    Mutant(
        "groups ignored in MACs",
        CONV,
        "return math.prod(output) * (input[0] // self.groups) * taps",
        "return math.prod(output) * input[0] * taps",
    ),
    Mutant(
        "groups ignored in MACs of the transposed",
        CONV,
        "return math.prod(input) * (self.out_channels // self.groups) * taps",
        "return math.prod(input) * self.out_channels * taps",
    ),
    Mutant(
        "bias counted when absent",
        CONV,
        'weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}\n'
        '        return weight | ({"bias": (self.out_channels,)} if self.bias else {})',
        'weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}\n'
        '        return weight | {"bias": (self.out_channels,)}',
    ),
    Mutant(
        "bias of linear counted when absent",
        LINEAR,
        'return weight | ({"bias": (self.out_features,)} if self.bias else {})',
        'return weight | {"bias": (self.out_features,)}',
    ),
    Mutant(
        "ceil_mode ignored",
        SLIDING,
        "steps = -(-room // stride) if ceil_mode else room // stride",
        "steps = room // stride",
    ),
    # And more.
    Mutant(
        "ceil_mode counts a window behind the map",
        SLIDING,
        "if ceil_mode and steps * stride >= size + before:",
        "if False:",
    ),
    Mutant(
        "stride dropped from the window",
        WINDOW,
        "AxisMap((-p,), (-p + d * (k - 1),), s, d)",
        "AxisMap((-p,), (-p + d * (k - 1),), 1, d)",
    ),
    Mutant(
        "stride of pooling is 1 unless given",
        POOL,
        "steps = kernel if stride is None else",
        "steps = (1,) * rank if stride is None else",
    ),
    Mutant(
        "gaps of a dilated window forgotten",
        FIELD,
        "last + shift * step + 1, window.spacing)",
        "last + shift * step + 1)",
    ),
    Mutant(
        "edges taken to rise always",
        FIELD,
        "    rises = _rises(field)\n",
        "    rises = True\n",
    ),
    Mutant(
        "phases of the transposed shifted",
        WINDOW,
        "place = output + padding",
        "place = output - padding",
    ),
    Mutant(
        "taps of the transposed in the wrong order",
        WINDOW,
        "late = early + (kernel - 1 - early) // cycle * cycle",
        "late = early",
    ),
    Mutant(
        "holes of the transposed seen",
        WINDOW,
        "if place % common or early >= kernel:",
        "if early >= kernel:",
        ("tests/layers/test_window.py",),
    ),
    Mutant(
        "output_padding ignored",
        CONV,
        "size = (n - 1) * s - 2 * p + effective_kernel(k, d) + o",
        "size = (n - 1) * s - 2 * p + effective_kernel(k, d)",
    ),
    Mutant(
        "one phase for all of up-sampling",
        WINDOW,
        "first = last = tuple(floor(o * ratio) for o in range(period))",
        "first = last = tuple(0 for o in range(period))",
    ),
    Mutant(
        "up-sampling does not shorten the jump",
        WINDOW,
        "        axes.append(AxisMap(first, last, n // gcd(n, m)))\n",
        "        axes.append(AxisMap(first, last, m // gcd(n, m)))\n",
    ),
    Mutant(
        "linear up-sampling with aligned corners",
        WINDOW,
        "centres = [(o + Fraction(1, 2)) * ratio - Fraction(1, 2) for o in range(period)]",
        "centres = [o * ratio for o in range(period)]",
    ),
    Mutant(
        "weight of conv with its channels swapped",
        CONV,
        'weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}',
        'weight = {"weight": (input[0] // self.groups, self.out_channels, *kernel)}',
    ),
    Mutant(
        "weight of the transposed like that of conv",
        CONV,
        'weight = {"weight": (input[0], self.out_channels // self.groups, *kernel)}',
        'weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}',
    ),
    Mutant(
        "odd pixel of `same` on the near side",
        CONV,
        "before = tuple(a // 2 for a in added)",
        "before = tuple(a - a // 2 for a in added)",
    ),
    Mutant(
        "adaptive window ends too early",
        WINDOW,
        "last = tuple(-(-(i + 1) * n // m) - 1 for i in range(period))",
        "last = tuple((i + 1) * n // m - 1 for i in range(period))",
    ),
    Mutant(
        "batch norm without its count of batches",
        NORM,
        '"running_var": channels, "num_batches_tracked": ()}',
        '"running_var": channels}',
    ),
    Mutant(
        "affine ignored",
        NORM,
        'return {"weight": shape, "bias": shape} if affine else {}',
        'return {"weight": shape, "bias": shape}',
    ),
    Mutant(
        "positions forgotten by global pooling",
        FIELD,
        "compose(axis, AxisMap((0,), (count - 1,), 1))",
        "compose(axis, AxisMap((0,), (0,), 1))",
    ),
    Mutant(
        "norm over space is not global",
        FIELD,
        "field.is_global or spreads)",
        "field.is_global)",
    ),
    Mutant(
        "global even where there is one position",
        FIELD,
        "spreads = any(count > 1 for count in field.positions)",
        "spreads = True",
        ("tests/proof/test_generated.py",),
    ),
    Mutant(
        "softmax over features is pointwise",
        "archspec/layers/activation.py",
        "return whole() if len(input) == 1 else POINTWISE",
        "return POINTWISE",
        ("tests/proof/test_generated.py",),
    ),
    Mutant(
        "MACs of linear without its rows",
        LINEAR,
        "return math.prod(output) * inputs[0][-1]",
        "return output[-1] * inputs[0][-1]",
    ),
    Mutant(
        "padding of the sides in the order of the axes",
        "archspec/layers/reshape.py",
        "return tuple(reversed(pairs))",
        "return pairs",
    ),
    Mutant(
        "crop shifts the wrong way",
        "archspec/layers/reshape.py",
        "AxisMap((b,), (b,), 1)",
        "AxisMap((-b,), (-b,), 1)",
    ),
    Mutant(
        "parts of an entry always in the usual order",
        "archspec/layers/composite.py",
        "for name in order if name in operations",
        "for name in (main, *FOLLOWERS) if name in operations",
        ("tests/proof/test_generated.py",),
    ),
    Mutant(
        "module's names in another order",
        "archspec/runtime/build.py",
        "torch.fx.GraphModule(root, graph",
        "torch.fx.GraphModule(dict(root.named_modules()), graph",
        ("tests/runtime/test_build.py",),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the test that noticed it, or why none did."""

    mutant: Mutant
    is_killed: bool
    by: str
    seconds: float


@contextmanager
def copy_of_the_package() -> Iterator[Path]:
    """Yield a folder with a copy of what the tests need."""
    with tempfile.TemporaryDirectory(prefix="archspec-mutant-") as name:
        folder = Path(name)
        for part in COPIED:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=NOT_COPIED)
            else:
                shutil.copy(ROOT / part, folder / part)
        yield folder


def first_failure(folder: Path, tests: Sequence[str]) -> str | None:
    """Run tests in a copy; return the first that fails, in pytest's name for it, or None."""
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "HYPOTHESIS_PROFILE": "ci",  # the same examples each time
    }
    options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if ran.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ran.stdout, re.MULTILINE)
    return found[1] if found else f"pytest exited {ran.returncode}: {ran.stdout[-300:]}"


def outcome(mutant: Mutant) -> Outcome:
    """Make the mutant in a copy of the package and run its tests."""
    started = time.perf_counter()
    with copy_of_the_package() as folder:
        path = folder / mutant.file
        text = path.read_text(encoding="utf-8")
        found = text.count(mutant.before)
        if found != 1:
            seconds = time.perf_counter() - started
            return Outcome(mutant, False, f"STALE: the text is found {found} times", seconds)
        path.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
        by = first_failure(folder, mutant.tests)
        seconds = time.perf_counter() - started
        # A test that cannot even be collected would be killed by any typing error.
        is_killed = by is not None and "::" in by
        return Outcome(mutant, is_killed, by or "SURVIVED", seconds)


def main(words: Sequence[str]) -> int:
    """Print the kill table; return 0 when every mutant is killed, else 1."""
    chosen = [m for m in MUTANTS if all(word in m.name for word in words)]
    if not chosen:
        print(f"no mutant is called {' '.join(words)}")
        return 1
    tests = sorted({test for mutant in chosen for test in mutant.tests})
    with copy_of_the_package() as folder:
        failure = first_failure(folder, tests)
    if failure is not None:
        print(f"the unchanged package fails: {failure}")
        return 1
    print("| mutant | file | killed by | s |\n| --- | --- | --- | --- |", flush=True)
    survivors = 0
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for result in workers.map(outcome, chosen):
            survivors += not result.is_killed
            file = result.mutant.file.removeprefix("archspec/")
            name, seconds = result.mutant.name, f"{result.seconds:.0f}"
            by = result.by.removeprefix("tests/").replace("|", "/")
            print(f"| {name} | {file} | {by} | {seconds} |", flush=True)
    print(f"\n{len(chosen) - survivors} of {len(chosen)} killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
