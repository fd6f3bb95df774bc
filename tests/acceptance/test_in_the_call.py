"""What only the call knows, with a router, a PBX of profile 2026 and a CRM that are real: values of the configuration, names
that are chosen, prompts that speak data, keys typed ahead, a silence, `hold`, and `finally` at the end of all of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.processes import KEY, SALT, Site, site, wait_for
from tests.sender.web import Told, Web

pytestmark = pytest.mark.acceptance
LINE = "74950000001"
ORDER = b'{"data": {"status": "sent"}}'

FLOW = """
flow: main
for: any
on_error: bye
finally: told
language: values.language
vars: {order: {type: text}}
start: hello
steps:
  hello: {play: {prompt: audio.hello, next: ask}}
  ask: {collect: {prompt: audio.long, into: order, length: 3, type_ahead: true, next: find, no_input: {goto: bye}, no_match: {goto: bye}}}
  find: {lookup: {http: {url: "${values.crm}/orders/${vars.order}"}, outputs: {status: {type: text, from: data.status}}, next: say, on: {else: bye}}}
  say: {play: {prompt: ["audio.digit[${vars.order}]", "audio.status[${find.status}]"], next: think}}
  think: {play: {silence: 1s, next: open}}
  open: {switch: [{when: "hours[values.branch].open and not caller.number in lists[values.branch]", goto: duty}, {else: bye}]}
  duty: {lookup: {table: "tables[values.branch]", key: vars.order, outputs: {extension: {type: text}}, next: dial, on: {else: bye}}}
  dial: {route: {to: ["extension ${duty.extension}", extension 101], ring: [2s, 20s], on: {answered: talk, else: bye}}}
  talk: {watch: {talking: {for: 1s, goto: music}, ended: done}}
  music: {hold: {next: wait, on: {else: bye}}}
  wait: {watch: {held: {for: 1h, goto: bye}, ended: done}}
  told: {notify: {url: "${values.crm}/over", data: {order: "${vars.order}", talked: "${call.answered}"}, next: done}}
  bye: hangup
  done: release
"""
RESOURCES = """
audio:
  hello: {id: 1, length: 2s}
  long: {id: 2, length: 30s}
  digit: {each: {"1": {id: 11, length: 0.5s}, "2": {ru: {id: 12, length: 0.5s}, en: {id: 22, length: 0.5s}}, else: {id: 19, length: 0.5s}}}
  status: {pick: {paid: {id: 31, length: 0.5s}, sent: {id: 32, length: 0.5s}}}
hours: {north: {open: {mon-sun: "00:00-24:00"}}}
lists: {north: {numbers: ["79000000066"]}}
tables: {north: {file: north.csv, key: order}}
"""
PBX = """
profile: "2026"
lines: {74950000001: {scheme: main}}
employees:
  101: {name: Desk, number: "sip:desk@pbx.example", behaves: answers after 1s}
  102: {name: Night, number: "sip:night@pbx.example", behaves: never, ring: 20s}
audio: {1: 2s, 2: 30s, 11: 0.5s, 12: 0.5s, 19: 0.5s, 22: 0.5s, 31: 0.5s, 32: 0.5s}
schemes: {main: {silence: 30s, then: hang_up, after_failed_route: return}}
"""
CONFIGURATION = """
accounts:
  - name: main
    api_key: {key}
    api_salt: {salt}
    api_url: "${{MANGO_API_URL}}"
    cc_url: "${{MANGO_CC_URL}}"
    allowed_ips: 127.0.0.1
    flows: {flows}
    profile: "2026"
    values: {{crm: "{crm}", branch: north, language: en}}
"""


@pytest.fixture(scope="module")
def crm() -> Iterator[Web]:
    web = Web(lambda asked: Told(body=ORDER if "/orders/" in asked.path else b"{}"))
    yield web
    web.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, crm: Web) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("call")
    flows = directory / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (flows / "north.csv").write_text("order;extension\n172;102\n", encoding="utf-8")
    (directory / "pbx.yaml").write_text(PBX, encoding="utf-8")
    written = CONFIGURATION.format(key=KEY, salt=SALT, flows=flows, crm=crm.url)
    (directory / "ivr.yaml").write_text(written, encoding="utf-8")
    config = str(directory / "ivr.yaml")
    with site(directory, pbx=directory / "pbx.yaml", flows=flows, IVR_WATCH="0", IVR_CONFIG=config) as made:
        yield made


def told(crm: Web, entry_id: str) -> list[Any]:
    """What `finally` sent of a call."""
    bodies = [json.loads(asked.body) for asked in list(crm.asked) if asked.path == "/over"]
    return [body for body in bodies if entry_id in json.dumps(body)]


def test_all_of_it_in_one_call(running: Site, crm: Web) -> None:
    entry_id = running.dial(LINE)
    running.wait_for_step(entry_id, "hello")
    running.control("POST", f"calls/{quote(entry_id, safe='')}/happens", collected="172")
    call = running.wait_for_step(entry_id, "wait")
    assert [(one["step"], one["exit"]) for one in call["steps"][:-1]] == [
        ("hello", "next"), ("ask", "next"), ("find", "next"), ("say", "next"), ("think", "next"), ("open", "duty"),
        ("duty", "next"), ("dial", "answered"), ("talk", "talking"), ("music", "next"),
    ]  # fmt: skip
    assert [one["label"] for one in call["commands"]] == [
        "audio.hello", "audio.digit[1]", "audio.digit[else]", "audio.digit[2].en", "audio.status[sent]", "silence 1s",
        "extension 102", "extension 101", "hold",
    ]  # fmt: skip
    assert [asked.path for asked in crm.asked] == ["/orders/172"]
    assert not told(crm, entry_id)
    running.hang_up(entry_id)
    (body,) = wait_for("the notification", lambda: told(crm, entry_id))
    assert '"order": "172"' in json.dumps(body)
    assert '"talked": "true"' in json.dumps(body)
    ended = wait_for("the end", lambda: (found := running.call(entry_id))["ended"] and found)
    assert ended["outcome"] == "answered"


def test_finally_runs_after_our_own_hangup(running: Site, crm: Web) -> None:
    entry_id = running.dial(LINE, "79000000066")
    running.wait_for_step(entry_id, "hello")
    running.control("POST", f"calls/{quote(entry_id, safe='')}/happens", collected="172")
    running.wait_for_step(entry_id, "bye")
    (body,) = wait_for("the notification", lambda: told(crm, entry_id))
    assert '"talked": "false"' in json.dumps(body)
    assert wait_for("the end", lambda: running.call(entry_id)["outcome"]) == "hung_up"


def test_what_the_account_lacks_is_refused_when_it_is_published(running: Site, tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(FLOW.replace("values.crm", "values.shop"), encoding="utf-8")
    (tmp_path / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (tmp_path / "north.csv").write_text("order,extension\n172,102\n", encoding="utf-8")
    for command in ("publish", "check"):
        refused = running.ivr(command, str(tmp_path))
        assert refused.returncode == 1
        assert refused.stdout.count("F513") + refused.stderr.count("F513") == 2, refused.stdout + refused.stderr
    other = {**running.environ, "IVR_CONFIG": "", "MANGO_PROFILE": "2021"}
    running_as_2021 = Site(running.router, running.pbx, other, running.http, running.process)
    assert "F512 `hold` is a command of profile 2026" in running_as_2021.ivr("check", str(tmp_path)).stdout
