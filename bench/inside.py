"""The whole router in this process, without a server: events go in as the worker hands them over, in batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Flask

from bench.servers import RESOURCES, flow
from bench.traffic import KEY, SALT, Event
from router.bootstrap.process_setup import read_settings
from router.bootstrap.router import Router
from router.protocol.envelope import encode_form
from router.serving.requests import PlainRequest
from router.store import open_store
from router.web import FAST_PATH, create_app
from router.web.webhook import Webhook

FORM: Final = "application/x-www-form-urlencoded"
BATCH: Final = 8  # of events: what a busy worker finds waiting
CONFIGURATION: Final = """
database: {database}
durability: {durability}
accounts:
"""
ACCOUNT: Final = """
  - name: bench-{number}
    api_key: {key}-{number}
    api_salt: {salt}
    api_url: http://127.0.0.1:9/
    allowed_ips: any
    flows: {directory}/flows
"""


@dataclass(frozen=True, slots=True)
class Inside:
    """A router that is not started: nothing is sent, no timer fires."""

    router: Router
    webhook: Webhook
    app: Flask

    def answer(self, requests: Sequence[PlainRequest]) -> list[int]:
        """The statuses of one batch's answers."""
        return [status for status, _ in self.webhook.answer_all(requests)]


@contextmanager
def router_inside(
    directory: Path,
    *,
    durability: str = "full",
    accounts: int = 1,
    more_steps: int = 0,
    database: str = "",
    text: str = "",
) -> Iterator[Inside]:
    """With its bundle published for each account, the benchmark's unless a flow's `text` is given; `directory` is made,
    and has the database if no other is named."""
    flows = directory / "flows"
    flows.mkdir(parents=True, exist_ok=True)
    (flows / "main.yaml").write_text(text or flow(commands=False, more_steps=more_steps), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    config = directory / "ivr.yaml"
    each = [ACCOUNT.format(number=number, key=KEY, salt=SALT, directory=directory) for number in range(accounts)]
    url = database or f"sqlite:///{directory}/ivr.db"
    text = CONFIGURATION.format(database=url, durability=durability) + "".join(each)
    config.write_text(text, encoding="utf-8")
    settings = read_settings({"IVR_CONFIG": str(config), "IVR_WATCH": "0"})
    store = open_store(settings.database, durability=settings.durability)
    router = Router(settings, store, starts_itself=False)
    router.versions.follow()
    app = create_app(router)
    try:
        yield Inside(router, app.extensions[FAST_PATH], app)
    finally:
        router.store.close()


def posted(event: Event, account: int = 0) -> PlainRequest:
    """An event as the worker hands it over."""
    path, payload = event
    body = encode_form(f"{KEY}-{account}", SALT, payload)
    return PlainRequest(path=f"/{path}", content_type=FORM, forwarded_for="", peer="127.0.0.1", keeps=True, body=body)
