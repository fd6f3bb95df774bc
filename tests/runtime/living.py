"""A router over memory with callers: real ingestion of what a pretend PBX reports, and no thread."""

import time
from pathlib import Path

import msgspec

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.engine.state import Call
from router.runtime.ports import Store
from router.simulator.scripted_pbx import ScriptedPbx
from tests.runtime.recording import wire
from tests.stores import MemoryStore

ENVIRON = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}
FIRST = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"
SECOND = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: release}\n"

WATCHED: list[list[tuple[Store, str]]] = []
"""Where the stores of routers are noted, with their account's salt (`conftest`)."""


def living_router(file: str | None = None, **environ: str) -> Router:
    """`file` is the text of a settings file, for what the environment cannot say."""
    settings = load_settings({**(ENVIRON if file is None else {"IVR_WATCH": "0"}), **environ}, file, lambda path: path)
    store = MemoryStore()
    for stores in WATCHED[-1:]:
        stores.append((store, environ.get("MANGO_API_SALT", ENVIRON["MANGO_API_SALT"])))
    return Router(settings, store, starts_itself=False)


def publish(router: Router, text: str, share: float = 1.0) -> str:
    return str(router.versions.publish_files("default", {"main.yaml": text.encode()}, share)["version"])


def write_bundle(directory: Path, text: str) -> None:
    directory.mkdir(exist_ok=True)
    (directory / "main.yaml").write_text(text, encoding="utf-8")


def ring(router: Router, entry_id: str, caller: str = "79000000000") -> Call:
    """A new caller comes in; the call as it is then."""
    pbx = ScriptedPbx(entry_id=entry_id, caller=caller, line="74950000001", location="ivr", dct=("", 0))
    for event in pbx.ring_in(time.time()):
        kind, key, body = wire(event)
        encoded = msgspec.json.encode(body).decode()
        router.ingest.accept("default", f"events/{kind}", event, encoded, f"{entry_id}:{key}", key.encode())
    call = router.store.call("default", entry_id)
    assert call is not None
    return call
