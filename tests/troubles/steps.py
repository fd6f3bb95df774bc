"""What brings a trouble about: small steps on a house, before its router starts or while it runs."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from router.protocol.envelope import encode_form
from router.store.postgres.migrate import migrate
from tests.acceptance.processes import KEY, PROJECT, SALT, free_port, wait_for
from tests.broken_peer import broken_peer, certificate, http
from tests.pgbouncer import pgbouncer, pooler
from tests.postgres_server import OWNER, SERVING, Server, binaries, server, standby_of, url_of
from tests.troubles.house import FLOW, House, kill

Step = Callable[[House], None]

INSIDE = '''
"""Faults within the router's processes, switched by files: a clock that is off, a loop that hangs."""
import importlib.abc, importlib.machinery, os, sys, time

_place = os.environ["TROUBLE"]
_true = time.time


def _shifted():
    try:
        with open(os.path.join(_place, "clock")) as file:
            return _true() + float(file.read() or 0)
    except OSError:
        return _true()


time.time = _shifted
_loops = {"router.runtime.calls.timers": "Timers", "router.runtime.outbox.dispatch": "Dispatcher"}


class _Hanging(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name not in _loops:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def patched(module):
            load(module)
            kind = getattr(module, _loops[name])
            once = kind.run_once

            def run_once(self, *args, **kwargs):
                while os.path.exists(os.path.join(_place, _loops[name])):
                    time.sleep(0.2)
                return once(self, *args, **kwargs)

            kind.run_once = run_once

        spec.loader.exec_module = patched
        return spec


sys.meta_path.insert(0, _Hanging())
'''


class NotHere(Exception):
    """This machine lacks what the trouble needs."""


def nothing(home: House) -> None:
    """All is well."""


def several(*steps: Step) -> Step:
    def run(home: House) -> None:
        for step in steps:
            step(home)

    return run


def setting(**environ: str) -> Step:
    return lambda home: home.environ.update(environ)


# disks and files


def small_disk(home: House, name: str = "disk", size: str = "12m") -> Path:
    place = home.place / name
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        raise NotHere("the right to mount")
    home.undo.callback(subprocess.run, ["umount", "--lazy", str(place)], check=False)
    return place


def database_on_small_disk(home: House) -> None:
    home.environ["IVR_DATABASE"] = f"sqlite:///{small_disk(home)}/ivr.db"


def all_on_small_disk(home: House) -> None:
    database_on_small_disk(home)
    home.environ["IVR_SPOOL"] = str(home.place / "disk" / "spool")


def spool_on_small_disk(home: House) -> None:
    home.environ["IVR_SPOOL"] = str(small_disk(home) / "spool")


def log_on_small_disk(home: House) -> None:
    home.log = small_disk(home) / "router.log"


def fill(home: House) -> None:
    """Leave no byte on the small disk."""
    with (home.place / "disk" / "ballast").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def with_database(home: House) -> None:
    """One that a router has worked with."""
    done = home.ivr("publish", "--create", str(home.place / "flows"))
    assert done.returncode == 0, done.stdout + done.stderr


def as_owner_only(home: House) -> None:
    """Root may write whatever it likes; without two of its capabilities it is a user like any other."""
    if shutil.which("setpriv") is None:
        raise NotHere("setpriv")
    if os.geteuid() == 0:
        home.as_user = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def read_only_files(home: House) -> None:
    as_owner_only(home)
    with_database(home)
    for path in home.database.parent.glob("ivr.db*"):
        if path.is_file():
            path.chmod(0o444)


def files_of_another(home: House) -> None:
    if os.geteuid() != 0:
        raise NotHere("root")
    read_only_files(home)
    for path in home.database.parent.glob("ivr.db*"):
        if path.is_file():
            os.chown(path, 65534, 65534)
            path.chmod(0o600)


def corrupt_database(home: House) -> None:
    with_database(home)
    with home.database.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(home.database.stat().st_size - 100))


def foreign_database(home: House) -> None:
    with sqlite3.connect(home.database) as other:
        other.execute("CREATE TABLE calls (number INTEGER)")
        other.execute("PRAGMA user_version = 3")


def stale_wal(home: House) -> None:
    """A backup that was copied back after a crash, beside the -wal of what came after it."""
    _served(home, signal.SIGTERM)
    backup = home.database.read_bytes()
    _served(home, signal.SIGTERM)  # what comes now is in the file when the router has ended
    _served(home, signal.SIGKILL)  # and this in the -wal alone
    assert Path(f"{home.database}-wal").stat().st_size > 0
    home.database.write_bytes(backup)


def _served(home: House, ends_by: signal.Signals) -> None:
    """A router takes some events, and ends."""
    with (home.place / "earlier.log").open("wb") as log:
        process = subprocess.Popen(
            home.command, env=home.environ, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
        )
    wait_for("a router", lambda: home.get("/healthz"))
    for _ in range(20):
        old_events(home, age=0)
    if ends_by == signal.SIGKILL:
        os.killpg(process.pid, ends_by)
    else:
        process.send_signal(ends_by)
    process.wait(30)


def remove_database(home: House) -> None:
    for path in home.database.parent.glob("ivr.db*"):
        if path.is_file():
            path.unlink()


def lock_database(home: House) -> None:
    stranger = sqlite3.connect(home.database, isolation_level=None, check_same_thread=False)
    home.undo.callback(stranger.close)
    stranger.execute("BEGIN IMMEDIATE")


def slow_disk(home: House) -> None:
    """Another program writes most of the time, so each of our writes waits."""
    stopping = threading.Event()

    def flap() -> None:
        stranger = sqlite3.connect(home.database, isolation_level=None, timeout=30)
        while not stopping.is_set():
            with suppress(sqlite3.Error):
                stranger.execute("BEGIN IMMEDIATE")
                time.sleep(0.9)
                stranger.execute("ROLLBACK")
            time.sleep(0.03)
        stranger.close()

    thread = threading.Thread(target=flap, daemon=True)
    thread.start()
    home.undo.callback(thread.join, 10)
    home.undo.callback(stopping.set)


def foreign_spool_file(home: House) -> None:
    """Something that is no event where the router looks for its own."""
    spool = Path(home.environ["IVR_SPOOL"])
    spool.mkdir()
    (spool / "000000000001.events").write_bytes(os.urandom(500))


# PostgreSQL


def on_postgres(home: House) -> None:
    programs = binaries()
    if programs is None:
        raise NotHere("PostgreSQL's server")
    home.postgres = home.undo.enter_context(server(programs))
    home.postgres.execute(f"CREATE DATABASE troubles OWNER {OWNER}")
    migrate(home.postgres.url("troubles", OWNER), serving_role=SERVING)
    home.environ["IVR_DATABASE"] = home.postgres.url("troubles", SERVING)


def on_a_pair(home: House) -> None:
    on_postgres(home)
    programs = binaries()
    assert programs is not None
    home.standby = home.undo.enter_context(standby_of(primary(home), programs))
    home.environ["IVR_DATABASE"] = url_of([primary(home), home.standby], "troubles")


def primary(home: House) -> Server:
    assert home.postgres is not None
    return home.postgres


def stop_postgres(home: House) -> None:
    primary(home).stop()


def freeze_postgres(home: House) -> None:
    primary(home).freeze()


def fail_over(home: House) -> None:
    primary(home).kill()
    assert home.standby is not None
    home.standby.promote()


def kill_primary(home: House) -> None:
    """And nobody promotes the standby."""
    primary(home).kill()


def make_postgres_read_only(home: House) -> None:
    primary(home).execute("ALTER SYSTEM SET default_transaction_read_only = on")
    primary(home).execute("SELECT pg_reload_conf()")
    with psycopg.connect(primary(home).url(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'troubles'")


def behind_a_pooler(home: House) -> None:
    program = pgbouncer()
    if program is None:
        raise NotHere("pgbouncer")
    on_postgres(home)
    between = home.undo.enter_context(pooler(program, primary(home), "troubles", "transaction"))
    home.environ["IVR_DATABASE"] = between.url


def wrong_password(home: House) -> None:
    on_postgres(home)
    home.environ["IVR_DATABASE"] = home.environ["IVR_DATABASE"].replace(":not-a-secret@", ":forgotten@")


# the PBX


def pbx_answers(answer: bytes, *, tls: bool = False) -> Step:
    def run(home: House) -> None:
        made = certificate(home.place, self_signed=True) if tls else None
        port = home.undo.enter_context(broken_peer(answer, made))
        home.environ["MANGO_API_URL"] = f"{'https' if tls else 'http'}://127.0.0.1:{port}/vpbx/"

    return run


def nobody_listens(home: House) -> None:
    home.environ["MANGO_API_URL"] = f"http://127.0.0.1:{free_port()}/vpbx/"


OVER_THE_LIMIT = http("503 Service Unavailable", b'{"name": "Service Unavailable", "code": 0, "status": 503}')
WRONG_SIGN = http("420 Unknown", b'{"code": 3102}')
PAGE = http("200 OK", b"<!DOCTYPE html><html><body>Please log in</body></html>", "Content-Type: text/html")
REDIRECT = http("302 Found", b"", "Location: https://elsewhere.example/")


def too_many_callers(home: House) -> None:
    """Three a second, where the limit lets one through in two."""
    assert home.site is not None
    site, stopping = home.site, threading.Event()

    def ring(kind: int) -> None:
        number = 0
        while not stopping.wait(1.0):
            number += 1
            with suppress(Exception):
                site.dial("74950000000", f"79000{kind}{number % 100_000:05}")

    for kind in range(3):
        threading.Thread(target=ring, args=(kind,), daemon=True).start()
    home.undo.callback(stopping.set)


def old_events(home: House, age: int = 86_400) -> None:
    """As if a queue between the PBX and us had kept them for a day."""
    for _ in range(3):
        entry = f"old-{time.monotonic_ns()}"
        leg = {
            "entry_id": entry, "call_id": entry, "seq": 1, "timestamp": int(time.time()) - age,
            "call_state": "Appeared", "location": "ivr", "from": {"number": "79000000009"},
            "to": {"number": "1", "line_number": "74950000000"},
        }  # fmt: skip
        home.send("/events/call", encode_form(KEY, SALT, leg))


# the router itself


def inside(home: House) -> None:
    (home.place / "sitecustomize.py").write_text(INSIDE, encoding="utf-8")
    home.environ |= {"PYTHONPATH": str(home.place), "TROUBLE": str(home.place)}


def switch(name: str, content: str = "") -> Step:
    """A fault within the router begins."""

    def run(home: House) -> None:
        (home.place / name).write_text(content, encoding="ascii")

    return run


def ivr(*arguments: str) -> Step:
    def run(home: House) -> None:
        done = home.ivr(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def break_bundle(home: House) -> None:
    home.flow.write_text(FLOW.replace("bye: hangup", "bye: hang up and down"), encoding="utf-8")


def edit_bundle(home: House) -> None:
    home.flow.write_text(FLOW.replace("on_error: bye", "on_error: done"), encoding="utf-8")


def holidays_that_end(home: House) -> None:
    resources = 'hours: {office: {timezone: Asia/Baku, open: {mon-fri: "09:00-18:00"}, holidays: AZ}}\n'
    (home.place / "flows" / "resources.yaml").write_text(resources, encoding="utf-8")
    home.flow.write_text(
        FLOW.replace("start: out", "start: when").replace(
            "steps:", "steps:\n  when: {switch: [{when: hours.office.open, goto: out}, {else: out}]}"
        ),
        encoding="utf-8",
    )


def kill_workers(home: House) -> None:
    """One after the other, as a machine does that is short of memory."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.wait(1.5):
            with suppress(OSError, IndexError):
                kill(home.workers()[0])

    threading.Thread(target=run, daemon=True).start()
    home.undo.callback(stopping.set)


def kill_worker(home: House) -> None:
    kill(home.workers()[0])


def kill_master(home: House) -> None:
    kill(home.master)


def address_is_taken(home: House) -> None:
    host, _, port = home.environ["IVR_LISTEN"].partition(":")
    other = socket.create_server((host, int(port)))
    home.undo.callback(other.close)


def guess_tokens(home: House) -> None:
    for number in range(40):
        home.get("/api/calls", Authorization=f"Bearer guess-{number:030}")


def silence(home: House) -> None:
    """The address in the cabinet is wrong: nothing comes any more."""
    home.callers_stop.set()
