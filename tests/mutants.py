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
GRAPHS = (
    *("tests/proof/test_wiring.py", "tests/proof/test_join_cases.py"),
    *("tests/proof/test_receptive_field_cases.py", "tests/proof/test_products.py"),
)
"""The quick proofs of networks that branch, by literal figures."""
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
AXIS = "archspec/analysis/axis_field.py"
UNITS = "archspec/analysis/units.py"
FIELD = "archspec/analysis/receptive_field.py"
ANALYZE = "archspec/analysis/analyze.py"
MEMORY = "archspec/analysis/memory.py"
GRAPH = "archspec/graph/walk.py"
MERGE = "archspec/layers/merge.py"
LINEAR = "archspec/layers/linear.py"
ENTRIES = "archspec/language/entries.py"
EXPRESSIONS = "archspec/language/expressions.py"
BUILD = "archspec/runtime/build.py"
ATTENTION = "archspec/layers/attention.py"
SHUFFLE = "archspec/layers/shuffle.py"
PICK = "archspec/layers/pick.py"
REARRANGE = "archspec/layers/rearrange.py"

MUTANTS = (
    # The six that the product's issue names.
    Mutant(
        "start ignores jump",
        AXIS,
        "return None if edge is None else edge + rounds * int(self.advance)",
        "return None if edge is None else edge + rounds",
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
        '        return checked(self, weight | ({"bias": (self.out_channels,)} if self.bias '
        "else {}))",
        'weight = {"weight": (self.out_channels, input[0] // self.groups, *kernel)}\n'
        '        return checked(self, weight | {"bias": (self.out_channels,)})',
    ),
    Mutant(
        "bias of linear counted when absent",
        LINEAR,
        'weight | ({"bias": (self.out_features,)} if self.bias else {})',
        'weight | {"bias": (self.out_features,)}',
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
        AXIS,
        "last + shift * step + 1, window.spacing)",
        "last + shift * step + 1)",
    ),
    Mutant(
        "edges taken to rise always",
        AXIS,
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
        "AxisMap((0,), (units.count - 1,), 1), 1)",
        "AxisMap((0,), (0,), 1), 1)",
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
        "spreads = field.spreads(window.dims or every)",
        "spreads = True",
        ("tests/proof/test_generated.py",),
    ),
    Mutant(
        "softmax over features is pointwise",
        "archspec/layers/activation_softmax.py",
        "return whole() if len(input) == 1 else Window(",
        "return Window(",
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
        "padding mixes channels",
        "archspec/layers/reshape.py",
        "axes = tuple(AxisMap((-b,), (-b,), 1) for b, _ in sides)\n"
        '        return Window("local", axes, mixes_channels=False)',
        "axes = tuple(AxisMap((-b,), (-b,), 1) for b, _ in sides)\n"
        '        return Window("local", axes)',
    ),
    Mutant(
        "projections of attention counted once",
        ATTENTION,
        "projections = 2 * queries * features + tokens",
        "projections = queries * features + tokens",
    ),
    Mutant(
        "products of queries and keys forgotten",
        ATTENTION,
        "return features * (projections + 2 * queries * tokens)",
        "return features * (projections + queries * tokens)",
    ),
    Mutant(
        "one weight for keys of any size",
        ATTENTION,
        "if not keys == values == features:",
        "if False:",
    ),
    Mutant(
        "attention sees its own token only",
        ATTENTION,
        'return Window("global", dims=(0, 1))',
        'return Window("pointwise")',
    ),
    Mutant(
        "normalized axes counted from the front",
        NORM,
        "else input[-self.normalized_dims :]",
        "else input[: self.normalized_dims]",
    ),
    Mutant(
        "shuffled pixels keep their channels",
        SHUFFLE,
        "return (channels // factor**2, height * factor, width * factor)",
        "return (channels, height * factor, width * factor)",
    ),
    Mutant(
        "unshuffled square seen as its first pixel",
        SHUFFLE,
        "AxisMap((0,), (factor - 1,), factor)",
        "AxisMap((0,), (0,), factor)",
    ),
    Mutant(
        "selected index is the first",
        PICK,
        "return along(input, axis, AxisMap((index,), (index,), 1))",
        "return along(input, axis, AxisMap((0,), (0,), 1))",
    ),
    Mutant(
        "every section is the first",
        PICK,
        "AxisMap((start,), (start,), 1)",
        "AxisMap((0,), (0,), 1)",
    ),
    Mutant(
        "permuted axes seen in their old order",
        REARRANGE,
        "sources=tuple((axis,) for axis in self._axes(input))",
        "sources=tuple((axis,) for axis in sorted(self._axes(input)))",
    ),
    Mutant(
        "reshaped axes hold nothing",
        REARRANGE,
        "sources += [held if size > 1 else ()",
        "sources += [()",
    ),
    Mutant(
        "scale along the channels always",
        "archspec/layers/scale.py",
        "axis = sample_axis(self.dim, input)\n        return {",
        "axis = 0\n        return {",
    ),
    Mutant(
        "mean keeps its axes as they were",
        "archspec/layers/mean.py",
        'return Window("mean", dims=sample_axes(self.dim, input))',
        'return Window("pointwise")',
    ),
    Mutant(
        "depth is dropped without the linear rule",
        "archspec/layers/dropout.py",
        "self.p * self.depth / self.of",
        "self.p",
        ("tests/layers/test_shapes.py",),
    ),
    Mutant(
        "tensors filled in the order of the file",
        "archspec/layers/init.py",
        "for name in params for call in given.get(name, {}).items()",
        "for name in given for call in given[name].items()",
        ("tests/layers/test_init.py",),
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
        GRAPHS,
    ),
    # Networks that branch.
    Mutant(
        "union ends where the first to end does",
        AXIS,
        "high.append(c if d is None else d if c is None else max(c, d))",
        "high.append(c if d is None else d if c is None else min(c, d))",
        GRAPHS,
    ),
    Mutant(
        "union ignores the other path",
        FIELD,
        "united, fits = together(united, other)",
        "_, fits = together(united, other)",
        GRAPHS,
    ),
    Mutant(
        "union of different jumps taken to repeat",
        AXIS,
        "if one.repeats and other.repeats and is_regular:",
        "if one.repeats and other.repeats:",
        GRAPHS,
    ),
    Mutant(
        "units for themselves go on behind the map",
        AXIS,
        "return None if rounds else edge",
        "return edge",
        GRAPHS,
    ),
    Mutant(
        "misaligned join not noticed",
        AXIS,
        "fits = is_regular and (is_near or not repeats)",
        "fits = True",
        GRAPHS,
    ),
    Mutant(
        "lone units taken to be misaligned",
        AXIS,
        "units = range(min(count, len(self.low) + 1))",
        "units = range(len(self.low) + 1)",
        GRAPHS,
    ),
    Mutant(
        "gate not marked global",
        FIELD,
        "is_global = is_global or len(alike) < len(fields)",
        "is_global = is_global",
        GRAPHS,
    ),
    Mutant(
        "attention not marked global",
        FIELD,
        "is_global = spreads or any(field.is_global for field in fields)",
        "is_global = any(field.is_global for field in fields)",
    ),
    Mutant(
        "attention knows its queries alone",
        FIELD,
        "return query._replace(is_global=True)",
        "return query",
        GRAPHS,
    ),
    Mutant(
        "maps in a row take no places of their own",
        FIELD,
        "return in_a_row(parts) if len(parts) > 1 else parts[0]",
        "return parts[0]",
        GRAPHS,
    ),
    Mutant(
        "axis cut in pieces is followed",
        FIELD,
        "is_global = is_global or (dealt is None and any(count > 1 for count in counts))",
        "is_global = is_global",
    ),
    Mutant(
        "tokens are not dealt out to a map again",
        FIELD,
        "        dealt.append(tuple(axes))\n",
        "        return None\n",
        GRAPHS,
    ),
    Mutant(
        "rows of several axes taken for a map",
        FIELD,
        "            is_global = is_global or field.spreads((dim,))\n",
        "            is_global = is_global\n",
        GRAPHS,
    ),
    Mutant(
        "linear along positions lets them be",
        FIELD,
        "window = AxisMap((0,), (count - 1,), 0)",
        "window = AxisMap((0,), (0,), 1)",
    ),
    Mutant(
        "borders hide nothing",
        UNITS,
        "return widest(chain(self.border, map(self.sight, one_of_each)))",
        "return self.field.size",
    ),
    Mutant(
        "borders of maps in between hide nothing",
        UNITS,
        "before = _within(seen, 0, inner.start)",
        "before = _within(seen, seen.start, inner.start)",
        GRAPHS,
    ),
    Mutant(
        "units at the border are forgotten",
        UNITS,
        "widest(chain(self.border, map(self.sight, one_of_each)))",
        "widest(map(self.sight, one_of_each))",
    ),
    Mutant(
        "channels of a concat not summed up",
        MERGE,
        "return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])",
        "return first",
        GRAPHS,
    ),
    Mutant(
        "broadcast takes the first shape",
        MERGE,
        "    return tuple(sizes)",
        "    return inputs[0]",
        GRAPHS,
    ),
    Mutant(
        "the value so far comes last in a join",
        MERGE,
        "return inputs if PREVIOUS in inputs else (PREVIOUS, *inputs)",
        "return inputs if PREVIOUS in inputs else (*inputs, PREVIOUS)",
        GRAPHS,
    ),
    Mutant(
        "shared weights counted twice",
        ANALYZE,
        "            param_shapes, buffers = {}, {}\n",
        "            pass\n",
        GRAPHS,
    ),
    Mutant(
        "MACs of auxiliary heads counted",
        ANALYZE,
        "sum(facts.macs for facts in known if not facts.is_auxiliary)",
        "sum(facts.macs for facts in known)",
        GRAPHS,
    ),
    Mutant(
        "auxiliary heads run in inference",
        BUILD,
        "if with_auxiliary or not node.is_auxiliary:",
        "if True:",
        GRAPHS,
    ),
    Mutant(
        "shared entries keep their first names",
        GRAPH,
        "return self.new + name.removeprefix(self.old)",
        "return self.new + name",
        GRAPHS,
    ),
    Mutant(
        "inside what is shared, references lead to the first",
        GRAPH,
        '        if again is not None and (id == again.old or id.startswith(f"{again.old}.")):\n'
        "            return again.name(node)\n",
        "",
        GRAPHS,
    ),
    Mutant(
        "a reference means the farthest entry",
        GRAPH,
        "        for prefix in scopes:\n            if prefix + reference in self.done:",
        "        for prefix in reversed(scopes):\n            if prefix + reference in self.done:",
        GRAPHS,
    ),
    Mutant(
        "conditions turned round",
        ENTRIES,
        'chosen = "layers" if fields.condition else "otherwise"',
        'chosen = "otherwise" if fields.condition else "layers"',
        GRAPHS,
    ),
    Mutant(
        "rounds counted from 1",
        ENTRIES,
        "scope.with_name(fields.index, index, place)",
        "scope.with_name(fields.index, index + 1, place)",
        GRAPHS,
    ),
    Mutant(
        "one round too many",
        ENTRIES,
        "for index in range(fields.times if inner.items else 0):",
        "for index in range(fields.times + 1 if inner.items else 0):",
        GRAPHS,
    ),
    Mutant(
        "// rounds to zero",
        EXPRESSIONS,
        "ast.FloorDiv: operator.floordiv,",
        "ast.FloorDiv: lambda a, b: int(a / b),",
        GRAPHS,
    ),
    Mutant(
        "// is /",
        EXPRESSIONS,
        "ast.FloorDiv: operator.floordiv,",
        "ast.FloorDiv: operator.truediv,",
        GRAPHS,
    ),
    Mutant(
        "peak memory without what is read",
        MEMORY,
        "        peak = max(peak, kept)\n        kept -= given_up[index]\n",
        "        kept -= given_up[index]\n        peak = max(peak, kept)\n",
        ("tests/proof/test_peak_memory.py",),
    ),
    Mutant(
        "peak memory gives skips up early",
        MEMORY,
        "            last_use[owners[name]] = index\n",
        "            last_use.setdefault(owners[name], index)\n",
        ("tests/proof/test_peak_memory.py",),
    ),
    Mutant(
        "peak memory of views counted",
        MEMORY,
        "0 if layer.is_view else math.prod(shapes[node.name])",
        "math.prod(shapes[node.name])",
        ("tests/proof/test_peak_memory.py",),
    ),
    Mutant(
        "weights of the wrong entry shared",
        BUILD,
        "return node.weights if facts.param_shapes or facts.buffers else node.name",
        "return node.name",
        GRAPHS,
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


def main(words: Sequence[str], mutants: Sequence[Mutant] = MUTANTS) -> int:
    """Print the kill table; return 0 when every mutant is killed, else 1."""
    chosen = [m for m in mutants if all(word in m.name for word in words)]
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
