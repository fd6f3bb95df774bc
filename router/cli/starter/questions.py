"""Questions in a terminal, each asked until its answer can be read."""

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from router.cli.language import said

WORDS: Final = "init"  # the folder of the catalogue with what a first bundle takes

UNANSWERED: Final = "no terminal answers the question: give --yes to take the defaults, or an option for each answer"

T = TypeVar("T")


class Questions:
    """Asks what was not given; with `silent` nothing, and the defaults are the answers."""

    def __init__(self, silent: bool) -> None:
        self.is_silent = silent

    def __call__(self, question: str, given: str | None, default: str, read: Callable[[str], T]) -> T:
        """The answer, read; a usage error for one that was given and cannot be."""
        if given is not None or self.is_silent:
            try:
                return read(given if given is not None else default)
            except ValueError as wrong:
                raise click.UsageError(said(str(wrong), WORDS)) from None
        try:
            asked: Any = click.prompt(said(question, WORDS), default=said(default, WORDS), value_proc=_told(read))
        except click.Abort:
            if sys.stdin.isatty():
                raise
            click.echo(err=True)
            raise click.UsageError(said(UNANSWERED, WORDS)) from None
        return asked  # type: ignore[no-any-return]


def _told(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same for click, which asks again after a UsageError alone."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except ValueError as wrong:
            raise click.UsageError(said(str(wrong), WORDS)) from None

    return reading
