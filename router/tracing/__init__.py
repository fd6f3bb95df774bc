"""Traces for OpenTelemetry: one for each call, made of what the call's own trace says, once the call is over.

A call is handled by whichever worker comes first, so nobody holds its spans while it lasts. They need nobody: the
journal has every instant, and the ids are made of the call's own names. What always holds: off, nothing of it is
imported and no event costs anything; on, no event waits for a collector, and one that is away costs a line of the log.
"""

from router.tracing.ended_calls import EndedCalls
from router.tracing.options import open_exporter

__all__ = ["EndedCalls", "open_exporter"]
