"""HTTP: the webhook, health and metrics, the admin API and the console, put together as one Flask application."""

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from router.config.settings import Settings
from router.errors import RouterError
from router.web.access import Access
from router.web.api import mount_api
from router.web.console import console
from router.web.event_stream import Streams
from router.web.health import health
from router.web.prefix import below_prefix
from router.web.problem_details import Problem, from_http, from_problem, from_router
from router.web.publishing import PATH as UPLOADS
from router.web.router_parts import RouterParts
from router.web.waits import Waits
from router.web.webhook import Webhook
from router.web.webhook_routes import blueprint_of, webhook_blueprint

__all__ = ["FAST_PATH", "STREAMS", "create_app", "larger_bodies", "webhook_blueprint"]

FAST_PATH: Final = "ivr-fast-path"
"""Under this name the application's extensions hold the webhook, for a server that can ask it without WSGI and Flask;
nothing with `fast_path: false`."""

STREAMS: Final = "ivr-streams"
"""The same for what lasts, streams of events and requests that wait, which a server that is to leave ends first."""


class Lasting:
    """Everything that holds a thread for longer than its answer takes."""

    def __init__(self, *ends: Callable[[], None]) -> None:
        self._ends = ends

    def end(self) -> None:
        """End all of it. Returns at once."""
        for end in self._ends:
            end()


def create_app(parts: RouterParts) -> Flask:
    """The application for a WSGI server; `parts` is a running router."""
    app = Flask("router", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = parts.settings.max_body_bytes
    app.after_request(_no_sniffing)
    app.after_request(_without_scheme)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Problem, from_problem)
    app.register_error_handler(RouterError, from_router)
    access = Access(parts.settings, parts.store)
    streams, waits = Streams(parts.store, access), Waits()
    app.extensions[STREAMS] = Lasting(streams.end, waits.end)
    mount_api(app, parts, access, streams, waits)
    app.register_blueprint(health(parts))
    app.register_blueprint(console(parts, access))
    webhook = Webhook(parts)
    app.register_blueprint(blueprint_of(webhook))
    if parts.settings.prefix:
        app.wsgi_app = below_prefix(app.wsgi_app, parts.settings.prefix)  # type: ignore[assignment,method-assign]
    if parts.settings.fast_path:
        app.extensions[FAST_PATH] = webhook
    return app


def larger_bodies(settings: Settings) -> dict[str, int]:
    """The paths that take larger bodies than all others, for a server that bounds bodies itself."""
    prefixes = ("", f"/{settings.prefix}") if settings.prefix else ("",)
    return {f"{prefix}{UPLOADS}": settings.max_upload_bytes for prefix in prefixes}


def _no_sniffing(response: Response) -> Response:
    """No browser is to guess what an answer might be, errors included."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _without_scheme(response: Response) -> Response:
    """A way to another page of ours is a path: by which scheme and host a browser came, a proxy knows that ends TLS."""
    location = response.headers.get("Location", "")
    if location.startswith(request.host_url):
        response.headers["Location"] = f"/{location.removeprefix(request.host_url)}"
    return response
