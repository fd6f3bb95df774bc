"""The versions of one account for the commands that choose one: of the database here, or of a router elsewhere."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import click

from router.bootstrap.process_setup import read_environment
from router.bootstrap.versions import Versions
from router.cli.command_store import command_store
from router.cli.remote import Remote
from router.cli.versions import one_account, version_row
from router.files.archive import read_archive
from router.files.bundle import stored_files
from router.runtime.administration.audit import Actor


def versions_of(account: str | None, remote: Remote | None) -> "AccountVersions":
    """Those of the account that is named, or of the only one."""
    return _Here(account) if remote is None else _Elsewhere(remote, account)


class AccountVersions(ABC):
    """What both kinds have."""

    account: str
    active: str  # "" for none
    canary: str
    rows: Sequence[Mapping[str, Any]]  # newest first: version, state, activated

    def chosen(self, beginning: str | None) -> str:
        """The version that begins so; without a beginning the one that was active before."""
        if beginning is not None:
            fitting = [str(row["version"]) for row in self.rows if str(row["version"]).startswith(beginning)]
            if len(fitting) != 1:
                problem = "there is no version" if not fitting else f"{len(fitting)} versions begin with"
                raise click.UsageError(f"{problem} {beginning}; `ivr versions` lists them")
            return fitting[0]
        if self.canary and self.active:
            return self.active
        earlier = [row for row in self.rows if row["state"] != "active" and row["activated"] is not None]
        if not earlier:
            raise click.UsageError("no other version was ever active")
        return str(max(earlier, key=lambda row: row["activated"])["version"])

    @abstractmethod
    def activate(self, version: str, by: Actor) -> dict[str, Any]:
        """Give new calls a stored version; its row for people and programs."""

    @abstractmethod
    def files(self, version: str) -> Mapping[str, bytes] | None:
        """What a version consists of; None when it is not there (any more)."""


class _Here(AccountVersions):
    def __init__(self, account: str | None) -> None:
        self._store = command_store()
        self._settings = read_environment(self._store)
        self.account = one_account(self._settings, account)
        serving = self._store.serving(self.account)
        self.active, self.canary = serving.active or "", serving.canary
        self.rows = self._store.versions(self.account)

    def activate(self, version: str, by: Actor) -> dict[str, Any]:
        row = Versions(self._store, self._settings.accounts).activate(self.account, version, by=by)
        if row is None:
            raise click.UsageError(f"the version {version} is not in the database any more")
        row["warnings"] = json.loads(bytes(row["warnings"]))
        return version_row(self.account, row)

    def files(self, version: str) -> Mapping[str, bytes] | None:
        return stored_files(self._store, self.account, version)


class _Elsewhere(AccountVersions):
    def __init__(self, remote: Remote, account: str | None) -> None:
        self._remote = remote
        served = remote.serving(account)
        if len(served) != 1:
            names = ", ".join(one["account"] for one in served)
            raise click.UsageError(f"say which account with --account: {names}")
        (one,) = served
        self.account, self.active, self.canary = one["account"], one["active"] or "", one["canary"] or ""
        self.rows = remote.versions(self.account)

    def activate(self, version: str, by: Actor) -> dict[str, Any]:
        return self._remote.activate(version, self.account, by.reason)

    def files(self, version: str) -> Mapping[str, bytes] | None:
        return read_archive(self._remote.archive(version, self.account))
