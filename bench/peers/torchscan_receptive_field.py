"""Prints torchscan's table of step 3 with the receptive field."""

from __future__ import annotations

import torchscan

from bench.peers.step3_network import INPUT_SHAPE, build

torchscan.summary(build().eval(), INPUT_SHAPE, receptive_field=True)
