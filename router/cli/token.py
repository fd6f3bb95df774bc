"""`ivr token`: a bearer token for console and API."""

import secrets
from typing import Final

import click

from router.cli.tables import show

TOKEN_BYTES: Final = 32  # beyond all guessing


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of the bare token.")
def token(as_json: bool) -> None:
    """Print a new random token; set it as IVR_ADMIN_TOKEN, or in a file that admin_token names."""
    made = secrets.token_urlsafe(TOKEN_BYTES)
    if as_json:
        show([{"token": made}], ("token",), as_json=True, empty="")
    else:
        click.echo(made)
