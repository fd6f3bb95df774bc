"""The contract of every method as data: `cases/*.yaml`, a case for each row of the catalogue.

METHOD:
  call: NAME                what is on the line first: see CALLS
  before: [{ask, with, take: {NAME: JMESPATH}}]    requests that set the stage; `$NAME` stands for what they gave
  ask: {...}                the request of the round trip
  gives: {JMESPATH: VALUE}  what its answer has to say; `result` is a command's pushed code
  wait: SECONDS             before the answer (of a report) or the pushes are looked at
  pushes: [PATH]            what is pushed because of it
  then: {ask, with, gives}  another request that sees the change
  bad: {ask, code}          a request with a parameter missing or malformed, and its code; `sign: wrong` spoils that
  refused: {ask, code}      a request that is well formed and cannot be carried out
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import jmespath
import yaml

from router.catalogue.methods import METHODS, Method
from router.emulator.load import load_config
from router.emulator.pbx_answers import Answer
from router.protocol.envelope import encode_form
from router.protocol.events import ABONENT
from router.protocol.rules import MOSCOW
from tests.emulator.stage import KEY, SALT, Stage

HERE = Path(__file__).parent
URLENCODED = "application/x-www-form-urlencoded"
CONTACT = "79000000011"


def cases() -> dict[str, dict[str, Any]]:
    """Every case by its method."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((HERE / "cases").glob("*.yaml")):
        found |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


class Contract:
    """One stage on which a case is played. Every request comes a long time after the one before, for the limits."""

    def __init__(self, call: str = "", profile: str = "2021", *, without_centre: bool = False, more: str = "") -> None:
        text = (HERE / "pbx.yaml").read_text(encoding="utf-8")
        config = load_config(text + ("contact_centre: false\n" if without_centre else "") + more)
        self.stage = Stage(replace(config, profile=profile))
        self.names: dict[str, Any] = {}
        self.pause_seconds = 1000.0  # between requests, as the limits see them
        self._at = 0.0
        if call:
            CALLS[call](self)
        now = int(self.stage.now)
        self.names |= {"now": now, "before": now - 86_000, "later": now + 600}
        self.names |= {"yesterday": day_first(now - 86_000), "today": day_first(now + 60)}

    def ask(self, method: Method, params: Mapping[str, Any], sign: str = "") -> Answer:
        """A signed request, or a signed link."""
        self._at += self.pause_seconds
        at, filled = self._at, self.filled(params)
        if method.kind == "link":
            answer = self.stage.pbx.follow(self.stage.now, at, method, link_parts(method, filled))
        else:
            body = encode_form(KEY, sign or SALT, filled)
            answer = self.stage.pbx.request(self.stage.now, at, method, body, URLENCODED)
        self.stage.wait(0)
        return answer

    def prepare(self, case: Mapping[str, Any]) -> None:
        """The requests that set the stage."""
        for step in case.get("before", ()):
            body = content(METHODS[step["ask"]], self.ask(METHODS[step["ask"]], step["with"]))
            for name, path in step.get("take", {}).items():
                self.names[name] = jmespath.search(path, body)

    def is_back(self, extension: str) -> None:
        """An employee's break is over."""
        self.stage.pbx.set_status(self.stage.now, extension, "online")

    def filled(self, tree: Any) -> Any:
        """`$NAME` replaced."""
        if isinstance(tree, dict):
            return {key: self.filled(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self.filled(value) for value in tree]
        return self.names[tree[1:]] if isinstance(tree, str) and tree.startswith("$") else tree

    def pushed(self) -> set[str]:
        """The paths of everything that was pushed so far."""
        return {one.path for one in self.stage.sent}


def day_first(seconds: int) -> str:
    """DD.MM.YYYY hh:mm:ss in Moscow, as stats/calls/request has it."""
    return datetime.fromtimestamp(seconds, MOSCOW).strftime("%d.%m.%Y %H:%M:%S")


def link_parts(method: Method, params: Mapping[str, Any]) -> tuple[str, ...]:
    """A link's parts behind its method's path (§3.4.2, §3.4.3)."""
    parts = [params["recording_id"], params["action"]]
    if "timestamp" in params:
        timestamp = str(params["timestamp"])
        sign = sha256(f"{KEY}{timestamp}{params['recording_id']}{SALT}".encode()).hexdigest()
        parts += [KEY, timestamp, sign]
    return tuple(parts)


def content(method: Method, answer: Answer) -> Any:
    """An answer as its response schema has it: JSON, CSV's rows as objects, or a redirect's address."""
    if answer.location:
        return {"location": answer.location}
    if answer.csv is None:
        return dict(answer.body)
    return list(csv.reader(StringIO(answer.csv), delimiter=";"))


def _menu(contract: Contract) -> None:
    """A caller in the menu."""
    journey = contract.stage.dial(CONTACT, "74950000001")
    contract.stage.wait(2)
    contract.names |= {"call_id": journey.legs[0].call_id, "entry_id": journey.entry_id}


def _talking(contract: Contract) -> None:
    """A caller who talks to 101."""
    journey = contract.stage.dial(CONTACT, "74950000003")
    contract.stage.wait(5)
    contract.names |= {"call_id": journey.legs[-1].call_id, "entry_id": journey.entry_id}


def _consulting(contract: Contract) -> None:
    """101 consults 102 while the caller waits."""
    _talking(contract)
    contract.is_back("102")
    params = {"command_id": "t1", "call_id": "$call_id", "to_number": "102", "method": "hold", "initiator": "101"}
    assert contract.ask(METHODS["transfer"], params).status == 200
    contract.stage.wait(5)


def _recorded(contract: Contract) -> None:
    """A call to 102, who is recorded, that is over."""
    contract.is_back("102")
    journey = contract.stage.dial(CONTACT, "74950000001")
    contract.stage.wait(1)
    params = {"command_id": "r1", "call_id": journey.legs[0].call_id, "to_number": "102"}
    assert contract.ask(METHODS["route"], params).status == 200
    contract.stage.wait(20)
    contract.stage.hang_up(journey)
    contract.stage.wait(10)
    contract.names |= {"entry_id": journey.entry_id, "recording_id": journey.recordings[0].recording_id}


def _in_group(contract: Contract) -> None:
    """A call to a group, answered by 101, that is over."""
    journey = contract.stage.dial(CONTACT, "74950000002")
    contract.stage.wait(20)
    assert any(leg.location == ABONENT and leg.connected for leg in journey.legs)
    contract.stage.hang_up(journey)
    contract.stage.wait(5)
    contract.names |= {"entry_id": journey.entry_id}


CALLS: Mapping[str, Callable[[Contract], None]] = {
    "menu": _menu,
    "talking": _talking,
    "consulting": _consulting,
    "recorded": _recorded,
    "in_group": _in_group,
}


def mismatches(body: Any, wanted: Mapping[str, Any]) -> Iterator[str]:
    """What an answer does not say as it should."""
    for path, value in wanted.items():
        found = jmespath.search(path, body)
        if found != value:
            yield f"{path} is {found!r}, not {value!r}"
