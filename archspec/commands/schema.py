"""`archspec schema`: the JSON Schema of spec files, for editors and programs."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of spec files; editors complete and explain by it.

    Example: archspec schema > archspec.schema.json
    """
    from archspec.commands.telling import hand_over

    hand_over(schema_text())


def schema_text() -> str:
    """Return the schema as it is committed: two spaces, one line end."""
    import json

    from archspec.language.schema import spec_schema

    return json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n"
