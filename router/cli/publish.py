"""`ivr publish`, `ivr promote` and `ivr rollback`: give new calls other rules. Calls under way keep theirs.

Each of them works on the database of IVR_DATABASE, or on a router elsewhere by its API (`remote`).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from router.bootstrap.process_setup import read_environment
from router.bootstrap.versions import Versions
from router.cli.account_versions import versions_of
from router.cli.acting import acting, reason_option
from router.cli.bundles import directory_of, today
from router.cli.command_store import command_store
from router.cli.finding_words import findings_in_words
from router.cli.language import complain, said, tell_line
from router.cli.origin import origin_of
from router.cli.remote import Remote
from router.cli.remote_options import remote_of, remote_options
from router.cli.replay import Share, Since
from router.cli.tables import many, show
from router.cli.versions import COLUMNS, account_option, json_option, one_account, version_row
from router.errors import BundleRefused
from router.files.archive import write_archive
from router.files.bundle import read_directory
from router.flow.finding_output import from_json, render_text, to_json
from router.flow.loader import load
from router.history.comparison_text import explained, problem_of
from router.runtime.administration.audit import Actor
from router.runtime.ports import Store
from router.runtime.records import MOST_TOLD
from router.runtime.versions.canary import read_share
from router.simulator.checked import check_bundle, check_object

REFUSED: Final = 1
REFUSED_THERE: Final = 422
SHOWN_CALLS: Final = 3


def _share(_context: click.Context, _option: click.Parameter, value: str | None) -> float:
    """`--canary 10%` as 0.1; 1.0 without it."""
    share = 1.0 if value is None else read_share(value)
    if share is None:
        raise click.BadParameter(f"{value} is no share of the callers between 0% and 100%, such as 10%")
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be published, and how."""

    directory: Path | None
    said: Mapping[str, str | None]  # of where it comes from
    account: str | None
    canary: float
    replay_since: float | None  # seconds back from now
    fail_over: float  # percent
    only_check: bool
    by: Actor
    as_json: bool


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--canary", callback=_share, metavar="PERCENT", help="Only for this share of the callers, as in 10%.")
@account_option
@click.option("--replay-since", type=Since(), help="First replay the calls that began since so long ago (7d).")
@click.option("--fail-over", type=Share(), metavar="N%", help="Publish if at most so many end elsewhere. Default: 0%.")
@click.option("--dry-run", "only_check", is_flag=True, help="Only check, and replay with --replay-since.")
@remote_options
@click.option("--author", help="Who made it. Default: what the pipeline says, else who calls.")
@click.option("--commit", help="Its name in version control. Default: what the pipeline or git says.")
@click.option("--message", help="What it is about. Default: the same.")
@click.option("--source", help="Where it comes from. Default: the pipeline's address, else the directory.")
@reason_option
@click.option("--create", is_flag=True, help="Make the SQLite file of IVR_DATABASE if there is none.")
@json_option
def publish(
    directory: Path | None,
    canary: float,
    account: str | None,
    replay_since: float | None,
    fail_over: float | None,
    only_check: bool,
    url: str | None,
    token: str,
    reason: str,
    create: bool,
    as_json: bool,
    **said: str | None,
) -> None:
    """Check the bundle in DIRECTORY (default: the account's own), store it, and make it active.

    A canary is taken back by itself when more of its callers hang up unanswered, or more of its calls have commands
    that fail, than on the active version; `ivr promote` gives it to everybody. With --url the directory is sent to a
    router elsewhere, which checks it.
    """
    if fail_over is not None and replay_since is None:
        raise click.UsageError("--fail-over judges replayed calls: say which with --replay-since 7d")
    wanted = Wanted(
        directory=directory, said=said, account=account, canary=canary, replay_since=replay_since,
        fail_over=fail_over or 0.0, only_check=only_check, by=acting("ivr publish", reason), as_json=as_json,
    )  # fmt: skip
    remote = remote_of(url, token)
    if remote is not None and create:
        raise click.UsageError("--create is for a database here; --url has one of its own")
    try:
        if remote is not None:
            _publish_there(remote, wanted)
        else:
            _publish_here(command_store(must_exist=not create), wanted)
    except BundleRefused as refused:
        told = {"code": refused.code, "message": refused.message, "findings": to_json(refused.findings)}
        _refuse(told, as_json=as_json)


def _publish_here(store: Store, wanted: Wanted) -> None:
    settings = read_environment(store)
    account = one_account(settings, wanted.account)
    place = wanted.directory or Path(settings.account(account).flows)
    files = read_directory(place)
    if wanted.replay_since is not None:
        _pass_gate(store, account, files, wanted)
    if wanted.only_check:
        checked = check_bundle(files, today())
        _show_checked(check_object(checked.loaded.bundle, checked.findings), as_json=wanted.as_json)
        return
    origin = origin_of(place, wanted.said, wanted.by.name)
    versions = Versions(store, settings.accounts, settings.builder_idle_seconds)
    row = versions.publish_files(account, files, wanted.canary, wanted.by, origin)
    row["warnings"] = json.loads(bytes(row["warnings"]))
    _show_done(version_row(account, row), as_json=wanted.as_json)


def _publish_there(remote: Remote, wanted: Wanted) -> None:
    place = directory_of(wanted.directory, wanted.account)
    origin = msgspec.structs.asdict(origin_of(place, wanted.said, wanted.by.name))
    query = {
        **{name: text[: MOST_TOLD[name]] for name, text in origin.items() if text},
        **({"account": wanted.account} if wanted.account else {}),
        **({"canary": f"{wanted.canary * 100:g}%"} if wanted.canary < 1 else {}),
        **({"dry_run": "1"} if wanted.only_check else {}),
        **({"reason": wanted.by.reason} if wanted.by.reason else {}),
    }
    if wanted.replay_since is not None:
        query |= {"replay_since": f"{wanted.replay_since:g}s", "fail_over": f"{wanted.fail_over:g}%"}
    answer = remote.publish(write_archive(read_directory(place)), query)
    told = answer.told
    if replayed := told.get("replayed"):
        _tell_each(replayed)
    if wanted.only_check and "errors" in told:
        _show_checked(told, as_json=wanted.as_json)
    elif answer.status >= REFUSED_THERE:
        if wanted.as_json and not told.get("findings"):  # its output may go into a file
            complain(str(told.get("detail", "refused")))
        _refuse({"message": told.get("detail", "refused"), **told}, as_json=wanted.as_json)
    else:
        _show_done(told, as_json=wanted.as_json)


def _refuse(told: Mapping[str, Any], *, as_json: bool) -> None:
    """Show why, and end with exit code 1."""
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(render_text(findings_in_words(map(from_json, told.get("findings", ())))), err=True, nl=False)
        complain(str(told["message"]))
    raise SystemExit(REFUSED)


def _show_checked(told: Mapping[str, Any], *, as_json: bool) -> None:
    """What checking alone has found; exit code 1 when it would not be published."""
    problem = told.get("problem")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(render_text(findings_in_words(map(from_json, told["findings"]))), nl=False)
        counts = f"{many(told['errors'], 'error')}, {many(told['warnings'], 'warning')}"
        click.echo(said(f"{counts}; nothing was published"))
    if problem:
        complain(str(problem))
    if told["errors"] or problem:
        raise SystemExit(REFUSED)


def _show_done(row: dict[str, Any], *, as_json: bool) -> None:
    """The version's row; for people also the bundle's warnings and, loudly, what callers lose by it."""
    if not as_json:
        click.echo(render_text(findings_in_words(map(from_json, row["warnings"]))), err=True, nl=False)
    show([row], COLUMNS, as_json=as_json, empty="")
    if not as_json:
        for sentence in row["lost"]["told"]:
            click.secho(f"ivr: {said(f'CAREFUL: {sentence}')}", err=True, fg="red", bold=True)


def _tell_each(text: str) -> None:
    for line in text.splitlines():
        tell_line(line, err=True)


def _pass_gate(store: Store, account: str, files: Mapping[str, bytes], wanted: Wanted) -> None:
    """End with exit code 1 when too many recorded calls would end elsewhere. A bundle with errors is left to the
    publication, which refuses it."""
    from router.bootstrap.replayed_calls import compared  # with the engine, which publishing does not need

    bundle = load(files).bundle
    if bundle is None:
        return
    found = list(compared(store, bundle, account, time.time() - (wanted.replay_since or 0.0)))
    _tell_each(explained(found, bundle, SHOWN_CALLS))
    if problem := problem_of(found, wanted.fail_over):
        complain(f"{problem}; nothing was published")
        raise SystemExit(REFUSED)


@click.command()
@click.argument("version", required=False)
@account_option
@remote_options
@reason_option
@json_option
def promote(version: str | None, account: str | None, url: str | None, token: str, reason: str, as_json: bool) -> None:
    """Give the canary to all callers. With VERSION (any unique beginning) only if that is the canary: a pipeline
    promotes what it published itself, or nothing."""
    versions = versions_of(account, remote_of(url, token))
    canary = versions.canary
    if not canary:
        raise click.UsageError("there is no canary; `ivr publish --canary 10%` begins one")
    if version is not None and not canary.startswith(version):
        raise click.ClickException(f"the canary is {canary}, and not {version}; nothing was promoted")
    _show_done(versions.activate(canary, acting("ivr promote", reason)), as_json=as_json)


@click.command()
@click.argument("version", required=False)
@account_option
@remote_options
@reason_option
@json_option
def rollback(version: str | None, account: str | None, url: str | None, token: str, reason: str, as_json: bool) -> None:
    """Make VERSION active again (any unique beginning of it), which ends a canary.

    Without VERSION a canary is ended; without a canary the version that was active before comes back.
    """
    versions = versions_of(account, remote_of(url, token))
    _show_done(versions.activate(versions.chosen(version), acting("ivr rollback", reason)), as_json=as_json)
