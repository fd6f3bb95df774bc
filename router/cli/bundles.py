"""The bundle that a command is about: the directory named, else the one that `ivr publish` would publish: the account's
own by the configuration's file, without one IVR_FLOWS, else flows."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NoReturn

import click

from router.cli.finding_words import findings_in_words
from router.errors import BundleRefused
from router.files.bundle import read_directory
from router.flow.account_needs import AccountFacts
from router.flow.finding_output import render_text
from router.flow.findings import did_you_mean
from router.flow.loader import LoadedBundle, load
from router.flow.model import Bundle

REFUSED: Final = 1

account_option = click.option("--account", default=None, help="Whose directory, when there are several accounts.")
directory_argument = click.argument(
    "directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)


def directory_of(directory: Path | None, account: str | None = None) -> Path:
    """Where the bundle stands: the directory named, else the account's; a usage error when there is none, or when there
    are several accounts and none is named."""
    if directory is not None:
        return directory
    own = _own_directory(account)
    if not own.is_dir():
        raise click.UsageError(f"there is no directory {own}: name one, or set IVR_FLOWS")
    return own


def facts_of(directory: Path, name: str | None) -> AccountFacts:
    """What the configuration says of the account that was named, else of the one whose bundle stands there, else of the
    only one; without a file only its profile, else nothing."""
    if not _has_file():
        return AccountFacts(profile=os.environ.get("MANGO_PROFILE") or "2021")
    from router.bootstrap.process_setup import read_settings

    accounts = read_settings(os.environ, keys=False).accounts
    place = directory.resolve()
    found = [one for one in accounts if (one.name == name if name else Path(one.flows).resolve() == place)]
    chosen = found or list(accounts)
    if len(chosen) != 1:
        return AccountFacts()
    return AccountFacts(profile=chosen[0].profile, values=chosen[0].values)


def accounts_of_configuration() -> list[str]:
    """The names of its accounts."""
    from router.bootstrap.process_setup import read_settings

    return [one.name for one in read_settings(os.environ, keys=False).accounts]


def _has_file() -> bool:
    return bool(os.environ.get("IVR_CONFIG")) or Path("ivr.yaml").is_file()


def _own_directory(account: str | None) -> Path:
    if not _has_file():
        return Path(os.environ.get("IVR_FLOWS") or "flows")
    # Only where there is a file: reading it takes as long as a check.
    from router.bootstrap.process_setup import read_settings

    accounts = read_settings(os.environ, keys=False).accounts
    found = [one for one in accounts if account in (None, one.name)]
    if len(found) != 1:
        known = ", ".join(f"{one.name} ({one.flows})" for one in accounts)
        problem = f"there is no account {account}" if account else "there are several accounts"
        raise click.UsageError(f"{problem}: name the directory, or with --account one of {known}")
    return Path(found[0].flows)


def from_root(directory: Path) -> str:
    """The directory as its repository calls it: from where `.git` is, else from where the command was run, else by its
    name alone. Never an absolute path: that of a build machine says nothing to those who read a report."""
    place = directory.resolve()
    roots = [above for above in (place, *place.parents) if os.path.exists(above / ".git")]
    for root in (*roots[:1], Path.cwd()):
        if place.is_relative_to(root):
            return place.relative_to(root).as_posix()
    return place.name


def files_of(directory: Path | None, account: str | None = None) -> dict[str, bytes]:
    """The files of the bundle; a usage error when there is no directory."""
    return files_in(directory_of(directory, account))


def files_in(place: Path) -> dict[str, bytes]:
    """The files of the bundle there; what cannot be part of one is printed, and the command ends with code 1."""
    try:
        return read_directory(place)
    except BundleRefused as refused:
        click.echo(render_text(findings_in_words(refused.findings)), nl=False, err=True)
        raise SystemExit(1) from None


def loaded_of(directory: Path | None, account: str | None = None) -> LoadedBundle:
    """The bundle and all that loading gave; with errors in it, they are printed and the command ends with code 1."""
    loaded = load(files_of(directory, account))
    if loaded.bundle is None:
        errors = [finding for finding in loaded.findings if finding.severity == "error"]
        click.echo(render_text(findings_in_words(errors)), nl=False, err=True)
        raise SystemExit(REFUSED)
    return loaded


def bundle_of(directory: Path | None, account: str | None = None) -> Bundle:
    """The bundle alone."""
    bundle = loaded_of(directory, account).bundle
    assert bundle is not None
    return bundle


def no_flow(name: str, bundle: Bundle) -> NoReturn:
    """A usage error for a flow that the bundle does not have."""
    hint = did_you_mean(name, bundle.flows) or f"it has {', '.join(sorted(bundle.flows))}"
    raise click.UsageError(f"the bundle has no flow {name}: {hint}")


def today() -> date:
    """This machine's."""
    return datetime.now(UTC).astimezone().date()
