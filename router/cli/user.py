"""`ivr user`: people who log in at the console. No password is ever on a command line, where others can read it."""

import sys
from typing import Any, Final

import click

from router.cli.acting import acting, reason_option
from router.cli.command_store import command_store
from router.cli.tables import show
from router.history.call_view import instant
from router.runtime.administration import users
from router.runtime.administration.roles import ROLES, VIEWER
from router.runtime.ports import Store
from router.runtime.records import User

COLUMNS: Final = ("name", "role", "has_password", "has_codes", "is_linked", "sessions", "created", "created_by")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")


@click.group()
def user() -> None:
    """Add, list, change and remove people who log in at the console.

    As soon as there is one, console and API are served to those who log in and to bearers of tokens alone, wherever
    they come from.
    """


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default=VIEWER, show_default=True, help="What they may do.")
@stdin_option
@click.option("--no-password", is_flag=True, help="They log in by the OpenID Connect provider alone.")
@reason_option
@json_option
def add(name: str, role: str, password_stdin: bool, no_password: bool, reason: str, as_json: bool) -> None:
    """Add NAME; the password is asked for.

    A viewer sees calls and events, an operator also gives commands and pauses, an author also publishes, an admin may
    do everything.
    """
    if no_password and password_stdin:
        raise click.UsageError("--no-password and --password-stdin exclude each other")
    password = None if no_password else _password(from_stdin=password_stdin)
    store = command_store()
    added = users.add_user(store, acting("ivr user add", reason), name=name, role=role, password=password)
    _show(store, [added], as_json)


@user.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """List people: their roles, how they log in, and in how many browsers they are logged in."""
    store = command_store()
    _show(store, store.users(), as_json)


@user.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@reason_option
@json_option
def role(name: str, role: str, reason: str, as_json: bool) -> None:
    """Give NAME the role ROLE; their sessions end."""
    store = command_store()
    _show(store, [users.set_role(store, acting("ivr user role", reason), name, role)], as_json)


@user.command()
@click.argument("name")
@stdin_option
@reason_option
@json_option
def password(name: str, password_stdin: bool, reason: str, as_json: bool) -> None:
    """Give NAME another password, which is asked for; their sessions end."""
    given = _password(from_stdin=password_stdin)
    store = command_store()
    _show(store, [users.set_password(store, acting("ivr user password", reason), name, given)], as_json)


@user.command()
@click.argument("name")
@reason_option
@json_option
def codes(name: str, reason: str, as_json: bool) -> None:
    """Ask NAME for no one-time code any more, when the phone is lost; their sessions end."""
    store = command_store()
    _show(store, [users.drop_codes(store, acting("ivr user codes", reason), name)], as_json)


@user.command()
@click.argument("name")
@reason_option
@json_option
def logout(name: str, reason: str, as_json: bool) -> None:
    """End all sessions of NAME: within seconds no worker takes them."""
    store = command_store()
    _show(store, [users.end_sessions(store, acting("ivr user logout", reason), name)], as_json)


@user.command()
@click.argument("name")
@reason_option
@json_option
def remove(name: str, reason: str, as_json: bool) -> None:
    """Remove NAME; their sessions end within seconds, and what the audit says of them stays."""
    store = command_store()
    _show(store, [users.remove_user(store, acting("ivr user remove", reason), name)], as_json)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given


def _show(store: Store, found: list[User], as_json: bool) -> None:
    rows = [_object(store, one) for one in found]
    show(rows, COLUMNS, as_json=as_json, empty="there is no user; `ivr user add` makes one")


def _object(store: Store, found: User) -> dict[str, Any]:
    made = users.user_object(found, len(store.sessions(found.user_id)))
    return {**made, "created": instant(found.created)}
