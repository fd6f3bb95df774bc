"""5,000 accounts of one directory: how soon a process serves, keeps time and sends, and how long people wait for lists.

The router starts on an empty database; when all accounts are published, a caller waits in a step that is over a moment
later, and the router is killed. The second start finds that timer overdue: it fires, and its command leaves.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench import servers
from bench.servers import RESOURCES
from bench.sink import sink
from bench.traffic import KEY, LINE, SALT, call_events, mark
from router.protocol.envelope import encode_form

ACCOUNTS: Final = 5000
PATIENCE_SECONDS: Final = 600.0
OVERDUE_SECONDS: Final = 1.5
SENT_SECONDS: Final = 8.0  # until the command has left, on a busy machine, too
FIRST, AGAIN, WAITING = 0, 1, ACCOUNTS - 1  # accounts, since one sends a route in two seconds
LOOK_SECONDS: Final = 0.02
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
FLOW: Final = f"""
flow: main
for: {{lines: ["{LINE}"], location: ivr}}
window: 60s
start: pause
on_error: bye
on_end: done
steps:
  pause: {{wait: {{for: 1s, next: sales}}}}
  sales: {{route: {{to: group sales, on: {{else: bye}}}}}}
  bye: hangup
  done: release
"""
HEAD: Final = "database: {database}\nspool: {directory}/spool\naccounts:\n"
ACCOUNT: Final = (
    "  - {{name: a{number}, api_key: {key}-{number}, api_salt: {salt}, api_url: 'http://127.0.0.1:{port}/',"
    " allowed_ips: any, flows: {directory}/flows}}\n"
)


def measured(directory: Path, database: str) -> Iterator[tuple[str, str]]:
    """Lines of the table: (what, figure)."""
    if database:
        servers.emptied(database)
    with sink() as target:
        settings = _written(directory / "starting", database, target.port)
        with _gunicorn(settings, directory / "starting") as port:
            began = time.perf_counter()
            first = _served(port, began, "first", FIRST)
            published = _until_ready(port, began)
            yield f"first start with {ACCOUNTS:,} accounts: serves, all published", f"{first:.1f}, {published:.1f} s"
            _post(port, "waiting", WAITING)
        time.sleep(OVERDUE_SECONDS)
        with _gunicorn(settings, directory / "starting") as port:
            began = time.perf_counter()
            again = _served(port, began, "again", AGAIN)
            time.sleep(SENT_SECONDS)
            sent = target.ended()[mark("route", "call-waiting")] - began
            yield "restart: serves; the overdue timer fires and its command leaves", f"{again:.1f}; {sent:.1f} s"
            yield "a page of /api/limits", _asked(port, "limits")
            yield "`ivr limits`: seconds, memory", _command(settings, "limits")
            yield "`ivr doctor`: seconds, memory", _command({**settings, "IVR_LISTEN": f"127.0.0.1:{port}"}, "doctor")


def _written(directory: Path, database: str, port: int) -> Mapping[str, str]:
    """The environment of the router."""
    flows = directory / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    text = HEAD.format(database=database or f"sqlite:///{directory}/ivr.db", directory=directory) + "".join(
        ACCOUNT.format(number=number, key=KEY, salt=SALT, port=port, directory=directory) for number in range(ACCOUNTS)
    )
    (directory / "ivr.yaml").write_text(text, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("IVR_", "MANGO_"))}
    return {**inherited, "IVR_CONFIG": str(directory / "ivr.yaml"), "IVR_WATCH": "0"}


@contextmanager
def _gunicorn(settings: Mapping[str, str], directory: Path) -> Iterator[int]:
    """Started this instant; killed with all its workers in the end, as a machine does that loses its power."""
    port = servers.free_port()
    metrics = directory / f"metrics-{port}"
    metrics.mkdir()
    own = {"IVR_LISTEN": f"127.0.0.1:{port}", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    with (directory / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app"],
            env={**settings, **own}, stdout=log, stderr=log, process_group=0,
        )  # fmt: skip
    try:
        yield port
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _served(port: int, began: float, name: str, account: int) -> float:
    """Seconds until an event is answered 200."""
    while time.perf_counter() - began < PATIENCE_SECONDS:
        try:
            if _post(port, name, account) == 200:
                return time.perf_counter() - began
        except OSError:
            time.sleep(LOOK_SECONDS)
    raise TimeoutError("no event was taken")


def _post(port: int, name: str, account: int) -> int:
    """The first event of a call."""
    path, payload = call_events(name)[0]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/{path}", encode_form(f"{KEY}-{account}", SALT, payload), FORM)
    return connection.getresponse().status


def _until_ready(port: int, began: float) -> float:
    while time.perf_counter() - began < PATIENCE_SECONDS:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            return time.perf_counter() - began
        time.sleep(LOOK_SECONDS)
    raise TimeoutError("not every account was published")


def _asked(port: int, path: str) -> str:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/api/{path}")
    body = connection.getresponse().read()
    seconds = time.perf_counter() - began
    json.loads(body)
    return f"{seconds * 1000:.0f} ms, {len(body) / 1000:.0f} KB"


def _command(settings: Mapping[str, str], name: str) -> str:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "router.cli", name], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(process.pid, 0)
    return f"{time.perf_counter() - began:.2f} s, {used.ru_maxrss / 1024:.0f} MB"
