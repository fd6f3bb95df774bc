"""`ivr lsp`: the language server that editors start."""

import logging
import os
from contextlib import suppress
from pathlib import Path

import click

from router.cli.bundles import accounts_of_configuration, facts_of
from router.cli.language import said_in_editor
from router.errors import RouterError
from router.flow.account_needs import UNKNOWN_ACCOUNT, AccountFacts


class ConfiguredAccounts:
    """What the configuration says of the account whose bundle stands in a directory, as `ivr check` takes it.

    It is read again when its file changes. One that cannot be read judges nothing: `ivr doctor` tells of it.
    """

    def __init__(self, account: str | None) -> None:
        self._account = account
        self._changed: float | None = None
        self._known: dict[Path, AccountFacts] = {}

    def __call__(self, directory: Path) -> AccountFacts:
        changed = _changed(Path(os.environ.get("IVR_CONFIG") or "ivr.yaml"))
        if changed != self._changed:
            self._changed, self._known = changed, {}
        if directory not in self._known:
            try:
                self._known[directory] = facts_of(directory, self._account)
            except RouterError:
                self._known[directory] = UNKNOWN_ACCOUNT
        return self._known[directory]


def _require_account(name: str | None) -> None:
    """A usage error for one that the configuration does not have. A configuration that cannot be read is no reason to
    leave the editor without its server; it may be mended while that runs."""
    if name is None:
        return
    with suppress(RouterError):
        known = accounts_of_configuration()
        if name not in known:
            raise click.UsageError(f"there is no account {name}: {', '.join(known)}")


def _changed(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, as always; editors ask for it.")
@click.option("--account", default=None, help="Whose profile and values hold, when there are several accounts.")
def lsp(stdio: bool, account: str | None) -> None:
    """Serve an editor: findings while one types, completion, documentation, renaming, tests and diagrams of flows."""
    _require_account(account)
    # Only here: the other commands start faster without the protocol's types.
    from router.lsp.server import make_server

    logging.getLogger("pygls").setLevel(logging.WARNING)  # it tells every message that it sends
    make_server(ConfiguredAccounts(account), said_in_editor).start_io()
