"""What holds for every rule: its page is true, it reads well, and a spec may allow it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.judge.lint import PAGES, RULES, Rule, registry, rules
from tests.support.linting import analysis_of, chain, codes, found, lines

each_page = pytest.mark.parametrize("rule", PAGES.values(), ids=lambda rule: rule.code)
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
REASON = "as in the published weights"
SENTENCES = ("summary", "why", "source")


def is_worded_well(diagnostic: Diagnostic) -> bool:
    """Say whether a finding keeps the habits: a name or a lower-case word first, no full stop."""
    sentences = (diagnostic.message, diagnostic.help or "")
    return (
        not re.match(r"[A-Z][a-z]* ", diagnostic.message)
        and not any(sentence.endswith(".") or "\n" in sentence for sentence in sentences)
        and all(3 < len(sentence) <= 160 for sentence in sentences)
        and "None" not in " ".join(sentences)
    )


def line_of(text: str) -> int:
    """Return the line of the first thing that lint says of a text."""
    span = found(text)[0].span
    assert span is not None
    return span.line


def with_comment(text: str, number: int, comment: str) -> str:
    """Return a text with a comment at the end of a line."""
    written = text.split("\n")
    written[number - 1] += f"   # {comment}"
    return "\n".join(written)


@each_page
def test_the_example_of_a_page_gets_this_code_and_no_other(rule: Rule) -> None:
    assert set(codes(rule.example)) == {rule.code}


@each_page
def test_what_a_page_offers_instead_is_clean(rule: Rule) -> None:
    assert codes(rule.instead) == []


@each_rule
def test_a_rule_alone_finds_its_example(rule: Rule) -> None:
    (diagnostic,) = rule.check(analysis_of(rule.example))

    assert (diagnostic.code, diagnostic.severity) == (rule.code, rule.severity)


@each_page
def test_what_is_found_is_worded_well(rule: Rule) -> None:
    assert [d.message for d in found(rule.example) if not is_worded_well(d)] == []


@each_page
def test_a_page_says_what_why_and_from_whom(rule: Rule) -> None:
    texts = {name: getattr(rule, name) for name in SENTENCES}

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.code)
    assert rule.severity in ("warning", "info")
    assert all(len(text) > 30 and "  " not in text for text in texts.values())
    assert rule.summary.startswith("Finds ")
    assert rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert not rule.source.endswith(".")


@each_rule
def test_a_spec_allows_a_rule_for_a_reason(rule: Rule) -> None:
    assert codes(f"{rule.example}lint: {{{rule.code}: {REASON}}}\n") == []


@each_rule
def test_a_line_allows_a_rule_for_a_reason(rule: Rule) -> None:
    line = line_of(rule.example)

    assert codes(with_comment(rule.example, line, f"allow {rule.code}: {REASON}")) == []


@each_rule
def test_a_comment_on_another_line_allows_nothing(rule: Rule) -> None:
    other = with_comment(rule.example, 1, f"allow {rule.code}: {REASON}")

    assert sorted(codes(other)) == sorted([rule.code, "unused-allow"])


@each_rule
def test_allowing_what_is_not_found_is_told(rule: Rule) -> None:
    assert codes(f"{rule.instead}lint: {{{rule.code}: {REASON}}}\n") == ["unused-allow"]


def test_the_rules_are_those_of_the_folder() -> None:
    folder = Path(rules.__file__).parent
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py") if path.stem[0] != "_"}

    assert files == set(RULES)
    assert list(RULES) == sorted(RULES)


NEW = """
from archspec.judge.lint.rule import Finding, Rule

def find(network):
    if network.analysis.totals.params > 100:
        yield Finding("too many params", network.spec.place("layers"), "use fewer")

RULE = Rule("no-luxury", "info", "Finds luxury.", "It costs.", "", "", "common sense", find)
"""


def test_a_new_rule_is_one_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no_luxury.py").write_text(NEW, encoding="utf-8")
    with monkeypatch.context() as changed:
        changed.setattr(rules, "__path__", [str(tmp_path)])
        known = importlib.reload(registry).RULES
        analysis = analysis_of(chain("conv: {out_channels: 8, kernel_size: 5}"))
        (diagnostic,) = known["no-luxury"].check(analysis)
    importlib.reload(registry)

    assert list(known) == ["no-luxury"]
    assert (diagnostic.code, diagnostic.severity) == ("no-luxury", "info")


def test_a_line_that_is_written_out_many_times_is_told_once() -> None:
    block = "{conv: {out_channels: 8, kernel_size: 3, padding: 1, norm: batch}}"
    text = chain(
        f"repeat: {{times: 5, layers: [{block}]}}", "conv: {out_channels: 2, kernel_size: 1}"
    )
    (diagnostic,) = found(text)

    assert diagnostic.code == "bias-before-norm"
    assert diagnostic.message.endswith(", and 4 more like it")


def test_what_is_found_in_a_block_of_ours_is_shown_where_it_is_used() -> None:
    conv = "conv: {out_channels: 8, kernel_size: 3}"
    gate = "SqueezeExcitation: {input_channels: 8, squeeze_channels: 5000}"
    text = chain(conv, conv, gate)

    assert lines(text, "dominant-layer") == [3]


def test_a_fault_of_a_part_is_shown_at_its_field_or_where_defaults_gave_it() -> None:
    inputs = "input: [3, 32, 32]"
    own = chain(
        "conv: {out_channels: 8, kernel_size: 3, activation: relu}",
        "conv:\n      out_channels: 9\n      kernel_size: 30\n      norm: batch\n      bias: false",
        "flatten",
        input="[3, 32, 32]",
    )
    given = own.replace("\n      norm: batch", "").replace(
        inputs, f"{inputs}\ndefaults: {{conv: {{norm: batch, bias: false}}}}"
    )

    assert lines(own, "norm-on-output") == [5]
    assert lines(given, "norm-on-output") == [2]
