from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from archspec.report.figures import architecture, comparison, confusion, mistakes, style, training
from archspec.report.figures.comparison import Scores
from archspec.report.figures.mistakes import Shown
from archspec.report.figures.training import Curve
from tests.support.ladder import STEP1, analysis_of, network

CURVES = (
    Curve((90.0, 97.0, 98.5), (97.0, 99.0, 99.4)),
    Curve((91.0, 97.2, 98.6), (97.5, 98.9, 99.5)),
)
ROOMS = (architecture, training, confusion, mistakes, comparison)
PIXEL = [[0, 255], [128, 0]]

DRAWINGS: dict[str, Callable[[], bytes]] = {
    "architecture": lambda: architecture.draw_architecture(analysis_of(STEP1)),
    "training": lambda: training.draw_training(CURVES, 99.4, 10_000),
    "confusion": lambda: confusion.draw_confusion([[5, 1], [0, 4]], ["a", "b"]),
    "comparison": lambda: comparison.draw_comparison([Scores("a", (99.0, 99.2), 99.1)]),
}


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], bytes]], list[Any]]:
    """Return a function that draws and gives the axes that were drawn."""
    figures: list[Any] = []
    render = style.render

    def watched(draw: Callable[[Any], None], *size: Any) -> bytes:
        def remembered(figure: Any) -> None:
            figures.append(figure)
            draw(figure)

        return render(remembered, *size)

    for room in ROOMS:
        monkeypatch.setattr(room, "render", watched)

    def axes_of(drawing: Callable[[], bytes]) -> list[Any]:
        drawing()
        return list(figures[-1].axes)

    return axes_of


Axes = Callable[[Callable[[], bytes]], list[Any]]


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_a_figure_is_a_small_svg_with_the_same_bytes_each_time(
    drawing: Callable[[], bytes],
) -> None:
    content = drawing()

    assert drawing() == content
    assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(content) < 100_000
    assert not re.search(rb"20\d\d-\d\d-\d\d|matplotlib v|/home|/tmp|[ \t]\n", content)


def test_a_users_style_changes_nothing() -> None:
    import matplotlib

    content = DRAWINGS["training"]()
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "mine"}):
        assert DRAWINGS["training"]() == content
        assert matplotlib.rcParams["font.size"] == 20


def test_the_receptive_field_stands_beside_the_parameters(axes: Axes) -> None:
    fields, params = axes(DRAWINGS["architecture"])

    assert fields.get_xlabel() == "receptive field (pixels)"
    assert [bar.get_width() for bar in fields.patches] == [3, 5, 7, 8, 8, 12, 16, 16, 28]
    assert [line.get_xdata()[0] for line in fields.lines] == [28]
    assert [text.get_text() for text in fields.texts][-1] == "input 28"
    assert params.get_xlabel() == "share of the 8,172 parameters (%)"
    assert params.patches[-1].get_width() == pytest.approx(100 * 4900 / 8172)
    labels = [text.get_text() for text in params.texts]
    assert labels == ["44", "304", "1,184", "none", "72", "304", "1,184", "180", "4,900"]
    assert [label.get_text() for label in fields.get_yticklabels()][:4] == [
        "Conv1",
        "Conv2",
        "Conv3",
        "MaxPool1",
    ]


@pytest.mark.parametrize(
    ("text", "panels"),
    [
        (network("[8]", "linear: 4"), 1),
        (network("[1, 12]", "conv: {out_channels: 2, kernel_size: 3}"), 2),
        (network("[1, 8, 8]", "relu"), 2),
        (network("[1, 8, 8]", *["relu"] * 90), 2),
    ],
)
def test_networks_of_other_kinds_are_drawn(text: str, panels: int, axes: Axes) -> None:
    assert len(axes(lambda: architecture.draw_architecture(analysis_of(text)))) == panels


def test_curves_have_a_band_and_the_target_as_a_line(axes: Axes) -> None:
    accuracy, gap = axes(DRAWINGS["training"])

    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy (%)")
    assert (gap.get_xlabel(), gap.get_ylabel()) == ("epoch", "train − test (points)")
    assert (len(accuracy.lines), len(accuracy.collections)) == (3, 2)
    assert (len(gap.lines), len(gap.collections)) == (2, 1)
    assert [text.get_text() for text in accuracy.texts] == ["target 99.4"]
    assert [text.get_text() for text in accuracy.get_legend().texts] == ["train", "test"]
    assert list(gap.lines[1].get_ydata()) == pytest.approx([-6.75, -1.85, -0.9])
    # Logarithmic in the error, so 99 % stands at −log10(1).
    assert dict(zip(labels_of(accuracy), accuracy.get_yticks(), strict=True))["99"] == 0


def labels_of(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize(
    ("curves", "bands", "logarithmic"),
    [
        (CURVES[:1], 0, True),
        ((Curve((50.0,), (60.0,)),), 0, False),
        ((Curve((50.0, 60.0), (60.0, 70.0)), Curve((40.0, 60.0), (60.0, 75.0))), 2, False),
        ((Curve((100.0, 100.0), (100.0, 100.0)),), 0, True),
    ],
)
def test_few_epochs_and_seeds_are_drawn(
    curves: tuple[Curve, ...], bands: int, logarithmic: bool, axes: Axes
) -> None:
    accuracy, _ = axes(lambda: training.draw_training(curves, None, 100))

    assert training.is_logarithmic(curves) is logarithmic
    assert len(accuracy.collections) == bands
    assert len(accuracy.lines) == 2


def test_a_first_epoch_far_off_is_written_and_not_drawn(axes: Axes) -> None:
    far = Curve((80.0, 97.0, 98.0, 98.5), (97.0, 98.5, 99.0, 99.2))
    _, gap = axes(lambda: training.draw_training((far,), None, 100))

    assert [text.get_text() for text in gap.texts] == ["epoch 1: −17.0"]
    assert gap.get_ylim()[0] > -3


def test_errors_are_coloured_and_every_count_is_written(axes: Axes) -> None:
    (matrix,) = axes(DRAWINGS["confusion"])

    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("predicted class", "true class")
    assert [text.get_text() for text in matrix.texts] == ["5", "1", "4"]
    shown = matrix.images[0].get_array()
    assert [[bool(m) for m in row] for row in shown.mask] == [[True, False], [True, True]]


@pytest.mark.parametrize("count", [1, 2, 21, 100])
def test_any_number_of_classes_is_drawn(count: int, axes: Axes) -> None:
    confused = [[3 if i == j else 0 for j in range(count)] for i in range(count)]
    confused[0][-1] += 1
    found = axes(lambda: confusion.draw_confusion(confused, [f"class {n}" for n in range(count)]))

    assert len(found) == (1 if count <= 20 else 2)
    assert len(found[0].texts) == (0 if count > 20 else count + (count > 1))


def test_seeds_mean_and_published_figure_are_marked(axes: Axes) -> None:
    steps = [Scores("a", (99.0, 99.2), 99.3), Scores("b", (99.1,), None), Scores("c", (), 98.0)]
    (drawn,) = axes(lambda: comparison.draw_comparison(steps))

    assert drawn.get_ylabel() == "best test accuracy (%)"
    assert [t.get_text() for t in drawn.get_xticklabels()] == ["a\nn = 2", "b\nn = 1", "c\nno runs"]
    assert [list(line.get_ydata()) for line in drawn.lines] == [
        [99.0, 99.2],
        [99.3],
        [99.1],
        [98.0],
    ]
    assert len(drawn.collections) == 2


def test_mistakes_are_a_png_of_seven_a_row(axes: Axes) -> None:
    shown = [Shown(PIXEL, "7", "1", 0.9987)] * 8
    panels = axes(lambda: mistakes.draw_mistakes(shown))

    assert len(panels) == 14
    assert sum(len(panel.images) for panel in panels) == 8
    assert panels[0].texts[0].get_text() == "7, seen as 1\n99.9 %"


@pytest.mark.parametrize("picture", [PIXEL, [[[0, 9, 255], [255, 0, 0]]]])
def test_grey_and_coloured_pictures_are_drawn(picture: Any) -> None:
    content = mistakes.draw_mistakes([Shown(picture, "a", "b", 1.0)])

    assert Image.open(io.BytesIO(content)).size[0] == 7.4 * 160
    assert mistakes.draw_mistakes([Shown(picture, "a", "b", 1.0)]) == content


@pytest.mark.parametrize("name", ["$5", r"$\frac$", "\x1b[2J", "数"])
def test_a_class_may_have_any_name(name: str) -> None:
    assert confusion.draw_confusion([[1, 0], [0, 1]], [name, "b"]).startswith(b"<?xml")
