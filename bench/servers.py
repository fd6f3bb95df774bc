"""What is measured: gunicorn with the router or the bare view, and a sink for the router's commands."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

from bench.traffic import KEY, LINE, SALT

READY_SECONDS = 30.0
Address = tuple[str, int]

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
      - {{when: 'digits == "1" and call.age < 3600', goto: rest}}
      - {{else: bye}}
  rest: {{wait: {{for: 50s, next: bye}}}}
  bye: hangup
  done: release
"""
RESOURCES = """
audio: {hello: {id: 7, length: 30s}}
lists: {blocked: {numbers: ["7911*", "79220000000"]}}
hours: {office: {timezone: UTC, open: {mon-sun: "00:00-24:00"}}}
"""
CONFIGURATION = """
database: sqlite:///{directory}/ivr.db
accounts:
  - name: bench
    api_key: {key}
    api_salt: {salt}
    api_url: http://127.0.0.1:{sink}/
    allowed_ips: any
    flows: {directory}/flows
    limits: {{all: 100000/1s}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def bare() -> Iterator[Address]:
    """The view that only verifies."""
    port = free_port()
    environ = {**os.environ, "MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "IVR_LISTEN": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "gunicorn", "bench.bare:app", "-c", "bench/bare_gunicorn.py"]
    with _running(command, environ, port):
        yield "127.0.0.1", port


@contextmanager
def router(directory: Path, *, prompt: bool, sink: int = 9) -> Iterator[Address]:
    """The router on a database of its own; with `prompt` every new call makes a command."""
    port = free_port()
    flows = directory / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(FLOW.replace("PROMPT", "prompt: audio.hello," if prompt else ""), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    config = directory / "ivr.yaml"
    config.write_text(CONFIGURATION.format(directory=directory, key=KEY, salt=SALT, sink=sink), encoding="utf-8")
    environ = {**os.environ, "IVR_CONFIG": str(config), "IVR_LISTEN": f"127.0.0.1:{port}", "IVR_WATCH": "0"}
    with _running([sys.executable, "-m", "gunicorn", "wsgi:app"], environ, port):
        yield "127.0.0.1", port


@contextmanager
def _running(command: list[str], environ: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
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
    raise RuntimeError("the server did not come up; run its command by hand to see why")


class Sink:
    """Takes commands, answers at once, and remembers when each one came, by its call."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: dict[str, float] = {}  # call_id -> time.perf_counter() at receipt

    def _serve(self, connection: socket.socket) -> None:
        answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"result":1000}'
        with connection, connection.makefile("rb") as stream:
            while stream.readline():
                length = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line[15:])
                body = stream.read(length).decode()
                received = time.perf_counter()
                connection.sendall(answer)
                params = json.loads(parse_qs(body)["json"][0])
                self.seen.setdefault(str(params.get("call_id", "")), received)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()


@contextmanager
def sink() -> Iterator[Sink]:
    made = Sink()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made.port = listener.getsockname()[1]
        threading.Thread(target=made._accept, args=(listener,), daemon=True).start()
        yield made
