"""The bundle that a command is about: the directory named, else IVR_FLOWS, else flows."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NoReturn

import click

from router.files.bundle import read_directory
from router.flow.findings import did_you_mean, render_text
from router.flow.loader import LoadedBundle, load
from router.flow.model import Bundle

REFUSED: Final = 1

directory_argument = click.argument(
    "directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)


def files_of(directory: Path | None) -> dict[str, bytes]:
    """The files of the bundle; a usage error when there is no directory."""
    named = directory or Path(os.environ.get("IVR_FLOWS", "flows"))
    if not named.is_dir():
        raise click.UsageError(f"there is no directory {named}: name one, or set IVR_FLOWS")
    return read_directory(named)


def loaded_of(directory: Path | None) -> LoadedBundle:
    """The bundle and all that loading gave; with errors in it, they are printed and the command ends with code 1."""
    loaded = load(files_of(directory))
    if loaded.bundle is None:
        errors = [finding for finding in loaded.findings if finding.severity == "error"]
        click.echo(render_text(errors), nl=False, err=True)
        raise SystemExit(REFUSED)
    return loaded


def bundle_of(directory: Path | None) -> Bundle:
    """The bundle alone."""
    bundle = loaded_of(directory).bundle
    assert bundle is not None
    return bundle


def no_flow(name: str, bundle: Bundle) -> NoReturn:
    """A usage error for a flow that the bundle does not have."""
    hint = did_you_mean(name, bundle.flows) or f"it has {', '.join(sorted(bundle.flows))}"
    raise click.UsageError(f"the bundle has no flow {name}: {hint}")


def today() -> date:
    """This machine's."""
    return datetime.now(UTC).astimezone().date()
