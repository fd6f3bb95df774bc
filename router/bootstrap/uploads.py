"""Bundles that were sent to this process, looked at in a process of their own, few at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from router.errors import ArchiveInvalid, BundleRefused, TooBusy
from router.files.builder import ask, ask_child
from router.runtime.versions.upload import Examined, Replay, Replayed, Upload

REPLAYER: Final = "router.simulator.archive_replay"
EXAMINER: Final = "router.simulator.archive_check"  # lies above this package, and runs in the child alone
CHECK_SECONDS: Final = 120.0
REPLAY_SECONDS: Final = 600.0
PATIENCE_SECONDS: Final = 10.0  # for the turn
AGAIN_SECONDS: Final = 5

_turn = threading.BoundedSemaphore(1)  # a child may need as much memory as all of the worker


def examine(upload: Upload, idle_seconds: float | None) -> Examined:
    """What there is to say of a bundle. The process that does it stays `idle_seconds` for the next; one that replays
    calls, which takes minutes and the database, ends with that. Raises ArchiveInvalid, BundleRefused for members that
    no bundle may have, and TooBusy when others were being looked at for too long."""
    with _a_turn():
        task = msgspec.msgpack.encode(upload)
        if upload.gate is not None:
            examined = ask_child(EXAMINER, task, Examined, REPLAY_SECONDS)
        else:
            examined = ask(EXAMINER, task, Examined, CHECK_SECONDS, idle_seconds)
    if examined.invalid:
        raise ArchiveInvalid(examined.invalid)
    if examined.unfit:
        first = examined.unfit[0]
        raise BundleRefused(f"{first.mark.file}: {first.message}; nothing was published", examined.unfit)
    return examined


def replay(archive: bytes, account: str, since: float) -> bytes:
    """The account's calls since an instant under a bundle, as JSON. Raises BundleRefused for one with errors, and
    TooBusy."""
    task = msgspec.msgpack.encode(Replay(archive=archive, account=account, since=since))
    with _a_turn():
        replayed = ask_child(REPLAYER, task, Replayed, REPLAY_SECONDS)
    if replayed.findings:
        first = replayed.findings[0]
        raise BundleRefused(f"{first.mark.file}: {first.message}; nothing was replayed", replayed.findings)
    return replayed.told


@contextmanager
def _a_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=PATIENCE_SECONDS):
        raise TooBusy("another bundle is being checked here; try again", again=AGAIN_SECONDS)
    try:
        yield
    finally:
        _turn.release()
