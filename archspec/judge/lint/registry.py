"""Every rule, found by looking into the folder: a new one is one file there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from archspec.judge.lint import rules
from archspec.judge.lint.rule import Rule


def _rule_of(module: str) -> Rule:
    rule: Rule = import_module(f"{rules.__name__}.{module}").RULE
    assert rule.code.replace("-", "_") == module, f"{module}.py holds the rule {rule.code}"
    return rule


# pkgutil would look in the same way, and costs every `check` a millisecond.
_FOLDER = Path(next(iter(rules.__path__)))
_FOUND = [_rule_of(path.stem) for path in sorted(_FOLDER.glob("[a-z]*.py"))]
RULES: Mapping[str, Rule] = {rule.code: rule for rule in _FOUND}
"""Every rule by its code, in the order of the alphabet."""
