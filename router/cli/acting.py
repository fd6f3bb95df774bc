"""Who gives a command of the terminal that changes something, and why: for the audit."""

import getpass
import os
import socket
from contextlib import suppress

import click

from router.runtime.administration.audit import CLI, MOST_REASON, Actor

reason_option = click.option("--reason", default="", metavar="TEXT", help="Why, for `ivr audit`.")


def acting(command: str, reason: str) -> Actor:
    """The user of the operating system, also through sudo; `command` is what was called, such as `ivr pause`."""
    if len(reason) > MOST_REASON:
        raise click.UsageError(f"--reason has {len(reason)} characters: {MOST_REASON} are kept at most")
    return Actor(name=_user(), via=CLI, origin=f"{socket.gethostname()}, {command}", reason=reason.strip())


def _user() -> str:
    with suppress(KeyError, OSError):
        return os.environ.get("SUDO_USER") or getpass.getuser()
    return f"uid {os.geteuid()}"
