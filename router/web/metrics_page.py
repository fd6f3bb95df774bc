"""The page that Prometheus reads: text, or OpenMetrics for whoever asks for it."""

import os

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from router.runtime.metrics import registry
from router.web.gauges import RouterGauges
from router.web.parts import RouterParts
from router.web.process_gauges import ServerCollector


class MetricsPage:
    """Kept between scrapes."""

    def __init__(self, parts: RouterParts) -> None:
        self._has_workers = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        self._gauges = RouterGauges(parts)
        self._server = ServerCollector(has_workers=self._has_workers)

    def render(self, accept: str) -> tuple[bytes, str]:
        """(the page, its content type) for an Accept header."""
        page = CollectorRegistry()
        if self._has_workers:
            MultiProcessCollector(page)  # type: ignore[no-untyped-call]
        else:
            page.register(registry)
        page.register(self._gauges)
        page.register(self._server)
        encode, content_type = choose_encoder(accept)
        return encode(page), content_type
