from __future__ import annotations

import pytest

from archspec.report.code_fences import outside_code


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("a\n```\nb\n```\nc", "y...y"),
        ("~~~\nb\n~~~\nc", "...y"),
        ("````\n```\nb\n````\nc", "....y"),
        ("```\nb\n`````\nc", "...y"),
        ("```\n~~~\nb\n```\nc", "....y"),
        ("```yaml\nb\n``` yaml\n```\nc", "....y"),
        ("```a`b\nc", "yy"),
        ("~~~a`b\nc", ".."),
        ("   ```\nb\n  ```\nc", "...y"),
        ("    ```\nb", ".y"),
        ("```\nb\n    ```\nc", "...."),
        ("``\nb", "yy"),
        ("```\nb", ".."),
        ("- ```\n  b\n  ```\n  c", "...y"),
        ("- ```\n  b\nc", "..y"),
        ("1. a\n\n   ```\n   b\n   ```\n   c", "yy...y"),
        ("1. a\n\n    ```\n    b\n    ```\nc", "yy...y"),
        ("- a\n  - ```\n    b\n\n    c\n    ```\nd", "y.....y"),
        ("> ```\n> b\n> ```\n> c", "...y"),
        ("> ```\n> b\nc", "..y"),
        ("> - ```\n>   b\n> c", "..y"),
        ("- - -\n```\nb\n```", "y..."),
        ("\t```\nb", ".y"),
        ("-\t```\n\tb\n\t```\nc", "...y"),
        ("    a", "."),
        ("\ta", "."),
        ("a\n    b\n\n    c\n\n    d\ne", "yyy.y.y"),
        ("# a\n    b", "y."),
        ("a\n---\n    b", "yy."),
        ("a\n===\n    b", "yy."),
        ("<!-- a -->\n    b", "y."),
        ("```\n```\n    b", "..."),
        ("- a\n    b\n\n    c\n\n      d", "yyyyy."),
        ("-     a\n- b\n      c", ".yy"),
        ("1. a\n\n       b\n\n    c", "yy.yy"),
        ("> a\n    b", "yy"),
        (">     a\n> b\n>     c\n>\n>     d", ".yyy."),
    ],
)
def test_code_is_found_as_commonmark_says(text: str, prose: str) -> None:
    found = "".join("y" if outside else "." for outside in outside_code(text.split("\n")))

    assert found == prose
