"""What torch, Keras and habit call our kinds, fields and words, so that a fault can offer ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from archspec.diagnostics.characters import plainly
from archspec.diagnostics.nearest import asked, nearest

KINDS = {
    "convolution": "conv",
    "deconv": "conv_transpose",
    "deconvolution": "conv_transpose",
    "dense": "linear",
    "fc": "linear",
    "fullyconnected": "linear",
    "bn": "batch_norm",
    "batchnormalization": "batch_norm",
    "maxpooling": "max_pool",
    "avgpooling": "avg_pool",
    "averagepooling": "avg_pool",
    "globalavgpool": "gap",
    "globalaveragepooling": "gap",
    "swish": "silu",
    "padding": "zero_pad",
    "zeropadding": "zero_pad",
    "cropping": "crop",
    "upsampling": "upsample",
    "batch": "batch_norm",
    "lrn": "local_response_norm",
    "depthtospace": "pixel_shuffle",
    "subpixel": "pixel_shuffle",
    "spacetodepth": "pixel_unshuffle",
    "chunk": "split",
    "droppath": "stochastic_depth",
    "mha": "multi_head_attention",
    "attention": "multi_head_attention",
    "selfattention": "multi_head_attention",
    "multiheadselfattention": "multi_head_attention",
    "crossattention": "multi_head_attention",
    "mhsa": "multi_head_attention",
    "sdpa": "scaled_dot_product",
    "scaleddotproductattention": "scaled_dot_product",
    "clstoken": "class_token",
    "cls": "class_token",
    "classembedding": "class_token",
    "posembed": "positional_embedding",
    "posembedding": "positional_embedding",
    "posemb": "positional_embedding",
    "positionembedding": "positional_embedding",
    "positionembeddings": "positional_embedding",
    "view": "reshape",
    "unflatten": "reshape",
    "reducemean": "mean",
}
"""Folded names that mean one kind for certain."""

FIELDS = {
    "filters": "out_channels",
    "channels": "out_channels",
    "units": "out_features",
    "features": "out_features",
    "kernel": "kernel_size",
    "poolsize": "kernel_size",
    "epsilon": "eps",
    "ksize": "kernel_size",
    "strides": "stride",
    "pad": "padding",
    "usebias": "bias",
    "prob": "p",
    "probability": "p",
    "rate": "p",
    "groups": "num_groups",
    "name": "id",
    "learningrate": "lr",
    "batch": "batch_size",
    "bs": "batch_size",
    "augmentation": "augment",
    "normalization": "norm",
    "act": "activation",
    "blocksize": "upscale_factor",
    "upscale": "upscale_factor",
    "downscale": "downscale_factor",
    "chunks": "sections",
    "numsplits": "sections",
    "initvalues": "init_value",
    "layerscaleinitvalue": "init_value",
    "droprate": "p",
    "dropprob": "p",
    "stochasticdepthprob": "p",
    "heads": "num_heads",
    "nhead": "num_heads",
    "nheads": "num_heads",
    "attentionheads": "num_heads",
    "dropoutp": "dropout",
    "attndrop": "dropout",
    "attentiondropout": "dropout",
    "keys": "key",
    "values": "value",
    "memory": "key",
    "context": "key",
    "causal": "is_causal",
    "axis": "dim",
    "axes": "dim",
    "perm": "dims",
    "keepdims": "keepdim",
    "targetshape": "shape",
    "initializer": "init",
    "kernelinitializer": "init",
    "weightinit": "init",
}
"""Folded names of fields, for owners that have the field on the right."""

WORDS = {"bn": "batch", "gn": "group", "ln": "layer", "swish": "silu"}
"""Folded names of norms and activations."""

INITS = {
    "henormal": "kaiming_normal_",
    "heuniform": "kaiming_uniform_",
    "glorotnormal": "xavier_normal_",
    "glorotuniform": "xavier_uniform_",
    "truncatednormal": "trunc_normal_",
    "zero": "zeros_",
    "one": "ones_",
}
"""Folded names of functions that fill a tensor."""

QUANTITIES = {
    "parameters": "params",
    "rf": "receptive_field",
    "valaccuracy": "validation_accuracy",
}
"""Folded names of what targets and claims speak of."""

COMPUTED = frozenset(
    {
        *("in_channels", "in_features", "num_features", "num_channels", "normalized_shape"),
        *("embed_dim", "kdim", "vdim", "batch_first"),
    }
)
"""torch's arguments that follow from the layer before."""


LEAST_LIKENESS = 0.64
"""Below it a suggestion is as often odd as it is right."""


class Suggestion(NamedTuple):
    """The known names that an unknown one could mean, best first; alone and certain, or a guess."""

    names: tuple[str, ...]
    is_certain: bool

    @property
    def help(self) -> str | None:
        """Return "did you mean `a` or `b`?", or None without a name."""
        return asked(self.names)

    @property
    def replacement(self) -> str | None:
        """Return the name that is meant for certain."""
        return self.names[0] if self.is_certain else None


@lru_cache(4096)
def fold(name: str) -> str:
    """Return a name without case, separators and torch's number of dimensions: Conv2d is conv.

    A character that cannot be seen, or looks like another, is none of its own.
    """
    plain = plainly(name[:80]).lower().replace("_", "").replace("-", "")
    return re.sub(r"(?<=[a-z])[123]d$", "", plain)


def suggest(
    name: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None
) -> Suggestion:
    """Return what an unknown name could mean among the known ones."""
    known = list(known)
    folded = fold(name)
    exact = next((k for k in known if fold(k) == folded), (synonyms or {}).get(folded))
    if exact in known:
        return Suggestion((exact,), True)
    swapped = [k for k in known if len(k) > 2 and sorted(fold(k)) == sorted(folded)]
    if len(swapped) == 1:  # the same letters in another order
        return Suggestion((swapped[0],), True)
    near = nearest(name, known)
    if not near:
        return Suggestion((), False)
    from difflib import SequenceMatcher  # imported here: only a fault needs it

    slips = [k for k in known if _is_slip(folded, fold(k))]
    if len(slips) == 1:
        return Suggestion((slips[0],), True)
    scores = [SequenceMatcher(None, folded, fold(n)).ratio() for n in near]
    near = tuple(n for n, score in zip(near, scores, strict=True) if score >= LEAST_LIKENESS)
    # Clearly closer than the next: alone, but no slip, and maybe something of its own.
    is_alone = scores[0] >= 0.8 and all(scores[0] - score >= 0.1 for score in scores[1:])
    return Suggestion(near[:1] if is_alone else near, False)


def _is_slip(name: str, known: str) -> bool:
    """Say whether one letter too many, too few or another is all that sets two names apart.

    In short names, in numbers, and as the first, it makes another name: celu and elu, conv8 and
    conv9, rrelu and prelu.
    """
    if min(len(name), len(known)) < 5 or abs(len(name) - len(known)) > 1 or name[0] != known[0]:
        return False
    same = _alike(name, known)
    rest = _alike(name[same:][::-1], known[same:][::-1])
    changed = name[same : len(name) - rest], known[same : len(known) - rest]
    return max(map(len, changed)) == 1 and not any(part.isdigit() for part in changed)


def _alike(one: str, other: str) -> int:
    """Return how many letters two names begin with in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
