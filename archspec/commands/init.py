"""`archspec init`: a commented spec to start from, with its schema beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SCHEMA_NAME = "archspec.schema.json"
TEMPLATE = f"""\
# yaml-language-server: $schema={SCHEMA_NAME}
archspec: 1                     # format version of this file
title: My network
input: [1, 28, 28]              # channels, height, width

defaults:                       # fields of every conv below; an entry's own fields win
  conv: {{kernel_size: 3, bias: false, norm: batch, activation: relu}}

layers:                         # from input to output; `archspec schema` knows every kind
  - conv: 8                     # a lone number is the kind's main field: out_channels
  - conv: 8
  - max_pool: 2                 # kernel_size, and the stride with it
  - conv: 16
  - conv: {{out_channels: 16, dropout: 0.05}}
  - max_pool: 2
  - conv: 16
  - conv: {{out_channels: 10, kernel_size: 1, norm: none, activation: none}}
  - gap                         # global average pooling: one value for each channel
  - flatten                     # (10, 1, 1) to 10 scores, one for each class

data:
  dataset: Digits               # built in; or a torchvision.datasets name such as MNIST
  validation: 1000              # images held out of training; they pick the best epoch
  # augment: [{{RandomRotation: {{degrees: 10}}}}]    # torchvision.transforms.v2, for each image
  # normalize: {{mean: [0.1307], std: [0.3081]}}       # for each channel, of values from 0 to 1

train:
  epochs: 5
  batch_size: 64
  optimizer: {{SGD: {{lr: 0.1, momentum: 0.9}}}}        # torch.optim
  scheduler: {{OneCycleLR: {{max_lr: 0.2}}}}            # torch.optim.lr_scheduler

targets:                        # what you demand: below, above, at_least, at_most, equals, between
  params: {{below: 8000}}
  test_accuracy: {{at_least: 98}}                     # percent, judged after training

# claims:                       # what you publish; `archspec check` compares it
#   params: 5000
#   table: README.md#my-network
"""


def init(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The file to write.", show_default=True)
    ] = Path("network.yaml"),
) -> None:
    """Write a commented spec to start from, with its JSON Schema beside it.

    A file that is there already is left alone.

    Example: archspec init specs/mine.yaml
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.schema import schema_text
    from archspec.diagnostics import Diagnostic, EnvironmentFault, UsageError

    with exit_on_fault():
        if path.exists():
            help = "choose another name, or remove it first"
            raise UsageError([Diagnostic("file-exists", f"{path} is there already", None, help)])
        schema_path = path.parent / SCHEMA_NAME
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(TEMPLATE)
            schema_path.write_text(schema_text(), encoding="utf-8", newline="\n")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            fact = f"cannot write {error.filename or path}: {reason}"
            help = "choose a folder that you may write to"
            raise EnvironmentFault([Diagnostic("unwritable", fact, None, help)]) from None
    typer.echo(f"wrote {path} and {schema_path}\nnext: archspec check {path}")
