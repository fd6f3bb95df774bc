"""A router that only remembers what the web layer asks of it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

import msgspec

from router.config.settings import Settings, load_settings
from router.engine.state import Call
from router.errors import BundleRefused, StoreUnavailable
from router.files.bundle import pack
from router.flow.findings import Finding
from router.flow.model import Mark
from router.history.call_pages import WHOLE, Page
from router.history.call_view import view
from router.history.journal import CommandRow
from router.protocol.events import Event
from router.protocol.sign import sign
from router.runtime.administration.audit import THE_ROUTER, Actor
from router.runtime.intake.ingest import Notification
from router.runtime.limits.limiter import Limits
from router.runtime.monitoring.heartbeats import Heartbeats
from router.runtime.monitoring.metrics import name_accounts
from router.runtime.ports import Reading
from router.runtime.records import Activation, Origin, Token
from router.runtime.versions.publication import Lost, Publication
from router.runtime.versions.upload import Examined, Upload
from router.store.encoding import version_item
from tests.stores import MemoryStore

KEY, SALT = "wire-key", "wire-salt"
URLENCODED = "application/x-www-form-urlencoded"
FINDING = Finding(
    code="F102",
    severity="error",
    message="`a` stands already in line 6",
    mark=Mark(file="main.yaml", line=12, column=15),
    excerpt="  a: hangup",
    length=1,
)


def settings(**environ: str) -> Settings:
    base = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "MANGO_ALLOWED_IPS": "any"}
    return load_settings({**base, **environ}, None, lambda path: path)


def signed(json_text: str, *, key: str = KEY, salt: str = SALT) -> bytes:
    return urlencode({"vpbx_api_key": key, "sign": sign(key, json_text, salt), "json": json_text}).encode()


class FakeIngest:
    """Answers "stored", unless told what else to do."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str, Event, str, str]] = []
        self.digests: list[bytes] = []
        self.odd: list[tuple[str, ...]] = []
        self.does: Callable[[], str] = lambda: "stored"

    def accept_all(self, notifications: Sequence[Notification]) -> list[str | Exception]:
        return [self._accept(notification) for notification in notifications]

    def _accept(self, one: Notification) -> str | Exception:
        self.accepted.append((one.account, one.path, one.event, one.body, one.dedupe))
        self.digests.append(one.digest)
        self.odd.append(one.odd)
        try:
            return self.does()
        except Exception as error:
            return error

    def standing(self) -> tuple[int, int]:
        return 7, 1


class FakeStore:
    """The reads of a Store that the web layer uses."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.rows: list[dict[str, Any]] = []
        self.is_down = False
        self.memory = MemoryStore(lambda: 1558422129.0)
        with self.memory.transaction() as transaction:
            transaction.take_slot("default", "route", "k1/1", 1558422130.0)

    def now(self) -> float:
        return 1558422129.0

    def snapshot(self) -> AbstractContextManager[Reading]:
        return self.memory.snapshot()

    def calls(self, account: str | None, filters: dict[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        self.asked.append((account, filters, limit, after))
        if after == "nonsense":
            raise ValueError("the cursor is not one of ours")
        return self.rows[:limit]

    def commands(self, account: str | None, *, state: str | None = None, limit: int = 200) -> list[CommandRow]:
        self.asked.append((account, state, limit))
        row = CommandRow(
            command_id="k1", account="default", entry_id="e1", call_id="c1", command="route",
            params={"command_id": "k1"}, label="group sales", state="confirmed", queued=1558422128.0,
            sent=1558422129.5, confirmed=1558422130.0, code=1000,
        )  # fmt: skip
        return [row]

    def all_versions(self) -> dict[str, list[dict[str, Any]]]:
        return {"default": self.versions("default")}

    def versions(self, account: str) -> list[dict[str, Any]]:
        return [
            {
                "version": "v1",
                "created": 1558422128.0,
                "activated": None,
                "state": "retired",
                "live_calls": 0,
                "note": "",
                **dict.fromkeys(("author", "commit", "message", "source"), ""),
            }
        ]

    def version_content(self, account: str, version: str) -> bytes | None:
        return pack({"main.yaml": b"flow: main\n"}) if version == "v1" else None

    def has_users(self) -> bool:
        return False

    def queue_depths(self) -> dict[tuple[str, str], int]:
        if self.is_down:
            raise StoreUnavailable("no database")
        return {("default", "route"): 2, ("b", "route"): 3}

    def live_calls(self) -> dict[tuple[str, str], int]:
        return {("default", "main"): 7}

    def active_versions(self) -> dict[str, Activation]:
        return {"default": Activation(version="v1", activated=1558422129.0)}

    def token_by_digest(self, digest: bytes) -> Token | None:
        return self.memory.token_by_digest(digest)

    def deliveries(self, account: str | None, *, state: str, limit: int) -> tuple[list[CommandRow], None]:
        return [], None

    def last_events(self, limit: int) -> dict[str, float]:
        return {}


class FakeParts:
    """RouterParts, for tests."""

    def __init__(self, found: Settings | None = None) -> None:
        self.settings: Any = found or settings()
        name_accounts(account.name for account in self.settings.accounts)
        self.limits = {account.name: Limits.of_account(account) for account in self.settings.accounts}
        self.ingest = FakeIngest()
        self.store: Any = FakeStore()
        self.readiness = ("ready", "")
        self.heartbeats = Heartbeats()
        self.viewed: list[tuple[str, str | None]] = []
        self.versions = FakeVersions()

    def ready(self) -> tuple[str, str]:
        return self.readiness

    def takes_writes(self) -> bool:
        return not self.store.is_down

    def disk_room(self) -> dict[str, tuple[int, int]]:
        return {"spool": (5, 10)}

    def view(self, entry_id: str, account: str | None = None, page: Page = WHOLE) -> dict[str, Any] | None:
        self.viewed.append((entry_id, account))
        call = Call(account="default", entry_id=entry_id, token="t", started=1558422128.0)
        return None if entry_id == "unknown" else view(call, (), ())


class FakeVersions:
    """Versions, for tests."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.is_refused = False
        self.is_drifted = False

    def publish(
        self, account: str, directory: str, share: float = 1.0, by: Actor = THE_ROUTER, origin: Origin | None = None
    ) -> dict[str, Any]:
        if self.is_refused:
            raise BundleRefused("the bundle has 1 error", [FINDING])
        self.published.append((account, directory))
        return published("v2")

    def examine(self, upload: Upload) -> Examined:
        told = {"errors": 0, "warnings": 0, "version": "v2", "flows": ["main"], "steps": 1, "findings": []}
        return Examined(told=msgspec.json.encode(told))

    def publish_examined(
        self, account: str, examined: Examined, share: float = 1.0, by: Actor = THE_ROUTER, origin: Origin | None = None
    ) -> dict[str, Any]:
        return published("v2")

    def activate(self, account: str, version: str, share: float = 1.0, by: Actor = THE_ROUTER) -> dict[str, Any] | None:
        return published(version) if version == "v1" else None

    def bundle(self, account: str, version: str) -> None:
        return None

    def flows(self, account: str, version: str) -> list[str]:
        return ["main", "night"]

    def calendar_years(self, account: str, version: str) -> dict[str, int]:
        return {"RU": 2026}

    def has_drifted(self, account: str) -> bool:
        return self.is_drifted


def published(version: str) -> dict[str, Any]:
    """What a publication answers."""
    row = version_item(version, 1558422128.0, 1558422128.0, True, False, 0, "")
    return row | Publication(version=version).as_object(Lost())
