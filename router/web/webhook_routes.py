"""The webhook's paths as Flask's routes: for the router's own application, or for another one:

    app.register_blueprint(webhook_blueprint(open_router()), url_prefix="/telephony")

Each mount has the three routes that the PBX is documented to use. What comes in another spelling (several slashes) or
by another method is caught by one more, so that the webhook answers for all of its paths in its own words, whatever
the application around it makes of errors.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from flask import Blueprint, Response, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from router.web.router_parts import RouterParts
from router.web.webhook import Webhook

MORE: Final[Mapping[int, Mapping[str, str]]] = {405: {"Allow": "POST"}, 503: {"Retry-After": "1"}}
"""Header fields by status."""

NOTIFICATION: Final = "ivr_notification"
"""The converter of the last route, under this name in the application's map."""


def webhook_blueprint(parts: RouterParts) -> Blueprint:
    """The routes of a running router's webhook, for any Flask application."""
    return blueprint_of(Webhook(parts))


def blueprint_of(webhook: Webhook) -> Blueprint:
    blueprint = Blueprint("webhook", __name__)

    def answer(path: str) -> Response:
        reply = webhook.answer(webhook.service(f"/{path}") or path, request.environ)
        headers = {"X-Content-Type-Options": "nosniff", **MORE.get(reply.status, {})}
        return Response(reply.body(), reply.status, headers, content_type="application/json")

    def ping() -> Response:
        return answer("ping")

    def event(name: str) -> Response:
        return answer(f"events/{name}")

    def result(name: str) -> Response:
        return answer(f"result/{name}")

    for mount in webhook.mounts:
        for path, view in (("ping", ping), ("events/<path:name>", event), ("result/<path:name>", result)):
            blueprint.add_url_rule(mount + path, view_func=view, methods=["POST"], provide_automatic_options=False)
    blueprint.record(lambda state: _catch_any_spelling(state, webhook.mounts, answer))
    return blueprint


def _catch_any_spelling(state: BlueprintSetupState, mounts: Iterable[str], view: Callable[[str], Response]) -> None:
    """One more route, of any method. Flask's own way to add one has to list the methods, and there are more than HTTP
    defines."""
    app, endpoint = state.app, f"{state.name_prefix}.{state.name}.any_spelling".lstrip(".")
    app.url_map.converters[NOTIFICATION] = type("Notification", (_Notification,), {"regex": _any_spelling(mounts)})
    prefix = (state.url_prefix or "").rstrip("/")
    app.url_map.add(app.url_rule_class(f"{prefix}/<{NOTIFICATION}:path>", endpoint=endpoint, subdomain=state.subdomain))
    app.view_functions[endpoint] = view


class _Notification(BaseConverter):
    """A path of the webhook with its mount, slashes and all."""

    part_isolating = False


def _any_spelling(mounts: Iterable[str]) -> str:
    spelt = ["/+".join([*map(re.escape, mount.strip("/").split("/")), ""]) for mount in mounts if mount != "/"]
    return f"/*(?:{'|'.join(spelt)})?(?:ping/*|(?:events|result)/+(?s:[^/].*))"
