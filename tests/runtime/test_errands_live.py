"""A whole router, its threads running, between a PBX, a contact centre and an author's systems on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.engine.state import LookupFinished
from router.history.journal import CONFIRMED
from router.protocol.events import APPEARED, LegChanged
from router.store import open_store
from tests.sender.web import Asked, Told, Web, webs

SECRET = "top-secret-of-the-crm"
CONFIGURATION = """
watch: 0
accounts:
  - name: clinic
    api_key: k
    api_salt: s
    api_url: %(web)s/vpbx/
    cc_url: %(web)s/cc/
    flows: %(flows)s
    secrets: {crm: top-secret-of-the-crm}
"""
FLOW = """
flow: main
for: any
on_error: bye
start: who
steps:
  who:
    lookup:
      http: {url: "%(web)s/who/${caller.number}?key=${secrets.crm}", headers: {Authorization: "Bearer ${secrets.crm}"}}
      timeout: 5s
      outputs: {name: {type: text, from: person.name, default: nobody}}
      next: source
  source:
    lookup:
      api: queries/user_info_by_dct_number
      with: {number: "${caller.number}"}
      timeout: 5s
      outputs: {source: {type: text, from: data.channel.source}}
      next: keep
  keep: {remember: {value: "${caller.number}", in: lists.seen, next: tell}}
  tell: {notify: {url: "%(web)s/hook", data: {name: "${who.name}", source: "${source.source}", key: "${secrets.crm}"}, next: todo}}
  todo: {task: {to_user: "7", phone: "${caller.number}", description: "${who.name}", next: judge, on: {failed: lost}}}
  judge: {switch: [{when: caller.number in lists.seen, goto: bye}, {else: lost}]}
  lost: release
  bye: hangup
"""
LISTS = "lists: {seen: {keep: 30m}}\n"


class Town:
    """The one server that plays everybody, and the router."""

    def __init__(self, web: Web, path: Path) -> None:
        self.web = web
        self.hung_up, self.told = threading.Event(), threading.Event()
        web.answer = self.answer
        flows = path / "flows"
        flows.mkdir()
        names = {"web": web.url, "flows": flows}
        (flows / "main.yaml").write_text(FLOW % names, encoding="utf-8")
        (flows / "lists.yaml").write_text(LISTS, encoding="utf-8")
        settings = load_settings({}, CONFIGURATION % names, lambda name: name)
        self.store = open_store(f"sqlite:///{path}/ivr.db")
        self.router = Router(settings, self.store, starts_itself=False)
        self.router.versions.follow()

    def answer(self, asked: Asked) -> Told:
        if asked.path.startswith("/who/"):
            return Told(body='{"person": {"name": "Анна"}}'.encode())
        if asked.path.startswith("/vpbx/queries/"):
            return Told(body=b'{"data": {"channel": {"source": "ads"}}}')
        if asked.path == "/cc/task/add":
            return Told(body=b'{"result": 1000, "task_id": 402052290}')
        if asked.path == "/vpbx/commands/call/hangup":
            self.hung_up.set()
            return Told(body=b'{"result": 1000}')
        self.told.set()
        return Told(204, b"")

    def comes(self) -> None:
        leg = LegChanged(
            entry_id="entry-1",
            call_id="leg-1",
            seq=1,
            timestamp=1,
            state=APPEARED,
            location="ivr",
            line_number="74950000000",
            from_number="79000000000",
        )
        self.router.ingest.accept("clinic", "events/call", leg, "{}", "call:leg-1:1", b"d")

    def asked(self, path: str) -> Asked:
        (found,) = [asked for asked in self.web.asked if asked.path.startswith(path)]
        return found


@pytest.fixture
def make_web() -> Iterator[Callable[..., Web]]:
    with webs() as make:
        yield make


def test_a_call_that_asks_tells_and_remembers(make_web: Callable[..., Web], tmp_path: Path) -> None:
    town = Town(make_web(), tmp_path)
    town.router.start()
    town.comes()
    assert town.hung_up.wait(20)
    assert town.told.wait(20)
    town.router.stop()

    who = town.asked("/who/")
    assert (who.method, who.path) == ("GET", f"/who/79000000000?key={SECRET}")
    assert who.headers["authorization"] == f"Bearer {SECRET}"
    query = town.asked("/vpbx/queries/user_info_by_dct_number")
    assert parse_qs(query.body.decode())["json"] == ['{"number":"79000000000"}']
    told = json.loads(town.asked("/hook").body)
    assert told["data"] == {"name": "Анна", "source": "ads", "key": SECRET}
    assert (told["type"], told["entry_id"], told["sequence"]) == ("main.tell", "entry-1", 1)
    assert (told["state"]["caller"], told["state"]["where"]["location"]) == ("79000000000", "ivr")
    (task,) = parse_qs(town.asked("/cc/task/add").body.decode())["json"]
    assert json.loads(task).items() >= {"to_user_id": 7, "phone": "79000000000", "description": "Анна"}.items()
    assert "command_id" not in task

    rows = {row.command: row.state for row in town.store.commands("clinic", entry_id="entry-1")}
    assert (rows["task/add"], rows["notify"]) == (CONFIRMED, CONFIRMED)
    records = [record for record in town.store.journal("clinic", "entry-1") if record.kind == "lookup"]
    assert [json.loads(record.body)["outputs"] for record in records] == [{"name": "Анна"}, {"source": "ads"}]
    with town.store.snapshot() as reading:
        assert reading.remembers("clinic", "seen", "79000000000")
    shown = town.router.view("entry-1")
    assert shown is not None
    assert [step["step"] for step in shown["steps"]] == ["who", "source", "keep", "tell", "todo", "judge", "bye"]
    assert SECRET not in json.dumps(shown, default=str)
    town.store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("ivr.db*"))
    assert "Анна".encode() in kept
    assert SECRET.encode() not in kept


def test_nothing_is_asked_while_switched_off(make_web: Callable[..., Web], tmp_path: Path) -> None:
    """A call that was taken before goes on; what it wants from others is not sent."""
    town, released = Town(make_web(), tmp_path), threading.Event()
    town.web.answer = lambda _asked: Told(500, hold=released)
    town.comes()
    call = town.store.call("clinic", "entry-1")
    assert call is not None
    assert call.activity is not None
    text = CONFIGURATION % {"web": town.web.url, "flows": tmp_path}
    router = Router(load_settings({"IVR_ENABLED": "0"}, text, lambda name: name), town.store, starts_itself=False)
    found = LookupFinished(entry_id="entry-1", request_id=call.activity.request, state="found")
    with town.store.transaction() as transaction:
        router.calls.apply_own(transaction, "clinic", found)
    released.set()
    router.lookups.stop()
    town.router.lookups.stop()
    after = town.store.call("clinic", "entry-1")
    assert after is not None
    assert after.step == "source"
    assert [asked.path for asked in town.web.asked if not asked.path.startswith("/who/")] == []
    town.store.close()
