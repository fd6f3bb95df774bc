"""What is large of a version is kept in parts: once in the database, and once in a process."""

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.bootstrap.versions import Versions
from router.config.settings import load_settings
from router.files.bundle import pack, stored_files, unpack
from router.files.part_files import MappedParts
from router.flow.bundle_image import open_image, pack_image
from router.flow.image_parts import PIECE_BYTES, Opened
from router.flow.loader import load
from router.runtime.ports import Store
from router.runtime.versions.adoption import adopt_versions, without_image
from router.runtime.versions.file_manifest import is_manifest
from router.runtime.versions.publish import Publisher
from router.runtime.versions.version_bundles import VersionBundles
from router.runtime.versions.version_opener import LARGE_BYTES, VersionOpener, give_notice
from tests.runtime.living import ENVIRON
from tests.stores import MemoryStore, SqliteStore

ROWS = 20_000
NUMBERS = "".join(f"7900{number:07d}\n" for number in range(0, 7 * ROWS, 7)).encode()
TABLE = "number,name\n" + "".join(f"7900{number:07d},Client {number}\n" for number in range(0, 7 * ROWS, 7))
RESOURCES = b"lists: {vip: {file: vip.txt}}\ntables: {clients: {file: clients.csv, key: number}}\n"
FLOW = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps:\n  bye: hangup\n  more_{}: hangup\n"
ACCOUNT = "main"


def files(edition: int = 0, *, table: str = TABLE) -> dict[str, bytes]:
    texts = {"vip.txt": NUMBERS, "clients.csv": table.encode(), "resources.yaml": RESOURCES}
    return {"main.yaml": FLOW.format(edition).encode(), **texts}


def parts_of(store: MemoryStore | SqliteStore) -> set[str]:
    """All that the database has."""
    with store.transaction() as tx:
        return {part for (part,) in tx._session._execute("SELECT part FROM parts").fetchall()}  # type: ignore[attr-defined]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def bundle_of(store: Store, version: str) -> Any:
    return VersionBundles(store, unpack).get(ACCOUNT, version)


def test_what_did_not_change_is_stored_once(store: MemoryStore) -> None:
    publisher = Publisher(store, pack)
    publisher.publish(ACCOUNT, files(1))
    first = parts_of(store)
    assert len(first) >= 4, "the files of list and table, and both as they are opened"
    publisher.publish(ACCOUNT, files(2))
    assert parts_of(store) == first


def test_a_version_in_parts_is_the_bundle_that_was_published(store: MemoryStore) -> None:
    version = Publisher(store, pack).publish(ACCOUNT, files()).version
    loaded, opened = load(files()).bundle, bundle_of(store, version)
    assert loaded is not None
    assert isinstance(opened.lists, Opened)
    assert pack_image(opened) == pack_image(loaded)
    assert "79000000007" in opened.lists["vip"]
    assert "79000000008" not in opened.lists["vip"]
    assert opened.tables["clients"].rows["79000000007"] == {"number": "79000000007", "name": "Client 7"}
    assert opened.tables["clients"].rows.get("79000000008") is None
    assert list(opened.lists) == list(loaded.lists)
    assert stored_files(store, ACCOUNT, version) == files()


def test_many_small_steps_are_a_part_together(store: MemoryStore) -> None:
    steps = "".join(f"  s{number}: {{wait: {{for: 1s, next: bye}}}}\n" for number in range(2000))
    large = {"main.yaml": FLOW.format(0).encode() + steps.encode(), "other.yaml": FLOW.format(0).replace(
        "flow: main\nfor: any", 'flow: other\nfor: {lines: ["74950000000"]}').encode()}  # fmt: skip
    version = Publisher(store, pack).publish(ACCOUNT, large).version
    opened, loaded = bundle_of(store, version), load(large).bundle
    assert loaded is not None
    assert list(opened.flows["main"].steps) == list(loaded.flows["main"].steps)
    assert opened.flows["main"].steps["s7"].settings == loaded.flows["main"].steps["s7"].settings
    assert pack_image(opened) == pack_image(loaded)


def test_versions_share_what_they_have_in_common(store: MemoryStore) -> None:
    publisher, bundles = Publisher(store, pack), VersionBundles(store, unpack)
    first, second = (bundles.get(ACCOUNT, publisher.publish(ACCOUNT, files(n)).version) for n in (1, 2))
    assert first is not None
    assert second is not None
    assert first is not second
    assert first.lists["vip"] is second.lists["vip"]
    assert first.tables["clients"] is second.tables["clients"]


def test_an_image_without_its_parts_is_not_opened() -> None:
    loaded, parts = load(files()).bundle, dict[str, bytes]()
    assert loaded is not None
    image = pack_image(loaded, parts)
    assert len(parts) == 2
    assert len(image) < 2000
    assert open_image(image) is None


def test_a_version_whose_image_lost_a_part_is_read_from_its_files(store: MemoryStore) -> None:
    version = Publisher(store, pack).publish(ACCOUNT, files()).version
    image_parts = dict[str, bytes]()
    loaded = load(files()).bundle
    assert loaded is not None
    pack_image(loaded, image_parts)
    with store.transaction() as tx:
        tx._session._execute("DELETE FROM parts WHERE part = ?", (max(image_parts),))  # type: ignore[attr-defined]
        tx._session._execute("DELETE FROM parts WHERE part = ?", (min(image_parts),))  # type: ignore[attr-defined]
    opened = bundle_of(store, version)
    assert opened is not None
    assert "79000000007" in opened.lists["vip"]


@contextmanager
def watched(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many bytes each transaction writes into parts."""
    written: list[int] = []
    whole = store.transaction

    @contextmanager
    def counted(patience_seconds: float | None = None) -> Iterator[Any]:
        with whole(patience_seconds) as tx:
            store_part, bytes_of = tx.store_part, [0]

            def count(account: str, part: str, content: bytes) -> None:
                bytes_of[0] += len(zlib.decompress(content))
                store_part(account, part, content)

            tx.store_part = count  # type: ignore[method-assign]
            yield tx
        written.append(bytes_of[0])

    monkeypatch.setattr(store, "transaction", counted)
    yield written


def test_no_transaction_writes_more_than_a_piece(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    large = files(table=TABLE + "".join(f"x{number},{'name' * 20}\n" for number in range(20_000)))
    with watched(store, monkeypatch) as written:
        version = Publisher(store, pack).publish(ACCOUNT, large).version
    assert sum(written) > 2 * PIECE_BYTES
    assert max(written) <= PIECE_BYTES
    assert written[-2:] == [0, 0], "the version's row, and what makes it active, come last"
    assert stored_files(store, ACCOUNT, version) == large
    assert len(bundle_of(store, version).tables["clients"].rows) == 2 * ROWS


def test_parts_that_no_version_needs_go(store: MemoryStore) -> None:
    publisher = Publisher(store, pack)
    first = publisher.publish(ACCOUNT, files(1)).version
    of_both = parts_of(store)
    second = publisher.publish(ACCOUNT, files(2, table=TABLE.replace("Client 7\n", "Klient 7\n"))).version
    with store.transaction() as tx:
        assert tx.forget_parts(ACCOUNT, tx.now + 1, 100) == 0
        tx.forget_version(ACCOUNT, first)
        assert tx.forget_parts(ACCOUNT, tx.now - 1000, 100) == 0, "they are too young"
        assert tx.forget_parts("other", tx.now + 1, 100) == 0
        gone = 0
        while count := tx.forget_parts(ACCOUNT, tx.now + 1, 1):
            gone += count
    assert gone == 2, "the file of the table, and the table"
    assert len(parts_of(store) & of_both) == len(of_both) - 2
    assert stored_files(store, ACCOUNT, second) is not None
    assert bundle_of(store, second).tables["clients"].rows["79000000007"]["name"] == "Klient 7"


def test_parts_that_go_while_a_version_is_stored_are_stored_again(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, whole, forgets = Publisher(store, pack), store.transaction, [True]

    @contextmanager
    def forgetful(patience_seconds: float | None = None) -> Iterator[Any]:
        with whole(patience_seconds) as tx:
            known = tx.known_parts

            def after_a_purge(account: str, parts: Any) -> set[str]:
                if forgets:
                    forgets.clear()
                    tx.forget_parts(account, tx.now + 1, 1)
                return known(account, parts)

            tx.known_parts = after_a_purge  # type: ignore[method-assign]
            yield tx

    monkeypatch.setattr(store, "transaction", forgetful)
    version = publisher.publish(ACCOUNT, files()).version
    assert not forgets
    assert stored_files(store, ACCOUNT, version) == files()


# of an older program


def as_an_older_program(content: dict[str, bytes]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(sorted(content.items())), level=6)


def test_versions_of_an_older_program_become_parts(store: MemoryStore) -> None:
    with store.transaction() as tx:
        for version, content in (("v1", files(1)), ("v2", files(2)), ("small", {"main.yaml": b"flow: main\n"})):
            tx.store_version(ACCOUNT, version, as_an_older_program(content), activate=False, image=b"of that program")
    assert adopt_versions(store, unpack, pack, threading.Event()) == 2
    assert is_manifest(store.version_content(ACCOUNT, "v1") or b"")
    assert stored_files(store, ACCOUNT, "v1") == files(1)
    assert stored_files(store, ACCOUNT, "v2") == files(2)
    assert stored_files(store, ACCOUNT, "small") == {"main.yaml": b"flow: main\n"}
    assert (store.version_image(ACCOUNT, "v1"), store.version_image(ACCOUNT, "small")) == (b"", b"of that program")
    assert len(parts_of(store)) == 2
    assert adopt_versions(store, unpack, pack, threading.Event()) == 0


def test_what_cannot_be_read_of_an_older_program_stays(store: MemoryStore) -> None:
    damaged = as_an_older_program(files(1))[:-500]
    with store.transaction() as tx:
        tx.store_version(ACCOUNT, "v1", damaged, activate=False)
    assert adopt_versions(store, unpack, pack, threading.Event()) == 0
    assert store.version_content(ACCOUNT, "v1") == damaged


def test_publishing_what_an_older_program_stored_makes_it_a_list(store: MemoryStore) -> None:
    publisher = Publisher(store, pack)
    version = load(files()).bundle.version  # type: ignore[union-attr]
    with store.transaction() as tx:
        tx.store_version(ACCOUNT, version, as_an_older_program(files()), activate=True, image=b"of that program")
    done, _ = publisher.publish_new(ACCOUNT, files())
    assert (done.version, done.changed) == (version, False)
    assert store.version_of(ACCOUNT, pack(files())) == version
    assert "79000000007" in bundle_of(store, version).lists["vip"]


def test_what_callers_get_has_an_image_made_anew(store: MemoryStore, tmp_path: Path) -> None:
    """A version that was rolled back to stands in no directory."""
    version = load(files()).bundle.version  # type: ignore[union-attr]
    with store.transaction() as tx:
        tx.store_version("default", version, as_an_older_program(files()), activate=True, image=b"of that program")
        tx.store_version("default", "v2", as_an_older_program(files(2)), activate=False, image=b"of that program")
    assert without_image(store) == [("default", version)]
    settings = load_settings({**ENVIRON, "IVR_FLOWS": str(tmp_path)}, None, lambda path: path)
    Versions(store, settings.accounts).adopt(threading.Event())
    assert without_image(store) == []
    assert store.version_image("default", "v2") == b""
    opened = VersionBundles(store, unpack).get("default", version)
    assert opened is not None
    assert "79000000007" in opened.lists["vip"]


# in files, for all workers


def test_workers_map_what_one_of_them_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(str(tmp_path / "ivr.db"))
    monkeypatch.setattr("router.runtime.versions.opened_parts.ON_DISK_BYTES", 1)
    version = Publisher(store, pack).publish(ACCOUNT, files()).version
    first = VersionBundles(store, unpack, MappedParts(tmp_path / "parts")).get(ACCOUNT, version)
    assert first is not None
    monkeypatch.setattr(store, "parts", lambda account, parts: 1 / 0)
    second = VersionBundles(store, unpack, MappedParts(tmp_path / "parts")).get(ACCOUNT, version)
    assert second is not None
    assert pack_image(second) == pack_image(first)
    assert "79000000007" in second.lists["vip"]
    assert len(list((tmp_path / "parts").iterdir())) == 2


# before it is active


class Noted:
    """Bundles, as one that opens them is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def get(self, account: str, version: str) -> None:
        self.asked.append((account, version))


def test_what_is_stored_is_opened_elsewhere_before_it_is_active(store: MemoryStore) -> None:
    elsewhere = Noted()
    opener = VersionOpener(store, elsewhere)
    opener.look()
    active: list[str | None] = []

    def stored(account: str, version: str, new_bytes: int) -> None:
        assert new_bytes >= LARGE_BYTES
        assert opener.look() == 1
        active.append(store.serving(account).active)

    version = Publisher(store, pack, stored=stored).publish(ACCOUNT, files()).version
    assert elsewhere.asked == [(ACCOUNT, version)]
    assert active == [None]
    assert opener.look() == 0, "it is active now"


@pytest.mark.parametrize(("new_bytes", "waits"), [(0, 0), (LARGE_BYTES - 1, 0), (LARGE_BYTES, 1)])
def test_notice_is_given_of_what_takes_a_moment(new_bytes: int, waits: int) -> None:
    waited: list[float] = []
    give_notice(new_bytes, waited.append)
    assert len(waited) == waits
