"""The language in which commands speak to people: that of IVR_LANG, else the system's, else English. Codes, keys of
JSON and exit codes are the same in all."""

import os
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

import click

from router.errors import ConfigurationError
from router.translation.catalogue import ENGLISH, LANGUAGES, said_in, shown_in

VARIABLE: Final = "IVR_LANG"
OF_THE_SYSTEM: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where POSIX has the language of messages: the first that is set."""

_LETTERS: Final = "Я«—»№"  # what an encoding has to have: those of Russian that are not Unicode lack some
DEFAULT: Final = ENGLISH
_SPOKEN: Final = "router.cli.language"


def language() -> str:
    """That which the command was told to speak, else that of IVR_LANG, which may be a locale's name: `ru_RU.UTF-8`;
    else that of the system."""
    context = click.get_current_context(silent=True)
    if context is not None and _SPOKEN in context.meta:
        return str(context.meta[_SPOKEN])
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        return _of_the_system()
    name = _named(asked)
    if name not in LANGUAGES:
        raise ConfigurationError(f"IVR_LANG is {asked}: it may be {' or '.join(LANGUAGES)}")
    return name


def _of_the_system() -> str:
    """English where it is none of ours, and where the output could not show its letters."""
    spoken = _named(next(filter(None, map(os.environ.get, OF_THE_SYSTEM)), ""))
    return spoken if spoken in LANGUAGES and _can_write(_LETTERS) else DEFAULT


def _can_write(letters: str) -> bool:
    try:
        letters.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def speaks_english() -> bool:
    """Whether nothing is to be translated; also where IVR_LANG names no language that is known."""
    try:
        return language() == DEFAULT
    except ConfigurationError:
        return True


def speak(chosen: str | None) -> str:
    """Have the command that runs speak a language, whatever the environment says; None leaves it. Answers which."""
    if chosen is not None:
        click.get_current_context().meta[_SPOKEN] = chosen
    return language()


def said(text: str, command: str = "") -> str:
    """A message in the language of the command, as far as the catalogue has it; `command` names words of its own."""
    return said_in(language(), text, command)


def said_in_reference(text: str) -> str:
    """What the reference of the language says, in that language."""
    return shown_in(language(), text)


def said_in_editor(locale: str) -> Callable[[str], str]:
    """What an editor shows, in that language; without IVR_LANG in the editor's own, whose locale is `ru` or `ru-RU`."""
    chosen = language() if os.environ.get(VARIABLE) else _named(locale)
    return partial(shown_in, chosen if chosen in LANGUAGES else DEFAULT)


def _named(locale: str) -> str:
    return re.split(r"[._-]", locale)[0].lower()


def complain(text: str, command: str = "") -> None:
    """Say on stderr, in the language of the command, why there is no answer."""
    click.echo(f"ivr: {text if speaks_english() else said(text, command)}", err=True)


def tell_line(line: str, command: str = "", *, err: bool = False) -> None:
    """Print a line of a longer text, which may be indented."""
    told = line.lstrip()
    click.echo(f"{line[: len(line) - len(told)]}{said(told, command)}", err=err)


def tell(text: str, command: str = "", *, err: bool = False) -> None:
    """Print a message in the language of the command."""
    click.echo(said(text, command), err=err)
