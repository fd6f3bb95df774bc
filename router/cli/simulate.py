"""`ivr simulate`: a phone in the terminal, in front of a flow.

Plain lines in, plain lines out, so that it works through a pipe as well. The clock is virtual and moves only when it
is told to, unless `--real` lets it run. No router, no PBX and no database are touched.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final, TextIO

import click

from router.cli.bundles import account_option, bundle_of, directory_argument, directory_of, no_flow
from router.cli.language import said
from router.flow.model import Bundle
from router.flow.yaml.node import plain
from router.flow.yaml.parser import parse_yaml
from router.pbx.happenings import Impossible
from router.simulator.given_world import given_as_in_tests
from router.simulator.phone import Phone
from router.simulator.report import ENGLISH, Words
from router.simulator.save import saved
from router.simulator.session import Session

QUIT: Final = ("quit", "exit", "q")
HINT: Final = "type keys such as 1, a time such as 5s, `hangup`; `help` tells what else, `quit` leaves"
LONGEST_TICK_SECONDS: Final = 3600.0
"""With nothing to wait for, the real clock is looked at this often."""


@click.command()
@click.argument("flow")
@directory_argument
@account_option
@click.option("--from", "caller", metavar="NUMBER", help='The caller\'s number; "" is a withheld one.')
@click.option("--line", metavar="NUMBER", help="The line that the call comes in on.")
@click.option("--at", metavar="TIME", help="When it comes, e.g. 2026-11-23T12:00:00 in the flow's zone.")
@click.option("--online", metavar="EXTENSIONS", help="Who is online, with commas; nobody else is.")
@click.option("--given", metavar="YAML", help="More of the world, as in a test: {split: {STEP: BRANCH}}.")
@click.option("--real", is_flag=True, help="Let the clock run.")
@click.option("--save-to", type=click.Path(dir_okay=False, path_type=Path), help="The file for `save`.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object for each line that was said.")
def simulate(
    flow: str,
    directory: Path | None,
    account: str | None,
    caller: str | None,
    line: str | None,
    at: str | None,
    online: str | None,
    given: str | None,
    real: bool,
    save_to: Path | None,
    as_object: bool,
) -> None:
    """Call FLOW of the bundle in DIRECTORY (default: that of `ivr publish`). `help` tells what can be said."""
    place = directory_of(directory, account)
    bundle = bundle_of(place)
    if flow not in bundle.flows:
        no_flow(flow, bundle)
    world = {"from": caller, "line": line, "at": at, "online": online.split(",") if online is not None else None}
    written = _written(given) | {name: value for name, value in world.items() if value is not None}
    try:
        phone = Phone(Session(bundle, flow, given_as_in_tests(written, bundle, flow)), ENGLISH if as_object else WORDS)
    except Impossible as impossible:
        raise click.UsageError(str(impossible)) from impossible
    file = save_to or _tests_beside(bundle, flow, place)
    conversation = Conversation(phone, sys.stdin, as_object=as_object, file=file)
    if sys.stdin.isatty() and not as_object:
        click.echo(WORDS.said(HINT))
    with suppress(KeyboardInterrupt):  # another way to say `quit`
        conversation.run_real() if real else conversation.run()
    conversation.leave()


def _written(given: str | None) -> dict[str, Any]:
    """What `--given` says, every scalar as its text."""
    root, found = parse_yaml("--given", given or "{}")
    if root is None or root.kind != "mapping" or found:
        raise click.UsageError("--given is a map such as {split: {STEP: BRANCH}}")
    return dict(plain(root))


def _tests_beside(bundle: Bundle, flow: str, directory: Path) -> Path:
    """The file of tests beside the file of the flow: main.yaml, main.test.yaml."""
    step = bundle.flows[flow].steps[bundle.flows[flow].start]
    return (directory / step.mark.file).with_suffix(".test.yaml")


def _said(text: str) -> str:
    return said(text, "simulate")


WORDS: Final = Words(said=_said, told=lambda text: said(text, "trace"))


class Conversation:
    """Lines said to a phone, and what is printed of it."""

    def __init__(self, phone: Phone, stream: TextIO, *, as_object: bool, file: Path) -> None:
        self.phone = phone
        self.stream = stream
        self.as_object = as_object
        self.file = file  # of tests
        self._at_prompt = False  # the cursor stands behind it

    def run(self) -> None:
        """Until `quit` or the end of the input; the clock stands between two lines."""
        self._tell("", [])
        for words in self._lines():
            if not self._hear(words):
                return

    def leave(self) -> None:
        """The next output in the terminal begins on a line of its own."""
        if self._at_prompt:
            click.echo()

    def _lines(self) -> Iterator[str]:
        is_terminal = self.stream.isatty() and not self.as_object
        if is_terminal:
            import_module("readline")  # from now on `input` lets lines be edited, and the arrow up brings old ones back
        while (line := self._typed() if is_terminal else self.stream.readline() or None) is not None:
            yield line.strip()

    def _typed(self) -> str | None:
        """A line that was typed at the prompt, None at the end of the input."""
        self._at_prompt = True
        try:
            line = input(f"{self.phone.place}> ")
        except EOFError:
            return None
        self._at_prompt = False
        return line

    def _prompt(self) -> None:
        if self.stream.isatty() and not self.as_object:
            self._at_prompt = True  # before anybody can see it, and press a key
            click.echo(f"{self.phone.place}> ", nl=False)

    def run_real(self) -> None:
        """The same while the clock runs: what happens meanwhile is told when it happens."""
        said: Queue[str | None] = Queue()
        Thread(target=_listen, args=(self.stream, said), daemon=True).start()
        self._tell("", [])
        self._prompt()
        clock = time.monotonic()
        while True:
            try:
                words, heard = said.get(timeout=self._patience()), True
                self._at_prompt = self._at_prompt and words is None
            except Empty:
                words, heard = "", False
            passed = round(time.monotonic() - clock, 3)
            clock += passed
            if passed:
                self.phone.session.let_pass(passed)
            if heard and (words is None or not self._hear(words)):
                return
            if heard or self._tell_news():
                self._prompt()

    def _patience(self) -> float:
        """Seconds until something happens by itself; while a lookup waits, nothing does."""
        session = self.phone.session
        due = session.seconds_to_next if session.lookup is None else None
        return LONGEST_TICK_SECONDS if due is None else min(due, LONGEST_TICK_SECONDS)

    def _hear(self, words: str) -> bool:
        """Do what a line says; False when it is the last one."""
        if words in QUIT:
            return False
        word, _, name = words.partition(" ")
        if not (self.as_object or self.stream.isatty()):
            click.echo(f"{self.phone.place}> {words}")
        try:
            rows = self._save(name.strip()) if word == "save" else self.phone.say(words)
        except Impossible as impossible:
            rows = [str(impossible) if self.as_object else WORDS.said(str(impossible))]
        self._tell(words, rows)
        return True

    def _save(self, name: str) -> list[str]:
        if not name:
            raise Impossible("write what the test is to be called: save NAME")
        try:
            text = self.file.read_bytes().decode("utf-8-sig", "replace") if self.file.exists() else None
            self.file.write_bytes(saved(self.phone.session, name, self.file.name, text).encode())
        except OSError as error:
            raise Impossible(f"{self.file} cannot be written: {error.strerror}; start with --save-to FILE") from error
        told = f"saved as `{name}` in {self.file}"
        return [told if self.as_object else WORDS.said(told)]

    # what is printed

    def _tell(self, words: str, rows: list[str]) -> None:
        """Answers, then news."""
        if self.as_object:
            self._tell_object(words, rows, self.phone.news())
            return
        for row in [*rows, *self.phone.news()]:
            click.echo(click.style(row, bold=True) if row.startswith("*") else row)

    def _tell_news(self) -> bool:
        """Shows what happened without a command from the user; answers whether there was anything."""
        news = self.phone.news()
        if news:
            self.leave()
        for row in news if not self.as_object else ():
            click.echo(row)
        if news and self.as_object:
            self._tell_object("", [], news)
        return bool(news)

    def _tell_object(self, words: str, rows: list[str], news: list[str]) -> None:
        call, session = self.phone.session.call, self.phone.session
        answer = {
            "said": words,
            "answer": rows,
            "elapsed": round(session.elapsed, 3),
            "status": call.status,
            "step": call.step,
            "outcome": call.outcome,
            "lookup": session.lookup,
            "commands": [row.removeprefix("* ") for row in news if row.startswith("* ")],
            "trace": [row.strip() for row in news if not row.startswith("* ")],
        }
        click.echo(json.dumps(answer, ensure_ascii=False))


def _listen(stream: TextIO, said: "Queue[str | None]") -> None:
    while line := stream.readline():
        said.put(line.strip())
    said.put(None)
