"""`archspec init`: a commented spec to start from, with its schema beside it."""

from __future__ import annotations

import os
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

    A file that is there already is left alone, the schema too.

    Example: archspec init specs/mine.yaml
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.schema import schema_text
    from archspec.commands.telling import tell
    from archspec.record.atomic import make_folder, write_atomically

    schema_path = path.parent / SCHEMA_NAME
    with exit_on_fault():
        make_folder(path.parent)
        write_atomically(path, TEMPLATE.encode(), is_new=True)
        has_schema = os.path.lexists(schema_path)
        if not has_schema:
            write_atomically(schema_path, schema_text().encode(), is_new=True)
    wrote = f"{path}; {schema_path} was there" if has_schema else f"{path} and {schema_path}"
    tell(f"wrote {wrote}\nnext: archspec check {path}\n")
