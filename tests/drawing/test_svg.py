from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given

from archspec.drawing import as_svg
from archspec.drawing.lettering import mono_width, sans_width, shortened, wrapped
from archspec.drawing.model import Look
from tests.conftest import Snapshot
from tests.support.drawn_networks import (
    ALL,
    BRANCHES,
    BY_HAND,
    HEADS,
    ODD,
    SEQUENTIAL,
    UNET,
    any_networks,
    picture_of,
)

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ElementTree.Element:
    """Return the SVG of a network as an XML tree."""
    return ElementTree.fromstring(as_svg(picture_of(text)))


def words(tree: ElementTree.Element) -> list[str]:
    """Return every text that shows."""
    return [element.text or "" for element in tree.iter(f"{SVG}text")]


def figure(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def test_a_box_shows_its_figures() -> None:
    found = words(drawn(SEQUENTIAL))
    at = found.index("Conv1")

    assert found[at : at + 5] == ["Conv1", "3x3 /2", "8x8x4", "RF 3", "148"]


def test_title_figures_and_legend_stand_around_the_drawing() -> None:
    found = words(drawn(SEQUENTIAL))

    assert found[:2] == ["A network", "148 params · 9,216 MACs · receptive field 5"]
    assert found[-5:-2] == ["with weights", "pooling, resizing", "others"]
    assert " ".join(found[-2:]) == (
        "H x W x C of the output · RF: receptive field in pixels of the input · params"
    )


def test_the_legend_names_what_is_there_and_nothing_else() -> None:
    assert "joins" not in words(drawn(SEQUENTIAL))
    assert "joins" in words(drawn(BRANCHES))
    assert "in training only" not in words(drawn(BRANCHES))
    assert "in training only" in words(drawn(HEADS))


def test_heads_are_dashed_with_the_lines_into_them() -> None:
    tree = drawn(HEADS)

    dashed = [e.get("class", "") for e in tree.iter() if "dashed" in e.get("class", "")]
    # Three lines, the frame, three boxes, and the legend's square.
    assert sorted(style.split()[0] for style in dashed) == sorted(
        ["line"] * 3 + ["frame"] + ["size", "other", "weights"] + ["other"]
    )


def test_a_dark_page_has_colours_of_its_own() -> None:
    style = next(drawn(SEQUENTIAL).iter(f"{SVG}style")).text or ""
    light, dark = style.split("@media (prefers-color-scheme:dark){")

    coloured = re.compile(r"(\.[a-z-]+)\{(fill|stroke):(#[0-9a-f]{6})\}")
    before, after = coloured.findall(light), coloured.findall(dark)
    assert [rule[:2] for rule in before] == [rule[:2] for rule in after]
    assert all(a[2] != b[2] for a, b in zip(before, after, strict=True))
    assert {f".{look.value}" for look in Look} <= {name for name, _, _ in before}


@pytest.mark.parametrize("name", ALL)
def test_the_same_network_gives_the_same_bytes_and_needs_nothing_else(name: str) -> None:
    text = as_svg(picture_of(ALL[name]))

    assert text == as_svg(picture_of(ALL[name]))
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|<foreignObject|@import|href|\bon\w+=", text)


@given(any_networks)
def test_everything_lies_on_the_page(text: str) -> None:
    tree = drawn(text)

    width, height = figure(tree, "width"), figure(tree, "height")
    assert tree.get("viewBox") == f"0 0 {tree.get('width')} {tree.get('height')}"
    for box in tree.iter(f"{SVG}rect"):
        assert figure(box, "width") <= width
        if box.get("x") is not None:
            assert 0 <= figure(box, "x") <= width - figure(box, "width")
            assert 0 <= figure(box, "y") <= height - figure(box, "height")
    for line in tree.iter(f"{SVG}text"):
        assert 0 <= figure(line, "x") <= width
        assert 0 <= figure(line, "y") <= height


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("'<b> & \"quotes\"'", '<b> & "quotes"'),
        ('"a\\tb\\u0007c\\uFFFE"', "a b c"),
        ("ü – ✓ 𝄞", "ü – ✓ 𝄞"),
    ],
)
def test_any_title_is_sound_xml(title: str, shown: str) -> None:
    found = words(drawn(SEQUENTIAL.replace("title: A network", f"title: {title}")))

    assert found[0].replace("bc", "b c") == shown


def test_a_text_shows_as_it_is_whatever_is_in_it() -> None:
    found = words(ElementTree.fromstring(as_svg(BY_HAND)))

    assert " ".join(found).startswith(ODD)
    assert found.count(ODD) >= 4


def test_a_long_title_has_several_lines() -> None:
    title = "word " * 40
    found = words(drawn(SEQUENTIAL.replace("title: A network", f"title: {title}")))

    assert found[0].startswith("word word")
    assert found[1].startswith("word word")
    assert len(found[0]) < 80


def test_a_long_label_is_cut_and_whole_in_the_tooltip() -> None:
    id = "a_name_" * 12 + "x"
    tree = drawn(SEQUENTIAL.replace("- relu", f"- residual: {{id: {id}, body: [conv, relu]}}"))

    titles = [element.text or "" for element in tree.iter(f"{SVG}title")]
    assert any(text.startswith(f"{id}.conv1\n") for text in titles)


def test_a_text_is_cut_where_its_room_ends() -> None:
    assert shortened("abcdef", 10, mono_width("abcdef", 10), is_mono=True) == "abcdef"
    assert shortened("abcdef", 10, mono_width("abcd", 10), is_mono=True) == "abc…"
    assert shortened("abcdef", 10, 0, is_mono=True) == "…"


def test_words_are_wrapped_and_a_longer_one_has_its_own_line() -> None:
    room = sans_width("aa bb", 10)

    assert wrapped("aa bb cc " + "d" * 30 + " e", 10, room) == ["aa bb", "cc", "d" * 30, "e"]


def test_the_drawing_is_what_people_looked_at(snapshot: Snapshot) -> None:
    snapshot("graph_unet.svg", as_svg(picture_of(UNET)))
