"""Spec → Graph: every operation with its name and its inputs, in the order in which it runs."""

from archspec.graph.model import INPUT, EntryNodes, Graph, GroupNodes, Head, Node
from archspec.graph.walk import make_graph

__all__ = ["INPUT", "EntryNodes", "Graph", "GroupNodes", "Head", "Node", "make_graph"]
