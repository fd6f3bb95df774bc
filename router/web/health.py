"""What orchestrators and Prometheus ask: /healthz, /readyz, /metrics."""

import os

from flask import Blueprint, Response

from router.runtime.metrics import exposition
from router.web.api_objects import reply
from router.web.parts import RouterParts


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

    @blueprint.get("/metrics")
    def metrics() -> Response:
        multiprocess = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        page = exposition(
            parts.store, parts.limits, parts.ingest.standing, parts.heartbeats.ages, multiprocess=multiprocess
        )
        return Response(page, content_type="text/plain; version=0.0.4; charset=utf-8")

    return blueprint
