"""Optimizers, schedules and losses by torch's names, refused with a place when they do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from archspec.diagnostics import Diagnostic, Source, Span, SpecError
from archspec.language import Call, Train
from archspec.language.takes.classes import UNSUITABLE
from archspec.record import SplitName
from archspec.runtime.recipe.loss import LOSSES, make_loss
from archspec.runtime.recipe.optimizer import OPTIMIZERS, parameter_groups
from archspec.runtime.recipe.recipe import Recipe, make_recipe, rehearse
from archspec.runtime.recipe.schedule import SCHEDULERS
from archspec.runtime.train.plan import rehearse as rehearse_all
from tests.support.ladder import STEP3, analysis_of
from tests.support.records import DATA, TRAIN

SGD = Call("SGD", {"lr": 0.1, "momentum": 0.9})
NEEDED: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 2},
    "MultiStepLR": {"milestones": [1, 3]},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"T_max": 4},
    "CosineAnnealingWarmRestarts": {"T_0": 2},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1},
    "OneCycleLR": {"max_lr": 0.1},
}
"""The arguments without a default."""


def place(*path: str | int) -> Span:
    """Return a span whose source is named by the path: what was asked for can be read off it."""
    return Span(Source(".".join(map(str, path)), ""), 1, 1, 1, 2)


def train(
    optimizer: Call = SGD,
    scheduler: Call | None = None,
    loss: Call = Call("CrossEntropyLoss", {}),  # noqa: B008  frozen
    epochs: int = 4,
) -> Train:
    return Train(epochs=epochs, batch_size=8, optimizer=optimizer, scheduler=scheduler, loss=loss)


def recipe(section: Train, monitored: SplitName = "validation", steps: int = 10) -> Recipe:
    return make_recipe(
        section,
        nn.Linear(2, 2, bias=False),
        monitored=monitored,
        classes=3,
        steps_per_epoch=steps,
        place=place,
    )


def refusal(section: Train, monitored: SplitName = "validation") -> tuple[Diagnostic, ...]:
    """Return the faults that the rehearsal finds, or else the making."""

    def prepare() -> None:
        rehearse(section, monitored=monitored, classes=3, place=place)
        recipe(section, monitored)

    with pytest.raises(SpecError) as caught:
        prepare()
    return caught.value.diagnostics


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - UNSUITABLE["optimizer"].keys()))
def test_every_optimizer_of_torch_is_made_with_its_arguments(name: str) -> None:
    section = train(Call(name, {"lr": 0.02}))
    rehearse(section, monitored="train", classes=3, place=place)
    made = recipe(section).optimizer
    assert type(made) is getattr(torch.optim, name)
    assert made.param_groups[0]["lr"] == 0.02


@pytest.mark.parametrize("name", sorted(SCHEDULERS.keys() - UNSUITABLE["scheduler"].keys()))
def test_every_schedule_of_torch_that_needs_no_function_is_made(name: str) -> None:
    section = train(scheduler=Call(name, NEEDED.get(name, {})))
    rehearse(section, monitored="test", classes=3, place=place)
    schedule = recipe(section).schedule
    assert schedule is not None
    assert type(schedule.scheduler) is getattr(torch.optim.lr_scheduler, name)
    paces = {"OneCycleLR": "batch", "CyclicLR": "batch", "ReduceLROnPlateau": "loss"}
    assert schedule.pace == paces.get(name, "epoch")


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"])
def test_losses_of_classes_are_made(name: str) -> None:
    assert type(recipe(train(loss=Call(name, {}))).loss) is getattr(nn, name)


def test_lists_become_the_tuples_and_tensors_that_torch_wants() -> None:
    made = recipe(
        train(
            Call("Adam", {"betas": [0.8, 0.99]}),
            loss=Call("CrossEntropyLoss", {"weight": [1, 2, 3.5]}),
        )
    )
    assert made.optimizer.param_groups[0]["betas"] == (0.8, 0.99)
    assert made.loss.state_dict()["weight"].tolist() == [1, 2, 3.5]


def test_the_steps_of_one_cycle_are_filled_in() -> None:
    schedule = recipe(train(scheduler=Call("OneCycleLR", {"max_lr": 0.1})), steps=25).schedule
    assert schedule is not None
    assert schedule.scheduler.total_steps == 4 * 25


@pytest.mark.parametrize("arguments", [{"total_steps": 50}, {"epochs": 5, "steps_per_epoch": 10}])
def test_given_steps_of_one_cycle_stay(arguments: dict[str, int]) -> None:
    schedule = recipe(train(scheduler=Call("OneCycleLR", {"max_lr": 0.1, **arguments}))).schedule
    assert schedule is not None
    assert schedule.scheduler.total_steps == 50


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_short_training_is_no_fault_of_one_cycle(epochs: int) -> None:
    section = train(scheduler=Call("OneCycleLR", {"max_lr": 0.1}), epochs=epochs)
    rehearse(section, monitored="train", classes=3, place=place)


@pytest.mark.parametrize(
    ("section", "code", "where", "message", "help"),
    [
        (
            train(Call("SDG", {})),
            "unknown-optimizer",
            "train.optimizer.SDG",
            "has no optimizer called `SDG`",
            "`SGD`",
        ),
        (
            train(Call("adam", {})),
            "unknown-optimizer",
            "train.optimizer.adam",
            "adam",
            "`Adam`",
        ),
        (
            train(scheduler=Call("StepLr", {})),
            "unknown-scheduler",
            "train.scheduler.StepLr",
            "StepLr",
            "`StepLR`",
        ),
        (
            train(loss=Call("CrossEntropy", {})),
            "unknown-loss",
            "train.loss.CrossEntropy",
            "CrossEntropy",
            "`CrossEntropyLoss`",
        ),
        (
            train(loss=Call("MSELoss", {})),
            "unsuitable-loss",
            "train.loss.MSELoss",
            "scores of classes",
            "CrossEntropyLoss",
        ),
        (
            train(Call("LBFGS", {})),
            "unsuitable-optimizer",
            "train.optimizer.LBFGS",
            "several times a step",
            "SGD",
        ),
        (
            train(Call("SGD", {"learning_rate": 0.1})),
            "bad-argument",
            "train.optimizer.SGD.learning_rate",
            "SGD takes no `learning_rate`",
            "`lr`",
        ),
        (
            train(Call("SGD", {"lr": 0.1, "momentun": 0.9})),
            "bad-argument",
            "train.optimizer.SGD.momentun",
            "takes no `momentun`",
            "`momentum`",
        ),
        (
            train(Call("SGD", {"params": []})),
            "bad-argument",
            "train.optimizer.SGD.params",
            "takes no `params`",
            "leave it out",
        ),
        (
            train(Call("SGD", {"lr": "fast"})),
            "wrong-type",
            "train.optimizer.SGD.lr",
            "`lr` of SGD: expected a number, got the text 'fast'",
            "",
        ),
        (
            train(Call("SGD", {"lr": 0.1, "momentum": True})),
            "wrong-type",
            "train.optimizer.SGD.momentum",
            "expected a number",
            "",
        ),
        (
            train(Call("SGD", {"lr": float("inf")})),
            "out-of-range",
            "train.optimizer.SGD.lr",
            "expected a finite number",
            "from 0 to",
        ),
        (
            train(Call("Adam", {"betas": [0.9]})),
            "wrong-length",
            "train.optimizer.Adam.betas",
            "expected a list of 2 values",
            "2 values",
        ),
        (
            train(Call("SGD", {"lr": -1})),
            "out-of-range",
            "train.optimizer.SGD.lr",
            "expected at least 0, got -1",
            "from 0",
        ),
        (
            train(Call("SGD", {"lr": 0.1, "nesterov": True})),
            "bad-argument",
            "train.optimizer.SGD.nesterov",
            "`nesterov` needs a momentum",
            "momentum: 0.9",
        ),
        (
            train(scheduler=Call("StepLR", {})),
            "missing-argument",
            "train.scheduler.StepLR",
            "needs `step_size`",
            "step_size",
        ),
        (
            train(scheduler=Call("StepLR", {"step_size": 0})),
            "out-of-range",
            "train.scheduler.StepLR.step_size",
            "expected at least 1, got 0",
            "1 or more",
        ),
        (
            train(scheduler=Call("StepLR", {"step_size": 1.5})),
            "wrong-type",
            "train.scheduler.StepLR.step_size",
            "expected a whole number",
            "",
        ),
        (
            train(scheduler=Call("LambdaLR", {"lr_lambda": "x"})),
            "unsuitable-scheduler",
            "train.scheduler.LambdaLR",
            "needs a function",
            "StepLR",
        ),
        (
            train(scheduler=Call("SequentialLR", {})),
            "unsuitable-scheduler",
            "train.scheduler.SequentialLR",
            "made of other schedules",
            "StepLR",
        ),
        (
            train(scheduler=Call("CyclicLR", {**NEEDED["CyclicLR"], "scale_fn": "x"})),
            "bad-argument",
            "train.scheduler.CyclicLR.scale_fn",
            "takes no `scale_fn`",
            "leave it out",
        ),
        (
            train(Call("Adam", {}), scheduler=Call("ReduceLROnPlateau", {"mode": "max"})),
            "bad-argument",
            "train.scheduler.ReduceLROnPlateau.mode",
            "the loss that it watches should fall",
            "leave it out",
        ),
        (
            train(scheduler=Call("OneCycleLR", {"max_lr": 0.1, "total_steps": 39})),
            "bad-argument",
            "train.scheduler.OneCycleLR.total_steps",
            "ends after 39 steps, and the training takes 40",
            "leave the number of steps out",
        ),
        (
            train(loss=Call("CrossEntropyLoss", {"label_smoothing": 2})),
            "out-of-range",
            "train.loss.CrossEntropyLoss.label_smoothing",
            "expected at most 1, got 2",
            "from 0 to 1",
        ),
        (
            train(loss=Call("CrossEntropyLoss", {"weight": [1, 2]})),
            "wrong-length",
            "train.loss.CrossEntropyLoss.weight",
            "has 2 values, and there are 3 classes",
            "one weight for each class",
        ),
        (
            train(loss=Call("CrossEntropyLoss", {"reduction": "sum"})),
            "bad-argument",
            "train.loss.CrossEntropyLoss.reduction",
            "takes no `reduction` here",
            "leave it out",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_what_does_not_fit_is_refused_at_its_place(
    section: Train, code: str, where: str, message: str, help: str
) -> None:
    (diagnostic,) = refusal(section)
    assert diagnostic.code == code
    assert diagnostic.span is not None
    assert diagnostic.span.source.name == where
    assert message in diagnostic.message
    assert help in (diagnostic.help or "")


def test_a_schedule_that_watches_the_loss_needs_a_held_out_split() -> None:
    section = train(scheduler=Call("ReduceLROnPlateau", {}))
    (diagnostic,) = refusal(section, monitored="train")
    assert diagnostic.code == "needs-validation"
    assert "data.validation" in (diagnostic.help or "")


def test_the_faults_of_all_three_come_in_one_pass() -> None:
    section = train(Call("SDG", {}), Call("StepLR", {"step_siz": 1}), Call("MSELos", {}))
    codes = [diagnostic.code for diagnostic in refusal(section)]
    assert codes == ["unknown-optimizer", "bad-argument", "unknown-loss"]


def test_two_bad_arguments_of_one_class_come_in_one_pass() -> None:
    assert len(refusal(train(Call("SGD", {"lr": "x", "momentum": "y"})))) == 2


def test_every_loss_of_torch_is_known_by_name() -> None:
    assert {"CrossEntropyLoss", "MSELoss", "CTCLoss"} <= LOSSES.keys()


class Net(nn.Module):
    """A weight of each sort."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)
        self.tokens = nn.LayerNorm(4)
        self.attention = nn.MultiheadAttention(4, 2)


@pytest.mark.parametrize(
    ("kept", "names"),
    [
        ((), set()),
        (("norms",), {"norm.weight", "norm.bias", "tokens.weight", "tokens.bias"}),
        (("biases",), {"conv.bias", "attention.in_proj_bias", "attention.out_proj.bias"}),
    ],
)
def test_what_is_kept_from_weight_decay(kept: tuple[str, ...], names: set[str]) -> None:
    net = Net()
    decayed, *others = parameter_groups(net, kept)
    found = {
        name
        for name, parameter in net.named_parameters()
        if any(parameter is one for group in others for one in group["params"])
    }
    assert found == names
    assert all(group["weight_decay"] == 0 for group in others)
    assert len(decayed["params"]) + len(found) == len(list(net.parameters()))


def test_weight_decay_moves_what_it_may() -> None:
    net = Net()
    call = Call("SGD", {"lr": 0.5, "weight_decay": 1.0})
    section = replace(train(call), no_weight_decay=("norms", "biases"))
    made = make_recipe(section, net, monitored="train", classes=3, steps_per_epoch=10, place=place)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    made.update(1)
    for name, parameter in net.named_parameters():
        is_kept = name.endswith("bias") or name.startswith(("norm", "tokens"))
        expected = before[name] if is_kept else 0.5 * before[name]
        torch.testing.assert_close(parameter.detach(), expected)


def test_an_optimizer_without_weight_decay_is_told() -> None:
    kept = "optimizer: Rprop, no_weight_decay: [norms]}"
    text = STEP3 + DATA + TRAIN.replace("optimizer: {SGD: {lr: 0.05}}}", kept)
    with pytest.raises(SpecError) as caught:
        rehearse_all(analysis_of(text))
    (fault,) = caught.value.diagnostics
    assert fault.code == "bad-argument"
    assert fault.span is not None
    assert "norms" in fault.span.source.line(fault.span.line)[fault.span.column :]


def one_step(section: Train, step: int = 1, steps: int = 10) -> tuple[float, torch.Tensor]:
    """Return the learning rate of a step of SGD along gradients of 3 and 4, and the movement."""
    net = nn.Linear(2, 1, bias=False)
    made = make_recipe(
        section, net, monitored="validation", classes=3, steps_per_epoch=steps, place=place
    )
    before = net.weight.detach().clone()
    net.weight.grad = torch.tensor([[3.0, 4.0]])
    rate = made.update(step)
    assert made.optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    return rate, before - net.weight.detach()


PLAIN = Call("SGD", {"lr": 0.1})


def test_gradients_are_clipped_by_norm_and_by_value() -> None:
    plain = one_step(train(PLAIN))[1]
    torch.testing.assert_close(plain, torch.tensor([[0.3, 0.4]]))
    by_norm = one_step(replace(train(PLAIN), clip_grad_norm=1.0))[1]
    torch.testing.assert_close(by_norm, torch.tensor([[0.06, 0.08]]))
    wide = one_step(replace(train(PLAIN), clip_grad_norm=6.0))[1]
    torch.testing.assert_close(wide, plain)
    by_value = one_step(replace(train(PLAIN), clip_grad_value=3.5))[1]
    torch.testing.assert_close(by_value, torch.tensor([[0.3, 0.35]]))


@pytest.mark.parametrize(("step", "share"), [(1, 0.05), (10, 0.5), (19, 0.95), (20, 1), (30, 1)])
def test_the_learning_rate_warms_up(step: int, share: float) -> None:
    rate, moved = one_step(replace(train(PLAIN), warmup_epochs=2.0), step)
    assert rate == pytest.approx(0.1 * share)
    torch.testing.assert_close(moved, torch.tensor([[0.3, 0.4]]) * share)


def test_a_schedule_runs_on_under_the_warm_up() -> None:
    section = replace(train(PLAIN, Call("OneCycleLR", {"max_lr": 0.1})), warmup_epochs=1.0)
    warmed, plain = recipe(section), recipe(replace(section, warmup_epochs=0.0))
    for made in (warmed, plain):
        for group in made.optimizer.param_groups:
            group["params"][0].grad = torch.ones(2, 2)
    rates = [(warmed.update(step), plain.update(step)) for step in range(1, 21)]
    for step, (with_warmup, without) in enumerate(rates, 1):
        assert with_warmup == pytest.approx(without * min(1, step / 10))


@pytest.mark.parametrize("kept", ["norms", "biases"])
def test_a_schedule_may_have_a_value_for_each_group(kept: str) -> None:
    call = Call("OneCycleLR", {"max_lr": [0.1, 0.2]})
    section = replace(train(scheduler=call), no_weight_decay=(kept,))
    rehearse(section, monitored="train", classes=3, place=place, groups=2)
    with pytest.raises(SpecError) as caught:
        rehearse(section, monitored="train", classes=3, place=place, groups=1)
    assert "max_lr" in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("kept", "rates", "is_fit"),
    [("[norms]", "[0.1, 0.2]", True), ("[]", "[0.1, 0.2]", False), ("[]", "[0.1]", True)],
)
def test_a_rehearsal_has_the_groups_of_the_network(kept: str, rates: str, is_fit: bool) -> None:
    text = (
        f"{STEP3}{DATA}train: {{epochs: 3, batch_size: 128, optimizer: {{SGD: {{lr: 0.05}}}}, "
        f"no_weight_decay: {kept}, scheduler: {{OneCycleLR: {{max_lr: {rates}}}}}}}\n"
    )
    if is_fit:
        rehearse_all(analysis_of(text))
        return
    with pytest.raises(SpecError, match="max_lr"):
        rehearse_all(analysis_of(text))


def test_a_class_cannot_be_ignored_among_mixed_labels() -> None:
    make_loss(Call("CrossEntropyLoss", {"ignore_index": -100}), 3, place, mixes=True)
    with pytest.raises(SpecError) as caught:
        make_loss(Call("CrossEntropyLoss", {"ignore_index": 1}), 3, place, mixes=True)
    assert caught.value.diagnostics[0].code == "unsuitable-loss"


def test_mixing_and_its_loss_are_compared_before_the_data() -> None:
    data = DATA.replace("test}", "test, augment: [MixUp]}")
    with pytest.raises(SpecError, match="shares of several"):
        rehearse_all(analysis_of(STEP3 + data + TRAIN.replace("}}}", "}}, loss: NLLLoss}")))


def test_a_loss_of_mixed_labels_has_its_arguments_checked_first() -> None:
    data = DATA.replace("test}", "test, augment: [MixUp]}")
    loss = "}}, loss: {CrossEntropyLoss: {ignore_index: a}}}"
    with pytest.raises(SpecError, match="expected a whole number"):
        rehearse_all(analysis_of(STEP3 + data + TRAIN.replace("}}}", loss)))


@pytest.mark.parametrize("name", ["NLLLoss", "MultiMarginLoss"])
def test_mixed_labels_need_a_loss_that_takes_shares(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        make_loss(Call(name, {}), 3, place, mixes=True)
    assert caught.value.diagnostics[0].code == "unsuitable-loss"
    make_loss(Call("CrossEntropyLoss", {"label_smoothing": 0.1}), 3, place, mixes=True)
