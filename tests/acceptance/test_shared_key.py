"""A second integration uses the same key while callers queue for routes: real workers, the emulator, one strict limit.

Both get on, what is refused is asked again, and `ivr limits`, the API and the metrics say what is left to us.
"""

import json
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3

from router.protocol.sign import sign
from tests.acceptance.processes import KEY, SALT, Site, site, wait_for
from tests.acceptance.test_burst import FLOW, PBX

pytestmark = pytest.mark.acceptance

CALLERS = 8


class Stranger(threading.Thread):
    """Asks for a route of a call that is not there, again and again: it counts all the same. At first he is greedy."""

    def __init__(self, pbx: str) -> None:
        super().__init__(daemon=True)
        self.statuses: list[int] = []
        self.every_seconds = 0.4
        self._url = f"{pbx}/vpbx/commands/route"
        self._ended = threading.Event()

    def run(self) -> None:
        http = urllib3.PoolManager(retries=False)
        while not self._ended.wait(self.every_seconds):
            params = json.dumps({"command_id": f"theirs-{len(self.statuses)}", "call_id": "none", "to_number": "100"})
            form = urlencode({"vpbx_api_key": KEY, "sign": sign(KEY, params, SALT), "json": params})
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            self.statuses.append(http.request("POST", self._url, body=form, headers=headers).status)
        http.clear()

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_both_get_on_and_it_shows(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text("audio: {one_moment: {id: 24, length: 20s}}\n", encoding="utf-8")
    pbx = tmp_path / "pbx.yaml"
    pbx.write_text(PBX, encoding="utf-8")
    with site(tmp_path, pbx=pbx, flows=flows, workers=4, IVR_WATCH="0") as running:
        stranger = Stranger(running.pbx)
        stranger.start()
        wait_for("a route of the other one's", lambda: stranger.statuses)
        callers = [running.dial("74950000000", f"790000001{number:02}") for number in range(CALLERS)]
        lowered = wait_for("a share that was lowered", lambda: _route(running)["share"] < 1.0 and _route(running))
        stranger.every_seconds = 5.3
        assert lowered["seconds"] > 2.0
        said = json.loads(running.ivr("limits", "--json").stdout)
        assert next(row for row in said if row["window"] == "route")["share"] != "100%"
        page = running.http.request("GET", f"{running.router}/metrics").data.decode()
        assert 'ivr_limit_share{account="default",window="route"} 0.' in page
        assert running.http.request("GET", f"{running.router}/readyz").status == 200
        wait_for("three callers who talk", lambda: sum(_talks(running, entry_id) for entry_id in callers) >= 3, 90)
        stranger.end()
        wait_for("every caller's end or talk", lambda: all(_settled(running, entry_id) for entry_id in callers), 90)
        requests = [one for one in running.control("GET", "requests")["requests"] if one["command"] == "route"]
        refused = sum(one["status"] == 503 for one in requests) - stranger.statuses.count(503)
        assert stranger.statuses.count(503) < len(stranger.statuses), "the other one got something through"
        assert refused > 0, "the share was lowered for a reason"


def _route(running: Site) -> dict[str, float]:
    (account,) = running.get("/api/limits")["limits"]
    found: dict[str, float] = next(window for window in account["windows"] if window["window"] == "route")
    return found


def _talks(running: Site, entry_id: str) -> bool:
    return any(step["step"] == "talking" for step in running.call(entry_id)["steps"])


def _settled(running: Site, entry_id: str) -> bool:
    return bool(running.call(entry_id)["outcome"]) or _talks(running, entry_id)
