"""Help of commands in the language of IVR_LANG: what click formats is translated as it is written."""

import re
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Final

import click

from router.cli.language import DEFAULT, language, said, speaks_english
from router.translation.catalogue import catalogue

HEADINGS: Final = {"ru": {"Options": "Ключи", "Commands": "Команды", "Usage": "Вызов"}}
DEFAULTS: Final = {"ru": {"default": "по умолчанию", "required": "обязателен"}}
_FACTS: Final = re.compile(r"\s\s\[[^\]]*\]$")
"""What click adds to an option's help: its default, its range."""


def paragraphs_in_words(text: str) -> str:
    """A help text, each paragraph translated as a whole however its lines are broken."""
    chosen = language()
    if chosen == DEFAULT:
        return text
    said = catalogue(chosen).said
    return "\n\n".join(said(" ".join(paragraph.split())) for paragraph in text.strip().split("\n\n"))


class HelpInWords(click.HelpFormatter):
    """click's formatter, in that language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or self._named("Usage", ": "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(self._named(heading))

    def write_text(self, text: str) -> None:
        super().write_text(paragraphs_in_words(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, self._entry(told)) for name, told in rows], col_max, col_spacing)

    def _named(self, heading: str, end: str = "") -> str:
        return HEADINGS.get(language(), {}).get(heading, heading) + end

    def _entry(self, told: str) -> str:
        """The help of an option, or the beginning of a command's."""
        chosen = language()
        if chosen == DEFAULT:
            return told
        facts = _FACTS.search(told)
        text, added = (told[: facts.start()], facts[0]) if facts else (told, "")
        for word, shown in DEFAULTS[chosen].items():
            added = added.replace(word, shown)
        if text.endswith("..."):
            return catalogue(chosen).begun(text.removesuffix("...")) or told
        return catalogue(chosen).said(text) + added


def show_error(error: click.ClickException) -> None:
    """What click shows of an error, in the language of the command that failed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    with context.scope(cleanup=False) if context is not None else nullcontext():
        if speaks_english():
            error.show()
            return
        if context is not None:
            click.echo(context.get_usage(), err=True)
            click.echo(said(f"Try '{context.command_path} --help' for help.") + "\n", err=True)
        click.echo(said(f"Error: {error.format_message()}"), err=True)
