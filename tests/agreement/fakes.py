"""The systems beside the PBX, over HTTP: what a script's `given: lookups` says they answer, and the authors' webhooks.

A flow's own addresses lead here: `https://crm.example/who` becomes `http://127.0.0.1:PORT/https/crm.example/who`. The methods of
the API that are no commands are asked here, too. Replies are given in the order in which they were prepared.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from router.engine.effects import StartLookup
from router.engine.state import LookupFinished

EVERYWHERE: Final = re.compile(rb"\b(https?)://")
Reply = tuple[int, Any]


class Fakes:
    """All of them."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/"
        self.replies: deque[Reply] = deque()
        self.asked: list[str] = []  # paths, in order
        self.extensions: list[str] = []  # of the PBX's employees; their ids are the same

    def within(self, content: bytes) -> bytes:
        """A file of a bundle with its addresses led here."""
        return EVERYWHERE.sub(rb"%s\1/" % self.base.encode(), content)

    def there(self, url: str) -> str:
        """An address as the author wrote it."""
        return url.replace(f"{self.base}https/", "https://").replace(f"{self.base}http/", "http://")

    def answer(self, path: str, headers: Mapping[str, str]) -> Reply:
        """What a request gets."""
        self.asked.append(path)
        if "X-IVR-Delivery" in headers:
            return 200, {}
        if path.endswith("config/users/request"):
            rows = [{"general": {"user_id": one}, "telephony": {"extension": one}} for one in self.extensions]
            return 200, {"users": rows}
        if path.endswith("ab/custom_field/list"):
            return 200, {"data": []}
        return self.replies.popleft() if self.replies else (500, {"error": "nobody asks for that in this test"})


def reply_to(request: StartLookup, finished: LookupFinished) -> Reply:
    """The reply that makes a lookup end so."""
    if finished.state == "failed":
        return 500, {"error": "down"}
    if request.kind == "contact":
        return 200, {"data": [_contact(request, finished.outputs)] if finished.state == "found" else []}
    if finished.state == "not_found":
        return (200, {}) if request.kind == "visitor" else (404, {})
    tree: dict[str, Any] = {}
    for name, _, path in request.outputs:
        if name in finished.outputs:
            _put(tree, path.split("."), finished.outputs[name])
    return 200, tree if request.kind != "visitor" else {"data": {}} | tree


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part.strip('"'), {})
    tree[path[-1].strip('"')] = value


def _contact(request: StartLookup, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the address book (§3.7.3.1) from which the paths of `runtime.lookups.contacts` lead to these outputs."""
    contact: dict[str, Any] = {"contact_id": 1, "phones": [{"phone": request.arguments["number"]}], "custom_values": []}
    for name, _, path in request.outputs:
        if name not in outputs:
            continue
        value = outputs[name]
        head, _, rest = path.partition(".")
        match head:
            case "id":
                contact["contact_id"] = value
            case "org":
                contact["org"] = {"org_name": value}
            case "email":
                contact["emails"] = [{"email": value}]
            case "manager":
                contact["user_id"] = value
            case "position":
                contact["office"] = value
            case "fields":
                contact["custom_values"].append({"custom_field_id": rest.strip('"'), "text": value})
            case "phones":
                contact["phones"].append({"phone": value})
            case _:
                contact[head] = value
    return contact


@contextmanager
def fakes() -> Iterator[Fakes]:
    """Serving on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, tree = served.answer(self.path.partition("?")[0], dict(self.headers))
            body = json.dumps(tree).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  # names of the library

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Fakes(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
