"""Looks at a bundle that was sent, in a process of its own: nothing of a stranger's archive is unpacked, parsed or
replayed in a worker that serves calls.
"""

from contextlib import closing
from datetime import UTC, datetime
from typing import Final

import msgspec

from router.bootstrap.process_setup import open_store_from_environment
from router.bootstrap.replayed_calls import compared
from router.errors import ArchiveInvalid, BundleRefused
from router.files.archive import read_archive
from router.files.builder import be_child
from router.flow.load_cache import LoadCache
from router.flow.loader import load
from router.flow.model import Bundle
from router.history.comparison_text import explained, problem_of
from router.runtime.versions.publish import build
from router.runtime.versions.upload import Examined, Gate, Upload
from router.simulator.checked import check_bundle, check_object

SHOWN_CALLS: Final = 3


def examine(upload: Upload, cache: LoadCache) -> Examined:
    """Everything that there is to say of it; `cache` has what is known of files that were sent before."""
    try:
        files = read_archive(upload.archive)
    except ArchiveInvalid as error:
        return Examined(invalid=error.message)
    except BundleRefused as refused:
        return Examined(unfit=refused.findings)
    replayed, problem = _pass(upload.gate, load(files, cache=cache).bundle) if upload.gate is not None else ("", "")
    if not upload.only_check:
        return Examined(files=files, built=build(files, cache), replayed=replayed, problem=problem)
    checked = check_bundle(files, datetime.now(UTC).astimezone().date(), cache=cache)
    told = msgspec.json.encode(check_object(checked.loaded.bundle, checked.findings))
    return Examined(told=told, replayed=replayed, problem=problem)


def _pass(gate: Gate, bundle: Bundle | None) -> tuple[str, str]:
    """(what the gate found, why it stays shut). A bundle with errors is refused for these."""
    if bundle is None:
        return "", ""
    with closing(open_store_from_environment()) as store:
        found = list(compared(store, bundle, gate.account, gate.since))
    return explained(found, bundle, SHOWN_CALLS), problem_of(found, gate.most_percent)


def answer(task: bytes, cache: LoadCache) -> Examined:
    """In the other process."""
    return examine(msgspec.msgpack.decode(task, type=Upload), cache)


if __name__ == "__main__":
    be_child(answer)
