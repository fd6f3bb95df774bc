"""A PBX that counts strictly, in a process of its own: in no window of M seconds may more than N requests arrive.

It refuses what is too much with 503 and counts that too, which no real PBX is as harsh as to do. Half of the round trip
passes before it counts and half after. `python -m bench.strict TRIP_SECONDS` prints its port and serves until its
standard input ends; then it prints what it saw: JSON, `{"counted": [instant, ...], "refused": n}` of the steady clock.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

COUNT, SECONDS = 1, 2.0  # of routes (§1.4)
END_SECONDS: Final = 10.0
_BODY: Final = b'{"result":1000}'
_ANSWERS: Final = {
    status: b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (status, len(_BODY), _BODY)
    for status in (200, 503)
}


class Strict:
    """The other side of the pipe."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def ended(self) -> tuple[list[float], int]:
        """End it; answers when it counted a route, and how many it refused."""
        said, _ = self._process.communicate(timeout=END_SECONDS)
        seen: dict[str, Any] = json.loads(said)
        return seen["counted"], seen["refused"]


@contextmanager
def strict(trip_seconds: float) -> Iterator[Strict]:
    """A strict PBX as long as the block lasts."""
    command = [sys.executable, "-m", "bench.strict", str(trip_seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Strict(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class _Window:
    def __init__(self) -> None:
        self.counted: list[float] = []
        self.refused = 0
        self._latest: deque[float] = deque(maxlen=COUNT)

    def take(self) -> bool:
        now = time.monotonic()
        full = len(self._latest) == COUNT and now - self._latest[0] <= SECONDS
        self._latest.append(now)
        self.counted.append(now)
        self.refused += full
        return not full


async def _serve(trip_seconds: float) -> None:
    window = _Window()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                )
                await reader.readexactly(length)
                await asyncio.sleep(trip_seconds / 2)
                status = 200 if window.take() else 503
                await asyncio.sleep(trip_seconds / 2)
                writer.write(_ANSWERS[status])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps({"counted": window.counted, "refused": window.refused}), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
