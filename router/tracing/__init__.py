"""Traces for OpenTelemetry: one for each call, made of what the call's own trace says, once the call is over.

Each event of a call may be handled by another worker, so no worker holds its spans while it lasts. None has to: the
journal has every instant, and the ids are made of the call's own names. What always holds: off, nothing of it is
imported and no event costs anything; on, no event waits for a collector, and one that is away costs a line of the log.
"""

from router.tracing.ended_calls import EndedCalls
from router.tracing.otel_options import open_exporter

__all__ = ["EndedCalls", "open_exporter"]
