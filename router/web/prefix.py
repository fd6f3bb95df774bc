"""IVR_PREFIX: API, console, health and metrics below a path of their own, behind a proxy that serves other things, too.

The prefix becomes the application's root (SCRIPT_NAME), so that whatever is made of it, such as a redirect, leads below
the prefix. The webhook knows its mounts itself.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BELOW: Final = frozenset({"api", "console", "healthz", "readyz", "metrics"})
"""First parts of the paths that are served there."""


def below_prefix(app: "WSGIApplication", prefix: str) -> "WSGIApplication":
    """The application, which also answers below `prefix`, such as "mango"."""
    root = f"/{prefix}"

    def prefixed(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(f"{root}/") and path[len(root) + 1 :].partition("/")[0] in BELOW:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + root
            environ["PATH_INFO"] = path[len(root) :]
        return app(environ, start_response)

    return prefixed
