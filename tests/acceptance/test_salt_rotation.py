"""The order of docs/operations.md in which a salt is rotated: no command fails, and no notification is refused.

The PBX is an emulator that is started anew with another salt, the router reads its own from files and is reloaded. Calls
go on all the while: a callers' route leaves in each phase, from either worker.
"""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import KEY, Site, emulator, free_port, router, wait_for

pytestmark = pytest.mark.acceptance

BEFORE, AFTER = "salt-of-yesterday", "salt-of-today"
LINE = "74950000001"
CALLS = 4  # in each phase, more than there are workers
FLOW = """
flow: main
for: any
on_error: bye
start: call
steps:
  call: {route: {to: extension 101, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: bye}}
  bye: release
"""
PBX = """
lines: {"74950000001": {scheme: main}}
employees: {101: {name: First, number: "sip:a@pbx.example", behaves: answers after 1s}}
schemes: {main: {silence: 60s, then: hang_up}}
"""
CONFIG = """
accounts:
  - name: clinic
    api_key: "{key}"
    api_salt: "file:{directory}/salt"
    salt_old: "file:{directory}/other"
    flows: "{directory}/flows"
    profile: "{profile}"
"""


@contextmanager
def pbx_with(salt: str, served: Site, directory: Path, profile: str) -> Iterator[None]:
    """The same PBX with this salt in its cabinet."""
    signing = replace(
        served, environ={**served.environ, "MANGO_API_SALT": salt, "IVR_CONFIG": "", "MANGO_PROFILE": profile}
    )
    with emulator(directory, directory / "pbx.yaml", served.router, signing):
        yield


def write(directory: Path, salt: str, other: str) -> None:
    (directory / "salt").write_text(salt, encoding="utf-8")
    (directory / "other").write_text(other, encoding="utf-8")


def reload(served: Site) -> None:
    """New workers read the files; the old ones are gone when this returns."""
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
    before = set(children.read_text(encoding="utf-8").split())
    os.kill(served.process.pid, signal.SIGHUP)
    wait_for("the new workers", lambda: not before & set(children.read_text(encoding="utf-8").split()))
    wait_for("their readiness", lambda: served.get("/readyz").get("status") == "ready")


def routed(served: Site, calls: int = CALLS) -> list[dict[str, Any]]:
    """The routes of so many callers who come one after another, all of them answered."""
    found = []
    for _ in range(calls):
        entry_id = served.dial(LINE)
        served.wait_for_step(entry_id, "talking", 30.0)
        served.hang_up(entry_id)
        found += [command for command in served.call(entry_id)["commands"] if command["command"] == "route"]
    return found


@pytest.mark.parametrize("profile", ["2021", "2026"])
def test_no_command_fails_while_a_salt_is_rotated(tmp_path: Path, profile: str) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "pbx.yaml").write_text(PBX, encoding="utf-8")
    config = tmp_path / "ivr.yaml"
    config.write_text(CONFIG.format(key=KEY, directory=tmp_path, profile=profile), encoding="utf-8")
    write(tmp_path, BEFORE, AFTER)  # 1. the new one beside the old one
    pbx = f"127.0.0.1:{free_port()}"
    with router(tmp_path, pbx, flows=tmp_path / "flows", IVR_CONFIG=str(config), IVR_WATCH="0") as served:
        with pbx_with(BEFORE, served, tmp_path, profile):
            routes = routed(served, 1)
        with pbx_with(AFTER, served, tmp_path, profile):  # 2. the cabinet has the new one
            routes += (changed := routed(served))
            write(tmp_path, AFTER, BEFORE)  # 3. and so has the router, first
            reload(served)
            routes += routed(served, 1)
            write(tmp_path, AFTER, "")  # 4. the old one is gone
            reload(served)
            routes += routed(served, 1)
        page = served.http.request("GET", f"{served.router}/metrics").data.decode()
    assert [route["state"] for route in routes] == ["confirmed"] * len(routes)
    assert sum(route["attempts"] - 1 for route in changed) == 1, "one of them tells all workers"
    assert {*re.findall(r'reason="wrong-sign"} ([0-9.]+)', page)} <= {"0.0"}, "no notification is refused"
