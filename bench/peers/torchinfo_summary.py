"""Prints torchinfo's summary of step 3, with the columns that come nearest to `archspec check`."""

from __future__ import annotations

import torchinfo

from bench.peers.step3_network import INPUT_SHAPE, build

print(
    torchinfo.summary(
        build(),
        input_size=(1, *INPUT_SHAPE),
        col_names=("input_size", "output_size", "kernel_size", "num_params", "mult_adds"),
        verbose=0,
    )
)
