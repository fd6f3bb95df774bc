"""A running emulator as its users see it: both faces, over HTTP, and a webhook that it posts to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import urllib3

from router.emulator.load import load_config
from router.emulator.serve import serving
from router.protocol.envelope import encode_form
from tests.emulator.stage import CALLER, CONFIG, KEY, LINE, QUIET, SALT
from tests.emulator.webhook import Webhook, listening

SPEED = 20.0  # the calls' time; the limits stay in ours


class Client:
    """Both faces of a running emulator."""

    def __init__(self, base: str, webhook: Webhook, http: urllib3.PoolManager) -> None:
        self.base = base
        self.webhook = webhook
        self._http = http

    def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        answer = self._http.request(method, f"{self.base}{path}", json=fields)
        found: dict[str, Any] = answer.json()
        return answer.status, found

    def command(self, path: str, **params: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = encode_form(KEY, SALT, {"command_id": "c1", **params})
        answer = self._http.request("POST", f"{self.base}{path}", body=body, headers=headers)
        found: dict[str, Any] = answer.json()
        return answer.status, found

    def dial(self) -> dict[str, Any]:
        status, call = self.ask("POST", "/emulator/calls", {"from": CALLER, "line": LINE})
        assert status == 200
        return call

    def look(self, call: dict[str, Any]) -> dict[str, Any]:
        return self.ask("GET", f"/emulator/calls/{call['id']}")[1]


@contextmanager
def running(speed: float = SPEED) -> Iterator[Client]:
    """The emulator of the stage, quiet, with time to spare."""
    config = replace(load_config(CONFIG), habits=QUIET)
    with (
        listening() as webhook,
        serving(config, api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook=webhook.url, speed=speed) as server,
        urllib3.PoolManager(retries=False, timeout=10.0) as http,
    ):
        yield Client(f"http://127.0.0.1:{server.port}", webhook, http)
