from __future__ import annotations

from pathlib import Path

import pytest

from archspec.judge.lint import lint
from tests.support.linting import analysis_of, chain, codes, found

CODE = "unused-definition"


def with_head(head: str, *layers: str) -> str:
    return chain(*layers).replace("layers:\n", f"{head}\nlayers:\n", 1)


def messages(text: str) -> list[str]:
    return [d.message for d in found(text) if d.code == CODE]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("blocks: {Stem: {layers: [relu]}}", "nothing uses the block Stem"),
        ("defaults: {linear: {bias: false}}", "nothing uses the defaults of `linear`"),
    ],
)
def test_what_no_layer_mentions_is_found(head: str, expected: str) -> None:
    assert messages(with_head(head, "relu")) == [expected]


def test_a_block_that_only_an_unused_block_uses_is_unused() -> None:
    head = "blocks: {Inner: {layers: [relu]}, Outer: {layers: [Inner]}}"

    assert messages(with_head(head, "relu")) == [
        "nothing uses the block Inner",
        "nothing uses the block Outer",
    ]
    assert messages(with_head(head, "Outer")) == []


def test_a_parameter_of_a_block_that_its_layers_do_not_mention_is_found() -> None:
    head = "blocks: {Stem: {parameters: {width: 8, depth: 2}, layers: [{linear: $width}]}}"
    text = with_head(head, "flatten", "Stem")

    assert messages(text) == ["nothing uses `depth` of the block Stem"]


@pytest.mark.parametrize(
    "head",
    [
        "blocks: {Stem: {parameters: {width: 8}, layers: [{linear: $width}]}}",
        'blocks: {Stem: {parameters: {w: 4, width: "${w * 2}"}, layers: [{linear: $width}]}}',
        "blocks: {Stem: {parameters: {d: true}, layers: [{when: {condition: $d, layers: []}}]}}",
        "defaults: {linear: {bias: false}}\nblocks: {Stem: {layers: [{linear: 3}]}}",
    ],
)
def test_what_is_mentioned_is_fine(head: str) -> None:
    assert messages(with_head(head, "flatten", "Stem")) == []


def test_a_kind_in_a_branch_that_is_not_taken_is_a_mention() -> None:
    choice = "when: {condition: '${1 > 2}', layers: [{linear: 4}]}"

    assert messages(with_head("defaults: {linear: {bias: false}}", "flatten", choice)) == []


def test_what_a_parent_defines_is_not_the_childs_to_remove(tmp_path: Path) -> None:
    parent = with_head("blocks: {Stem: {layers: [relu]}}", "relu")
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    child = analysis_of("archspec: 1\nextends: parent.yaml\n", tmp_path)

    assert lint(child) == ()
    assert codes(parent) == [CODE]
