"""`ivr token`: bearer tokens for API and console, each for one purpose."""

import secrets
from typing import Final

import click

from router.cli.acting import acting, reason_option
from router.cli.command_store import command_store
from router.cli.language import complain
from router.cli.tables import show
from router.config.setting_values import duration
from router.runtime.administration.access_tokens import TOKEN_BYTES, create_token, revoke_token
from router.runtime.administration.roles import ROLES, VIEWER
from router.runtime.administration.token_view import token_object

COLUMNS: Final = ("name", "role", "state", "created", "created_by", "expires", "last_used", "token_id")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of the bare token.")
@click.pass_context
def token(context: click.Context, as_json: bool) -> None:
    """Make, list and revoke bearer tokens of API and console.

    Without a subcommand: print a new random token; set it as IVR_ADMIN_TOKEN, or in a file that admin_token names. That
    one may do everything. `ivr token create` makes one for one purpose, which only the database knows.
    """
    if context.invoked_subcommand is not None:
        return
    made = secrets.token_urlsafe(TOKEN_BYTES)
    if as_json:
        show([{"token": made}], ("token",), as_json=True, empty="")
    else:
        click.echo(made)


@token.command()
@click.option("--role", type=click.Choice(ROLES), default=VIEWER, show_default=True, help="What it may do.")
@click.option("--name", required=True, help="What it is for, as in wallboard.")
@click.option("--expires", metavar="DURATION", help="When it ends by itself, as in 90d. Default: never.")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="JSON instead of the bare token.")
def create(role: str, name: str, expires: str | None, reason: str, as_json: bool) -> None:
    """Make a token and print it, this once: the database keeps its digest alone.

    A viewer sees calls and events, an operator also gives commands and pauses, an author also publishes, an admin may
    do everything.
    """
    seconds = None if expires is None else _seconds(expires)
    store = command_store()
    made, row = create_token(store, acting("ivr token create", reason), name=name, role=role, seconds=seconds)
    if as_json:
        show([{"token": made, **token_object(row, store.now())}], (), as_json=True, empty="")
    else:
        complain(f"the token {row.name!r} has the role {row.role}; it is shown this once")
        click.echo(made)


@token.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are revoked or expired.")
@json_option
def list_tokens(everything: bool, as_json: bool) -> None:
    """List tokens: what they are for, what they may do, and when each was last used."""
    store = command_store()
    rows = [token_object(row, store.now()) for row in store.tokens() if everything or row.is_valid(store.now())]
    show(rows, COLUMNS, as_json=as_json, empty="there is no token; `ivr token create` makes one")


@token.command()
@click.argument("name")
@reason_option
@json_option
def revoke(name: str, reason: str, as_json: bool) -> None:
    """End the token NAME (or its id): within seconds no worker takes it, and its streams of events end."""
    store = command_store()
    row = revoke_token(store, acting("ivr token revoke", reason), name)
    show([token_object(row, store.now())], COLUMNS, as_json=as_json, empty="")


def _seconds(text: str) -> float:
    try:
        return duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: {error}", param_hint="--expires") from None
