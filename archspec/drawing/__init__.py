"""Drawings of a network: Mermaid, Graphviz dot, and SVG that needs no other program."""

from archspec.drawing.dot import as_dot
from archspec.drawing.folding import AUTO, EVERYTHING, read_depth
from archspec.drawing.mermaid import MOST_EDGES, MOST_LETTERS, as_mermaid
from archspec.drawing.model import Picture
from archspec.drawing.picture import make_picture
from archspec.drawing.svg import as_svg

__all__ = [
    "AUTO",
    "EVERYTHING",
    "MOST_EDGES",
    "MOST_LETTERS",
    "Picture",
    "as_dot",
    "as_mermaid",
    "as_svg",
    "make_picture",
    "read_depth",
]
