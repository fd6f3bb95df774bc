"""`ivr diff`: what differs between two bundles, be they directories or versions of the database."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import click

from router.cli.account_versions import versions_of
from router.cli.bundles import directory_of, loaded_of
from router.cli.remote import Remote
from router.cli.remote_options import remote_of, remote_options
from router.cli.versions import account_option
from router.errors import ConfigurationError
from router.flow.bundle_difference import ADDED, CHANGED, REMOVED, Change, Detail, differences
from router.flow.loader import LoadedBundle, load

DIFFERENT: Final = 1
ACTIVE: Final = "active"
CANARY: Final = "canary"
SIGNS: Final = {ADDED: "+", REMOVED: "-", CHANGED: "~"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two."""

    name: str  # "flows", "version 0123456789ab"
    loaded: LoadedBundle

    @property
    def version(self) -> str:
        return self.loaded.bundle.version if self.loaded.bundle is not None else ""


@click.command()
@click.argument("before", required=False, metavar="[A]")
@click.argument("after", required=False, metavar="[B]")
@account_option
@remote_options
@click.option("--exit-code", is_flag=True, help="Exit with 1 when they differ.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of text.")
def diff(
    before: str | None,
    after: str | None,
    account: str | None,
    url: str | None,
    token: str,
    exit_code: bool,
    as_object: bool,
) -> None:
    """Tell what differs from A to B, each a directory, a version (any unique beginning), `active` or `canary`.

    Default: from the active version to the account's own directory, which is what publishing would change. A directory
    alone is B, a version alone is A. With --url the versions are those of a router elsewhere.
    """
    if before is not None and after is None and Path(before).is_dir():
        before, after = None, before
    remote = remote_of(url, token)
    sides = [_side(before or ACTIVE, account, remote), _side(after, account, remote)]
    found = differences(sides[0].loaded.content, sides[1].loaded.content)
    click.echo(_object(sides, found) if as_object else _text(sides, found), nl=False)
    if found and exit_code:
        raise SystemExit(DIFFERENT)


def _side(named: str | None, account: str | None, remote: Remote | None) -> Side:
    if named is None or Path(named).is_dir():
        directory = directory_of(Path(named) if named else None, account)
        return Side(name=directory.as_posix(), loaded=loaded_of(directory))
    known = versions_of(account, remote)
    called = {ACTIVE: known.active, CANARY: known.canary}
    version = called[named] if named in called else known.chosen(named)
    files = known.files(version) if version else None
    if files is None:
        raise ConfigurationError(
            f"{known.account} has no version that is {named}; name two directories, or publish first"
        )
    loaded = load(files)
    if loaded.bundle is None:
        raise ConfigurationError(f"version {version} cannot be read by this edition of the router")
    return Side(name=f"version {version[:12]}", loaded=loaded)


# what is printed


def _text(sides: list[Side], found: list[Change]) -> str:
    head = f"from {sides[0].name} to {sides[1].name}: "
    if not found:
        return f"{head}the same, version {sides[1].version}\n"
    rows = [head + ", ".join(_counted(found))]
    for owner, changes in groupby(found, key=lambda change: change.owner):
        rows += [owner, *(row for change in changes for row in _rows(change))]
    return "\n".join(rows) + "\n"


def _counted(found: list[Change]) -> Iterator[str]:
    for kind in SIGNS:
        count = sum(change.kind == kind for change in found)
        if count:
            yield f"{count} {kind}"


def _rows(change: Change) -> Iterator[str]:
    about = f" ({change.about})" if change.about else ""
    yield f"  {SIGNS[change.kind]} {change.name or 'the whole flow'}{about}"
    for detail in change.details:
        yield from (f"      {row}" for row in _detail(detail))


def _detail(detail: Detail) -> Iterator[str]:
    path = f"{detail.path}: " if detail.path else ""
    if detail.before and detail.after:
        yield f"{path}{detail.before} → {detail.after}"
    elif detail.after:
        yield f"+ {path}{detail.after}"
    else:
        yield f"- {path}{detail.before}"


def _object(sides: list[Side], found: list[Change]) -> str:
    told: dict[str, Any] = {
        "from": {"name": sides[0].name, "version": sides[0].version},
        "to": {"name": sides[1].name, "version": sides[1].version},
        "changes": [asdict(change) for change in found],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
