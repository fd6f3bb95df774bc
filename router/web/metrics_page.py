"""The page that Prometheus reads: text, or OpenMetrics when asked for it."""

import os
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest, openmetrics
from prometheus_client.multiprocess import MultiProcessCollector

from router.metric_files import reading
from router.runtime.monitoring.metrics import registry
from router.web.gauges import RouterGauges
from router.web.process_gauges import ServerCollector
from router.web.router_parts import RouterParts

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class MetricsPage:
    """Kept between scrapes."""

    def __init__(self, parts: RouterParts) -> None:
        self._has_workers = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        self._gauges = RouterGauges(parts)
        self._server = ServerCollector(has_workers=self._has_workers)

    def render(self, accept: str) -> tuple[bytes, str]:
        """(the page, its content type) for an Accept header."""
        if not self._has_workers:
            return self._rendered(accept)
        with reading(os.environ["PROMETHEUS_MULTIPROC_DIR"]):
            return self._rendered(accept)

    def _rendered(self, accept: str) -> tuple[bytes, str]:
        page = CollectorRegistry()
        if self._has_workers:
            MultiProcessCollector(page)  # type: ignore[no-untyped-call]
        else:
            page.register(registry)
        page.register(self._gauges)
        page.register(self._server)
        if "application/openmetrics-text" in accept:
            return openmetrics.exposition.generate_latest(page), OPENMETRICS  # type: ignore[no-untyped-call]
        return generate_latest(page), TEXT
