"""Analysis: everything that is known of a network without running it."""

from archspec.analysis.analyze import analyze
from archspec.analysis.hashes import architecture_hash, recipe_hash
from archspec.analysis.model import Analysis, EntryFacts, NodeFacts, ReceptiveField, Totals

__all__ = [
    "Analysis",
    "EntryFacts",
    "NodeFacts",
    "ReceptiveField",
    "Totals",
    "analyze",
    "architecture_hash",
    "recipe_hash",
]
