"""The console: one page that shows calls and explains them, drawn in the browser from the admin API.

The page itself holds no data. Without IVR_ADMIN_TOKEN it is served to this machine only, like the API; with one it is
served to anybody, and asks for the token before it can show anything.
"""

from importlib.resources import files
from typing import Final

from flask import Blueprint, Response

from router.web.access import Access
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts

KINDS: Final = {
    "index.html": "text/html; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def console(parts: RouterParts, access: Access) -> Blueprint:
    """The page and its two files."""
    blueprint = Blueprint("console", __name__, url_prefix="/console")
    contents = {name: files(__package__).joinpath("static", name).read_bytes() for name in KINDS}
    if not parts.settings.admin_token:
        blueprint.before_request(access.check)

    @blueprint.get("/", defaults={"name": "index.html"})
    @blueprint.get("/<name>")
    def page(name: str) -> Response:
        if name not in contents:
            raise Problem(404, "there is no such page")
        return Response(contents[name], content_type=KINDS[name], headers=HEADERS)

    return blueprint
