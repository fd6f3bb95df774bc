"""An editor that knows the protocol and nothing of the server: JSON-RPC over the server's stdio, as the specification has
it (`Content-Length` heads, UTF-16 places)."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 30.0
PROJECT = Path(__file__).parents[2]


class Editor:
    """One editor with one server."""

    def __init__(self, root: Path, *options: str) -> None:
        self.folder = root
        self.root = root  # of the bundle
        self._process = subprocess.Popen(
            [sys.executable, "-m", "router.cli", "lsp", "--stdio", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        self._incoming: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._last = 0
        self._versions: dict[str, int] = {}
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.said: list[dict[str, Any]] = []  # notifications other than diagnostics
        self.asked: list[dict[str, Any]] = []  # requests of the server
        folder = {"uri": root.as_uri(), "name": "bundle"}
        self.capabilities = self.ask(
            "initialize",
            {"processId": os.getpid(), "rootUri": root.as_uri(), "workspaceFolders": [folder], "capabilities": {}},
        )["capabilities"]
        self.tell("initialized", {})

    def close(self) -> int:
        """Shut it down as the protocol says; its exit code."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        code = self._process.wait(SECONDS)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._reader.join(SECONDS)
        self._process.stdout.close()
        return code

    def kill(self) -> None:
        """After a test that failed."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    # the wire

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            self._incoming.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def tell(self, method: str, params: Any) -> None:
        """A notification."""
        self._send({"method": method, "params": params} if params is not None else {"method": method})

    def ask(self, method: str, params: Any) -> Any:
        """A request's result; AssertionError with the message when it was refused."""
        answer = self.ask_all(method, params)
        assert "error" not in answer, answer["error"]["message"]
        return answer["result"]

    def ask_all(self, method: str, params: Any) -> dict[str, Any]:
        """The whole answer."""
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, **({"params": params} if params is not None else {})})
        while True:
            message = self._incoming.get(timeout=SECONDS)
            if message.get("id") == number and "method" not in message:
                return message
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:
            self.asked.append(message)
            self._send({"id": message["id"], "result": {"applied": True}})
        else:
            self.said.append(message)

    def until_told(self, uri: str) -> list[dict[str, Any]]:
        """The next findings about a file."""
        self.diagnostics.pop(uri, None)
        while uri not in self.diagnostics:
            self._take(self._incoming.get(timeout=SECONDS))
        return self.diagnostics[uri]

    # files

    def uri(self, name: str) -> str:
        """Of a file of the bundle."""
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> str:
        """Show a file."""
        uri = self.uri(name)
        shown = (self.root / name).read_text(encoding="utf-8") if text is None else text
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": shown}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def write(self, uri: str, text: str, span: dict[str, Any] | None = None) -> None:
        """Type over a part of it, or over all of it."""
        self._versions[uri] += 1
        change = {"text": text} | ({"range": span} if span is not None else {})
        document = {"uri": uri, "version": self._versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def at(self, uri: str, line: int, character: int) -> dict[str, Any]:
        """The parameters of a question about a place (from 0)."""
        return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


@contextmanager
def editor(root: Path, *options: str) -> Iterator[Editor]:
    """An editor whose server, started with these options in its folder, ends in good order."""
    opened = Editor(root, *options)
    try:
        yield opened
        assert opened.close() == 0
    finally:
        opened.kill()


def place_of(text: str, words: str, within: int = 0, *, nth: int = 0) -> tuple[int, int]:
    """(line, UTF-16 character) of the character `within` of the nth occurrence of some words."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    before = text[: at + within]
    line = before.count("\n")
    return line, len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits of the protocol."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(place: dict[str, int]) -> int:
        start = starts[place["line"]]
        units = text[start:].encode("utf-16-le")[: 2 * place["character"]]
        return start + len(units.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        begin, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text
