"""`ivr reference`: the language and the commands, told by the tables that they are made of."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from router.cli.language import said_in_reference
from router.flow.documents.pages import Heading, Part, Said, Table, as_markdown, as_text
from router.flow.documents.reference import reference as language
from router.flow.finding_rules import RULES

MOST_WORDS: Final = 8
FORMS: Final[Mapping[str, Callable[[list[Part]], str]]] = {"md": as_markdown, "text": as_text}


@click.command()
@click.option("--format", "form", type=click.Choice([*FORMS]), default="text", show_default=True)
@click.option("--json", "as_object", is_flag=True, help="The codes of findings with their meanings, for programs.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
def reference(form: str, as_object: bool, output: Path | None) -> None:
    """Everything that a flow can say: verbs and exits, names and functions, findings, tests, commands."""
    text = _codes() if as_object else page(form, click.get_current_context().find_root().command, said_in_reference)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def page(form: str, group: click.Command, said: Said = str) -> str:
    """The whole reference, "md" or "text", with the commands of the group."""
    told = _commands(group, said) if isinstance(group, click.Group) else ()
    return FORMS[form]([*language(said), *told])


def _codes() -> str:
    codes = {code: {"title": rule.title, "explanation": rule.explanation} for code, rule in RULES.items()}
    return json.dumps(codes, ensure_ascii=False, indent=2) + "\n"


def _commands(group: click.Group, said: Said) -> Iterator[Part]:
    """Every command, with its options as click knows them."""
    yield Heading(level=2, text=said("Commands"))
    yield said("Exit codes: 0 fine, 1 findings, a failed test or nothing found, 2 wrong usage.")
    context = click.Context(group, info_name="ivr")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield from _command(name, command, said)


def _command(name: str, command: click.Command, said: Said) -> Iterator[Part]:
    arguments = [_argument(parameter) for parameter in command.params if isinstance(parameter, click.Argument)]
    yield Heading(level=3, text=f"`{' '.join(['ivr', name, *arguments])}`")
    yield said(" ".join((command.help or "").split("\n\n")[0].split()))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    if options:
        rows = tuple((_spelt(option), _meaning(option, said)) for option in options)
        yield Table(head=(said("option"), said("meaning")), rows=rows)
    if isinstance(command, click.Group):
        for inner, subcommand in sorted(command.commands.items()):
            yield from _command(f"{name} {inner}", subcommand, said)


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def _spelt(option: click.Option) -> str:
    value = "" if option.is_flag or option.count else f" {_value(option)}"
    return ", ".join(f"`{spelling}{value}`" for spelling in (*option.opts, *option.secondary_opts))


def _value(option: click.Option) -> str:
    """The words that it takes; of many a name, since the help of such an option lists them."""
    if isinstance(option.type, click.Choice) and len(option.type.choices) <= MOST_WORDS:
        return "|".join(map(str, option.type.choices))
    return option.metavar or (option.name or "").upper()


def _meaning(option: click.Option, said: Said) -> str:
    shown = option.show_default if isinstance(option.show_default, str) else None
    if shown is None and option.show_default and not option.is_flag and option.default not in (None, ()):
        shown = str(option.default)
    default = f"Default: `{shown}`." if shown is not None else ""
    return " ".join(said(text) for text in (option.help or "", default) if text)
