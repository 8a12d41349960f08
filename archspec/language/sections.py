"""The sections of a spec beside its layers: data, train, targets and claims, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal, final

from archspec.diagnostics import Span
from archspec.diagnostics.words import plural
from archspec.language.quantities import STATIC
from archspec.layers.fields import (
    Choice,
    FieldFault,
    FieldType,
    Integer,
    ListOf,
    Nested,
    Number,
    Text,
    describe_value,
    field,
    shorten,
)
from archspec.layers.synonyms import Suggestion, suggest
from archspec.values import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A class of torch or torchvision by name, with its arguments: `SGD: {lr: 0.05}`."""

    name: str
    arguments: Mapping[str, Any]


CLASS_KEYS = ("class_path", "type", "name", "_target_", "class")
ARGUMENT_KEYS = ("init_args", "params", "args", "kwargs")
"""How other tools write a class and its arguments."""


@dataclass(frozen=True, slots=True)
class CallField:
    """The type of a field that names a class: `Adam`, or `{Adam: {lr: 0.001}}`."""

    example: str

    def read(self, value: Any) -> Call:
        """Return the call; the class itself is looked up by whoever makes it."""
        if isinstance(value, str) and value.isidentifier():
            return Call(value, {})
        if isinstance(value, Mapping) and len(value) == 1:
            ((name, arguments),) = value.items()
            if not isinstance(name, str) or not name.isidentifier():
                fact = f"expected a class name, got {describe_value(name)}"
                raise FieldFault(fact, help=f"write `{self.example}`")
            if arguments is None:
                return Call(name, {})
            if not isinstance(arguments, Mapping):
                raise FieldFault(
                    f"expected the arguments of {name}, got {describe_value(arguments)}",
                    path=(name,),
                    help=f"write `{self.example}`",
                )
            return Call(name, dict(arguments))
        help = f"write `{self.example}`"
        if isinstance(value, Mapping) and len(value) > 1:
            first, second, *_ = map(str, value)
            help = f"keep one of `{shorten(first)}` and `{shorten(second)}`"
            named = next((value[key] for key in CLASS_KEYS if key in value), None)
            if isinstance(named, str) and named:
                name = named.rpartition(".")[2]
                inner = next((value[key] for key in ARGUMENT_KEYS if key in value), None)
                rest = inner if isinstance(inner, Mapping) else value
                listed = ", ".join(
                    f"{k}: {v}" for k, v in rest.items() if k not in CLASS_KEYS + ARGUMENT_KEYS
                )
                help = f"write `{name}: {{{listed}}}`"
            elif value[next(iter(value))] is None:
                help = f"indent `{shorten(second)}` deeper than `{shorten(first)}`"
        raise FieldFault(
            f"expected one class name with its arguments, got {_counted(value)}", help=help
        )

    def schema(self) -> dict[str, Any]:
        """Return a name, or a mapping with that one key."""
        name = "^[A-Za-z_][A-Za-z0-9_]*$"
        arguments = {"type": ["object", "null"]}
        one = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "patternProperties": {name: arguments},
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "string", "pattern": name}, one]}


@dataclass(frozen=True, slots=True)
class Validation:
    """What is held out of training: `test` (declared), a count, a share below 1, or 0."""

    def read(self, value: Any) -> str | int | float:
        """Return `test`, a whole number or a share."""
        if value == "test" and isinstance(value, str):
            return "test"
        if isinstance(value, float) and 0 < value < 1:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        near = suggest(value, ("test",)) if isinstance(value, str) else Suggestion((), False)
        help = near.help or "write `5000` to hold 5,000 training images out, `0.1` for a tenth"
        raise FieldFault(
            f"expected a count, a share between 0 and 1, or `test`, got {describe_value(value)}",
            help=help,
            replacement=near.replacement,
        )

    def schema(self) -> dict[str, Any]:
        """Return the union of the three."""
        share = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
        return {"anyOf": [{"enum": ["test"]}, {"type": "integer", "minimum": 0}, share]}


@dataclass(frozen=True, slots=True)
class Normalize:
    """Mean and standard deviation of each channel, for values from 0 to 1."""

    mean: tuple[float, ...] = field(
        ListOf(Number(), 1), "mean of each channel, for values in 0 to 1"
    )
    std: tuple[float, ...] = field(
        ListOf(Number(above=0), 1), "standard deviation of each channel, for values in 0 to 1"
    )


@final
@dataclass(frozen=True, slots=True)
class Data:
    """Where the images come from, and what happens to them before the network sees them."""

    dataset: str = field(
        Text(), "a torchvision.datasets name, ImageFolder, or Digits (built in, generated)"
    )
    validation: str | int | float = field(
        Validation(), "a count or share held out of training, or `test`: declared and labelled", 0
    )
    prepare: tuple[Call, ...] = field(
        ListOf(CallField("Resize: {size: [32, 32]}")),
        "torchvision.transforms.v2 classes applied once to every image, such as Resize or Pad",
        (),
    )
    augment: tuple[Call, ...] = field(
        ListOf(CallField("RandomRotation: {degrees: 15}")),
        "torchvision.transforms.v2 classes drawn anew for each training image",
        (),
    )
    normalize: Normalize | None = field(
        Nested(Normalize),
        "mean and std of each channel, for values in 0 to 1",
        None,
    )


NO_DECAY = ("norms", "biases")
"""What may be kept from weight decay: all tensors of norms, and the biases of all layers."""


@final
@dataclass(frozen=True, slots=True)
class Train:
    """How the network is trained."""

    epochs: int = field(Integer(1, 1_000_000), "passes over the training images")
    batch_size: int = field(Integer(1, 10_000_000), "images in one step")
    optimizer: Call = field(
        CallField("SGD: {lr: 0.05, momentum: 0.9}"), "a torch.optim class and its arguments"
    )
    scheduler: Call | None = field(
        CallField("StepLR: {step_size: 5}"),
        "a torch.optim.lr_scheduler class and its arguments",
        None,
    )
    loss: Call = field(
        CallField("CrossEntropyLoss: {label_smoothing: 0.1}"),
        "a torch.nn loss class and its arguments",
        Call("CrossEntropyLoss", {}),
    )
    ema: float | None = field(
        Number(above=0, below=1),
        "decay of a moving average of weights and norm statistics, which is what is measured",
        None,
    )
    warmup_epochs: float = field(
        Number(at_least=0),
        "epochs in which the learning rate rises to the schedule's; may be a fraction",
        0.0,
    )
    clip_grad_norm: float | None = field(
        Number(above=0), "largest norm of all gradients together; longer ones are scaled down", None
    )
    clip_grad_value: float | None = field(
        Number(above=0), "largest absolute value of a gradient's element", None
    )
    no_weight_decay: tuple[str, ...] = field(
        ListOf(Choice(NO_DECAY)), "parameters that the optimizer's weight_decay leaves alone", ()
    )
    task: str = field(
        Text(), "what is learned; the trainer knows `classification`", "classification"
    )


Bound = Literal["below", "above", "at_least", "at_most", "equals", "between"]
BOUNDS: tuple[Bound, ...] = ("below", "above", "at_least", "at_most", "equals", "between")
_IN_WORDS = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}


@final
@dataclass(frozen=True, slots=True)
class SeedDemand:
    """How many seeds a measured target asks for, and the share of them that must meet it."""

    at_least: int = field(Integer(), "seeds that must have been trained", 1)
    share: float = field(
        Number(above=0, at_most=1), "share of the seeds that must meet the target", 1.0
    )

    @property
    def exact_share(self) -> Fraction:
        """The share as it is written in decimal: 0.9 is 9/10."""
        return Fraction(repr(self.share))

    @property
    def expected(self) -> str:
        """Return the demand in words, "" for the default: `for 90 % of at least 5 seeds`."""
        if self == SeedDemand():
            return ""
        part = "each" if self.share == 1 else f"{float(100 * self.exact_share):g} %"
        if self.at_least == 1:
            return f"for {part} of the seeds"
        return f"for {part} of at least {self.at_least} seeds"


@dataclass(frozen=True, slots=True)
class Target:
    """One demand: a quantity and its bounds, all of which must hold.

    bounds: word → one exact number (two for `between`, both included).
    epochs, consecutive, within: for measured quantities, in how many epochs it must be met, whether
    in a row, and within how many epochs from the start; None where the spec does not say.
    seeds: for measured quantities, how many runs of different seeds judge it.
    """

    name: str
    bounds: Mapping[Bound, tuple[Fraction, ...]]
    span: Span
    epochs: int | None = None
    consecutive: bool = False
    within: int | None = None
    seeds: SeedDemand = SeedDemand()

    @property
    def expected(self) -> str:
        """Return the demand in words: `at least 99.4 in 2 consecutive epochs within 15`."""
        return f"{self.expected_of_run} {self.seeds.expected}".rstrip()

    @property
    def expected_of_run(self) -> str:
        """Return in words what one run has to meet."""
        words = " and ".join(
            f"{_IN_WORDS.get(word, word)} {' and '.join(_plain(v) for v in values)}"
            for word, values in self.bounds.items()
        )
        if self.epochs is not None:
            run = "consecutive " if self.consecutive else ""
            words += f" in {self.epochs} {run}{plural(self.epochs, 'epoch')}"
        if self.within is not None:
            words += f" within {self.within}"
            words += " epochs" if self.epochs is None else ""
        return words


@dataclass(frozen=True, slots=True)
class TableClaim:
    """A published markdown table: its file, found from the file that claims it, and heading."""

    path: Path
    heading: str | None
    expected: str
    """As it is written: `page.md#heading`."""
    span: Span
    name: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class Claim:
    """A published figure."""

    name: str
    value: Fraction
    span: Span

    @property
    def expected(self) -> str:
        """Return the figure as people read it: `7,720`, and `99.40 %` for an accuracy."""
        return _plain(self.value) if self.name in STATIC else f"{float(self.value):.2f} %"


@dataclass(frozen=True, slots=True)
class Claims:
    """What someone published of this network."""

    figures: tuple[Claim, ...] = ()
    table: TableClaim | None = None


def _counted(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) > 1:
        return f"a mapping with {len(value)} keys"
    return describe_value(value)


def _plain(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):g}"


__all__ = [
    "BOUNDS",
    "Bound",
    "Call",
    "CallField",
    "Claim",
    "Claims",
    "Data",
    "FieldType",
    "Normalize",
    "SeedDemand",
    "TableClaim",
    "Target",
    "Train",
    "Validation",
]
