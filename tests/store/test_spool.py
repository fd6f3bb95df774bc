"""Events on disk: none is lost, none overtakes, and what is broken stops nobody."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from router.errors import SpoolUnavailable
from router.store import spool as module
from router.store import spool_reader
from router.store.spool import DiskSpool
from router.store.spool_reader import OPEN, SET_ASIDE, WAITING, set_aside_in

RECORDS = [b"first", b"", b"third" * 100, bytes(range(256)) * 40]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(place: Path) -> DiskSpool:
    return DiskSpool(place)


class Taker:
    """Takes what it is handed, until it is told that the database is away again."""

    def __init__(self, refuses: Sequence[bytes] = ()) -> None:
        self.taken: list[bytes] = []
        self.refuses = refuses
        self.patience: int | None = None  # how many more batches are taken

    def __call__(self, records: Sequence[bytes]) -> Sequence[bytes]:
        if self.patience is not None:
            self.patience -= 1
            if self.patience < 0:
                raise ConnectionError("away")
        self.taken.extend(record for record in records if record not in self.refuses)
        return [record for record in records if record in self.refuses]


def drained(spool: DiskSpool) -> list[bytes]:
    taker = Taker()
    spool.drain(taker)
    return taker.taken


def files(place: Path) -> list[str]:
    """What is there besides the locks."""
    return sorted(
        str(path.relative_to(place)) for path in place.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size`, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_records_come_out_in_order_and_once(spool: DiskSpool, place: Path) -> None:
    assert spool.is_empty()
    for record in RECORDS:
        spool.append([record])
    assert not spool.is_empty()
    assert spool.waiting() == len(RECORDS)
    assert drained(spool) == RECORDS
    assert spool.is_empty()
    assert spool.waiting() == 0
    assert drained(spool) == []
    assert files(place) == []


def test_another_process_sees_what_waits(spool: DiskSpool, place: Path) -> None:
    other = DiskSpool(place)
    spool.append([b"x"])
    assert not other.is_empty()
    assert drained(other) == [b"x"]
    assert spool.is_empty()


def test_what_a_crash_left_waits_after_the_start(spool: DiskSpool, place: Path) -> None:
    spool.append([b"x"])
    assert not DiskSpool(place).is_empty()


def test_many_records_come_in_order(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_reader, "BATCH", 7)
    records = [f"record {number}".encode() for number in range(300)]
    for first in range(0, 300, 5):
        spool.append(records[first : first + 5])
    assert drained(spool) == records


def test_who_fails_half_way_loses_nothing(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_reader, "BATCH", 2)
    records = [bytes([65 + number]) for number in range(7)]
    for record in records:
        spool.append([record])
    taker = Taker()
    taker.patience = 2
    with pytest.raises(ConnectionError):
        spool.drain(taker)
    assert taker.taken == records[:4]
    spool.append([b"later"])
    assert not spool.is_empty()
    assert drained(spool) == [*records[4:], b"later"]


def test_what_comes_while_draining_is_taken_in_the_same_go(spool: DiskSpool) -> None:
    spool.append([b"a"])
    taker = Taker()

    def take(records: Sequence[bytes]) -> Sequence[bytes]:
        if b"a" in records:
            spool.append([b"b"])
        return taker(records)

    spool.drain(take)
    assert taker.taken == [b"a", b"b"]
    assert spool.is_empty()


def test_two_never_drain_at_once(spool: DiskSpool, place: Path) -> None:
    spool.append([b"a"])

    def take(records: Sequence[bytes]) -> Sequence[bytes]:
        other = Taker()
        DiskSpool(place).drain(other)
        assert other.taken == []
        return []

    spool.drain(take)


def test_only_the_user_may_read_what_is_made(place: Path) -> None:
    before = os.umask(0)
    try:
        DiskSpool(place).append([b"x"])
    finally:
        os.umask(before)
    for path in (place, *place.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_cannot_be_taken_is_set_aside_and_can_be_moved_back(spool: DiskSpool, place: Path) -> None:
    for record in (b"good", b"poison", b"fine"):
        spool.append([record])
    taker = Taker(refuses=[b"poison"])
    spool.drain(taker)
    assert taker.taken == [b"good", b"fine"]
    assert spool.is_empty()
    assert spool.set_aside() == 1
    (aside,) = (place / SET_ASIDE).glob("*.db")
    aside.rename(place / aside.name)
    assert not DiskSpool(place).is_empty()
    assert b"poison" in drained(spool)
    assert spool.set_aside() == 0


def own_file(place: Path) -> Path:
    """What the one process of a test writes to."""
    (found,) = (place / WAITING / OPEN).glob("*.db")
    return found


def wal_of(path: Path) -> Path:
    return Path(f"{path}-wal")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.7, 0.99])
def test_torn_end_hides_nothing(share: float, spool: DiskSpool, place: Path) -> None:
    """A writer was killed at any byte of an append that it had not answered."""
    for record in RECORDS:
        spool.append([record])
    wal = wal_of(own_file(place))
    before = wal.stat().st_size
    spool.append([b"not answered" * 1000])
    os.truncate(wal, before + int((wal.stat().st_size - before) * share))
    again = DiskSpool(place)
    again.append([b"of another process"])
    assert drained(again) == [*RECORDS, b"of another process"]
    assert again.set_aside() == 0


@pytest.mark.parametrize("seed", range(40))
def test_damaged_byte_is_never_passed_over(seed: int, place: Path) -> None:
    """What comes before it is taken in, the file is kept, and what comes later is not held up."""
    spool, chance = DiskSpool(place), random.Random(seed)
    records = [f"record {number} ".encode() * 60 for number in range(60)]
    for first in range(0, 60, 6):
        spool.append(records[first : first + 6])
    damaged = own_file(place)
    spool._give_up_file()  # in good order: the `-wal` is in the file itself then
    content = bytearray(damaged.read_bytes())
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    damaged.write_bytes(content)
    taker = Taker()
    again = DiskSpool(place)
    again.append([b"behind"])
    again.drain(lambda found: [one for one in found if one not in (*records, b"behind") or taker([one])])
    assert taker.taken[-1] == b"behind"
    assert taker.taken == [one for one in (*records, b"behind") if one in taker.taken]
    assert len(taker.taken) == 61 or again.set_aside() == 1
    assert again.is_empty()
    again.append([b"later"])
    assert drained(again) == [b"later"]


@pytest.mark.parametrize("content", [b"not ours" * 1000, b"SQLite format 3\0" + bytes(4080), bytes(5000)])
def test_foreign_file_is_set_aside(content: bytes, spool: DiskSpool, place: Path) -> None:
    (place / "notes.txt").write_text("its name says that it is none")
    (place / "000000000007.events").write_bytes(content)
    spool.append([b"before"])
    path = own_file(place)
    path.write_bytes(content)
    wal_of(path).unlink()
    again = DiskSpool(place)
    again.append([b"behind"])
    assert drained(again) == [b"behind"]
    assert spool.set_aside() == 2
    assert (place / "notes.txt").exists()
    for name in set_aside_in(place):
        assert (place / SET_ASIDE / name).read_bytes() == content


def test_tables_of_another_program_are_left_alone(spool: DiskSpool, place: Path) -> None:
    (place / WAITING).mkdir()
    with closing(sqlite3.connect(place / WAITING / "recipes.db")) as stranger:
        stranger.execute("CREATE TABLE recipes (name)")
        stranger.execute("INSERT INTO recipes VALUES ('soup')")
        stranger.commit()
    spool.append([b"ours"])
    assert drained(spool) == [b"ours"]
    (aside,) = set_aside_in(place)
    with closing(sqlite3.connect(place / SET_ASIDE / aside)) as stranger:
        assert stranger.execute("SELECT name FROM recipes").fetchall() == [("soup",)]


def test_file_whose_making_was_interrupted(spool: DiskSpool, place: Path) -> None:
    (place / WAITING / OPEN).mkdir(parents=True)
    (place / WAITING / OPEN / "1-2.db").touch()
    assert not spool.is_empty()
    assert drained(spool) == []
    assert files(place) == []
    assert spool.is_empty()


def test_full_disk_keeps_nothing_of_a_record(spool: DiskSpool) -> None:
    spool.append([b"before"])
    with no_room(8192), pytest.raises(SpoolUnavailable, match=r"full|I/O"):
        spool.append([b"does not fit" * 4000])
    spool.append([b"after"])
    assert drained(spool) == [b"before", b"after"]
    assert spool.set_aside() == 0


def test_full_disk_fails_a_probe(spool: DiskSpool) -> None:
    spool.append([b"first"])
    with no_room(8192), pytest.raises(SpoolUnavailable, match=r"full|I/O"):
        spool.probe()
    assert drained(spool) == [b"first"]


def test_probe_tries_where_an_append_failed(spool: DiskSpool) -> None:
    """A long file may be at its limit, or the disk too full for it, where a new one of a few pages has room."""
    spool.append([b"long" * 50_000])
    with no_room(190_000):
        with pytest.raises(SpoolUnavailable, match=r"full|I/O"):
            spool.append([b"event"])
        with pytest.raises(SpoolUnavailable, match=r"full|I/O"):
            spool.probe()
    spool.probe()
    spool.append([b"event"])
    assert drained(spool) == [b"long" * 50_000, b"event"]
    assert spool.set_aside() == 0


def test_probing_leaves_nothing(spool: DiskSpool, place: Path) -> None:
    spool.probe()
    assert spool.is_empty()
    assert files(place) == []
    spool.append([b"first"])
    spool.probe()
    spool.append([b"second"])
    assert drained(spool) == [b"first", b"second"]


def test_probe_that_was_killed_is_no_event(spool: DiskSpool, place: Path) -> None:
    for name in ("999999999-1.probe", "999999999-1.probe-wal", f"{os.getpid()}-1.probe"):
        (place / name).touch()
    again = DiskSpool(place)
    assert files(place) == [f"{os.getpid()}-1.probe"]
    assert again.is_empty()
    assert drained(again) == []


def test_probe_beside_a_reader(spool: DiskSpool) -> None:
    spool.append([b"first"])
    spool.drain(lambda _records: spool.probe() or ())
    assert spool.is_empty()


def test_directory_that_cannot_be_made(place: Path) -> None:
    """It is tried again with each event, so nobody has to restart."""
    place.write_text("a file is in the way")
    spool = DiskSpool(place)
    assert spool.is_empty()
    with pytest.raises(SpoolUnavailable):
        spool.append([b"x"])
    place.unlink()
    spool.append([b"x"])
    assert drained(spool) == [b"x"]


def test_file_that_cannot_be_deleted_is_taken_once(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise OSError("read-only file system")

    spool.append([b"x"])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert drained(spool) == [b"x"]
    assert spool.is_empty()
    assert drained(spool) == []
    spool.append([b"y"])
    assert not spool.is_empty()
    assert drained(spool) == [b"y"]


def test_writer_that_was_suspended_stops_nobody(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds up the reader, which tries again, and no other writer."""
    monkeypatch.setattr(spool_reader, "WRITERS_SECONDS", 0.01)
    frozen, spool = DiskSpool(place), DiskSpool(place)
    with frozen._inside():
        spool.append([b"x"])
        with pytest.raises(TimeoutError):
            spool.drain(Taker())
        spool.append([b"y"])
        assert not spool.is_empty()
    assert drained(spool) == [b"x", b"y"]


def test_thread_that_hangs_is_not_waited_for_long(spool: DiskSpool) -> None:
    with spool._alone(1.0), pytest.raises(SpoolUnavailable, match="another thread"):
        spool.append([b"x"], 0.01)
    spool.append([b"x"], 0.0)
    assert drained(spool) == [b"x"]


def test_reader_that_was_suspended_stops_no_writer(place: Path, spool: DiskSpool) -> None:
    spool.append([b"x"])
    with DiskSpool(place)._reader._alone() as is_mine:
        assert is_mine
        DiskSpool(place).append([b"y"])
        assert drained(spool) == []
    assert drained(spool) == [b"x", b"y"]


def test_processes_write_side_by_side_and_are_read_as_one(place: Path, spool: DiskSpool) -> None:
    """A forked one begins a file of its own; the order is that of the appending."""
    for number in range(4):
        spool.append([f"parent {number}".encode()])
        if (child := os.fork()) == 0:
            spool.append([f"child {number}".encode()])
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert len(list((place / WAITING / OPEN).glob("*.db"))) == 5
    assert spool.waiting() == 8
    assert drained(spool) == [f"{who} {number}".encode() for number in range(4) for who in ("parent", "child")]


def test_large_spool_is_many_files_in_order(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 100)
    records = [f"record {number}".encode() for number in range(100)]
    for record in records:
        spool.append([record])
    assert len(list((place / WAITING / OPEN).glob("*.db"))) > 5
    assert spool.waiting() == 100
    assert drained(spool) == records


def test_threads_share_one_spool(spool: DiskSpool) -> None:
    def write(name: int) -> None:
        for number in range(20):
            spool.append([f"{name} {number}".encode()])

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = drained(spool)
    assert len(taken) == 160
    for name in range(8):
        mine = [record for record in taken if record.startswith(f"{name} ".encode())]
        assert mine == [f"{name} {number}".encode() for number in range(20)]


WRITER = """
import sys
from pathlib import Path
from router.store.spool import DiskSpool
kept, number = DiskSpool(Path(sys.argv[1])), 0
while True:
    kept.append([f"{sys.argv[2]} {number}".encode()])
    print(number, flush=True)
    number += 1
"""
DRAINER = """
import os, sys, time
from pathlib import Path
from router.store import spool, spool_reader
spool_reader.BATCH = 3
spool_reader.WRITERS_SECONDS = 600.0
kept, journal = spool.DiskSpool(Path(sys.argv[1])), open(sys.argv[2], "ab", buffering=0)
def take(records):
    journal.write(b"".join(record + b"\\n" for record in records))
    return []
print("ready", flush=True)
while True:
    kept.drain(take)
    time.sleep(0.001)
"""


def test_killed_writers_and_drainers_lose_nothing_that_was_kept(place: Path, tmp_path: Path) -> None:
    """Real processes, SIGKILL at any instant: what append has answered comes out, each writer's in its order."""
    journal = tmp_path / "journal"
    answered: dict[str, int] = {}
    for life in range(6):
        names = [f"w{life}a", f"w{life}b"]
        drainer = subprocess.Popen([sys.executable, "-c", DRAINER, place, journal], stdout=subprocess.PIPE)
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, place, name], stdout=subprocess.PIPE) for name in names
        ]
        assert drainer.stdout is not None
        drainer.stdout.readline()
        assert writers[0].stdout is not None
        writers[0].stdout.readline()
        answered[names[0]] = 1
        time.sleep(0.05 * (life + 1))
        for process in (drainer, *writers):
            process.send_signal(signal.SIGKILL)
        drainer.communicate()
        for name, writer in zip(names, writers, strict=True):
            answered[name] = answered.get(name, 0) + writer.communicate()[0].count(b"\n")
    left = drained(DiskSpool(place))
    lines = journal.read_bytes().split(b"\n") if journal.exists() else []
    order = list(dict.fromkeys([*(line for line in lines if line), *left]))  # as the journal's keys would
    assert sum(answered.values()) > 50
    for name, count in answered.items():
        mine = [record for record in order if record.startswith(f"{name} ".encode())]
        assert mine == [f"{name} {number}".encode() for number in range(len(mine))]
        assert len(mine) >= count
    assert DiskSpool(place).set_aside() == 0


def test_a_directory_that_is_deleted_is_made_anew(spool: DiskSpool, place: Path) -> None:
    spool.append([b"lost with it"])
    shutil.rmtree(place)
    assert spool.is_empty()
    spool.probe()
    spool.append([b"kept"])
    assert not spool.is_empty()
    assert drained(spool) == [b"kept"]
    assert spool.is_empty()


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


def test_a_full_disk_kills_no_process(small_disk: Path) -> None:
    """Nothing of the spool is mapped into memory, where a hole would end the process (SIGBUS)."""
    (small_disk / "spool" / "set-aside").mkdir(parents=True)
    fill(small_disk)
    program = (
        "import sys; from pathlib import Path; from router.store.spool import DiskSpool\n"
        "from router.errors import SpoolUnavailable\n"
        "spool = DiskSpool(Path(sys.argv[1]))\n"
        "try: spool.append([b'event'])\n"
        "except SpoolUnavailable as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, small_disk / "spool"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "full" in done.stdout) == (0, True), done.stdout + done.stderr


def test_spool_on_a_full_disk_is_taken_in(small_disk: Path) -> None:
    """Reading and deleting need no room: also the process that comes after a restart empties it."""
    spool = DiskSpool(small_disk / "spool")
    records = []
    with suppress(SpoolUnavailable):
        while True:
            record = f"{len(records)} ".encode() * 500
            spool.append([record])
            records.append(record)
    fill(small_disk)
    with pytest.raises(SpoolUnavailable, match="full"):
        spool.append([b"z" * 100_000])
    assert len(records) > 300
    assert drained(DiskSpool(small_disk / "spool")) == records
    assert spool.is_empty()
    spool.append([b"there is room again"])
