"""The arguments of torch's and torchvision's classes: name → type and range.

Ranges are those of the classes, and narrower where a value that a class takes would end a training
later: in its last step, by a division by nothing, or beyond what float32 can hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.language.takes.types import (
    Argument,
    Interval,
    Lengths,
    Listed,
    Maybe,
    Odd,
    OneOr,
    Only,
    OrWord,
)
from archspec.layers.fields import LARGEST, Boolean, Choice, Integer, ListOf, Number

LARGE, TINY = 1e18, 1e-18
"""Beyond these, products and quotients of two arguments leave float32, which no weight survives."""

ANY = Number(at_least=-LARGE, at_most=LARGE)
POSITIVE = Number(at_least=TINY, at_most=LARGE)
RATE = Number(at_least=0, at_most=LARGE)
SHARE = Number(at_least=0, at_most=1)
BETA = Number(at_least=0, below=1)
EACH_RATE = OneOr(RATE, ListOf(RATE, 1))
EACH_BETA = OneOr(BETA, ListOf(BETA, 1))
SWITCH = Boolean()

Arguments = Mapping[str, Argument]

_OPTIMIZERS: Arguments = {
    "lr": RATE,
    "weight_decay": RATE,
    "momentum": RATE,
    "dampening": ANY,
    "eps": RATE,
    "betas": Listed((BETA, BETA)),
    "alpha": SHARE,
    "rho": SHARE,
    "lambd": RATE,
    "t0": RATE,
    "beta2_decay": Number(at_least=-LARGE, at_most=0),
    "d": Number(at_least=1, at_most=LARGE),
    "lr_decay": RATE,
    "initial_accumulator_value": RATE,
    "momentum_decay": RATE,
    "etas": Listed((Number(above=0, below=1), Number(above=1, at_most=LARGE))),
    "step_sizes": Interval(RATE),
    "ns_coefficients": Listed((ANY, ANY, ANY)),
    "ns_steps": Integer(0, 99),
    "adjust_lr_fn": Maybe(Choice(("original", "match_rms_adamw", "spectral_unclamped"))),
    **dict.fromkeys(("amsgrad", "centered", "nesterov", "maximize"), SWITCH),
    "decoupled_weight_decay": SWITCH,
    "foreach": Maybe(SWITCH),
    "fused": Maybe(SWITCH),
}
_SCHEDULES: Arguments = {
    "step_size": Integer(),
    "gamma": RATE,
    "milestones": ListOf(Integer(0)),
    "factor": Number(at_least=TINY, at_most=1),
    "start_factor": Number(at_least=TINY, at_most=1),
    "end_factor": SHARE,
    "total_iters": Integer(0),
    "power": RATE,
    "T_max": Integer(),
    "T_0": Integer(),
    "T_mult": Integer(),
    "eta_min": RATE,
    "base_lr": EACH_RATE,
    "max_lr": EACH_RATE,
    "step_size_up": Integer(),
    "step_size_down": Maybe(Integer()),
    "scale_mode": Choice(("cycle", "iterations")),
    "cycle_momentum": SWITCH,
    "base_momentum": EACH_BETA,
    "max_momentum": EACH_BETA,
    "total_steps": Maybe(Integer()),
    "epochs": Maybe(Integer()),
    "steps_per_epoch": Maybe(Integer()),
    "pct_start": Number(at_least=0, below=1),
    "anneal_strategy": Choice(("cos", "linear")),
    "div_factor": Number(at_least=1e-6, at_most=LARGE),
    "final_div_factor": Number(at_least=1e-6, at_most=LARGE),
    "three_phase": SWITCH,
    "patience": Integer(0),
    "threshold": RATE,
    "threshold_mode": Choice(("rel", "abs")),
    "cooldown": Integer(0),
    "min_lr": EACH_RATE,
    "eps": RATE,
    "verbose": SWITCH,
}
_LOSSES: Arguments = {
    "weight": ListOf(RATE, 1),
    "ignore_index": Integer(-LARGEST, LARGEST),
    "label_smoothing": SHARE,
    "p": Integer(1, 2),
    "margin": ANY,
}

_SIDE = Integer(1, 16_384)
_SIZE = OneOr(_SIDE, Lengths(_SIDE, (1, 2)))
_SAMPLED = Choice(("nearest", "bilinear"))
_RESIZED = Choice(("nearest", "nearest-exact", "bilinear", "bicubic"))
_FILL = Maybe(OneOr(SHARE, ListOf(SHARE, 1)))
_BORDER = Choice(("constant", "edge", "reflect", "symmetric"))
_AROUND = OneOr(Integer(0, 16_384), Lengths(Integer(0, 16_384), (1, 2, 4)))
_ANGLE = OneOr(RATE, Interval(ANY))
_FACTOR = OneOr(RATE, Interval(RATE))
_HUE = Number(at_least=-0.5, at_most=0.5)
_BLUR = Number(at_least=1e-3, at_most=1e6)
_BETA_SHAPE = Number(at_least=1e-3, at_most=1e6)

_TRANSFORMS: Arguments = {
    "p": SHARE,
    "size": _SIZE,
    "fill": _FILL,
    "interpolation": _SAMPLED,
    "padding": _AROUND,
    "padding_mode": _BORDER,
    "degrees": _ANGLE,
    "center": Maybe(Listed((ANY, ANY))),
    "brightness": Maybe(_FACTOR),
    "contrast": Maybe(_FACTOR),
    "saturation": Maybe(_FACTOR),
    "hue": Maybe(OneOr(Number(at_least=0, at_most=0.5), Interval(_HUE))),
    "antialias": Maybe(SWITCH),
    "num_magnitude_bins": Integer(2, 10_000),
}
_BY_CLASS: Mapping[str, Arguments] = {
    "Adafactor": {"eps": Listed((Maybe(RATE), RATE))},
    "CyclicLR": {
        "mode": Choice(("triangular", "triangular2", "exp_range")),
        "gamma": SHARE,
    },
    "ReduceLROnPlateau": {
        "mode": Only("min", "and the loss that it watches should fall"),
        "factor": Number(at_least=0, below=1),
    },
    "AugMix": {
        "severity": Integer(1, 10),
        "mixture_width": Integer(1, 100),
        "chain_depth": Integer(-1, 100),
        "alpha": _BETA_SHAPE,
        "all_ops": SWITCH,
    },
    "AutoAugment": {"policy": Choice(("imagenet", "cifar10", "svhn"))},
    "RandAugment": {"num_ops": Integer(0, 100), "magnitude": Integer(0, 9_999)},
    "ElasticTransform": {
        "alpha": OneOr(ANY, Lengths(ANY, (1, 2))),
        "sigma": OneOr(RATE, Lengths(RATE, (1, 2))),
    },
    "GaussianBlur": {
        "kernel_size": OneOr(Odd(_SIDE), Lengths(Odd(_SIDE), (2,))),
        "sigma": OneOr(_BLUR, Interval(_BLUR)),
    },
    "GaussianNoise": {"mean": ANY, "sigma": RATE, "clip": SWITCH},
    "Grayscale": {"num_output_channels": Odd(Integer(1, 3))},
    "Pad": {"fill": OneOr(Number(at_least=0, at_most=255), ListOf(RATE, 1))},
    "RandomAdjustSharpness": {"sharpness_factor": RATE},
    "RandomAffine": {
        "translate": Maybe(Listed((SHARE, SHARE))),
        "scale": Maybe(Interval(POSITIVE)),
        "shear": Maybe(OneOr(RATE, Lengths(ANY, (2, 4)))),
    },
    "RandomCrop": {"padding": Maybe(_AROUND), "pad_if_needed": SWITCH},
    "RandomErasing": {
        "scale": Interval(SHARE),
        "ratio": Interval(POSITIVE),
        "value": OneOr(OrWord("random", SHARE), ListOf(SHARE, 1)),
        "inplace": SWITCH,
    },
    "RandomPerspective": {"distortion_scale": SHARE},
    "RandomPhotometricDistort": {
        "brightness": Interval(RATE),
        "contrast": Interval(RATE),
        "saturation": Interval(RATE),
        "hue": Interval(_HUE),
    },
    "RandomPosterize": {"bits": Integer(0, 8)},
    "RandomResizedCrop": {
        "scale": Interval(Number(above=0, at_most=1)),
        "ratio": Interval(Number(at_least=1e-3, at_most=1e3)),
        "interpolation": _RESIZED,
    },
    "RandomRotation": {"expand": Only(False, "and an augmentation keeps the size")},
    "RandomSolarize": {"threshold": SHARE},
    "Resize": {"interpolation": _RESIZED, "max_size": Maybe(_SIDE)},
    "CutMix": {"alpha": _BETA_SHAPE},
    "MixUp": {"alpha": _BETA_SHAPE},
}
_BY_ROLE: Mapping[str, Arguments] = {
    "optimizer": _OPTIMIZERS,
    "scheduler": _SCHEDULES,
    "loss": _LOSSES,
    "transform": _TRANSFORMS,
}


def type_of(role: str, name: str, argument: str) -> Argument | None:
    """Return the type of an argument of a class; None where only torch knows it."""
    own = _BY_CLASS.get(name, {}).get(argument)
    return own or _BY_ROLE.get(role, {}).get(argument)
