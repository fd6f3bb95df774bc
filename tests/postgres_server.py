"""Real PostgreSQL servers for tests, primaries and standbys: made, started and ended by them, on free ports of this
machine.

It runs as an unprivileged user, since it refuses root, and ends with the thread that started it, however that ends.
Commits wait for the disk as in production.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

OWNER, SERVING = "ivr_owner", "ivr"
PASSWORD = "not-a-secret"
START_SECONDS = 60.0


def binaries() -> Path | None:
    """The directory of the newest server that is installed, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """One cluster. Roles: `ivr_owner` owns databases, `ivr` serves; `postgres` may do everything. With `copy_of` it is a
    standby of that server, which streams from it under the name `standby`."""

    def __init__(
        self, programs: Path, directory: Path, settings: dict[str, str], copy_of: "Server | None" = None
    ) -> None:
        self.directory = directory
        self.port = _free_port()
        self._programs = programs
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        password = directory / "password"
        password.write_text(PASSWORD)
        hand_over(directory, password)
        if copy_of is None:
            initdb = ["--pgdata", directory / "data", "--username", "postgres", "--no-sync", "--pwfile", password]
            self._run("initdb", *initdb, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8")
        else:
            self._copy(copy_of)

    def _copy(self, primary: "Server") -> None:
        source = f"{primary.url()}?application_name=standby"
        self._run(
            "pg_basebackup", "-d", source, "-D", self.directory / "data", "-R", "-X", "stream", "-c", "fast", "-N"
        )

    def become_standby_of(self, primary: "Server") -> None:
        """Forget what it was: a new copy, on the same port."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory / "data")
        self._copy(primary)
        self.start()

    def _run(self, program: str, *arguments: object) -> None:
        command = [*unprivileged(), str(self._programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def configure(self, line: str) -> None:
        """A line of its configuration, which counts from now on, or from its thaw on."""
        assert self._process is not None
        with (self.directory / "data" / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        self._process.send_signal(signal.SIGHUP)

    def promote(self) -> None:
        """Make a standby the primary; returns when it takes writes."""
        self._run("pg_ctl", "promote", "-w", "-D", self.directory / "data")

    def kill(self) -> None:
        """All of its processes at once, as a machine does that loses its power."""
        assert self._process is not None
        family = self._signal_all(signal.SIGSTOP)
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        self._process.wait(60)
        self._process = None

    def freeze(self) -> None:
        """Its connections stay open, and nothing answers on them."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, what: signal.Signals) -> list[int]:
        assert self._process is not None
        postmaster = self._process.pid
        os.kill(postmaster, what)  # first, so that no further children come
        family = [postmaster, *children_of(postmaster)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, what)
        return family

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.directory),
            "shared_buffers": "64MB",
            "fsync": "on",
            "max_connections": "60",
            **self._settings,
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [*unprivileged(), self._programs / "postgres", "-D", self.directory / "data", *options]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT closes all connections and ends; SIGQUIT ends at once, as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            with suppress(ProcessLookupError):
                self.thaw()
            self._process.wait(60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # tests write their own

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > until:
                    raise AssertionError((self.directory / "log").read_text()[-4000:]) from None
                time.sleep(0.05)


@contextmanager
def server(programs: Path, within: Path | None = None, **settings: str) -> Iterator[Server]:
    """A server for as long as the block lasts, with its files in a directory of their own, or of that one."""
    with _running(programs, settings, None, within) as started:
        for role in (OWNER, SERVING):
            started.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        yield started


@contextmanager
def standby_of(primary: Server, programs: Path, **settings: str) -> Iterator[Server]:
    """A standby that streams, for as long as the block lasts, promoted or not."""
    with _running(programs, settings, primary) as started:
        yield started


@contextmanager
def _running(
    programs: Path, settings: dict[str, str], copy_of: Server | None, within: Path | None = None
) -> Iterator[Server]:
    directory = Path(tempfile.mkdtemp(prefix="ivr-postgres-", dir=within))
    try:
        started = Server(programs, directory, settings, copy_of)
        started.start()
        try:
            yield started
        finally:
            started.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def url_of(servers: Sequence[Server], database: str, role: str = SERVING, more: str = "") -> str:
    """A URL that names several servers."""
    hosts = ",".join(f"127.0.0.1:{one.port}" for one in servers)
    return f"postgresql://{role}:{PASSWORD}@{hosts}/{database}{more}"


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def unprivileged() -> list[str]:
    """What runs a program as a user that PostgreSQL accepts, and ends it with us."""
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = _user()
        setpriv += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return setpriv


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def hand_over(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, _user().pw_uid, _user().pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
