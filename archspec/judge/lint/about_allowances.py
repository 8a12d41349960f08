"""Pages of what lint says of allowances; they are read like those of the rules."""

from __future__ import annotations

from archspec.judge.lint.rule import Rule

_HEAD = """\
archspec: 1
input: [3, 32, 32]
layers:
"""
_TAIL = """\
  - conv: {out_channels: 10, kernel_size: 30}
  - flatten
"""
_BIAS = "  - conv: {out_channels: 16, kernel_size: 3, norm: batch}"
_NO_BIAS = "  - conv: {out_channels: 16, kernel_size: 3, bias: false, norm: batch}"
_REASON = "as in the published weights"

UNKNOWN = Rule(
    code="unknown-rule",
    severity="warning",
    summary="Finds codes that a spec allows and that no rule has.",
    why="A misspelt code allows nothing, and what it was meant to allow is told all the same.",
    example=f"{_HEAD}{_NO_BIAS}    # allow bias-befor-norm: {_REASON}\n{_TAIL}",
    instead=f"{_HEAD}{_BIAS}    # allow bias-before-norm: {_REASON}\n{_TAIL}",
    source="Ruff's warning on unknown codes behind `noqa`",
    find=lambda network: (),
)
UNREASONED = Rule(
    code="allow-without-reason",
    severity="warning",
    summary="Finds allowances that do not say why.",
    why=(
        "Who reads the spec later has to know why a warning does not count here, to see when it "
        "does again. One reason in a few words is enough."
    ),
    example=f"{_HEAD}{_BIAS}    # allow bias-before-norm\n{_TAIL}",
    instead=f"{_HEAD}{_BIAS}    # allow bias-before-norm: {_REASON}\n{_TAIL}",
    source="Clippy's lint allow_attributes_without_reason",
    find=lambda network: (),
)
UNUSED = Rule(
    code="unused-allow",
    severity="info",
    summary="Finds allowances of what is not found.",
    why=(
        "An allowance that outlives its cause hides the next fault of the kind, and tells readers "
        "of one that is not there. Those that a child inherits are left alone."
    ),
    example=f"{_HEAD}{_NO_BIAS}    # allow bias-before-norm: {_REASON}\n{_TAIL}",
    instead=f"{_HEAD}{_BIAS}    # allow bias-before-norm: {_REASON}\n{_TAIL}",
    source="Ruff's rule RUF100, unused `noqa`",
    find=lambda network: (),
)
ABOUT_ALLOWANCES = (UNKNOWN, UNREASONED, UNUSED)
"""They find nothing by themselves: what is allowed is held against what the rules found."""
