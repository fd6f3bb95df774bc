"""The command: asks the account, asks the person, writes the bundle, tries it, and looks at what runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from router.cli.init.account import Account, survey
from router.cli.init.checklist import FILE as CHECKLIST
from router.cli.init.checklist import checklist
from router.cli.init.choices import Chosen, Given, choose
from router.cli.init.settings import FILE as SETTINGS
from router.cli.init.settings import ask_for_key, configured, keep
from router.cli.language import VARIABLE, language, said, speak, tell
from router.cli.new import refuse_full, write_files
from router.cli.starter.bundle import starter_bundle
from router.cli.starter.questions import WORDS, Questions
from router.cli.starter.recordings import LANGUAGES
from router.client.mango import Mango
from router.flow.findings import has_errors
from router.simulator.checked import check_bundle
from router.simulator.coverage import coverage, percent
from router.simulator.run_test import run

MOST_SHOWN: Final = 30


def _prompts(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """`welcome=17:9s` as a map."""
    found = {}
    for one in given:
        name, sign, told = one.partition("=")
        if not sign or not told:
            raise click.BadParameter(said(f"{one!r} is not like welcome=17:9s, or welcome=none", WORDS))
        found[name.strip()] = told.strip()
    return found


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--account", help="Which account, where the configuration has several.")
@click.option("--lines", help="Numbers of the lines, with commas, or any. Default: all that the account has.")
@click.option("--keys", help="Extensions of groups or employees, in the order of their keys: 303, 304.")
@click.option("--hours", help="When it is open: mon-fri 09:00-18:00, sat 10:00-14:00; or always.")
@click.option("--zone", help="The time zone of the hours, such as Asia/Novosibirsk.")
@click.option("--holidays", type=click.Choice(("yes", "no")), help="Whether it is closed on public holidays.")
@click.option("--closed", help="When it is closed: a number or an extension, or `hang up`.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the questions, the prompts and the checklist.")
@click.option(
    "--prompt", "prompts", multiple=True, callback=_prompts, metavar="NAME=ID:LENGTH",
    help="A recording: welcome=17:9s. Names: welcome, again, sorry, closed.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Ask nothing: take what the account has, and the defaults.")
@click.option("--doctor/--no-doctor", "examines", default=True, help="Whether `ivr doctor --online` follows.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def init(
    directory: Path,
    account: str | None,
    lines: str | None,
    keys: str | None,
    hours: str | None,
    zone: str | None,
    holidays: str | None,
    closed: str | None,
    language: str | None,
    prompts: dict[str, str],
    yes: bool,
    examines: bool,
    as_json: bool,
) -> None:
    """Make a first bundle in DIRECTORY of what the account has: its lines, groups, employees and recordings.

    Key and salt come from the environment or ivr.yaml, or are asked for. The bundle has tests that pass; cabinet.md
    beside it says what is left to click in the cabinet. Works the same against `ivr emulator` (MANGO_API_URL).
    """
    speak(language)
    refuse_full(directory)
    environ, is_typed = _environment(yes)
    with Mango.from_environment(account, environ) as mango:
        found = survey(mango)
    if not as_json:
        _show(found)
    given = Given(
        lines=lines,
        keys=keys,
        hours=hours,
        zone=zone,
        holidays=holidays,
        closed=closed,
        language=language,
        prompts=prompts,
    )
    chosen = choose(found, given, Questions(yes))
    files = starter_bundle(chosen.answers)
    passed = _try(files)
    write_files(directory, files | {CHECKLIST: checklist(found, chosen)})
    kept = keep(environ, directory) if is_typed else None  # None: there was nothing to keep
    names = [str(directory / name) for name in (*files, CHECKLIST)]
    if as_json:
        told = {"files": names, "tests": passed, "settings": SETTINGS if kept else None, "untold": found.untold}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell(directory, names, passed, chosen, kept)
    if examines:
        _examine({**environ, "IVR_FLOWS": str(directory)}, account, to_stderr=as_json)


def _environment(is_silent: bool) -> tuple[Mapping[str, str], bool]:
    """The environment with key and salt, and whether these were typed just now."""
    if configured(os.environ):
        return os.environ, False
    if is_silent:
        problem = "set MANGO_API_KEY and MANGO_API_SALT: they stand in the cabinet's API connector"
        raise click.UsageError(said(problem, WORDS))
    return ask_for_key(os.environ), True


def _show(found: Account) -> None:
    schemes = [said(f"scheme {line.scheme}", WORDS) if line.scheme else "" for line in found.lines]
    lines = [f"{line.number}  {line.title}  {scheme}" for line, scheme in zip(found.lines, schemes, strict=True)]
    parties = {"groups": found.groups, "employees": found.employees}
    rows = {"lines": lines}
    rows |= {name: [f"{one.extension}  {one.title}" for one in some] for name, some in parties.items()}
    rows |= {"recordings": [f"{number}  {name}" for number, name in found.recordings], "schemes": list(found.schemes)}
    for name, shown in rows.items():
        click.echo(f"{said(name, WORDS)}: {len(shown)}")
        for row in shown[:MOST_SHOWN]:
            click.echo(f"  {row.rstrip()}")
        if len(shown) > MOST_SHOWN:
            click.echo(f"  {said(f'and {len(shown) - MOST_SHOWN} more')}")
    for one in found.untold:
        tell(f"not told: {one}", WORDS, err=True)


def _try(files: Mapping[str, str]) -> int:
    """Run the bundle's tests as `ivr test --coverage` does; answers how many there are."""
    checked = check_bundle({name: text.encode() for name, text in files.items()})
    bundle = checked.loaded.bundle
    assert bundle is not None, "the starter bundle has no errors whatever the answers are"
    assert not has_errors(checked.findings), checked.findings
    verdicts = [run(script, bundle) for script in checked.scripts]
    failed = [verdict.failure.reason for verdict in verdicts if verdict.failure is not None]
    assert not failed, failed
    assert percent(coverage(bundle, verdicts, files)) == 100, "every exit is tried"
    return len(verdicts)


def _tell(directory: Path, names: list[str], passed: int, chosen: Chosen, kept: bool | None) -> None:
    for name in names:
        tell(f"made {name}", WORDS)
    tell(f"{passed} tests pass, and reach every exit", WORDS)
    for prompt in sorted(chosen.guessed):
        tell(f"the length of {prompt} is a guess: the API does not tell it; correct it in resources.yaml", WORDS)
    if kept is not None:
        made = (
            "made, which only you can read"
            if kept
            else "was there, and is left as it is: look whether its key is right"
        )
        tell(f"{SETTINGS} {made}; in a shell: set -a; . ./{SETTINGS}; set +a", WORDS)
    tell(f"next: {directory / CHECKLIST} says what to click in the cabinet; ivr simulate main {directory}", WORDS)


def _examine(environ: Mapping[str, str], account: str | None, *, to_stderr: bool) -> None:
    """In a process of its own, as whoever calls it next will have it; what it finds does not undo the bundle."""
    tell("ivr doctor --online (database and server are missing until `ivr serve` runs):", WORDS, err=to_stderr)
    chosen = ["--account", account] if account else []
    command = [sys.executable, "-m", "router.cli", "doctor", "--online", *chosen]
    spoken = {**environ, VARIABLE: language()}
    subprocess.run(command, env=spoken, stdout=sys.stderr if to_stderr else None, check=False)
