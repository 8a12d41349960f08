"""What blocks can say, one file a kind."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.report.block_kinds import diff, ladder, results, table, value
from archspec.report.block_kinds.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.form.kind: kind for kind in (table.KIND, ladder.KIND, results.KIND, diff.KIND, value.KIND)
}
"""Every kind by the word that opens its block."""

__all__ = ["KINDS", "Kind"]
