"""Secrets typed at every moment of a call, through gunicorn: no file, no log, no page and no command of the terminal has
them. The database is away for a while, two workers take the events, and a lookup judges what was typed."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import post
from tests.acceptance.test_database_away import gauge, locked
from tests.sender.web import Told, Web

pytestmark = pytest.mark.acceptance

FLOW = """
flow: main
for: any
on_error: bye
window: 120s
vars: {pin: {type: text, default: ""}, order: {type: text, default: ""}}
start: menu
steps:
  menu: {menu: {first_digit: 60s, keys: {1: ask, 2: order}, no_input: {max: 0, goto: bye}, no_match: {max: 9, goto: bye}}}
  order: {collect: {into: order, length: 6, next: menu, no_input: {goto: bye}, no_match: {goto: bye}}}
  ask: {collect: {into: pin, length: 6, terminator: pound, secret: true, first_digit: 60s, next: verify, no_input: {goto: bye}, no_match: {max: 9, goto: bye}}}
  verify: {lookup: {http: {method: POST, url: "CRM/pin", json: {pin: "${vars.pin}"}}, timeout: 20s, outputs: {ok: {type: bool}}, next: call, on: {else: bye}}}
  call: {route: {to: extension 101, on: {else: bye}}}
  bye: release
"""
ENTRY, LEG, LINE, CALLER = "ZW50cnk=", "bGVn", "74950000001", "79000000001"
PIN, OPEN = "860573", "294816"
NOWHERE = {
    "before the call's first event": "741963", "behind the key of the menu": "582917", "before its turn": "936174",
    "while the lookup judges": "617382", "while the database is away": "483961", "with another content": "359268",
    "when the call is over": "274938", "at the path of another kind": "196485", "of no call": "638527",
    "badly written": "825639",
}  # fmt: skip
AT = int(time.time())
SUMMARY = {
    "call_direction": 1, "from": {"number": CALLER}, "to": {"number": LINE}, "line_number": LINE, "create_time": AT,
    "forward_time": 0, "talk_time": 0, "end_time": AT, "entry_result": 0, "disconnect_reason": 1110,
}  # fmt: skip
LEAST_EVENTS = 12


class Caller:
    """What the PBX tells of one caller, packet by packet."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.legs = 0

    def leg(self, state: str, **more: Any) -> None:
        self.legs += 1
        sides = {"from": {"number": CALLER}, "to": {"number": LINE, "line_number": LINE}}
        named = {"entry_id": ENTRY, "call_id": LEG, "timestamp": AT, "seq": self.legs}
        assert post(self.site, "events/call", {**named, "call_state": state, "location": "ivr", **sides, **more}) == 200

    def types(self, digits: Any, seq: int, path: str = "events/dtmf", **more: Any) -> int:
        named = {"entry_id": ENTRY, "call_id": LEG, "timestamp": AT, "seq": seq, "location": "ivr"}
        return post(self.site, path, {**named, "dtmf": digits, **more})

    def at(self, step: str) -> Any:
        return self.site.wait_for_step(ENTRY, step)


@pytest.fixture
def judge() -> Iterator[tuple[Web, threading.Event]]:
    """A CRM that takes its time."""
    said = threading.Event()
    web = Web(lambda _asked: Told(body=b'{"ok": true}', hold=said))
    yield web, said
    said.set()
    web.close()


def test_what_is_typed_is_in_no_file_and_on_no_page(tmp_path: Path, judge: tuple[Web, threading.Event]) -> None:
    crm, said = judge
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW.replace("CRM", crm.url), encoding="utf-8")
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, IVR_WATCH="0") as site:
        call(Caller(site), crm, said, tmp_path)
        shown = list(pages(site))
        told = list(commands(site, flows))
    hidden = {**NOWHERE, "as the secret": PIN}
    for place, text in (*files(tmp_path, flows), *shown, *told):
        found = [name for name, digits in hidden.items() if digits in text]
        assert not found, f"{place} has what was typed {', '.join(found)}: {around(text, hidden[found[0]])}"
    assert any(OPEN in text for _, text in shown), "what an open step took is not hidden"
    assert json.loads(crm.asked[0].body) == {"pin": PIN}


def call(caller: Caller, crm: Web, said: threading.Event, directory: Path) -> None:
    """A caller who types at every moment."""
    caller.types(NOWHERE["of no call"], 1, entry_id="bm9ib2R5", call_id="bm9sZWc=")
    caller.types(NOWHERE["before the call's first event"], 1)
    caller.leg("Appeared")
    caller.at("menu")
    caller.types("2", 2)
    caller.at("order")
    caller.types(NOWHERE["before its turn"], 4)
    caller.types(OPEN, 3)
    wait_for("the menu", lambda: [one["step"] for one in caller.site.call(ENTRY)["steps"]].count("menu") == 2)
    caller.types(f"1{NOWHERE['behind the key of the menu']}", 5)
    caller.at("ask")
    caller.types(f"{NOWHERE['with another content']}", 5)
    caller.types(int(PIN[:3]), 6)
    caller.types(int(PIN[:3]), 6)
    caller.types(f"{PIN[3:]}#", 7)
    caller.at("verify")
    wait_for("the question", lambda: crm.asked)
    caller.types(NOWHERE["while the lookup judges"], 8)
    for path in ("events/call", "events/summary", "events/recording", "events/unheard_of", "result/route"):
        caller.types(NOWHERE["at the path of another kind"], 9, path, command_id="c", recording_id="r", result=1000)
    assert caller.types(f"{NOWHERE['badly written']}?", 9) in (200, 400)
    with locked(directory / "ivr.db"):
        assert caller.types(NOWHERE["while the database is away"], 9) == 200
    wait_for("the spool to be taken in", lambda: gauge(caller.site, "ivr_spooled_events") == 0)
    said.set()
    caller.at("call")
    caller.leg("Disconnected", disconnect_reason=1110)
    assert post(caller.site, "events/summary", {**SUMMARY, "entry_id": ENTRY}) == 200
    wait_for("the end", lambda: caller.site.call(ENTRY).get("ended"))
    caller.types(NOWHERE["when the call is over"], 12)


def files(directory: Path, flows: Path) -> Iterator[tuple[str, str]]:
    """The database with its log of writes, the spool, and what the processes printed."""
    for path in directory.rglob("*"):
        if path.is_file() and flows not in path.parents:
            yield path.name, path.read_bytes().decode("latin-1")


def pages(site: Site) -> Iterator[tuple[str, str]]:
    for path in (
        "api/calls",
        f"api/calls/{quote(ENTRY, safe='')}",
        "api/commands",
        "api/versions",
        "metrics",
        "readyz",
    ):
        yield path, site.http.request("GET", f"{site.router}/{path}").data.decode()
    yield "api/events", events_of(site)


def events_of(site: Site) -> str:
    """The stream from its beginning, for as long as it has something to tell."""
    asked = {"Last-Event-ID": "0"}
    stream = site.http.request("GET", f"{site.router}/api/events", headers=asked, preload_content=False, timeout=2)
    told = b""
    with suppress(urllib3.exceptions.HTTPError):
        for part in stream.stream(4096):
            told += part
            if told.count(b"data:") > LEAST_EVENTS:
                break
    stream.close()
    return told.decode()


def commands(site: Site, flows: Path) -> Iterator[tuple[str, str]]:
    for arguments in (
        ("trace", ENTRY), ("trace", ENTRY, "--as-test"),
        ("replay", "--since", "1d", "--against", str(flows), "--json"),
    ):  # fmt: skip
        done = site.ivr(*arguments)
        assert done.returncode in (0, 1), done.stderr
        yield " ".join(arguments), done.stdout + done.stderr


def around(text: str, digits: str) -> str:
    found = re.search(f".{{0,80}}{digits}.{{0,80}}", text, re.DOTALL)
    return repr(found[0]) if found else ""
