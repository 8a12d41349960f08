"""`archspec schema`: the JSON Schema of spec files, for editors and programs."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of spec files; editors complete and explain by it.

    Example: archspec schema > archspec.schema.json
    """
    typer.echo(schema_text(), nl=False)


def schema_text() -> str:
    """Return the schema as it is committed: two spaces, one line end."""
    import json

    from archspec.language.schema import spec_schema

    return json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n"
