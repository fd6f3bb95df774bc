"""`ivr new`: a bundle made of five answers, with tests that pass."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from router.cli.language import said, speak, tell
from router.cli.starter.answers import (
    HANG_UP,
    Answers,
    needed,
    read_closed,
    read_groups,
    read_hours,
    read_language,
    read_lines,
)
from router.cli.starter.bundle import starter_bundle
from router.cli.starter.questions import WORDS, Questions
from router.cli.starter.recordings import LANGUAGES, Recording, says, seconds_of

DEFAULTS: Final = {
    "lines": "any",
    "hours": "mon-fri 09:00-18:00",
    "groups": "sales=303, support=304",
    "closed": HANG_UP,
}


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--lines", help="Numbers of the lines, with commas, or any.")
@click.option("--hours", help="When it is open: mon-fri 09:00-18:00, sat 10:00-14:00; or always.")
@click.option("--groups", help="Groups with their extensions, in the order of their keys: sales=303, support=304.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the prompts.")
@click.option("--closed", help="When it is closed: a number or an extension, or `hang up` after a prompt.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given has its default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def new(
    directory: Path,
    lines: str | None,
    hours: str | None,
    groups: str | None,
    language: str | None,
    closed: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a bundle in DIRECTORY, which must be new or empty: a menu in office hours, and what happens when closed.

    `ivr init` makes one of what the account has.
    """
    spoken = speak(language)
    refuse_full(directory)
    ask = Questions(yes)
    answers = Answers(
        lines=ask("On which lines? Numbers with commas, or any", lines, DEFAULTS["lines"], read_lines),
        hours=ask(f"When is it open? Such as {DEFAULTS['hours']}, or always", hours, DEFAULTS["hours"], read_hours),
        destinations=ask("Which groups, with their extensions?", groups, DEFAULTS["groups"], read_groups),
        language=ask("In which language are the prompts (en, ru)?", language, spoken, read_language),
        closed=ask("When closed: a number, an extension, or hang up", closed, DEFAULTS["closed"], read_closed),
    )
    files = starter_bundle(with_made_up_recordings(answers))
    write_files(directory, files)
    if as_json:
        click.echo(json.dumps([str(directory / name) for name in files]))
        return
    for name in files:
        tell(f"made {directory / name}", WORDS)
    tell("record the prompts of resources.yaml in the cabinet, and put their ids and lengths there", WORDS)
    tell(f"try it: ivr test {directory}; call it: ivr simulate main {directory}", WORDS)


def with_made_up_recordings(answers: Answers) -> Answers:
    """The same with all prompts, as if they were recorded: ids count from 1, lengths are about what the words take."""
    titles = [one.title or one.name for one in answers.destinations]
    texts = {prompt: says(prompt, answers.language, titles) for prompt in needed(answers)}
    return replace(
        answers,
        recordings={
            prompt: Recording(id=number, seconds=seconds_of(text), says=text)
            for number, (prompt, text) in enumerate(texts.items(), 1)
        },
    )


def refuse_full(directory: Path) -> None:
    """A usage error for a directory that has something in it."""
    if directory.exists() and any(directory.iterdir()):
        raise click.UsageError(said(f"{directory} is not empty: name a new directory", WORDS))


def write_files(directory: Path, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
