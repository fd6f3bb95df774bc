"""Takes the router's commands in a process of its own, answers each at once, and remembers when it came.

`python -m bench.sink` prints its port and serves until its standard input ends, so it never outlives the benchmark.
Then it prints what it saw: JSON, {mark: instant of the machine's monotonic clock}.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from bench.traffic import mark

END_SECONDS = 10.0
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"result":1000}'


class Sink:
    """The other side of the pipe: where the sink listens, and what it saw in the end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def ended(self) -> dict[str, float]:
        """End it; answers when each command came, by its mark."""
        said, _ = self._process.communicate(timeout=END_SECONDS)
        seen: dict[str, float] = json.loads(said)
        return seen


@contextmanager
def sink() -> Iterator[Sink]:
    command = [sys.executable, "-m", "bench.sink"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Sink(process)
    finally:
        process.kill()
        process.communicate()


def _serve(connection: socket.socket, seen: dict[str, float]) -> None:
    with connection, connection.makefile("rb") as stream:
        while first := stream.readline():
            length = 0
            while (line := stream.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            received = time.perf_counter()
            body = stream.read(length)
            connection.sendall(ANSWER)
            params = json.loads(parse_qs(body.decode())["json"][0])
            command = first.split()[1].decode().partition("commands/")[2]
            seen.setdefault(mark(command, str(params.get("call_id", ""))), received)


def _accept(listener: socket.socket, seen: dict[str, float]) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_serve, args=(connection, seen), daemon=True).start()


def main() -> None:
    seen: dict[str, float] = {}
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, seen), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    print(json.dumps(dict(seen)), flush=True)


if __name__ == "__main__":
    main()
