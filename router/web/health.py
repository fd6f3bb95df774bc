"""What orchestrators and Prometheus ask: /healthz, /readyz, /metrics."""

from flask import Blueprint, Response, request

from router.web.api_objects import reply
from router.web.metrics_page import MetricsPage
from router.web.router_parts import RouterParts


def health(parts: RouterParts) -> Blueprint:
    """Public paths; none of them tells anything of a call."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return reply({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        """200 when it can accept: the database answers, and each account has an active bundle; or the database is away
        and the spool takes events."""
        status, reason = parts.ready()
        return reply({"status": status, "reason": reason}, 503 if status == "not ready" else 200)

    page = MetricsPage(parts)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        content, content_type = page.render(request.headers.get("Accept", ""))
        return Response(content, content_type=content_type)

    return blueprint
