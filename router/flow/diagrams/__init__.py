"""Diagrams of flows: `notation` writes them for Mermaid and Graphviz, `svg` draws them itself (`layers`, `places`)."""

from router.flow.diagrams.notation import dot, mermaid
from router.flow.diagrams.svg import svg

__all__ = ["dot", "mermaid", "svg"]
