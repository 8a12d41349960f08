"""The pages on trained networks, performed: they train the small network on Digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import DOCS, Stage, blocks_of, stage_of


@pytest.mark.parametrize(("page", "files"), [("eval.md", set()), ("predict.md", {"seven.py"})])
def test_a_page_on_trained_networks_can_be_followed(
    page: str, files: set[str], tmp_path: Path
) -> None:
    stage: Stage = stage_of(tmp_path)
    stage.environment.pop("ARCHSPEC_DATA", None)
    blocks = blocks_of(DOCS / page)
    for block in blocks:
        stage.perform(block)

    assert stage.named == files
    assert any(block.language == "console" for block in blocks)
