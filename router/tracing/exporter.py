"""Spans to a collector, by OpenTelemetry's SDK: batches, retries, sampling and resource are its own, with its own
variables. The ids are ours. A collector that is away is one line of the log, and no more."""

import logging
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from router.logs import get_logger, recovered
from router.tracing.spans import CALL, COMMAND, Span

SERVICE: Final = "ivr-router"
VERSION: Final = version(SERVICE)
ADVICE: Final = "is OTEL_EXPORTER_OTLP_ENDPOINT its HTTP address, such as http://localhost:4318?"
TOPIC: Final = "traces"
END_SECONDS: Final = 2.0
KINDS: Final[Mapping[str, SpanKind]] = {CALL: SpanKind.SERVER, COMMAND: SpanKind.CLIENT}

log = get_logger()


class _Ids(IdGenerator):
    """The ids of the span that this thread is about to begin."""

    def __init__(self) -> None:
        self._next = threading.local()

    def give(self, span: Span) -> None:
        self._next.span = span

    def generate_span_id(self) -> int:
        return int(self._next.span.span_id)

    def generate_trace_id(self) -> int:
        return int(self._next.span.trace_id)


class _Telling(SpanExporter):
    """An exporter that says once that its collector is away, and once that it is back."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._failed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._inner.export(spans)
        except Exception as error:  # the library's own loop would go on with a traceback each time
            return self._lost(len(spans), type(error).__name__)
        if result is not SpanExportResult.SUCCESS:
            return self._lost(len(spans), "it did not take them")
        if self._failed:
            self._failed = False
            recovered(TOPIC, "the collector takes traces again")
        return result

    def _lost(self, spans: int, why: str) -> SpanExportResult:
        self._failed = True
        log.warning("traces are lost: the collector does not take them", topic=TOPIC, spans=spans, error=why,
                    advice=ADVICE)  # fmt: skip
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class SpanExporting:
    """Sends spans, in a thread of the SDK's."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        for name in ("opentelemetry", "urllib3.connectionpool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # `_Telling` says it
        named = "OTEL_SERVICE_NAME" in environ or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        ours = {"service.version": VERSION} | ({} if named else {"service.name": SERVICE})
        self._ids = _Ids()
        self._provider = TracerProvider(resource=Resource.create(ours), id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_Telling(OTLPSpanExporter())))
        self._tracer = self._provider.get_tracer("router", VERSION)

    def send(self, spans: Sequence[Span]) -> None:
        """The spans of one call, its own first. Costs the sender no time on the network."""
        contexts: dict[int, Context] = {}
        for span in spans:
            self._ids.give(span)
            live = self._tracer.start_span(
                span.name,
                context=contexts.get(span.parent_id),
                kind=KINDS.get(span.kind, SpanKind.INTERNAL),
                attributes=dict(span.facts),
                start_time=span.begun,
            )
            contexts[span.span_id] = set_span_in_context(live)
            for moment in span.moments:
                live.add_event(moment.name, dict(moment.facts), timestamp=moment.at)
            if span.trouble:
                live.set_status(Status(StatusCode.ERROR, span.trouble))
            live.end(end_time=span.ended)

    def stop(self) -> None:
        """Send what waits, for a moment; a collector that is away does not delay the end."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(END_SECONDS)
