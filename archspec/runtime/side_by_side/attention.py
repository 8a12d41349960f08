"""Multi-head attention of all seeds: projections of each seed's own, and one attention for all."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from archspec.runtime.side_by_side.linear import project


def attend(
    module: Any, seeds: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> tuple[torch.Tensor, None]:
    """Return what torch.nn.MultiheadAttention does without its weights: ([B·S, L, E], None).

    query, key, value: [B·S, L, …], first the batch. module: its tensors are stacked already.
    """
    if module.in_proj_weight is not None:
        weights = module.in_proj_weight.chunk(3, dim=1)
    else:
        weights = (module.q_proj_weight, module.k_proj_weight, module.v_proj_weight)
    biases = (None,) * 3 if module.in_proj_bias is None else module.in_proj_bias.chunk(3, dim=1)
    projected = [
        project(given, weight, bias, seeds)
        for given, weight, bias in zip((query, key, value), weights, biases, strict=True)
    ]
    queries, keys, values = (
        made.view(*made.shape[:2], module.num_heads, -1).transpose(1, 2) for made in projected
    )
    rate = module.dropout if module.training else 0.0
    read = F.scaled_dot_product_attention(queries, keys, values, dropout_p=rate)
    joined = read.transpose(1, 2).flatten(2)
    return project(joined, module.out_proj.weight, module.out_proj.bias, seeds), None
