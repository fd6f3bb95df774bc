"""`ivr call`: a phone in the terminal that dials through the emulator, presses keys and shows what happens."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import click
from rich.console import Console

from router.cli.language import said
from router.emulator.control import Control
from router.emulator.load import seconds
from router.errors import ConfigurationError
from router.protocol.codes import meaning

POLL_SECONDS: Final = 0.15

SETTLE_SECONDS: Final = 5.0
"""The last notifications of a call get so long to arrive."""

NO_PROMPT_SECONDS: Final = 5.0
"""A caller who hears no prompt for so long presses the keys all the same."""


class Duration(click.ParamType[float]):
    """5s, 250ms or 2m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        try:
            return value if isinstance(value, float) else seconds(value)
        except ConfigurationError as error:
            self.fail(error.message, param, ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How long a caller talks, and waits for somebody to answer; seconds."""

    hangup_after: float
    patience: float


class Handset:
    """One caller: presses the next keys when a prompt plays, and hangs up in the end."""

    def __init__(self, control: Control, call: Mapping[str, Any], keys: tuple[str, ...], wishes: Wishes) -> None:
        self.call = dict(call)
        self._control = control
        self._keys = list(keys)
        self._wishes = wishes
        self._heard = 0  # prompts until the last keys
        self._since = self._dialled = time.monotonic()
        self._answered: float | None = None
        self._shown: set[tuple[str, int]] = set()

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.call["ended"] is not None

    @property
    def settled(self) -> bool:
        """Whether the webhook has answered everything about the call, or never will."""
        return self.ended and all(one["deliveries"] or one["dropped"] for one in self.call["events"])

    def step(self) -> None:
        """Look, and do what a caller would do now."""
        self.call = self._control.look(self.call["id"])
        now = time.monotonic()
        if self.ended:
            return
        if self.call["answered"] is not None and self._answered is None:
            self._answered = now
        if self._is_time_to_press(now):
            self._control.press(self.call["id"], self._keys.pop(0))
        elif self._is_time_to_hang_up(now):
            self._control.hang_up(self.call["id"])

    def news(self) -> Iterator[str]:
        """A line for everything that has happened since the last time, in order."""
        lines = []
        for kind, describe in DESCRIBE.items():
            for number, one in enumerate(self.call.get(kind, ())):
                if (kind, number) not in self._shown:
                    self._shown.add((kind, number))
                    lines.append((one["at"], describe(one)))
        for at, line in sorted(lines, key=lambda timed: timed[0]):
            yield f"[dim]{at - self.call['started']:7.2f}s[/dim]  {line}"

    def _is_time_to_press(self, now: float) -> bool:
        prompts = sum(one["command"] == "play/start" and one["result"] == 1000 for one in self.call["commands"])
        if not self._keys or self.call["state"] != "menu":
            return False
        if prompts <= self._heard and now - self._since < NO_PROMPT_SECONDS:
            return False
        self._heard, self._since = prompts, now
        return True

    def _is_time_to_hang_up(self, now: float) -> bool:
        if self._answered is not None:
            return now - self._answered >= self._wishes.hangup_after
        return now - self._dialled >= self._wishes.patience


@click.command()
@click.option("--emulator", default="http://127.0.0.1:8090", show_default=True, help="Where `ivr emulator` listens.")
@click.option("--router", default="", help="The router's address, to show where its trace is.")
@click.option("--from", "caller", default="79000000000", show_default=True, help='The caller\'s number; "" hides it.')
@click.option("--line", default="74952150438", show_default=True, help="The line that is dialled.")
@click.option("--to", default="", help="A number that an employee dials; --from is their extension then.")
@click.option("--sip-call-id", default="", help="The id that another system has given to the call (§3.1.1).")
@click.option("--keys", multiple=True, help="Keys to press when a prompt plays; once more for each further prompt.")
@click.option("--wait/--no-wait", default=True, help="Follow the call until it ends.")
@click.option("--hangup-after", type=Duration(), default="5s", show_default=True, help="Talk so long, then hang up.")
@click.option("--patience", type=Duration(), default="2m", show_default=True, help="Hang up when nobody answers.")
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True, help="Place so many calls.")
@click.option("--gap", type=Duration(), default="100ms", show_default=True, help="Time between two of them.")
@click.option("--trace", "with_trace", is_flag=True, help="Explain each call at its end, as `ivr trace` does.")
@click.option("--json", "as_json", is_flag=True, help="Print the emulator's view of the call (or the list of them).")
def call(
    emulator: str,
    router: str,
    caller: str,
    line: str,
    to: str,
    sip_call_id: str,
    keys: tuple[str, ...],
    wait: bool,
    hangup_after: float,
    patience: float,
    count: int,
    gap: float,
    with_trace: bool,
    as_json: bool,
) -> None:
    """Dial a line through the emulator and follow what becomes of the caller."""
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    control = Control(emulator)
    wishes = Wishes(hangup_after=hangup_after, patience=patience)
    handsets: list[Handset] = []
    for number in range(count):
        if number:
            time.sleep(gap)
        handsets.append(Handset(control, control.dial(caller, line, sip_call_id, to), keys, wishes))
        placed = handsets[-1].call
        console.print(_said(f"call {placed['id']}  entry_id [bold]{placed['entry_id']}[/bold]"))
    if wait:
        _follow(handsets, console, with_history=count == 1)
        for handset in handsets:
            _close(handset, console, router)
            if with_trace and not as_json:
                _explain(handset.call["entry_id"])
    if as_json:
        found = [handset.call for handset in handsets]
        click.echo(json.dumps(found if count > 1 else found[0], indent=2, ensure_ascii=False))


def _follow(handsets: list[Handset], console: Console, *, with_history: bool) -> None:
    """Until every call is over and its last notifications have been told."""
    active, deadline = list(handsets), math.inf
    while active and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        for handset in active:
            handset.step()
            for line in handset.news() if with_history else ():
                console.print(line)
        active = [handset for handset in active if not handset.settled]
        if deadline == math.inf and all(handset.ended for handset in active):
            deadline = time.monotonic() + SETTLE_SECONDS


def _explain(entry_id: str) -> None:
    from router.cli.trace import trace  # it opens the router's database, which a mere phone does not need

    click.get_current_context().invoke(trace, entry_id=entry_id)


def _close(handset: Handset, console: Console, router: str) -> None:
    """How it ended, and where to read why."""
    call, summary = handset.call, handset.call["summary"]
    reason = call["disconnect_reason"]
    who = summary["to"].get("extension") or summary["to"].get("number") or _said("nobody")
    talked = f"talked to {who} for {call['ended'] - call['answered']:.0f} s" if call["answered"] else "not answered"
    console.print(_said(f"{call['id']} ended: {talked}; {reason} {_said(meaning(reason))}"))
    console.print(_said(f"why: ivr trace '{call['entry_id']}'"))
    if router:
        console.print(f"     {router.rstrip('/')}/api/calls/{quote(call['entry_id'], safe='')}")


def _said(text: str) -> str:
    return said(text, "call")


def _head(name: str) -> str:
    """What a line is of, in a column."""
    return f"{_said(name):8}"


def _describe_event(one: Mapping[str, Any]) -> str:
    body, path = one["json"], one["path"]
    lost = f" [red]({_said('dropped')})[/red]" if one["dropped"] else ""
    if path == "events/call":
        to = body["to"].get("extension") or body.get("acd_group") or body["to"].get("acd_group") or body["to"]["number"]
        reason = f" {body['disconnect_reason']}" if "disconnect_reason" in body else ""
        return f"[green]{body['location']:8}[/green] {_said(body['call_state'])}{reason}  {_said('to ' + to)}{lost}"
    if path == "events/dtmf":
        return f"[cyan]{_head('keys')}[/cyan] {body['dtmf']}  {_said('at ' + body['location'])}{lost}"
    detail = body.get("result", body.get("reason", body.get("disconnect_reason", "")))
    return f"[dim]{path:8} {detail}[/dim]{lost}"


def _describe_command(one: Mapping[str, Any]) -> str:
    params = one["params"]
    what = params.get("to_number") or params.get("internal_id") or ""
    outcome = one["result"] if one["status"] == 200 else f"HTTP {one['status']}"
    return f"[yellow]{_head('command')}[/yellow] {one['command']} {what} -> {outcome}"


DESCRIBE: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "commands": _describe_command,  # first: of one instant, the command before what it caused
    "events": _describe_event,
}
