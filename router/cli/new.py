"""`ivr new`: a bundle made of five answers, with tests that pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from router.cli.starter_bundle import HANG_UP, LANGUAGES, Answers, read_groups, read_hours, starter_bundle
from router.protocol.phone_numbers import read_number

T = TypeVar("T")
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
    """Make a bundle in DIRECTORY, which must be new or empty: a menu in office hours, and what happens when closed."""
    if directory.exists() and any(directory.iterdir()):
        raise click.UsageError(f"{directory} is not empty: name a new directory")
    ask = _Questions(yes)
    answers = Answers(
        lines=ask("On which lines? Numbers with commas, or any", lines, DEFAULTS["lines"], _read_lines),
        hours=ask(f"When is it open? Such as {DEFAULTS['hours']}, or always", hours, DEFAULTS["hours"], read_hours),
        groups=ask("Which groups, with their extensions?", groups, DEFAULTS["groups"], read_groups),
        language=ask("In which language are the prompts (en, ru)?", language, LANGUAGES[0], _read_language),
        closed=ask("When closed: a number, an extension, or hang up", closed, DEFAULTS["closed"], _read_closed),
    )
    files = starter_bundle(answers)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps([str(directory / name) for name in files]))
        return
    for name in files:
        click.echo(f"made {directory / name}")
    click.echo(f"try it: ivr test {directory}; call it: ivr simulate main {directory}")


class _Questions:
    """Asks what was not given, until the answer can be read."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent

    def __call__(self, question: str, given: str | None, default: str, read: Callable[[str], T]) -> T:
        """The answer, read; a usage error for one that was given and cannot be."""
        if given is not None or self._silent:
            try:
                return read(given if given is not None else default)
            except ValueError as wrong:
                raise click.UsageError(str(wrong)) from None
        asked: Any = click.prompt(question, default=default, value_proc=_told(read))
        return asked  # type: ignore[no-any-return]


def _told(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same for click, which asks again after a UsageError alone."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from None

    return reading


def _read_lines(text: str) -> tuple[str, ...]:
    if text.strip() in ("any", ""):
        return ()
    numbers = []
    for part in (part.strip() for part in text.split(",")):
        found = read_number(part)
        if not found.number:
            raise ValueError(f"`{part}` is no number: {found.problem or 'a withheld number is none'}")
        numbers.append(found.number)
    return tuple(numbers)


def _read_language(text: str) -> str:
    if text.strip() not in LANGUAGES:
        raise ValueError(f"`{text}` is none of {', '.join(LANGUAGES)}")
    return text.strip()


def _read_closed(text: str) -> str:
    stripped = text.strip()
    if stripped in (HANG_UP, "hangup", "hang-up", ""):
        return HANG_UP
    if stripped.isdecimal() and len(stripped) < 7:
        return stripped
    found = read_number(stripped)
    if not found.number:
        raise ValueError(
            f"`{text}` is neither a number nor `{HANG_UP}`: {found.problem or 'a withheld number is none'}"
        )
    return found.number
