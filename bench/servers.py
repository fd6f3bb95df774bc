"""What is measured: gunicorn with the router or with the bare view, both with the settings that ship, and peers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.traffic import GROUP, KEY, LINE, SALT
from router.store.postgres.migrate import migrate
from router.store.postgres.schema import TABLES

READY_SECONDS = 30.0
END_SECONDS = 35.0  # gunicorn's own patience with its workers is 30
LOG_TAIL = 2000
SHARE_SECONDS = 0.1  # until the workers have taken a burst of connections
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

FLOW = f"""
flow: main
for: {{lines: ["{LINE}"], location: ivr}}
window: 60s
start: screen
on_error: bye
on_end: done
steps:
  screen:
    switch:
      - {{when: caller.number in lists.blocked, goto: bye}}
      - {{when: not hours.office.open, goto: bye}}
      - {{else: choose}}
  choose: {{menu: {{PROMPT first_digit: 20s, keys: {{1: judge, 2: bye}}, no_input: {{goto: bye}}}}}}
  judge:
    switch:
      - {{when: 'digits == "1" and call.age < 3600', goto: sales}}
      - {{else: bye}}
  sales: SALES
  bye: hangup
  done: release
"""
ROUTE = "{route: {to: group sales, on: {else: bye}}}"
WATCH = "{watch: {talking: {for: 1h, goto: bye}, ended: done}}"
RESOURCES = f"""
audio: {{hello: {{id: 7, length: 30s}}}}
groups: {{sales: {{extension: "{GROUP}"}}}}
lists: {{blocked: {{numbers: ["7911*", "79220000000"]}}}}
hours: {{office: {{timezone: UTC, open: {{mon-sun: "00:00-24:00"}}}}}}
"""
RAISED_LIMITS = "{all: 100000/1s, route: 100000/1s}"
SHIPPED_LIMITS = "{}"
CONFIGURATION = """
database: {database}
durability: {durability}
spool: {directory}/spool
accounts:
  - name: bench
    api_key: {key}
    api_salt: {salt}
    api_url: http://127.0.0.1:{sink}/
    allowed_ips: any
    flows: {directory}/flows
    limits: {limits}
"""


class Server(NamedTuple):
    """A running gunicorn."""

    address: tuple[str, int]
    process_id: int  # of the master

    def cpu_seconds(self) -> float:
        """What the master and its workers have used so far."""
        family = (stat for stat in _process_stats() if self.process_id in stat[:2])
        return sum(ticks for _, _, ticks in family) / TICKS_PER_SECOND

    def connections(self, count: int) -> list[socket.socket]:
        """`count` connections, opened in one burst."""
        opened = [socket.create_connection(self.address) for _ in range(count)]
        time.sleep(SHARE_SECONDS)
        return opened


def machine_cpu_seconds() -> float:
    """What all processes of the machine, and other machines on the same hardware, have used so far."""
    user, nice, system, _idle, _iowait, _irq, _softirq, steal = map(int, _first_line("/proc/stat").split()[1:9])
    return (user + nice + system + steal) / TICKS_PER_SECOND


def _first_line(path: str) -> str:
    with open(path, encoding="ascii") as lines:
        return lines.readline()


def _process_stats() -> Iterator[tuple[int, int, int]]:
    """(process, parent, CPU ticks) of every process."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        yield int(path.parent.name), int(fields[1]), int(fields[11]) + int(fields[12])


def flow(*, commands: bool, more_steps: int = 0) -> str:
    """The flow: with `commands` the menu has a prompt and a key routes; else it watches where the caller goes."""
    prompt = "prompt: audio.hello," if commands else ""
    sales = ROUTE if commands else WATCH
    more = "".join(f"  more_{number}: {{wait: {{for: 1s, next: bye}}}}\n" for number in range(more_steps))
    return FLOW.replace("PROMPT", prompt).replace("SALES", sales) + more


def emptied(database: str) -> None:
    """Make a PostgreSQL database what a fresh one is; its URL is that of the role that owns it."""
    migrate(database)
    tables = ", ".join(table for table in TABLES if table not in ("clock", "identity"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())


@contextmanager
def bare(directory: Path) -> Iterator[Server]:
    """The view that only verifies."""
    command = [sys.executable, "-m", "gunicorn", "bench.bare:app", "-c", "bench/bare_gunicorn.py"]
    with running(command, {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT}, directory) as server:
        yield server


@contextmanager
def granian(directory: Path) -> Iterator[Server | None]:
    """The same view under granian, a server written in Rust, with as many workers; None where it is not installed (the
    extra `bench`)."""
    if find_spec("granian") is None:
        yield None
        return
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", "{port}"]
    settings = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT}
    with running([*command, "bench.bare:app"], settings, directory) as server:
        yield server


@contextmanager
def express(directory: Path) -> Iterator[Server | None]:
    """What receivers in Node commonly are: Express, which parses the form and its JSON, checks no sign and keeps
    nothing. Two processes. None where Node or Express is missing (Debian: node-express)."""
    node = shutil.which("node")
    modules = {"NODE_PATH": os.environ.get("NODE_PATH", "/usr/share/nodejs")}
    found = node and subprocess.run([node, "-e", "require('express')"], env=modules, capture_output=True, check=False)
    if not node or not found or found.returncode:
        yield None
        return
    with running([node, "bench/express_receiver.js", "{port}"], modules, directory) as server:
        yield server


@contextmanager
def router(
    directory: Path,
    *,
    commands: bool,
    sink: int = 9,
    durability: str = "full",
    database: str = "",
    limits: str = RAISED_LIMITS,
    keeps: bool = False,
) -> Iterator[Server]:
    """The router on a SQLite file of its own, or on `database`: one of PostgreSQL, which is emptied first, unless it
    `keeps` what it has. `commands` go to a sink at that port."""
    if database and not keeps:
        emptied(database)
    flows = directory / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(flow(commands=commands), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    config = directory / "ivr.yaml"
    text = CONFIGURATION.format(
        database=database or f"sqlite:///{directory}/ivr.db",
        directory=directory,
        durability=durability,
        key=KEY,
        salt=SALT,
        sink=sink,
        limits=limits,
    )
    config.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    kept = {"IVR_RETENTION": "3650d"} if keeps else {}
    with running(command, {"IVR_CONFIG": str(config), "IVR_WATCH": "0", **kept}, directory) as server:
        yield server


@contextmanager
def running(command: list[str], settings: Mapping[str, str], directory: Path) -> Iterator[Server]:
    """A server that gets its port as `{port}` in its command, or as IVR_LISTEN."""
    port = free_port()
    metrics = directory / "metrics"
    metrics.mkdir(parents=True)
    own = {"IVR_LISTEN": f"127.0.0.1:{port}", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("IVR_", "MANGO_"))}
    log = directory / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [part.format(port=port) for part in command], env={**inherited, **settings, **own}, stdout=out, stderr=out
        )
    try:
        _wait(port, process, log)
        yield Server(("127.0.0.1", port), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it answers: workers import for a while after the socket listens."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                probe.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
                if probe.recv(64):
                    time.sleep(1.0)  # every worker, not only the first
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not come up; it said:\n{log.read_text(errors='replace')[-LOG_TAIL:]}")
