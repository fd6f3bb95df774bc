"""A collector of traces: takes OTLP over HTTP and keeps the spans that it decodes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """What came: (attributes of the resource, span) in the order of coming."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        self.spans: list[tuple[dict[str, Any], Any]] = []
        self.paths: set[str] = set()

    def traces(self) -> dict[bytes, list[Any]]:
        """Trace's id -> its spans."""
        found: dict[bytes, list[Any]] = {}
        for _, span in list(self.spans):
            found.setdefault(span.trace_id, []).append(span)
        return found


def attributes(of: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in of.attributes}


@contextmanager
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest()
            request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in request.resource_spans:
                about = attributes(resource.resource)
                here.spans.extend((about, span) for scope in resource.scope_spans for span in scope.spans)
            here.paths.add(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing: the test tells enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Collector(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
