"""`--url` and `--token`, and the router that they name. What asks it is imported only where there is one: without them
`ivr versions` does not wait for an HTTP client.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from router.cli.remote import Remote

URL_VARIABLE: Final = "IVR_URL"
TOKEN_VARIABLE: Final = "IVR_TOKEN"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def remote_options(command: Decorated) -> Decorated:
    """`--url` and `--token`."""
    url = click.option(
        "--url", envvar=URL_VARIABLE, metavar="URL", help="A router elsewhere, as https://ivr.example.com (IVR_URL)."
    )
    token = click.option(
        "--token", envvar=TOKEN_VARIABLE, default="", metavar="TOKEN", help="Its API's token (IVR_TOKEN)."
    )
    return url(token(command))


def remote_of(url: str | None, token: str) -> "Remote | None":
    """None without an address."""
    if not url:
        return None
    if not url.startswith(("https://", "http://")):
        raise click.UsageError(f"--url is an address such as https://ivr.example.com, not {url}")
    from router.cli.remote import Remote

    return Remote(url=url.rstrip("/").removesuffix("/api"), token=token)
