"""From nodes to the model: resources first, since flows refer to them, then each flow as a draft."""

from router.flow.reading.flows import FlowDraft, StepDraft, read_flow
from router.flow.reading.resources import KINDS, ResourceReader, Resources
from router.flow.reading.scope import Edge

__all__ = ["KINDS", "Edge", "FlowDraft", "ResourceReader", "Resources", "StepDraft", "read_flow"]
