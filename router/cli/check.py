"""`ivr check`: everything that is wrong with a bundle, in one run, and nothing that is not.

The tests beside the flows are read too; they can only be judged when the flows are sound. With `--strict` a warning
counts as an error. `--proofs` adds what holds for every call, `--online` what the PBX says of the names.
"""

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from router import __version__
from router.cli.bundles import directory_argument, directory_of, facts_of, from_root, today
from router.cli.finding_words import findings_in_words
from router.cli.language import said
from router.cli.proofs import proof_lines, proof_objects, traffic_of
from router.cli.tables import many
from router.files.bundle import look_into
from router.flow.account_needs import unmet
from router.flow.analysis import Traffic
from router.flow.finding_output import render_text
from router.flow.findings import Finding, has_errors
from router.flow.model import Bundle
from router.flow.reports import as_github, as_gitlab, as_sarif
from router.simulator.checked import check_bundle, check_object, counts

WITH_ERRORS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A bundle after the check."""

    directory: str  # from the root of its repository
    bundle: Bundle | None  # None when the flows have errors
    findings: tuple[Finding, ...]
    traffic: Traffic | None
    proofs: bool  # they are asked for

    @property
    def counts(self) -> tuple[int, int]:
        """(errors, warnings)."""
        return counts(self.findings)


@click.command()
@directory_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github", "gitlab"]),
    default="text",
    show_default=True,
)
@click.option("--json", "as_object", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option("--proofs", is_flag=True, help="Tell what holds for every call: loops, silence, length, waits.")
@click.option("--online", is_flag=True, help="Ask the PBX whether it has the employees and groups that are named.")
@click.option("--account", default=None, help="Whose directory and PBX, when there are several accounts.")
@click.option(
    "--calls-per-minute", type=click.FloatRange(min=0, min_open=True), help="Look at waits under the PBX's limits."
)
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The year of opening hours from then on; default: today."
)
def check(
    directory: Path | None,
    form: str,
    as_object: bool,
    strict: bool,
    proofs: bool,
    online: bool,
    account: str | None,
    calls_per_minute: float | None,
    first: datetime | None,
) -> None:
    """Check the bundle in DIRECTORY (default: that of `ivr publish`)."""
    place = directory_of(directory, account)
    files, of_files = look_into(place)
    traffic = traffic_of(calls_per_minute)
    with _no_collection():
        read = check_bundle(files, first.date() if first is not None else today(), traffic)
    findings = (*of_files, *read.findings)
    bundle = None if has_errors(of_files) else read.loaded.bundle
    if bundle is not None and bundle.needs and (lacking := unmet(bundle.needs, facts_of(place, account), files)):
        bundle, findings = None, (*findings, *lacking)
    if online:
        # Only here: a check without network starts in half the time without an HTTP client.
        from router.cli.online import account_for, online_findings

        findings = (*findings, *online_findings(files, account_for(place, account)))
    told = _as_errors(findings) if strict else findings
    checked = Checked(
        directory=from_root(place), bundle=bundle, findings=told, traffic=traffic, proofs=proofs or traffic is not None
    )
    click.echo(FORMATS["json" if as_object else form](checked), nl=False)
    if has_errors(told):
        raise SystemExit(WITH_ERRORS)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing that loading makes becomes garbage before the command ends; looking for it is a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _as_errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, severity="error") for finding in findings)


def _text(checked: Checked) -> str:
    lines = [said(_summary(checked))]
    if checked.proofs and checked.bundle is not None:
        lines += proof_lines(checked.bundle, checked.traffic)
    return render_text(findings_in_words(checked.findings)) + "".join(f"{line}\n" for line in lines)


def _summary(checked: Checked) -> str:
    errors, warnings = checked.counts
    found = f"{many(errors, 'error')}, {many(warnings, 'warning')}"
    bundle = checked.bundle
    if bundle is None:
        return found
    steps = sum(len(flow.steps) for flow in bundle.flows.values())
    return f"{found}: {many(len(bundle.flows), 'flow')}, {many(steps, 'step')}, version {bundle.version}"


def _json(checked: Checked) -> str:
    told = check_object(checked.bundle, checked.findings)
    if checked.proofs:
        bundle = checked.bundle
        told["proofs"] = None if bundle is None else proof_objects(bundle, checked.traffic)
    return _dumped(told)


def _sarif(checked: Checked) -> str:
    return _dumped(as_sarif(checked.findings, checked.directory, __version__))


def _github(checked: Checked) -> str:
    return as_github(checked.findings, checked.directory)


def _gitlab(checked: Checked) -> str:
    return _dumped(as_gitlab(checked.findings, checked.directory))


def _dumped(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Checked], str]]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
}
