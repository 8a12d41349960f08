"""What the JSON Schema refuses the reader refuses, and the other way: on files with faults.

What only one of the two can know is listed, each with its reason.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic
from archspec.language import read_text
from archspec.language.schema import spec_schema
from tests.support.faulty_files import FOLDER, SPECS, faulty_tree

SCHEMA = jsonschema.Draft7Validator(spec_schema())
BY_DEFAULTS = "what is required of a layer may come from `defaults`"
BY_PARAMETERS = "what a parameter stands for is computed"
READER_ONLY = {
    "missing-field": BY_DEFAULTS,
    "unknown-parameter": "the parameters of a block stand elsewhere in the file",
    "missing-parameter": "the parameters of a block stand elsewhere in the file",
    "unused-parameter": "a parameter is mentioned elsewhere in the file",
    "duplicate-id": "the other entry stands elsewhere in the file",
    "unknown-kind": "a word in CapWords may be a block of the file",
    "not-whole": BY_PARAMETERS,
    "bad-expression": BY_PARAMETERS,
}
"""Code of a fault that no schema can see → the reason."""


def reason_of(fault: Diagnostic, tree: dict[str, Any]) -> str | None:
    """Return why the schema cannot see a fault; None where it should."""
    if "extends" in tree:
        return "what is inherited, and so changed by `edit` or deleted by null, is in another file"
    if fault.code == "unknown-kind" and not fault.message.startswith("unknown block"):
        return None
    if fault.message.endswith("got 2.0"):
        return "to JSON Schema 2.0 is an integer"
    if fault.message.startswith("nothing lies between"):
        return "a schema does not compare two values"
    if {"parameters", "blocks"} & tree.keys() and fault.code in ("wrong-type", "out-of-range"):
        return BY_PARAMETERS
    return READER_ONLY.get(fault.code)


def faults_of(tree: dict[str, Any]) -> tuple[Diagnostic, ...]:
    return read_text(json.dumps(tree), folder=FOLDER).diagnostics


@pytest.mark.parametrize("tree", SPECS, ids=["fields", "blocks", "child"])
def test_what_is_changed_here_is_sound_before(tree: dict[str, Any]) -> None:
    assert faults_of(tree) == ()
    assert SCHEMA.is_valid(tree)


@settings(max_examples=150)
@given(st.integers(0, 10**9))
def test_the_schema_and_the_reader_refuse_the_same_files(seed: int) -> None:
    tree = faulty_tree(Random(seed))
    faults = faults_of(tree)

    if SCHEMA.is_valid(tree):
        assert [fault.message for fault in faults if reason_of(fault, tree) is None] == []
    else:
        assert faults, "the reader takes what the schema refuses"
