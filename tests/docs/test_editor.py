"""What an editor knows of a spec: the schema says of every kind and field what it is and takes."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.commands.schema import schema_text
from archspec.diagnostics import Source
from archspec.language import read_spec
from archspec.language.groups import GROUPS
from archspec.language.sections import Data, Train
from archspec.language.yaml_reader import read_tree
from archspec.layers import REGISTRY
from archspec.layers.fields import Choice, Sub, field_types
from tests.support.pages import DOCS, ROOT, blocks_of

SCHEMA: dict[str, Any] = json.loads(schema_text())
DEFINITIONS: dict[str, Any] = SCHEMA["definitions"]
GOOD = sorted(ROOT.glob("specs/**/*.yaml"))
BAD = sorted((ROOT / "tests" / "bad_specs").glob("*.yaml"))
STRUCTURAL = {"unknown-kind", "unknown-field", "unknown-key", "missing-key", "several-kinds"}
"""Faults that a schema can see, whatever the parameters and the parents of a spec are."""


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Give a schema and those inside it, references followed but into lists of layers."""
    if isinstance(schema, dict):
        yield schema
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name != "layers":
            yield from parts(DEFINITIONS[name])
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def words(schema: dict[str, Any]) -> set[Any]:
    """Return the words that an editor offers for a value."""
    found = {word for part in parts(schema) for word in part.get("enum", ()) if word is not None}
    return found | {name for part in parts(schema) for name in part.get("properties", ())}


def properties_of(owner: str) -> dict[str, Any]:
    """Return the fields of a kind of layer, a group or a section, as the schema has them."""
    place = {"data": SCHEMA["properties"], "train": SCHEMA["properties"]}.get(owner, DEFINITIONS)
    schema = place[owner]
    objects = [part for part in (schema, *schema.get("anyOf", ())) if "properties" in part]
    found: dict[str, Any] = objects[0]["properties"]
    return found


OWNERS: dict[str, type] = {
    **{f"fields.{kind}": layer for kind, layer in REGISTRY.items()},
    **{f"group.{kind}": group for kind, group in GROUPS.items()},
    "data": Data,
    "train": Train,
}
FIELDS = [
    pytest.param(name, owner, field, id=f"{name}-{field.name}")
    for name, owner in OWNERS.items()
    for field in dataclasses.fields(owner)
]


@pytest.mark.parametrize(("name", "owner", "field"), FIELDS)
def test_a_field_has_its_words_and_its_default(
    name: str, owner: type, field: dataclasses.Field[Any]
) -> None:
    described = properties_of(name)[field.name]
    options = (described, *described.get("anyOf", ()))
    defaults = [part["default"] for part in options if "default" in part]

    assert described["description"] == field.metadata["doc"]
    assert defaults == ([field.default] if isinstance(field.default, int | float | str) else [])


@pytest.mark.parametrize(("name", "owner", "field"), FIELDS)
def test_an_editor_offers_the_words_of_a_field(
    name: str, owner: type, field: dataclasses.Field[Any]
) -> None:
    type_ = field_types(owner)[field.name]
    offered = words(properties_of(name)[field.name])

    if isinstance(type_, Choice):
        assert set(type_.words) <= offered
    if isinstance(type_, Sub):
        assert {*type_.choices, "none"} <= offered


@pytest.mark.parametrize("kind", [*REGISTRY, *GROUPS])
def test_an_editor_offers_every_kind_of_entry_and_says_what_it_is(kind: str) -> None:
    entry = DEFINITIONS["entry"]
    definition = DEFINITIONS[f"{'group' if kind in GROUPS else 'layer'}.{kind}"]
    keys = {name for option in entry["anyOf"] for name in option.get("properties", ())}

    assert kind in keys
    assert definition["description"].endswith((".", ")."))
    assert "id" in words(definition)


def test_an_editor_takes_the_blocks_of_a_file_as_entries() -> None:
    patterns = [p for o in DEFINITIONS["entry"]["anyOf"] for p in o.get("patternProperties", ())]

    assert len(patterns) == 1


def test_the_settings_of_vs_code_map_the_specs_to_the_schema() -> None:
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text("utf-8"))
    ((schema, pattern),) = settings["yaml.schemas"].items()
    (shown,) = [b.text for b in blocks_of(DOCS / "editor.md") if b.language == "json"]

    assert (ROOT / schema).resolve() == ROOT / "archspec.schema.json"
    assert sorted(ROOT.glob(pattern)) == GOOD
    assert json.loads(shown) == settings


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_modeline_of_a_spec_leads_to_the_schema_on_the_disk(path: Path) -> None:
    first = path.read_text("utf-8").partition("\n")[0]
    named = first.removeprefix("# yaml-language-server: $schema=")

    assert "://" not in named
    assert (path.parent / named).resolve() == ROOT / "archspec.schema.json"


def refused(paths: list[Path]) -> set[str]:
    """Return the names of the files that check-jsonschema does not accept."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--output-format", "json"),
            *("--schemafile", str(ROOT / "archspec.schema.json"), *map(str, paths)),
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.stdout, finished.stderr
    said = json.loads(finished.stdout)
    faults = (*said["errors"], *said.get("parse_errors", ()))
    return {Path(fault["filename"]).name for fault in faults}


def has_fault_of_structure(path: Path) -> bool:
    """Say whether the reader finds a fault in the file itself that its structure shows.

    What `edit` does to inherited layers it does not show; CapWords may be a parent's block.
    """
    tree, unread = read_tree(Source(path.name, path.read_text("utf-8", errors="replace")))
    if tree is None or unread or path.stem.startswith("edit_"):
        return False
    return any(
        fault.code in STRUCTURAL
        and fault.span is not None
        and Path(fault.span.source.name).name == path.name
        and not re.match(r" *- [A-Z]", fault.span.source.line(fault.span.line))
        for fault in read_spec(path).diagnostics
    )


def test_check_jsonschema_accepts_every_valid_spec() -> None:
    assert refused(GOOD) == set()


def test_check_jsonschema_refuses_every_spec_of_a_faulty_structure() -> None:
    faulty = [path for path in BAD if has_fault_of_structure(path)]

    assert len(faulty) >= 30
    assert {path.name for path in faulty} - refused(faulty) == set()
