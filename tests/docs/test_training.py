"""The page on training: its recipe can be trained, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from archspec.api import load
from archspec.language.sections import Train
from archspec.language.takes.images import smoothing_reach
from archspec.runtime.augment import Augmenter
from archspec.runtime.train.plan import rehearse
from tests.support.pages import DOCS, blocks_of

PAGE = DOCS / "training.md"
RANKS = DOCS / "ranks.md"


def test_the_recipe_of_the_page_can_be_trained(tmp_path: Path) -> None:
    (recipe,) = (b.text for b in blocks_of(PAGE) if b.text.startswith("# recipe.yaml"))
    (tmp_path / "recipe.yaml").write_text(recipe, encoding="utf-8")
    network = load(tmp_path / "recipe.yaml")
    assert network.spec.data is not None

    rehearse(network.analysis)
    augment = Augmenter(network.spec.data.augment, (1, 28, 28), torch.Generator(), classes=10)

    assert bool(augment.mix)
    assert augment.notices == ()


@pytest.mark.parametrize(
    "name", ["ema", "warmup_epochs", "clip_grad_norm", "clip_grad_value", "no_weight_decay"]
)
def test_every_field_of_a_recipe_is_on_the_page(name: str) -> None:
    assert hasattr(Train, name)
    assert re.search(rf"\*\*`{name}: ", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("step", "decay"), [(1, 0.1), (9, 0.5), (891, 0.99)])
def test_the_decay_of_an_average_begins_as_the_page_says(step: int, decay: float) -> None:
    assert step / (step + 9) == pytest.approx(decay)


def test_the_limit_of_sigma_is_that_of_the_page() -> None:
    assert smoothing_reach(6.8) < 28 <= smoothing_reach(6.9)


def test_every_code_on_the_pages_can_be_explained() -> None:
    from archspec.diagnostics.page import page_codes

    for code in ("ranks-differ", "other-rank", "lost-rank", "no-meeting", "bad-rank"):
        assert f"`{code}`" in RANKS.read_text(encoding="utf-8")
        assert code in page_codes()
