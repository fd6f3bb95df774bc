"""The command: one examination after the other, and one line for each finding."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from router.bootstrap import open_store_from_environment, read_settings
from router.cli.doctor import at_home, outside
from router.cli.doctor.symptoms import ERROR, OK, SKIPPED, WARNING, Examination, Patient, Symptom, wrong
from router.errors import ConfigurationError, StoreUnavailable
from router.runtime.ports import Store

EXAMINATIONS: Final[tuple[Examination, ...]] = (
    at_home.configuration,
    at_home.database,
    at_home.bundles,
    outside.server,
    outside.pbx,
)
SIGNS: Final = {
    OK: ("ok", "green"),
    WARNING: ("warning", "yellow"),
    ERROR: ("ERROR", "bold red"),
    SKIPPED: ("-", "dim"),
}
UNWELL: Final = 1


@click.command()
@click.option("--url", default="", help="Where the PBX reaches the webhook, as https://ivr.example.com/vpbx.")
@click.option("--online", is_flag=True, help="Ask the PBX, too: its address, the key, the salt, the clock.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of lines.")
def doctor(url: str, online: bool, as_json: bool) -> None:
    """Check this deployment: configuration, database, flows, the running server, and with --online the PBX.

    Run it in the router's environment. Exit code 1 when something is wrong.
    """
    found = list(_examine(url, online))
    if as_json:
        click.echo(json.dumps([asdict(symptom) for symptom in found], ensure_ascii=False, indent=2))
    else:
        _show(found)
    if any(symptom.level == ERROR for symptom in found):
        raise SystemExit(UNWELL)


def _examine(url: str, online: bool) -> Iterator[Symptom]:
    try:
        settings = read_settings(os.environ)
    except ConfigurationError as error:
        yield wrong("configuration", error.message, "docs/configuration.md names every setting")
        return
    store: Store | None = None
    try:
        store = open_store_from_environment()
    except (ConfigurationError, StoreUnavailable) as error:
        yield wrong("database", error.message, "start the router once, or mend IVR_DATABASE")
    patient = Patient(settings=settings, store=store, url=url, asks_pbx=online)
    for examine in EXAMINATIONS:
        yield from examine(patient)


def _show(found: list[Symptom]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for symptom in found:
        word, style = SIGNS[symptom.level]
        line = Text.assemble((f"{word:8}", style), f"{symptom.area}: {symptom.told}")
        console.print(line)
        if symptom.remedy and symptom.level != OK:
            console.print(Text(f"        → {symptom.remedy}", style="dim"))
    errors = sum(symptom.level == ERROR for symptom in found)
    warnings = sum(symptom.level == WARNING for symptom in found)
    console.print(f"{errors} error(s), {warnings} warning(s)")
