"""The console: pages drawn in the browser from the admin API; `make console` builds `static/console` from `console/`.

The files hold no data. While there is no IVR_ADMIN_TOKEN and no user they are served to this machine only, like the
API; else to anybody, and the API asks who that is before anything can be shown. All but the page itself bear the hash
of their content in their name, so a browser asks for each of them once.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, request

from router.web.access import Access
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts

PAGE: Final = "index.html"
KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
}
ASK_AGAIN: Final = "no-cache"  # the page: which files are the newest
FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFile:
    """A built file, as it is sent."""

    content: bytes
    compressed: bytes
    kind: str
    etag: str


def console(parts: RouterParts, access: Access) -> Blueprint:
    """The page and its files."""
    blueprint = Blueprint("console", __name__, url_prefix="/console")
    blueprint.before_request(access.check_page)

    @blueprint.get("/")
    def page() -> Response:
        return file(PAGE)

    @blueprint.get("/<name>")
    def file(name: str) -> Response:
        found = _built().get(name)
        if found is None:
            raise Problem(404, "there is no such file of the console")
        is_gzip = request.accept_encodings["gzip"] > 0
        response = Response(found.compressed if is_gzip else found.content, content_type=found.kind, headers=HEADERS)
        response.headers["Cache-Control"] = ASK_AGAIN if name == PAGE else FOR_EVER
        if is_gzip:
            response.headers["Content-Encoding"] = "gzip"
        response.set_etag(f"{found.etag}-gzip" if is_gzip else found.etag)
        response.make_conditional(request)
        return response

    return blueprint


@cache
def _built() -> Mapping[str, ConsoleFile]:
    """Read when the console is first opened: a router whose console is never opened pays nothing for it."""
    found = {}
    for path in files(__package__).joinpath("static", "console").iterdir():
        kind = KINDS.get(f".{path.name.rpartition('.')[2]}")
        if kind is not None:
            content = path.read_bytes()
            found[path.name] = ConsoleFile(
                content=content,
                compressed=gzip.compress(content, mtime=0),
                kind=kind,
                etag=hashlib.sha256(content).hexdigest()[:16],
            )
    return MappingProxyType(found)
