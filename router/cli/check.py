"""`ivr check`: everything that is wrong with a bundle, in one run, and nothing that is not."""

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from router.files.bundle import read_directory
from router.flow.findings import has_errors, render_text, to_json
from router.flow.loader import LoadedBundle, load

WITH_ERRORS: Final = 1


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--json", "as_object", is_flag=True, help="The same as --format json.")
def check(directory: Path | None, form: str, as_object: bool) -> None:
    """Check the bundle in DIRECTORY (default: IVR_FLOWS, else flows)."""
    loaded = load(read_directory(directory or _default_directory()))
    if as_object or form == "json":
        click.echo(json.dumps(_as_object(loaded), ensure_ascii=False, indent=2))
    else:
        click.echo(render_text(loaded.findings), nl=False)
        click.echo(_summary(loaded))
    if has_errors(loaded.findings):
        raise SystemExit(WITH_ERRORS)


def _default_directory() -> Path:
    directory = Path(os.environ.get("IVR_FLOWS", "flows"))
    if not directory.is_dir():
        raise click.UsageError(f"there is no directory {directory}: name one, or set IVR_FLOWS")
    return directory


def _summary(loaded: LoadedBundle) -> str:
    errors, warnings = _counts(loaded)
    found = f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"
    bundle = loaded.bundle
    if bundle is None:
        return found
    steps = sum(len(flow.steps) for flow in bundle.flows.values())
    return f"{found}: {_many(len(bundle.flows), 'flow')}, {_many(steps, 'step')}, version {bundle.version}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _counts(loaded: LoadedBundle) -> tuple[int, int]:
    errors = sum(finding.severity == "error" for finding in loaded.findings)
    return errors, len(loaded.findings) - errors


def _as_object(loaded: LoadedBundle) -> dict[str, Any]:
    """`version`, `flows` and `steps` are null when there is no bundle."""
    errors, warnings = _counts(loaded)
    flows = None if loaded.bundle is None else loaded.bundle.flows
    return {
        "errors": errors,
        "warnings": warnings,
        "version": loaded.bundle.version if loaded.bundle is not None else None,
        "flows": None if flows is None else sorted(flows),
        "steps": None if flows is None else sum(len(flow.steps) for flow in flows.values()),
        "findings": to_json(loaded.findings),
    }
