"""A router with its PBX, its callers and its Prometheus; and what all of them say at an instant."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import urllib3
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.processes import KEY, PROJECT, SALT, Site, emulator, free_port, running_process, wait_for
from tests.postgres_server import Server
from tests.troubles.prometheus import Prometheus, watching

LINE = "74950000000"
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
window: 8s
start: out
on_error: bye
steps:
  out: {route: {to: extension 101, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: done}}
  bye: hangup
  done: release
"""
PBX = """
lines:
  74950000000: {scheme: main}
employees:
  101: {name: Operator, number: "sip:operator@pbx.example", behaves: answers after 1s}
schemes:
  main: {silence: 8s, then: hang_up}
"""
BETWEEN_CALLS = 2.5  # seconds: within the limit of one route in two
LEVELS = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of a trouble."""

    readyz: str
    doctor: Sequence[str]
    metrics: Sequence[str]
    alerts: Sequence[str]
    log: Sequence[str]


@dataclass
class House:
    """A router that is being started, runs, or has died. Steps of a trouble change it before or afterwards."""

    place: Path
    environ: dict[str, str]
    pbx_settings: str = PBX
    command: list[str] = field(default_factory=lambda: [sys.executable, "-m", "gunicorn", "wsgi:app"])
    as_user: list[str] = field(default_factory=list)  # what runs the router's programs with fewer rights
    undo: ExitStack = field(default_factory=ExitStack)  # in the end, whatever happened
    site: Site | None = None
    before: Mapping[str, float] = field(default_factory=dict)
    healthy: frozenset[str] = frozenset()  # what doctor said before
    seen_log: int = 0
    log: Path = field(init=False)
    postgres: Server | None = None
    standby: Server | None = None
    callers_stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.log = self.place / "router.log"

    @property
    def router(self) -> str:
        return f"http://{self.environ['IVR_LISTEN']}"

    @property
    def database(self) -> Path:
        return Path(self.environ["IVR_DATABASE"].removeprefix("sqlite:///"))

    @property
    def flow(self) -> Path:
        return self.place / "flows" / "main.yaml"

    @property
    def master(self) -> int:
        assert self.site is not None
        return self.site.process.pid

    def workers(self) -> list[int]:
        found = Path(f"/proc/{self.master}/task/{self.master}/children").read_text(encoding="ascii")
        return [int(child) for child in found.split()]

    def ivr(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [*self.as_user, sys.executable, "-m", "router.cli", *arguments]
        given = {**self.environ, **environ}
        return subprocess.run(command, env=given, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)

    def send(self, path: str, body: bytes) -> int:
        """A notification as a peer sends it; 0 when nobody answers."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
        with suppress(urllib3.exceptions.HTTPError):
            return int(_http.request("POST", f"{self.router}{path}", body=body, headers=headers, timeout=10.0).status)
        return 0

    def get(self, path: str, **headers: str) -> "urllib3.BaseHTTPResponse | None":
        with suppress(urllib3.exceptions.HTTPError):
            return _http.request("GET", f"{self.router}{path}", headers=headers, timeout=10.0)
        return None


_http = urllib3.PoolManager(retries=False, maxsize=8)


@contextmanager
def house(place: Path) -> Iterator[House]:
    """A place for a router that nobody has started yet."""
    (place / "flows").mkdir()
    (place / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    pbx = f"127.0.0.1:{free_port()}"
    environ = {
        **os.environ,
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": f"http://{pbx}/vpbx/",
        "MANGO_CC_URL": f"http://{pbx}/cc/",
        "MANGO_ALLOWED_IPS": "127.0.0.1",
        "IVR_DATABASE": f"sqlite:///{place}/ivr.db",
        "IVR_FLOWS": str(place / "flows"),
        "IVR_SPOOL": str(place / "spool"),
        "IVR_LISTEN": f"127.0.0.1:{free_port()}",
        "IVR_LOG": "json",
        "PBX": pbx,
        "SALT_OF_THE_PBX": SALT,
        "KEY_OF_THE_PBX": KEY,
    }
    made = House(place=place, environ=environ)
    with made.undo:
        yield made


@contextmanager
def started(home: House) -> Iterator[Prometheus]:
    """The router, the PBX with callers, and Prometheus; if it does not start, what it said is in the log."""
    with running_process([*home.as_user, *home.command], home.environ, home.log) as process, ExitStack() as stack:
        pbx = f"http://{home.environ['PBX']}"
        keys = {f"MANGO_API_{name}": home.environ[f"{name}_OF_THE_PBX"] for name in ("KEY", "SALT")}
        environ = {**home.environ, **keys, "PYTHONPATH": ""}
        home.site = Site(home.router, pbx, environ, _http, process)
        _wait_for_life(home)
        settings = home.place / "pbx.yaml"
        settings.write_text(home.pbx_settings, encoding="utf-8")
        stack.enter_context(emulator(home.place, settings, home.router, home.site))
        prometheus = stack.enter_context(watching(home.place, home.router.removeprefix("http://")))
        stack.enter_context(_callers(home.site, home.callers_stop))
        yield prometheus


def _wait_for_life(home: House) -> None:
    """Until it answers, or has ended, or tries for so long that it never will."""
    assert home.site is not None
    until = time.monotonic() + 30
    while home.site.process.poll() is None and time.monotonic() < until:
        answer = home.get("/healthz")
        if answer is not None and answer.status == 200 and len(home.workers()) >= 2:
            return
        time.sleep(0.1)


@contextmanager
def _callers(site: Site, stopping: threading.Event) -> Iterator[None]:
    """Somebody rings every few seconds."""

    def ring() -> None:
        for number in count():
            with suppress(urllib3.exceptions.HTTPError, AssertionError):
                site.dial(LINE, f"7900000{number % 10_000:04}")
            if stopping.wait(BETWEEN_CALLS):
                return

    thread = threading.Thread(target=ring, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)


# what is said


def remember(home: House) -> None:
    """What is said while all is well."""
    home.before = metrics(home)
    home.healthy = frozenset(doctor(home))
    home.seen_log = home.log.stat().st_size


def readyz(home: House) -> str:
    answer = home.get("/readyz")
    if answer is None:
        return "no answer"
    told = answer.json()
    return f"{answer.status} {told['status']}: {told['reason']}"


def doctor(home: House) -> list[str]:
    """What is wrong or dubious, errors first."""
    done = home.ivr("doctor", "--json", "--online")
    try:
        lines: list[dict[str, Any]] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [f"error: {(done.stderr or done.stdout).strip()[-300:]}"]
    wrong = [one for level in ("error", "warning") for one in lines if one["level"] == level]
    return [f"{one['level']}: {one['area']}: {one['told']}" for one in wrong]


def metrics(home: House) -> dict[str, float]:
    answer = home.get("/metrics")
    if answer is None or answer.status != 200:
        return {}
    found = {}
    for family in text_string_to_metric_families(answer.data.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()) if value)
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


STATES = (
    "ivr_ready", "ivr_degraded", "ivr_database_up", "ivr_enabled", "ivr_paused{", "ivr_last_publication_success",
    "ivr_directory_drift", "ivr_calendar_known_until_year", "ivr_workers",
)  # fmt: skip
"""Gauges that are told when they have changed."""
NORMAL = {"ivr_degraded": 0.0, "ivr_paused": 0.0, "ivr_directory_drift": 0.0, "ivr_workers": 2.0}
"""What they are on a healthy router of two workers, where it is not 1."""


def changes(before: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """What of the metrics speaks of trouble."""
    if not now:
        return ["none"]
    states = {name: value for name, value in now.items() if name.startswith(STATES)}
    told = [
        f"{name} {value:g}"
        for name, value in states.items()
        if before.get(name, NORMAL.get(name.partition("{")[0], 1.0)) != value
    ]
    for name, value in now.items():
        grown = value - before.get(name, 2.0 if name == "ivr_worker_starts_total" else 0.0)
        if (
            name.startswith("ivr_events_total") and re.search('"(refused|unavailable|spooled)"', name) and grown > 0
        ) or (name.startswith("ivr_commands_total") and 'reason="' in name and grown > 0):
            told.append(_short(name))
        elif name.startswith(("ivr_spooled_events", "ivr_spool_set", "ivr_admin_refusals", "ivr_worker_starts")):
            told += [f"{name} {value:g}"] if grown > 0 else []
        elif name.endswith("_heartbeat_age_seconds") and value > 5:
            told.append(f"{name} > 5")
        elif name.startswith("ivr_clock_seconds") and abs(value - time.time()) > 30:
            told.append(f"{name} {value - time.time():+.0f} s")
        elif name.startswith("ivr_last_event_age_seconds") and 20 < value < float("inf"):
            told.append(f"{name} grows")
    return list(dict.fromkeys([*told, *_of_disk_and_time(before, now)]))


def _of_disk_and_time(before: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    told = []
    for volume in ("database", "spool"):
        free = now.get(f'ivr_disk_free_bytes{{volume="{volume}"}}', 1e12)
        if free < 512 * 1024**2:
            told.append(f'ivr_disk_free_bytes{{volume="{volume}"}} {free:g}')
    if now.get("process_start_time_seconds", 0.0) != before.get("process_start_time_seconds", 0.0) and before:
        told.append("process_start_time_seconds changes")
    slow = [f'ivr_event_seconds_bucket{{le="{bound}"}}' for bound in ("0.5", "+Inf")]
    fast, events = (now.get(name, 0.0) - before.get(name, 0.0) for name in slow)
    if events and fast / events < 0.9:
        told.append("ivr_event_seconds p90 > 0.5")
    return told


def _short(name: str) -> str:
    """Without the labels that are the same in every trouble."""
    kept = [label for label in re.findall(r'\w+="[^"]*"', name) if not label.startswith(("account", "kind", "command"))]
    return f"{name.partition('{')[0]}{{{','.join(kept)}}}"


def log_lines(home: House) -> list[str]:
    """Each kind of warning and error once, since `remember`; of what is no JSON the lines that look like one."""
    with home.log.open("rb") as file:
        file.seek(home.seen_log)
        lines = file.read().decode(errors="replace").splitlines()
    told: dict[str, None] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            if re.search(r"Error: |ERROR|\[(?:warning|error|critical) *\]", line):
                told.setdefault(re.sub(r"^\S+Z \[(\w+) *\] *", r"\1: ", re.sub(r" {2,}", ": ", line.strip())))
            continue
        if isinstance(entry, dict) and entry.get("level") in LEVELS:
            details = [str(entry[name]) for name in ("reason", "error", "why") if entry.get(name)]
            told.setdefault(": ".join([entry["level"], str(entry.get("event", "")), *details]))
    return list(told)


def observe(home: House, prometheus: Prometheus | None) -> Said:
    now = metrics(home)
    firing = prometheus.firing() if prometheus else {}
    unknown = [one for one in doctor(home) if one not in home.healthy]
    return Said(
        readyz=readyz(home),
        doctor=unknown,
        metrics=changes(home.before, now),
        alerts=sorted(firing),
        log=log_lines(home),
    )


def kill(*processes: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


__all__ = ["House", "Said", "house", "kill", "observe", "remember", "started", "wait_for"]
