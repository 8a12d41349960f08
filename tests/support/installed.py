"""Distributions as an installer leaves them, in a folder of a test, and programs that see it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHRINK = '''\
"""A plug-in: one layer in one file."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

from archspec.layers.base import (
    Init,
    Layer,
    LayerFault,
    Shape,
    Tensor,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    pointwise,
    show,
)
from archspec.layers.fields import Integer, Number, field

Path(__file__).with_name("was_imported").touch()


@final
@dataclass(frozen=True, slots=True)
class HardShrink(Layer):
    """Sets what is near zero to zero."""

    kind: ClassVar[str] = "hard_shrink"
    label: ClassVar[str] = "HardShrink"
    shorthand: ClassVar[str | None] = "lambd"

    lambd: float = field(Number(at_least=0), "what counts as near", 0.5)

    window = pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape."""
        return inputs[0]

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Hardshrink."""
        return TorchCall("torch.nn.Hardshrink", {"lambd": self.lambd})


@final
@dataclass(frozen=True, slots=True)
class Pairs(Layer):
    """Sums up pairs of features, weighed by what is learned."""

    kind: ClassVar[str] = "pairs"
    label: ClassVar[str] = "Pairs"
    shorthand: ClassVar[str | None] = "out_features"

    out_features: int = field(Integer(), "features of the output")

    window = pointwise
    buffers = no_buffers

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (out_features)."""
        (input,) = inputs
        if len(input) != 1:
            fact, help = f"pairs needs features, got {show(input)}", "put `- flatten` before it"
            raise LayerFault("not-flattened", fact, help=help)
        return (self.out_features,)

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight (out, in, in)."""
        ((features,),) = inputs
        return {"weight": (self.out_features, features, features)}

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return one for each weight and one for each of its columns."""
        ((features,),) = inputs
        return self.out_features * features * (features + 1)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Bilinear of the input with itself."""
        ((features,),) = inputs
        arguments = {
            "in1_features": features,
            "in2_features": features,
            "out_features": self.out_features,
            "bias": False,
        }
        return TorchCall("torch.nn.Bilinear", arguments, inputs=(0, 0))
'''
SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - max_pool: 4
  - hard_shrink: 0.25
  - flatten
  - pairs: 10
data: {dataset: Digits}
train: {epochs: 1, batch_size: 500, optimizer: {SGD: {lr: 0.1}}}
"""


def install(
    folder: Path,
    source: str = SHRINK,
    points: str = "hard_shrink = shrinkers:HardShrink\nall = shrinkers:LAYERS",
    *,
    name: str = "shrinkers",
    described: bool = True,
) -> Path:
    """Put a distribution into a folder, as pip does; return the folder for sys.path."""
    site = folder / "site"
    info = site / f"{name}-1.2.dist-info"
    info.mkdir(parents=True)
    if described:
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n"
        (info / "METADATA").write_text(text, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[archspec.layers]\n{points}\n", encoding="utf-8")
    if source is SHRINK:
        source += "\n\nLAYERS = [HardShrink, Pairs]\n"
    (site / f"{name}.py").write_text(source, encoding="utf-8")
    return site


def run(
    site: Path, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `archspec` where the distributions of a folder are installed."""
    return python(site, "-m", "archspec", *arguments, folder=folder)


def python(
    site: Path, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python where the distributions of a folder are installed."""
    path = os.pathsep.join([str(ROOT), str(site)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder or site.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def was_imported(site: Path) -> bool:
    """Say whether the module of the distribution ran."""
    return (site / "was_imported").exists()
