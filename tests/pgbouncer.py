"""A real PgBouncer before a PostgreSQL server, for tests."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.acceptance.processes import free_port
from tests.postgres_server import PASSWORD, SERVING, Server, hand_over, unprivileged


def pgbouncer() -> str | None:
    found = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    return found if Path(found).exists() else None


class Pooler:
    """Its `url` leads to the server's database through it; `set_mode` changes how it does so."""

    def __init__(self, program: str, directory: Path, server: Server, database: str, size: int) -> None:
        self.port = free_port()
        self.url = f"postgresql://{SERVING}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        self._file = directory / "pgbouncer.ini"
        self._text = (
            f"[databases]\n{database} = host=127.0.0.1 port={server.port} user={SERVING} password={PASSWORD}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nauth_type = any\nunix_socket_dir =\n"
            f"default_pool_size = {size}\nlogfile = {directory}/log\nadmin_users = {SERVING}\n"
        )
        self._program, self._directory = program, directory

    def start(self, mode: str) -> "subprocess.Popen[bytes]":
        self._write(mode)
        command = [*unprivileged(), self._program, "-q", str(self._file)]
        process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until and not self._answers():
            time.sleep(0.05)
        return process

    def set_mode(self, mode: str) -> None:
        self._write(mode)
        with psycopg.connect(f"{self.url.rpartition('/')[0]}/pgbouncer", autocommit=True) as console:
            console.pgconn.exec_(b"RELOAD")

    def _write(self, mode: str) -> None:
        self._file.write_text(f"{self._text}pool_mode = {mode}\n", encoding="utf-8")
        hand_over(self._directory, self._file)

    def _answers(self) -> bool:
        with suppress(psycopg.Error):
            psycopg.connect(self.url, connect_timeout=2, autocommit=True).close()
            return True
        return False


@contextmanager
def pooler(program: str, server: Server, database: str, mode: str, *, size: int = 20) -> Iterator[Pooler]:
    directory = Path(tempfile.mkdtemp(prefix="ivr-pgbouncer-"))
    try:
        made = Pooler(program, directory, server, database, size)
        process = made.start(mode)
        try:
            yield made
        finally:
            process.terminate()
            process.wait(30)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
