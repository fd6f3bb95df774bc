"""`ivr publish`, `ivr promote` and `ivr rollback`: give new calls other rules. Calls under way keep theirs."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from router.bootstrap.process_setup import open_store_from_environment, read_environment
from router.bootstrap.versions import Versions
from router.cli.acting import acting, reason_option
from router.cli.replay import Share, Since, compared, explained, problem_of
from router.cli.tables import show
from router.cli.versions import COLUMNS, account_option, chosen_version, json_option, one_account, version_row
from router.config.settings import Settings
from router.errors import BundleRefused
from router.files.bundle import read_directory
from router.flow.finding_output import from_json, render_text, to_json
from router.flow.loader import load
from router.runtime.administration.audit import Actor
from router.runtime.ports import Store
from router.runtime.versions.canary import read_share

REFUSED: Final = 1
SHOWN_CALLS: Final = 3


def _share(_context: click.Context, _option: click.Parameter, value: str | None) -> float:
    """`--canary 10%` as 0.1; 1.0 without it."""
    share = 1.0 if value is None else read_share(value)
    if share is None:
        raise click.BadParameter(f"{value} is no share of the callers between 0% and 100%, such as 10%")
    return share


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--canary", callback=_share, metavar="PERCENT", help="Only for this share of the callers, as in 10%.")
@account_option
@click.option("--replay-since", type=Since(), help="First replay the calls that began since so long ago (7d).")
@click.option("--fail-over", type=Share(), metavar="N%", help="Publish if at most so many end elsewhere. Default: 0%.")
@reason_option
@json_option
def publish(
    directory: str | None,
    canary: float,
    account: str | None,
    replay_since: float | None,
    fail_over: float | None,
    reason: str,
    as_json: bool,
) -> None:
    """Check the bundle in DIRECTORY (default: the account's own), store it, and make it active.

    A canary is taken back by itself when more of its callers hang up unanswered, or more of its calls have commands
    that fail, than on the active version; `ivr promote` gives it to everybody.
    """
    if fail_over is not None and replay_since is None:
        raise click.UsageError("--fail-over judges replayed calls: say which with --replay-since 7d")
    store = open_store_from_environment(must_exist=False)
    settings = read_environment(store)
    name = one_account(settings, account)
    try:
        files = read_directory(Path(directory or settings.account(name).flows))
        if replay_since is not None:
            _pass_gate(store, name, files, time.time() - replay_since, fail_over or 0.0)
        row = Versions(store, settings.accounts).publish_files(name, files, canary, acting("ivr publish", reason))
    except BundleRefused as refused:
        if as_json:
            told = {"code": refused.code, "message": refused.message, "findings": to_json(refused.findings)}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            click.echo(render_text(refused.findings), err=True)
            click.echo(f"ivr: {refused.message}", err=True)
        raise SystemExit(REFUSED) from None
    _show_done(name, row, as_json=as_json)


def _show_done(account: str, row: dict[str, Any], *, as_json: bool) -> None:
    """The version's row; for people also the bundle's warnings and, loudly, what callers lose by it."""
    row["warnings"] = json.loads(bytes(row["warnings"]))
    if not as_json:
        click.echo(render_text(map(from_json, row["warnings"])), err=True, nl=False)
    show([version_row(account, row)], COLUMNS, as_json=as_json, empty="")
    if not as_json:
        for sentence in row["lost"]["told"]:
            click.secho(f"ivr: CAREFUL: {sentence}", err=True, fg="red", bold=True)


def _pass_gate(store: Store, account: str, files: Mapping[str, bytes], since: float, most_percent: float) -> None:
    """End with exit code 1 when too many recorded calls would end elsewhere. A bundle with errors is left to the
    publication, which refuses it."""
    bundle = load(files).bundle
    if bundle is None:
        return
    found = list(compared(store, bundle, account, since))
    click.echo(explained(found, bundle, SHOWN_CALLS), err=True)
    if problem := problem_of(found, most_percent):
        click.echo(f"ivr: {problem}; nothing was published", err=True)
        raise SystemExit(REFUSED)


@click.command()
@account_option
@reason_option
@json_option
def promote(account: str | None, reason: str, as_json: bool) -> None:
    """Give the canary to all callers."""
    store = open_store_from_environment()
    settings = read_environment(store)
    name = one_account(settings, account)
    canary = store.serving(name).canary
    if not canary:
        raise click.UsageError("there is no canary; `ivr publish --canary 10%` begins one")
    _activate(settings, store, name, canary, acting("ivr promote", reason), as_json=as_json)


@click.command()
@click.argument("version", required=False)
@account_option
@reason_option
@json_option
def rollback(version: str | None, account: str | None, reason: str, as_json: bool) -> None:
    """Make VERSION active again (any unique beginning of it), which ends a canary.

    Without VERSION a canary is ended; without a canary the version that was active before comes back.
    """
    store = open_store_from_environment()
    settings = read_environment(store)
    name = one_account(settings, account)
    by = acting("ivr rollback", reason)
    _activate(settings, store, name, chosen_version(store, name, version), by, as_json=as_json)


def _activate(settings: Settings, store: Store, account: str, version: str, by: Actor, *, as_json: bool) -> None:
    row = Versions(store, settings.accounts).activate(account, version, by=by)
    if row is None:
        raise click.UsageError(f"the version {version} is not in the database any more")
    _show_done(account, row, as_json=as_json)
