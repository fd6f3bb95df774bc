"""Under any WSGI server the router is ready and keeps time before the first event, and takes calls like under gunicorn."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from router.emulator.load import load_config
from router.emulator.serve import serving
from tests.acceptance.processes import KEY, PROJECT, SALT, free_port, running_process, wait_for

pytestmark = pytest.mark.acceptance

LINE = "74950000001"
CALLS = 8
PBX = f"""
lines: {{{LINE}: {{scheme: main}}}}
audio: {{17: 1s}}
schemes: {{main: {{silence: 30s}}}}
"""
FLOW = """
flow: main
for: any
on_error: bye
start: ask
steps:
  ask: {menu: {prompt: audio.menu, first_digit: 1s, keys: {1: bye}, no_input: {max: 0, goto: bye}}}
  bye: hangup
"""
GEVENT = """
from gevent import monkey

monkey.patch_all()
import sys

from gevent.pywsgi import WSGIServer

from wsgi import app

WSGIServer(("127.0.0.1", int(sys.argv[1])), app, log=None).serve_forever()
"""
SERVERS = {  # name -> (command, the path below which it is served)
    "waitress": (["-m", "waitress", "--listen=127.0.0.1:{port}", "wsgi:app"], ""),
    "granian": (["-m", "granian", "--interface", "wsgi", "--port", "{port}", "--no-log", "wsgi:app"], ""),
    "gevent": (["gevent_server.py", "{port}"], ""),
    "inside of another application": (["-m", "waitress", "--listen=127.0.0.1:{port}", "mounted:app"], "/telephony"),
    "below a prefix": (["-m", "waitress", "--listen=127.0.0.1:{port}", "wsgi:app"], "/pbx/ivr"),
}


@pytest.fixture(params=SERVERS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """(the router's address, the emulator's)."""
    (tmp_path / "gevent_server.py").write_text(GEVENT, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "flows" / "resources.yaml").write_text("audio: {menu: {id: 17, length: 1s}}\n", encoding="utf-8")
    command, path = SERVERS[request.param]
    port = free_port()
    base = f"http://127.0.0.1:{port}{path}"
    with ExitStack() as stack:
        pbx = stack.enter_context(
            serving(load_config(PBX), api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook=base)
        )
        environ = {
            "PATH": "",
            "PYTHONPATH": f"{PROJECT}:{PROJECT / 'examples'}",
            "MANGO_API_KEY": KEY,
            "MANGO_API_SALT": SALT,
            "MANGO_API_URL": f"http://127.0.0.1:{pbx.port}/vpbx/",
            "MANGO_ALLOWED_IPS": "127.0.0.1",
            "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db",
            "IVR_FLOWS": str(tmp_path / "flows"),
            "IVR_SPOOL": str(tmp_path / "spool"),
            "IVR_PREFIX": path.strip("/") if request.param == "below a prefix" else "",
        }
        run = [sys.executable, *(part.format(port=port) for part in command)]
        stack.enter_context(running_process(run, environ, tmp_path / "server.log", tmp_path))
        yield base, f"http://127.0.0.1:{pbx.port}"


def test_it_serves_from_the_start(address: tuple[str, str]) -> None:
    router, pbx = address
    with urllib3.PoolManager(retries=False) as http:

        def readiness() -> Any:
            try:
                return http.request("GET", f"{router}/readyz", timeout=5.0).json()
            except urllib3.exceptions.HTTPError:
                return {}

        wait_for("readiness without any event", lambda: readiness().get("status") == "ready")
        ages = http.request("GET", f"{router}/metrics").data.decode()
        assert "ivr_timers_heartbeat_age_seconds" in ages
        assert "ivr_dispatcher_heartbeat_age_seconds" in ages
        entries = [
            http.request("POST", f"{pbx}/emulator/calls", json={"from": f"7900000000{n}", "line": LINE}).json()
            for n in range(CALLS)
        ]

        def ended() -> list[Any]:
            calls = [
                http.request("GET", f"{router}/api/calls/{quote(one['entry_id'], safe='')}").json() for one in entries
            ]
            return calls if all(call.get("ended") for call in calls) else []

        calls = wait_for("the end of all calls", ended)
        assert [[step["exit"] for step in call["steps"]][:1] for call in calls] == [["no_input"]] * CALLS
        assert {call["outcome"] for call in calls} == {"hung_up"}
        assert http.request("GET", f"{router}/console/").status == 200
        assert http.request("GET", f"{router}/console", redirect=False).headers["Location"].endswith("/console/")
