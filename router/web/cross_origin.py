"""Pages of other sites that may use the API from a browser (CORS): those of IVR_CORS_ORIGINS, by their exact origin.

A listed page still needs a token: without one a page elsewhere is refused, since it would act as whoever looks at it.
There are no cookies, so no credentials of the browser are ever asked for.
"""

from collections.abc import Callable, Sequence
from typing import Final

from flask import Response, request

from router.config.settings import Settings

HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
EXPOSED: Final = "Allow, Retry-After"
FRESH_SECONDS: Final = 600


class CrossOrigin:
    """The answers that browsers ask for. `methods` are those of the present request's path."""

    def __init__(self, settings: Settings, methods: Callable[[], Sequence[str]]) -> None:
        self._origins = frozenset(settings.cors_origins)
        self._methods = methods

    def preflight(self) -> Response | None:
        """The answer to a browser that asks first; it bears no token yet. None for any other request."""
        asked = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or not asked or not self._is_listed():
            return None
        headers = {
            "Access-Control-Allow-Methods": ", ".join(self._methods()),
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": str(FRESH_SECONDS),
        }
        return Response(status=204, headers=headers)

    def mark(self, response: Response) -> Response:
        """After each request, refused ones included: a page has to be able to read why."""
        if self._origins:
            response.vary.add("Origin")
        if self._is_listed():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    def _is_listed(self) -> bool:
        return request.headers.get("Origin", "") in self._origins
