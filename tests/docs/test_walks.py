"""docs/architecture.md is true: its layers are those that are checked, and an event and a command go the way it tells."""

import json
import re
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.protocol.sign import sign
from router.web import create_app
from tests.docs.pages import PROJECT
from tests.stores import MemoryStore

PAGE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
FLOW = """
flow: main
for: any
on_error: bye
start: look
steps:
  look: {switch: [{when: limits.route.wait > 1000, goto: bye}, {else: ring}]}
  ring: {route: {to: extension 101, on: {else: bye}}}
  bye: hangup
"""
CONFIG = """
accounts: [{{name: default, api_key: k, api_salt: s, api_url: "http://127.0.0.1:{port}/vpbx/", allowed_ips: any, limits: {{route: 1/1s}}}}]
watch: 0
"""
NOT_CALLED = {
    "router/serving/",  # gunicorn's worker: the application is asked itself
    "router/protocol/events.py",  # has no functions
}


def test_the_layers_are_those_that_are_checked() -> None:
    """And every part of the router stands in one; the worker is beside them."""
    rows = PAGE.partition("```text\n")[2].partition("```")[0].splitlines()
    told = [re.match(r"[a-z_]+(?: \| [a-z_]+)*(?=  +)", row) for row in rows]
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    checked = [layer.replace("router.", "") for layer in contracts[0]["layers"]]
    assert [row[0] for row in told if row] == checked
    parts = {
        path.stem for path in (PROJECT / "router").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert parts - {"__init__", "serving"} == {name for layer in checked for name in layer.split(" | ")}


def walk(heading: str) -> list[str]:
    """The files that a walk names, in its order."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return list(dict.fromkeys(re.findall(r"`(router/[\w/]+(?:\.py|/))`", section)))


class Seen:
    """The router's files in the order in which a function of each was called first, on any thread."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            name = frame.f_code.co_filename
            if name.startswith(f"{PROJECT}/router/"):
                file = str(Path(name).relative_to(PROJECT))
                if file not in self.files:
                    self.files.append(file)

    def __contains__(self, named: str) -> bool:
        return any(file.startswith(named) for file in self.files)

    def first(self, named: str) -> int:
        return next(number for number, file in enumerate(self.files) if file.startswith(named))


class Pbx(BaseHTTPRequestHandler):
    """Refuses the first command, since somebody else has used up the limit, and accepts all others."""

    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"result": 1000}'
        Pbx.asked += 1
        self.send_response(503 if Pbx.asked == 1 else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Seen]]:
    """What was passed by an event, and by two routes of which one has to wait for its limit."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pbx)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    event, command = Seen(), Seen()
    threading.setprofile(command)
    settings = load_settings({}, CONFIG.format(port=server.server_port), str)
    router = Router(settings, MemoryStore())
    try:
        router.start()
        router.versions.publish_files("default", {"main.yaml": FLOW.encode()}, 1.0)
        client = create_app(router).test_client()
        for number in (1, 2):
            form = _form(f"call-{number}")
            sys.setprofile(event)
            assert client.post("/events/call", data=form).status_code == 200
            sys.setprofile(None)
        until = time.monotonic() + 30
        while time.monotonic() < until and _sent(router) < 2:
            time.sleep(0.05)
        assert _sent(router) == 2
        yield {"event": event, "command": command}
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        router.stop()
        server.shutdown()
        server.server_close()


def _form(entry_id: str) -> dict[str, str]:
    told = {
        "entry_id": entry_id, "call_id": f"{entry_id}-leg", "timestamp": int(time.time()), "seq": 1,
        "call_state": "Appeared", "location": "ivr", "from": {"number": "79000000000"},
        "to": {"number": "74950000001", "line_number": "74950000001"},
    }  # fmt: skip
    text = json.dumps(told)
    return {"vpbx_api_key": "k", "sign": sign("k", text, "s"), "json": text}


def _sent(router: Router) -> int:
    return sum(row.http_status == 200 for row in router.store.commands("default", limit=10))


def test_an_events_way(seen: dict[str, Seen]) -> None:
    named = [file for file in walk("One event's way") if file not in NOT_CALLED]
    assert len(named) > 10
    assert [file for file in named if file not in seen["event"]] == []


def test_a_commands_way(seen: dict[str, Seen]) -> None:
    named = walk("One command's way")
    assert len(named) > 10
    passed = Seen()
    passed.files = seen["event"].files + seen["command"].files
    assert [file for file in named if file not in passed] == []


def test_a_limits_check(seen: dict[str, Seen]) -> None:
    passed = Seen()
    passed.files = seen["event"].files + seen["command"].files
    assert [file for file in walk("One limit's check") if file not in passed] == []


def test_an_event_passes_them_in_this_order(seen: dict[str, Seen]) -> None:
    """The beginning of each numbered line; within the last of them the engine goes back and forth."""
    section = PAGE.partition("## One event's way\n")[2].partition("\n## ")[0]
    lines = [re.findall(r"`(router/[\w/]+(?:\.py|/))`", line) for line in re.split(r"\n\d\. ", section)[1:]]
    called = [[seen["event"].first(file) for file in line if file not in NOT_CALLED] for line in lines]
    begins = [min(numbers) for numbers in called if numbers][:6]
    assert begins == sorted(begins)
    assert max(called[6]) == seen["event"].first("router/engine/ended_legs.py")
