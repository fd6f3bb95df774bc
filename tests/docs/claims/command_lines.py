"""`ivr …` in the text, in blocks and in examples: the command takes these options, with these values; flags, `make`, `pip`."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import repeat
from typing import Final

import click

from router.cli import COMMANDS, commands
from tests.docs.claims.page import PROJECT, Page, Span, is_placeholder

_STARTS: Final = r"(?:sudo (?:-u \S+ )?)?(?:docker compose exec (?:-T )?router )?(?:uv run )?(?:\S*/bin/)?"
_IN_TEXT: Final = re.compile(rf"{_STARTS}(?P<line>ivr [a-z-].*)")
_IN_BLOCK: Final = re.compile(
    rf"^ *(?:\$ |- |- run: |run: |\w+=\S+ )*(?:[*\d/,-]+ +){{0,5}}(?:root )?{_STARTS}(?P<line>ivr [a-z-].*)$",
    re.MULTILINE,
)
_ENDS: Final = re.compile(r"^(?:[|;&)]+|[0-9]?>.*|\)?`.*)$")
_TARGETS: Final = re.compile(r"^([a-z][\w-]*(?: [a-z][\w-]*)*):", re.MULTILINE)
_SHELLS: Final = ("sh", "shell", "bash", "console", "yaml", "text", "")
FOREIGN: Final = re.compile(
    r"gunicorn|pytest|curl|docker|git |systemd|journalctl|mutmut|tests\.|bench|pip|deploy/|psql|nvim|vsce|pg_|npm|-wal|-lock"
)
"""Where one of these is spoken of, a flag may be theirs."""


def wrong(page: Page) -> Iterator[str]:
    for line, text, whole in lines(page):
        if (said := complaint(text, whole=whole)) is not None:
            yield f"{page.place(line)}: {said}: {text}"
    for span in page.spans:
        if re.fullmatch(r"--[a-z][\w-]*(?:[ =].*)?", span.text) and (said := _flag(span)) is not None:
            yield f"{page.place(span.line)}: {said}"
    yield from _makes(page)


def lines(page: Page) -> Iterator[tuple[int, str, bool]]:
    """Each command line with its line, and whether it is a whole one."""
    for span in page.spans:
        if (found := _IN_TEXT.fullmatch(span.text)) is not None:
            yield span.line, found["line"], False
    for fence in page.fences:
        if fence.info in _SHELLS:
            text = fence.text.replace("\\\n", "  ")
            for found in _IN_BLOCK.finditer(text):
                yield fence.line + text.count("\n", 0, found.start("line")), found["line"], True


def complaint(line: str, *, whole: bool) -> str | None:
    """What is wrong with a command line, None when click would take it. A line that is not whole may leave things out."""
    words = shlex.split(line.replace("…'", "'"), comments=True)[1:]
    words = words[: next((at for at, word in enumerate(words) if _ENDS.match(word)), len(words))]
    name, *rest = words
    if name in ("--help", "--version") or is_placeholder(name):
        return None
    if name not in COMMANDS:
        return f"there is no command {name}"
    command = commands.get_command(click.Context(commands), name)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            return f"{name} has no command {rest[0]}"
        command = command.commands[rest.pop(0)]
    assert command is not None
    if command.name == "run" and name == "service" and rest:  # any other command, as the service has it
        return complaint(shlex.join(["ivr", *rest]), whole=whole)
    return _arguments(command, rest, whole=whole)


def _arguments(command: click.Command, words: list[str], *, whole: bool) -> str | None:
    known = options(command)
    positional = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    given: list[str] = []
    words = list(words)
    while words:
        word = words.pop(0)
        spelling, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("-") or word == "-" or word[1:2].isdigit():
            given.append(word)
        elif word == "--":
            return None
        elif (option := known.get(spelling)) is None:
            return None if command.ignore_unknown_options else f"{command.name} has no option {spelling}"
        elif not option.is_flag:
            value = value or (words.pop(0) if words else "")
            if value and (said := _value(command, option, value)) is not None:
                return said
            if not value and whole:
                return f"{spelling} wants a value"
    return _positional(command, positional, given, whole=whole)


def _positional(command: click.Command, known: list[click.Argument], given: list[str], *, whole: bool) -> str | None:
    if all(argument.nargs == 1 for argument in known) and len(given) > len(known):
        return f"{command.name} takes {len(known)} argument(s)"
    for argument, value in zip(_each(known), given, strict=False):
        if (said := _value(command, argument, value)) is not None:
            return said
    if whole and len(given) < sum(argument.required for argument in known):
        return f"{command.name} wants {known[len(given)].human_readable_name}"
    return None


def _each(known: list[click.Argument]) -> Iterator[click.Argument]:
    """The argument that each word belongs to; one that takes any number takes all that follow."""
    for argument in known:
        yield from repeat(argument) if argument.nargs < 0 else repeat(argument, argument.nargs)


def _value(command: click.Command, parameter: click.Parameter, value: str) -> str | None:
    if is_placeholder(value) or isinstance(parameter.type, (click.Path, click.File)):
        return None
    try:
        parameter.type.convert(value, parameter, click.Context(command))
    except click.UsageError as error:
        return error.message
    return None


@cache
def options(command: click.Command) -> dict[str, click.Option]:
    """Its options by each of their spellings."""
    named = {
        spelling: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    return named | {"--help": click.Option(["--help"], is_flag=True)}


# flags that the text names by themselves


def _flag(span: Span) -> str | None:
    """A flag that follows a command (`ivr test` with `--watch`) is that command's; any other one is of some command."""
    flag = re.split(r"[ =]", span.text)[0]
    if FOREIGN.search(span.passage) or len(flag) == 2:
        return None
    text = " ".join(span.passage.split())
    before = re.findall(rf"`ivr ([a-z]+)[^`]*`[^.;:`|]{{1,24}}`{re.escape(span.text)}`", text)
    for name in before:
        if name in COMMANDS and flag not in every_option(name):
            return f"{name} has no option {flag}"
    if not any(flag in every_option(name) for name in COMMANDS):
        return f"no command has an option {flag}"
    return None


@cache
def every_option(name: str) -> frozenset[str]:
    """The options of a command and of the commands below it."""
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    below = list(command.commands.values()) if isinstance(command, click.Group) else []
    return frozenset(spelling for each in (command, *below) for spelling in options(each))


# make, modules, extras


def _makes(page: Page) -> Iterator[str]:
    written = [(span.line, span.text) for span in page.spans]
    written += [(fence.line, text) for fence in page.fences for text in fence.text.splitlines()]
    for line, text in written:
        for target in re.findall(r"(?:^|&& |run: )make ([a-z]\S*)", text):
            if target not in targets():
                yield f"{page.place(line)}: the Makefile has no target {target}"
        for name in re.findall(r"\b([A-Z]{4,})=", text) if text.startswith("make ") else ():
            if not re.search(rf"^{name} \?=", _makefile(), re.MULTILINE):
                yield f"{page.place(line)}: the Makefile has no variable {name}"
        for module in re.findall(r"\bpython3? -m ((?:tests|bench|docs|router)[\w.]+|bench\b)", text):
            if not _is_module(module):
                yield f"{page.place(line)}: there is no module {module}"
        for extra in re.findall(r"ivr-router\[(\w+)\]", text):
            if extra not in extras():
                yield f"{page.place(line)}: ivr-router has no extra {extra}"


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package of it is none
        return False


@cache
def _makefile() -> str:
    return (PROJECT / "Makefile").read_text(encoding="utf-8")


@cache
def targets() -> frozenset[str]:
    return frozenset(name for names in _TARGETS.findall(_makefile()) for name in names.split())


@cache
def extras() -> frozenset[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return frozenset(project["optional-dependencies"])
