"""Settings of the documentation site; `make docs` builds it into build/docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "archspec"
copyright = "archspec developers"
extensions = ["myst_parser"]
exclude_patterns = ["make_reference.py"]
root_doc = "index"

html_theme = "furo"
html_title = "archspec"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["style"]
html_css_files = ["site.css"]
pygments_style = "friendly"
pygments_dark_style = "monokai"

smartquotes = False  # `--strict` in a sentence is two hyphens
myst_heading_anchors = 3
myst_enable_extensions = ["html_image"]
# A page written for GitHub has raw HTML in it: pictures with a width, and the markers of blocks.
suppress_warnings = ["myst.header"]

CONTENTS: dict[str, tuple[str, ...]] = {
    "Start": ("tutorial", "your-repository", "editor"),
    "Guides": (
        "language",
        "table",
        "graph",
        "training",
        "ranks",
        "eval",
        "predict",
        "tensorboard",
        "python",
        "plugins",
        "check-json",
    ),
    "How to": ("how-to/layer", "how-to/lint-rule"),
    "Reference": tuple(
        f"reference/{page}"
        for page in ("layers", "groups", "sections", "commands", "diagnostics", "lint", "python")
    ),
}
"""The pages in order. One that is not named here comes behind the guides."""


def contents(folder: Path) -> Iterator[str]:
    """Give the tree of contents, part by part, of the pages that are there."""
    there = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md")}
    named = {page for pages in CONTENTS.values() for page in pages}
    more = tuple(sorted(there - named - {root_doc}))
    for caption, pages in CONTENTS.items():
        listed = (*pages, *more) if caption == "Guides" else pages
        lines = "\n".join(page for page in listed if page in there)
        yield f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```"


def add_contents(app: Sphinx, page: str, text: list[str]) -> None:
    """Put the tree of contents below the start page, where GitHub need not show it."""
    if page == root_doc:
        text[0] = "\n\n".join([text[0], *contents(Path(app.srcdir))])


def outdated(*_: Any) -> list[str]:
    """Name the start page: it changes when a page comes or goes."""
    return [root_doc]


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx what is done while it reads."""
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", add_contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
