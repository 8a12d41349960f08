"""Writes docs/reference/ out of the code; with --check, says which pages no longer fit it.

python -m docs.make_reference
python -m docs.make_reference --check
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import archspec
from archspec.commands import COMMANDS, find_command
from archspec.commands.plain_call import DeclaredParameter, declared_parameters
from archspec.judge.lint import PAGES
from archspec.language.groups import GROUPS, Layers
from archspec.language.quantities import CLAIMS, MEANING, TARGETS
from archspec.language.reader import KEYS
from archspec.language.sections import Data, Normalize, SeedDemand, Train
from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import FieldType, Sub, field_types, required

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
DIAGNOSTICS = ROOT / "archspec" / "diagnostics" / "pages"
PARTS_HEADING = "What norm, activation and dropout take"
PARTS = "#" + PARTS_HEADING.lower().replace(",", "").replace(" ", "-")
SEVERAL = re.compile(r"\b(number|mapping|text|word)\b")
PLURAL = r"\g<0>s"
SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
GENERATED = (
    "<!-- Written by `python -m docs.make_reference` out of the code: change that, then run it. -->"
)


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on a difference"
    )
    only_check = parser.parse_args().check
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not only_check:
                FOLDER.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    left = sorted({path.name for path in FOLDER.glob("*.md")} - pages().keys())
    for name in stale:
        outcome = "is stale: python -m docs.make_reference renews it" if only_check else "written"
        print(f"docs/reference/{name} {outcome}")
    for name in left:
        print(f"docs/reference/{name} is made by nothing any more: remove it")
    return 1 if left or (only_check and stale) else 0


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "layers.md": joined(layers_page()),
        "groups.md": joined(groups_page()),
        "sections.md": joined(sections_page()),
        "commands.md": joined(commands_page()),
        "diagnostics.md": joined(diagnostics_page()),
        "lint.md": joined(lint_page()),
        "python.md": joined(python_page()),
    }


def joined(paragraphs: Iterable[str]) -> str:
    """Return paragraphs as one page."""
    return "\n\n".join([GENERATED, *paragraphs]) + "\n"


def layers_page() -> Iterator[str]:
    """Give the page of all kinds of layers, family by family."""
    yield "# Layers"
    yield (
        "Every kind that a layer list may use. An entry is `- kind: {field: value}`; a scalar "
        "stands for the field that is marked *shorthand*; a kind without required fields may be a "
        "bare word. Any layer takes an `id` besides."
    )
    families: dict[str, list[type[Layer]]] = {}
    for layer in REGISTRY.values():
        families.setdefault(layer.__module__, []).append(layer)
    for module, layers in families.items():
        yield f"## {sentence(sys.modules[module]).rstrip('.')}"
        for layer in layers:
            yield f"### `{layer.kind}`"
            yield sentence(layer)
            facts = {
                "output": returned(layer.output_shape),
                "sees": returned(layer.window),
                "params": returned(layer.param_shapes),
                "torch": returned(layer.torch_call),
            }
            yield "\n".join(f"- {name}: {text}" for name, text in facts.items() if text)
            yield fields_table(layer, layer.shorthand)
    yield f"## {PARTS_HEADING}"
    yield (
        "These fields put a second layer into the same entry. They take its name, or its name with "
        "fields as in `{group: {num_groups: 4}}`, or `none`."
    )
    yield table(("Field", "Names"), parts().items())


def parts() -> dict[str, str]:
    """Return the names that norm, activation and dropout fields take."""
    types = [type for layer in REGISTRY.values() for type in field_types(layer).values()]
    return {
        f"`{type.name}`": ", ".join(f"`{word}`" for word in type.choices)
        + (" (a number is its probability)" if type.number_means else "")
        for type in types
        if isinstance(type, Sub)
    }


def groups_page() -> Iterator[str]:
    """Give the page of entries that hold entries."""
    yield "# Groups"
    yield "Entries that hold others; [Networks that branch](../language.md) shows them at work."
    for kind, group in GROUPS.items():
        yield f"## `{kind}`"
        yield sentence(group)
        yield fields_table(group, group.shorthand)


def sections_page() -> Iterator[str]:
    """Give the page of a spec's keys and of the sections beside its layers."""
    yield "# Sections of a spec"
    yield table(("Key", "Meaning"), ((f"`{key}`", text) for key, text in KEYS.items()))
    for name, owner in (("data", Data), ("data: normalize", Normalize), ("train", Train)):
        yield f"## `{name}`"
        yield sentence(owner)
        yield fields_table(owner, None)
    yield "## `targets`"
    yield (
        "What is demanded: a quantity with one bound or several out of `below`, `above`, "
        "`at_least`, `at_most`, `equals`, `between`. Accuracies take `epochs`, `consecutive`, "
        "`within` and `seeds`, too."
    )
    yield table(("Quantity", "Meaning"), ((f"`{name}`", MEANING[name]) for name in TARGETS))
    yield "`seeds`:"
    yield fields_table(SeedDemand, None)
    yield "## `claims`"
    yield "What someone published: a number for each, and `table`, the path of a markdown table."
    yield table(("Quantity", "Meaning"), ((f"`{name}`", MEANING[name]) for name in CLAIMS))


def commands_page() -> Iterator[str]:
    """Give the page of all commands."""
    yield "# Commands"
    yield (
        "Exit codes: 0 all holds; 1 a spec, target or claim does not hold; 2 wrong usage; 3 the "
        "environment (data, disk, device, network); 130 interrupted."
    )
    for name in COMMANDS:
        yield f"## `archspec {name}`"
        yield from command_parts(find_command(name))


def command_parts(command: Callable[..., None]) -> Iterator[str]:
    """Give what the help of a command says, from what it declares."""
    words, _, example = inspect.cleandoc(command.__doc__ or "").partition("\n\nExample: ")
    yield plain(words)
    yield f"```sh\n{plain(example)}\n```"
    parameters = list(declared_parameters(command))
    arguments = [p for p in parameters if p.option is None]
    options = [p for p in parameters if p.option is not None and not p.declared.hidden]
    if arguments:
        rows = ((f"`{a.declared.metavar}`", plain(a.declared.help or "")) for a in arguments)
        yield table(("Argument", "Meaning"), rows)
    if options:
        given = ((f"`{o.option}`", taken(o), plain(o.declared.help or "")) for o in options)
        yield table(("Option", "Takes", "Meaning"), given)


def taken(option: DeclaredParameter) -> str:
    """Return what an option takes: nothing, one of some words, or a value of a kind."""
    if option.kind is bool:
        return ""
    if issubclass(option.kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in option.kind)
    if option.declared.min is not None or option.declared.max is not None:
        return "whole number"
    return f"`{option.declared.metavar}`" if option.declared.metavar else "text"


def diagnostics_page() -> Iterator[str]:
    """Give the page of all codes, which `archspec explain` shows one by one."""
    yield "# Diagnostics"
    yield "What each code means. `archspec explain CODE` prints one of them."
    by_topic: dict[str, list[str]] = {}
    for path in sorted(DIAGNOSTICS.glob("*.md")):
        title, topic, text = path.read_text(encoding="utf-8").strip().split("\n\n", 2)
        words = f"### `{title.removeprefix('# ')}`\n\n{without_headings(text)}"
        by_topic.setdefault(topic, []).append(words)
    for topic, texts in sorted(by_topic.items()):
        yield f"## {topic}"
        yield from texts
    yield "## Lint"
    yield "The codes of lint are on [a page of their own](lint.md)."


def without_headings(text: str) -> str:
    """Return a page whose headings are bold words, and whose paragraphs are lines.

    A site with 600 headings helps nobody, and code in a sentence must not break.
    """
    lines: list[str] = []
    is_code = is_paragraph = False
    for line in text.split("\n"):
        is_code ^= line.startswith("```")
        is_prose = not is_code and re.match(r"[^\s#|`>-]|`[^`]", line) is not None
        if is_prose and is_paragraph:
            lines[-1] += f" {line}"
        elif line.startswith("## ") and not is_code:
            lines.append(f"**{line.removeprefix('## ')}**")
        else:
            lines.append(line)
        is_paragraph = is_prose
    return "\n".join(lines)


def lint_page() -> Iterator[str]:
    """Give the page of all lint rules."""
    yield "# Lint rules"
    yield (
        "`archspec lint` and `archspec check` say them as warnings; with `--strict` they fail. A "
        "spec allows one by `lint: {code: reason}`, a line by a comment `# allow code: reason`."
    )
    for rule in PAGES.values():
        yield f"## `{rule.code}`"
        yield f"{rule.summary} ({rule.severity})"
        yield rule.why
        yield f"Found in:\n\n```yaml\n{rule.example.strip()}\n```"
        yield f"Better:\n\n```yaml\n{rule.instead.strip()}\n```"
        yield f"Source: {rule.source}"


def python_page() -> Iterator[str]:
    """Give the page of what `import archspec` offers."""
    yield "# Names of the package"
    yield "[From Python](../python.md) shows them at work."
    for name in archspec.__all__:
        if name.startswith("_"):
            continue
        value = getattr(archspec, name)
        yield f"## `{name}`"
        if not issubclass(type(value), type):
            yield f"```python\n{name}{signature_of(value)}\n```"
        yield docstring(value)
        if dataclasses.is_dataclass(value):
            for method, member in vars(value).items():
                if inspect.isfunction(member) and not method.startswith("_"):
                    yield f"### `{name}.{method}`"
                    yield f"```python\n{method}{signature_of(member)}\n```"
                    yield docstring(member)


def signature_of(function: Any) -> str:
    """Return a signature as it is written."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(function)))


def docstring(value: Any) -> str:
    """Return a docstring as paragraphs."""
    return inspect.cleandoc(value.__doc__ or "")


def fields_table(owner: type, shorthand: str | None) -> str:
    """Return the fields of a layer or section as a table."""
    needed = required(owner)
    types = field_types(owner)
    rows = []
    for f in dataclasses.fields(owner):
        mark = " (shorthand)" if f.name == shorthand else ""
        default = "required" if f.name in needed else default_of(f.default)
        rows.append((f"`{f.name}`{mark}", takes(types[f.name]), default, f.metadata["doc"]))
    return table(("Field", "Takes", "Default", "Meaning"), rows) if rows else "It has no fields."


def takes(type: FieldType) -> str:
    """Return in words what a field takes."""
    if isinstance(type, Sub):
        return f"[a layer]({PARTS})"
    return "layers" if isinstance(type, Layers) else values_of(type.schema())


def default_of(value: Any) -> str:
    """Return a default as one writes it."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{value[0]}`" if len(value) == 1 else f"`{list(value)}`"
    if hasattr(value, "name"):
        return f"`{value.name}`"
    return f"`{value}`"


def values_of(schema: dict[str, Any]) -> str:
    """Return in words what a schema takes; expressions go without saying."""
    if "anyOf" in schema:
        options = [values_of(option) for option in schema["anyOf"] if "pattern" not in option]
        return " or ".join(dict.fromkeys(filter(None, options)))
    if "allOf" in schema:
        return str(schema["allOf"][0].get("$ref", "")).rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return number_words(schema, "whole number" if kind == "integer" else "number")
    if kind == "array":
        item = values_of(schema.get("items", {}))
        return f"list of {SEVERAL.sub(PLURAL, item)}" if item else "list"
    words = {"boolean": "`true`, `false`", "string": "text", "object": "mapping"}
    return words.get(str(kind), "")


def number_words(schema: dict[str, Any], noun: str) -> str:
    """Return a number with its range."""
    words = []
    for key, sign in SIGNS.items():
        bound = schema.get(key)
        if bound is not None and abs(bound) < 2**31 - 1:
            words.append(f"{sign} {bound:,g}" if bound % 1 else f"{sign} {int(bound):,}")
    return f"{noun} {' and '.join(words)}".strip()


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a markdown table."""
    headings = list(headings)
    lines = [headings, ["---"] * len(headings), *(list(row) for row in rows)]
    cells = ([" ".join(cell.replace("|", "\\|").split()) for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def sentence(owner: Any) -> str:
    """Return the first line of a docstring."""
    return (owner.__doc__ or "").strip().splitlines()[0]


def returned(method: Any) -> str:
    """Return what the docstring of a method says that it gives; nothing for shared rules."""
    line = sentence(method)
    found = re.fullmatch(r"(?:Return|Say that) (?P<what>.*?)\.?", line)
    text = found["what"] if found else ""
    return text[:1].lower() + text[1:] if not text.startswith(("torch", "(")) else f"{text}"


def plain(text: str) -> str:
    """Return help without the marks of a terminal, one line for each paragraph."""
    text = re.sub(r"\[/?[a-z ]+\]", "", text.replace("\b", ""))
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


if __name__ == "__main__":
    sys.exit(main())
