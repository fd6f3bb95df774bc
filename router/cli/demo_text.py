"""What `ivr demo` tells to try, once both servers answer: addresses, and commands that work as they are printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.markup import escape

from router.cli.demo_calls import BLOCKED, EXAMPLES
from router.cli.demo_plan import ANY_HOUR_LINE, DEFAULT_LINE, Account, Address, Commands, lines_of
from router.cli.example import WORDS
from router.cli.language import said
from router.errors import ConfigurationError

COLUMN: Final = 18
MOST_MISSING: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines of the pretended PBX, and of the flows."""

    config: str  # the file of the PBX
    there: tuple[str, ...] = ()  # that both have
    taken: tuple[str, ...] = ()  # that the flows take


def playable_lines(config: str, flows: str) -> Lines:
    """Those of a PBX's file and a bundle; none when one cannot be read: the child says what is wrong with it."""
    try:
        there, taken = lines_of(config, flows, lambda path: Path(path).read_text(encoding="utf-8"))
    except (ConfigurationError, OSError):
        return Lines(config=config)
    return Lines(config=config, there=tuple(there), taken=tuple(taken))


def shows_example(lines: Lines) -> bool:
    """Whether it is the example that plays: its calls are made by themselves."""
    return {ANY_HOUR_LINE, DEFAULT_LINE} <= set(lines.there)


def told(account: Account, commands: Commands, lines: Lines, router: Address) -> str:
    """The text, for a terminal with colours."""
    return "\n".join(["", *_rows(account, commands, lines, f"http://{router.reached_at}"), ""])


def _rows(account: Account, commands: Commands, lines: Lines, base: str) -> Iterator[str]:
    answers = f"The router answers at {base}, the pretended PBX at http://{commands.pbx.reached_at}."
    yield from (f"[bold]{_said(answers)}[/bold]", "")
    if account.left_out:
        yield _said(f"It plays the account {account.name}; without {', '.join(account.left_out)} (see --account).", 2)
    if commands.folder is not None:
        yield _said(f"The example is in {commands.folder}; in another terminal go there first", 2)
        yield _command(commands.enter())
    yield f"{_said('Console', 2):{COLUMN + 2}} {base}/console/"
    if shows_example(lines):
        yield _said(f"{len(EXAMPLES)} example calls are being made: the console shows them live", 2)
    yield from _calls(commands, lines)
    yield f"{_said('The list of calls', 2):{COLUMN + 2}} {_coloured(commands.ivr('calls'))}"
    yield _said("Check and test the flows", 2)
    yield from (_command(commands.on_account("check")), _command(commands.on_account("test")))
    yield _said(f"Change a file in {account.flows}/ and save it: new calls get the new version.", 2)
    yield from ("", _said("Ctrl-C stops both."))


def _calls(commands: Commands, lines: Lines) -> Iterator[str]:
    """Calls that come somewhere."""
    if not lines.there:
        missing = f" ({', '.join(lines.taken[:MOST_MISSING])})" if lines.taken else ""
        leads = f"No line of {lines.config} leads to a flow"
        yield _said(f"{leads}: give it one that the flows take{missing}, then `ivr call`.", 2)
        return
    known = [line for line in (ANY_HOUR_LINE, DEFAULT_LINE) if line in lines.there]
    yield _said("One call, explained", 2)
    yield _call(commands, [*known, *lines.there][0], "--keys", "1")
    if shows_example(lines):
        yield _said("The other line has office hours, Moscow time; and who is blocked is hung up on", 2)
        yield _call(commands, DEFAULT_LINE, "--keys", "1")
        yield _call(commands, DEFAULT_LINE, "--from", BLOCKED)


def _call(commands: Commands, line: str, *words: str) -> str:
    where = () if line == DEFAULT_LINE else ("--line", line)
    return _command(commands.call(*where, *words, "--trace"))


def _command(text: str) -> str:
    return f"    {_coloured(text)}"


def _coloured(command: str) -> str:
    return f"[cyan]{escape(command)}[/cyan]"


def _said(text: str, indent: int = 0) -> str:
    return " " * indent + escape(said(text, WORDS))
