"""Whatever slips a file has: `--fix` keeps every value, ends, and does what `check` promised."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.check.fixed_files import write_files
from archspec.commands.check.fixes import find_fixes, mended
from archspec.judge import check
from tests.support.faulty_files import faulty_text

HEAD = "archspec: 1\ninput: [1, 24, 24]\n"
WORD = re.compile(r"[\w.$+-]+")
NUMBER = re.compile(r"[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


def values_in(text: str) -> Counter[str | float]:
    """Return the numbers of a text, by value, and how many other words it has."""
    words = WORD.findall(text.replace("\u200b", ""))
    return Counter(float(word) if NUMBER.fullmatch(word) else "a word" for word in words)


def assert_kept(path: Path, text: str) -> int:
    """Fix a file, and hold the outcome against what it said; return how many fixes there were."""
    path.write_text(text, encoding="utf-8")
    promised = mended(check(path))
    fixes = find_fixes([path])
    assert (promised > 0) == (fixes.count > 0), "the last line of `check` is kept"
    assert promised <= fixes.count
    assert write_files(fixes.files)[1] == ()
    fixed = path.read_text(encoding="utf-8")
    assert values_in(fixed) == values_in(text), "every value is still there"
    assert find_fixes([path]).files == (), "a second round finds nothing"
    assert mended(check(path)) == 0
    return fixes.count


@settings(max_examples=40)
@given(st.integers(0, 10**9))
@example(1)
def test_a_fix_keeps_every_value_and_the_word_that_check_gave(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_kept(Path(folder) / "a.yaml", faulty_text(Random(seed)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("layers: [{conv: {out_channels:12, kernel_size:5}}]\n", id="both values"),
        pytest.param("layers: [{conv: {out_channels=12, kernel_size = 5}}]\n", id="equals signs"),
        pytest.param("layers: [relu]\ndata: {dataset:'Digits', validation:600}\n", id="quotes"),
    ],
)
def test_a_key_with_its_value_run_together_is_set_apart(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    assert assert_kept(path, HEAD + text) == 2
    assert re.sub("[:= ]", "", path.read_text("utf-8")) == re.sub("[:= ]", "", HEAD + text)
    assert "unknown-key" not in {found.code for found in check(path).diagnostics}


@pytest.mark.parametrize(
    "text",
    [
        "layers: [{linear: 12}, celu, swiglu, {bilinear: 4}]\n",
        "layers: [{conv: {out_channels: 8, kernel_size: 3, activation: rrelu}}]\n",
        "layers: [{conv: {out_channels: 8, kernel_size: 3, activation: celu}}]\n",
        "layers: [relu]\nclaims: {conv2.receptive_fields: 5}\n",
        "layers: [relu]\ntargets: {top5_test_accuracy: {at_least: 99}}\n",
        "layers: [relu]\ntargets: {best_test_accuracy: {at_least: 99}}\n",
        "layers: [relu]\ntargets: {accuracy: {at_least: 99}}\n",
        "parameters: {wide1: 3, wide2: 5}\nlayers: [{linear: $wide1}]\n",
        "layers: [relu]\nclaims: {params: 2,809}\n",
    ],
)
def test_what_may_be_something_of_its_own_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    assert assert_kept(path, HEAD + text) == 0
    assert path.read_text("utf-8") == HEAD + text
    assert not check(path).is_ok


def told(*arguments: str | Path) -> str:
    return CliRunner().invoke(app, ["check", *map(str, arguments)]).stdout


def test_no_fix_is_promised_for_what_stands_in_an_override(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}layers: [relu]\n", encoding="utf-8")
    text = told(path, "--set", "claims={parms: 390}")

    assert "did you mean `params`?" in text
    assert "--fix" not in text


def test_no_fix_is_promised_in_a_file_that_it_leaves(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    path = tmp_path / "project" / "a.yaml"
    path.write_text("archspec: 1\nextends: ../b.yaml\ntitel: A\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"{HEAD}layers: [linaer: 3]\n", encoding="utf-8")

    assert "`--fix` mends 1 of them" in told(path)


def test_no_fix_is_promised_that_would_make_two_keys_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}layers: [relu]\nclaims: {{parms: 0, prams: 0}}\n", encoding="utf-8")

    assert "`--fix` mends 1 of them" in told(path)
