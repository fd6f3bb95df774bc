"""From nodes to the model: resources first, since flows refer to them, then each flow as a draft."""

from router.flow.reading.flows import ParsedFlow, ParsedStep, Passage, read_flow, refuse_unread, runs_of
from router.flow.reading.names import Contracts
from router.flow.reading.resources import KINDS, ResourceReader, Resources
from router.flow.reading.scope import Contract, Edge

__all__ = [
    "KINDS",
    "Contract",
    "Contracts",
    "Edge",
    "ParsedFlow",
    "ParsedStep",
    "Passage",
    "ResourceReader",
    "Resources",
    "read_flow",
    "refuse_unread",
    "runs_of",
]
