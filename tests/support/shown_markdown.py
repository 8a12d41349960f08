"""Markdown as a browser shows it that is told to take the HTML in it: tags and text."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt

NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><b>",
    "<!-- gone -->",
    "[here](javascript:alert(1))",
    "![x](http://a/b.png)",
    "`code`<i>`",
    "**bold** _slanted_ ~~struck~~ a_b_c",
    "a | b \\| c \\< d",
    "&lt;i&gt; &#60;",
)
"""What a text may be that somebody else wrote, and what has to be seen as it is."""


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(markdown: str) -> tuple[set[str], str]:
    """Return the tags that a page comes to, and the text that is read in it."""
    parser = _Seen()
    parser.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))
    assert parser.text, "nothing is seen"
    return parser.tags, parser.text
