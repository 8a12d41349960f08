from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import recipe_hash
from archspec.api import load
from archspec.judge.difference import ABSENT, Change, Difference, changes_in_words, difference
from tests.support.ladder import STEP1, STEP2, STEP3, analysis_of, network

LADDER = Path(__file__).parents[2] / "specs" / "ladder"
RECIPE = """\
data: {dataset: MNIST, augment: [{RandomRotation: {degrees: 15}}]}
train: {epochs: 20, batch_size: 128, optimizer: {SGD: {lr: 0.01}}}
"""
SMALL = network("[1, 8, 8]", "conv: {out_channels: 4, kernel_size: 3}", "gap")


def between(old: str, new: str) -> Difference:
    """Return the difference between two texts without faults."""
    return difference(analysis_of(old), analysis_of(new))


def words(old: str, new: str) -> tuple[str, ...]:
    """Return what changed between two texts, in words."""
    return changes_in_words(between(old, new))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "task03_lighter_model",
            "task04_batch_norm",
            [f"conv{number}.norm none → batch" for number in range(1, 8)],
        ),
        (
            "task04_batch_norm",
            "task05_dropout",
            ["conv3.dropout none → 0.25", "conv6.dropout none → 0.25"],
        ),
        ("task05_dropout", "task06_gap", ["conv8 removed", "gap added: gap"]),
        (
            "task06_gap",
            "task07_capacity",
            [
                "conv7.out_channels 10 → 32",
                "conv7.kernel_size 1 → 3",
                "conv8 added: conv {out_channels: 10, kernel_size: 1, bias: false}",
            ],
        ),
        (
            "task08_transition",
            "task09_augmentation",
            ["data.augment [] → [{RandomRotation: {degrees: 15, interpolation: bilinear}}]"],
        ),
        (
            "task09_augmentation",
            "task10_learning_rate",
            [
                "train.optimizer.SGD.lr 0.01 → 0.05",
                "train.scheduler none → {ReduceLROnPlateau: {factor: 0.1, patience: 1}}",
            ],
        ),
    ],
)
def test_the_tasks_of_the_ladder_are_short_differences(
    before: str, after: str, expected: list[str]
) -> None:
    a, b = (load(LADDER / f"{name}.yaml").analysis for name in (before, after))

    assert list(changes_in_words(difference(a, b))) == expected


def test_the_restructuring_of_task_8_names_every_layer_by_its_id() -> None:
    a, b = (load(LADDER / f"{n}.yaml").analysis for n in ("task07_capacity", "task08_transition"))
    made = difference(a, b)

    assert [entry.id for entry in made.changed_entries] == [f"conv{n}" for n in range(1, 9)]
    assert changes_in_words(made)[-1] == "conv8.position behind conv7 → behind gap"


@pytest.mark.parametrize("text", [STEP1, STEP2, STEP3 + RECIPE, SMALL])
def test_a_network_does_not_differ_from_itself(text: str) -> None:
    made = between(text, text)

    assert made.is_empty
    assert made.totals == ()
    assert [entry.status for entry in made.entries] == ["same"] * len(made.entries)


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("kernel_size: 3", "kernel_size: [3, 3]"),
        ("kernel_size: 3", "kernel_size: 3, stride: 1, bias: true"),
        ("kernel_size: 3, norm: batch", "kernel_size: 3, norm: {batch: {eps: 0.00001}}"),
        ("kernel_size: 3, dropout: 0", "kernel_size: 3, dropout: none"),
    ],
)
def test_two_ways_to_say_the_same_do_not_differ(written: str, also: str) -> None:
    assert (
        words(SMALL.replace("kernel_size: 3", written), SMALL.replace("kernel_size: 3", also)) == ()
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("norm: batch", "norm: {batch: {eps: 0.001}}", "conv1.norm.batch.eps 1e-05 → 0.001"),
        ("norm: batch", "norm: {group: 2}", "conv1.norm batch → {group: {num_groups: 2}}"),
        ("dropout: 0.1", "dropout: 0.25", "conv1.dropout 0.1 → 0.25"),
        ("dropout: 0.1", "dropout: {spatial_dropout: 0.1}", None),
        ("stride: 1", "stride: [1, 2]", "conv1.stride 1 → [1, 2]"),
        ("bias: true", "bias: false", "conv1.bias true → false"),
        ("padding: 0", "padding: same", "conv1.padding 0 → same"),
    ],
)
def test_a_changed_field_is_told_as_the_file_says_it(
    old: str, new: str, expected: str | None
) -> None:
    texts = [SMALL.replace("kernel_size: 3", f"kernel_size: 3, {field}") for field in (old, new)]

    assert words(*texts) == (expected or "conv1.dropout 0.1 → {spatial_dropout: {p: 0.1}}",)


def test_a_layer_that_is_put_in_between_is_the_only_one_added() -> None:
    layers = ["conv: {out_channels: 4, kernel_size: 1}"] * 6
    added = ["conv: {out_channels: 9, kernel_size: 1}"]
    made = between(
        network("[1, 8, 8]", *layers), network("[1, 8, 8]", *layers[:2], *added, *layers[2:])
    )

    assert [(e.status, e.id) for e in made.changed_entries] == [("added", "conv3")]
    assert [e.old_id for e in made.entries if e.old_id] == ["conv3", "conv4", "conv5", "conv6"]


def test_a_repeated_layer_that_goes_is_the_last_one() -> None:
    layers = ["conv: {out_channels: 4, kernel_size: 1}"] * 3
    made = between(network("[1, 8, 8]", *layers), network("[1, 8, 8]", *layers[:2]))

    assert [(e.status, e.id) for e in made.changed_entries] == [("removed", "conv3")]


def test_an_entry_of_another_kind_is_another_entry() -> None:
    old, new = (network("[1, 8, 8]", layer) for layer in ("max_pool: 2", "avg_pool: 2"))

    assert [entry.status for entry in between(old, new).entries] == ["removed", "added"]


def test_an_entry_that_moved_to_the_front_is_told_once() -> None:
    layers = ["max_pool: 2", "conv: {out_channels: 4, kernel_size: 1}", "relu"]
    made = words(
        network("[1, 8, 8]", *layers), network("[1, 8, 8]", layers[2], layers[0], layers[1])
    )

    assert made == ("relu1.position behind conv1 → first",)


def test_an_id_that_a_person_gave_holds_two_entries_together() -> None:
    old = "conv: {out_channels: 4, kernel_size: 3, id: stem}"
    new = (
        "conv: {out_channels: 9, kernel_size: 5, stride: 2, padding: 1, norm: batch, "
        "activation: relu, dropout: 0.1, bias: false, id: stem}"
    )
    made = between(network("[1, 8, 8]", old), network("[1, 8, 8]", new))

    assert [(entry.status, len(entry.changes)) for entry in made.entries] == [("changed", 8)]


def test_an_entry_of_which_everything_changed_is_another_one() -> None:
    old = "conv: {out_channels: 4, kernel_size: 3}"
    new = (
        "conv: {out_channels: 9, kernel_size: 5, stride: 2, padding: 1, norm: batch, "
        "activation: relu, dropout: 0.1, bias: false}"
    )
    made = between(network("[1, 8, 8]", old), network("[1, 8, 8]", new))

    assert sorted(entry.status for entry in made.entries) == ["added", "removed"]


def test_a_name_that_a_person_gives_is_a_change() -> None:
    named = SMALL.replace("kernel_size: 3", "kernel_size: 3, id: stem")

    assert words(SMALL, named) == ("stem.id conv1 → stem",)


def test_figures_follow_to_layers_that_nobody_touched() -> None:
    conv = "conv: {{out_channels: {}, kernel_size: 3}}"
    old, new = (network("[1, 8, 8]", conv.format(n), conv.format(8)) for n in (4, 6))
    made = between(old, new)
    second = made.entries[1]

    # 3 * 3 * (6 - 4) * 8 weights more, each used at 4 x 4 places.
    assert second.status == "same"
    assert [(f.name, f.delta) for f in second.figures] == [("params", 144), ("macs", 2304)]
    assert [(f.name, f.delta) for f in made.totals] == [("params", 164), ("macs", 2952)]


def test_another_input_is_told_with_the_shapes_that_follow() -> None:
    made = between(SMALL, SMALL.replace("[1, 8, 8]", "[1, 10, 10]"))

    assert changes_in_words(made) == ("input [1, 8, 8] → [1, 10, 10]",)
    assert [(f.name, f.old, f.new) for f in made.entries[0].figures] == [
        ("output", (4, 6, 6), (4, 8, 8)),
        ("macs", 1296, 2304),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("degrees: 15", "degrees: 10", ("data.augment.RandomRotation.degrees 15 → 10",)),
        ("SGD: {lr: 0.01}", "Adam: {lr: 0.01}", None),
        ("lr: 0.01", "lr: 0.010", ()),
        ("epochs: 20", "epochs: 20, loss: CrossEntropyLoss", ()),
        (
            "lr: 0.01",
            "lr: 0.01, nesterov: true",
            ("train.optimizer.SGD.nesterov not given → true",),
        ),
        ("dataset: MNIST", "dataset: MNIST, validation: test", ("data.validation 0 → test",)),
    ],
)
def test_data_and_training_are_compared_key_by_key(
    old: str, new: str, expected: tuple[str, ...] | None
) -> None:
    whole = ("train.optimizer {SGD: {lr: 0.01}} → {Adam: {lr: 0.01}}",)

    assert words(SMALL + RECIPE, SMALL + RECIPE.replace(old, new)) == (
        whole if expected is None else expected
    )


def test_a_truth_value_is_no_number() -> None:
    old, new = (
        SMALL + RECIPE.replace("lr: 0.01", f"lr: 0.01, nesterov: {v}") for v in ("1", "true")
    )

    assert words(old, new) == ("train.optimizer.SGD.nesterov 1 → true",)


def test_an_argument_that_is_null_is_given() -> None:
    made = between(SMALL + RECIPE, SMALL + RECIPE.replace("lr: 0.01", "lr: 0.01, foreach: null"))

    assert made.train == (Change(("train", "optimizer", "SGD", "foreach"), ABSENT, None),)


def test_a_section_that_comes_is_told_by_what_it_gives() -> None:
    assert words(SMALL, SMALL + "data: {dataset: MNIST}\n") == ("data.dataset not given → MNIST",)


def test_thousands_of_layers_are_compared_in_the_end() -> None:
    old = network(
        "[1, 8, 8]", *(f"conv: {{out_channels: {n}, kernel_size: 1}}" for n in range(1, 1102))
    )
    new = network(
        "[1, 8, 8]", *(f"conv: {{out_channels: {n}, kernel_size: 1}}" for n in range(2, 1104))
    )
    made = between(old, new)

    assert [entry.status for entry in made.entries if entry.status != "same"] == [
        "removed",
        "added",
        "added",
    ]


def _recipes() -> st.SearchStrategy[str]:
    fields = st.sampled_from(
        ["", ", stride: 2", ", bias: false", ", norm: batch", ", dropout: 0.5"]
    )
    conv = st.builds(
        "conv: {{out_channels: {}, kernel_size: {}{}}}".format,
        st.integers(1, 3),
        st.sampled_from([1, "[1, 1]", "[1, 2]"]),
        fields,
    )
    layer = st.one_of(conv, st.just("relu"), st.just("batch_norm"))
    epochs = st.sampled_from(
        ["", "train: {epochs: 2, batch_size: 8, optimizer: {SGD: {lr: 0.1}}}\n"]
    )
    layers = st.lists(layer, min_size=1, max_size=5)
    return st.builds(lambda ls, e: network("[1, 64, 64]", *ls) + e, layers, epochs)


@given(_recipes(), _recipes())
@settings(max_examples=150)
def test_a_difference_is_empty_exactly_when_the_recipe_hash_is_the_same(a: str, b: str) -> None:
    one, two = analysis_of(a), analysis_of(b)

    assert difference(one, two).is_empty == (recipe_hash(one) == recipe_hash(two))


@given(_recipes(), _recipes())
@settings(max_examples=100)
def test_every_entry_of_both_sides_stands_there_once(a: str, b: str) -> None:
    one, two = analysis_of(a), analysis_of(b)
    entries = difference(one, two).entries

    before = [entry.old.entry.id for entry in entries if entry.old]
    assert sorted(before) == sorted(facts.entry.id for facts in one.entries)
    assert [entry.new for entry in entries if entry.new] == list(two.entries)
