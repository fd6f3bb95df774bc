"""How long an editor waits after a key: `python -m bench.editor [--keys N]`.

Over the protocol, from the change of a text to the findings about it, in bundles of 1,000 and of 10,000 steps; and a
completion at the same moment.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.flow.large_flow import RESOURCES, large_flow

SIZES = (1_000, 10_000)
PER_FLOW = 294


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100)
    keys: int = parser.parse_args().keys
    print("steps   key to findings p50, p99, max (ms)   completion p50, p99 (ms)")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as place:
            findings, completions = measured(Path(place), size, keys if size == SIZES[0] else max(10, keys // 5))
        told = f"{_at(findings, 50):.0f}, {_at(findings, 99):.0f}, {max(findings):.0f}"
        print(f"{size:>6}  {told:<38} {_at(completions, 50):.0f}, {_at(completions, 99):.0f}")


def measured(place: Path, size: int, keys: int) -> tuple[list[float], list[float]]:
    """Milliseconds from key to findings, and for completions."""
    text = large_flow()
    (place / "resources.yaml").write_text(RESOURCES)
    for number in range(round(size / PER_FLOW)):
        name = f"f{number}"
        own = text.replace("flow: main", f"flow: {name}").replace("for: any\n", "for: any\n" if number == 0 else "")
        (place / f"{name}.yaml").write_text(own)
    shown = (place / "f0.yaml").read_text()
    client = _Client(place)
    uri = (place / "f0.yaml").as_uri()
    client.send(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": shown}}
    )
    client.until_findings(uri)
    findings, completions = [], []
    line = shown.count("\n") - 1
    for key in range(keys):
        place_of_key = {"line": line, "character": 0}
        change = {"range": {"start": place_of_key, "end": place_of_key}, "text": "# " if key % 2 else "#"}
        begun = time.perf_counter()
        client.send(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": key + 2}, "contentChanges": [change]},
        )
        client.until_findings(uri)
        findings.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        client.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": {"line": 8, "character": 10}})
        completions.append(1000 * (time.perf_counter() - begun))
    client.close()
    return findings, completions


class _Client:
    """As little of an editor as this needs."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "router.cli", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._last = 0
        self.ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self.send("initialized", {})

    def send(self, method: str, params: Any, number: int | None = None) -> None:
        """A notification, or with a number a request."""
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number else {})
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request."""
        self._last += 1
        self.send(method, params, self._last)
        while (message := self._received()).get("id") != self._last:
            pass
        return message

    def until_findings(self, uri: str) -> None:
        """Until findings about a file come."""
        while (message := self._received()).get("params", {}).get("uri") != uri:
            pass
        assert message["method"] == "textDocument/publishDiagnostics"

    def _received(self) -> dict[str, Any]:
        stream = self._process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(stream.read(length))
        return message

    def close(self) -> None:
        """End the server."""
        self.ask("shutdown", None)
        self.send("exit", None)
        self._process.wait(10)


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
