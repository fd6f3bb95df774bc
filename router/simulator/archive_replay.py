"""Plays recorded calls under a bundle that was sent, in a process of its own."""

from contextlib import closing

import msgspec

from router.bootstrap.process_setup import open_store_from_environment
from router.bootstrap.replayed_calls import compared
from router.files.archive import read_archive
from router.files.builder import be_child
from router.flow.loader import load
from router.history.comparison import summed
from router.history.comparison_text import as_object
from router.runtime.versions.upload import Replay, Replayed


def replay(asked: Replay) -> Replayed:
    """Every call that can be compared, and what differs."""
    loaded = load(read_archive(asked.archive))
    if loaded.bundle is None:
        return Replayed(findings=tuple(one for one in loaded.findings if one.severity == "error"))
    with closing(open_store_from_environment()) as store:
        found = list(compared(store, loaded.bundle, asked.account, asked.since))
    return Replayed(told=msgspec.json.encode(as_object(summed(found), found, loaded.bundle)))


if __name__ == "__main__":
    be_child(lambda task, _: replay(msgspec.msgpack.decode(task, type=Replay)))
