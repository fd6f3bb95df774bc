"""Events on disk: none is lost, none overtakes, and what is broken stops nobody."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import SpoolUnavailable
from router.store import spool as module
from router.store.spool import CURRENT, HEAD, MARK, DiskSpool, read

RECORDS = [b"first", b"", b"third" * 100, MARK * 3]


@pytest.fixture
def spool(tmp_path: Path) -> DiskSpool:
    return DiskSpool(tmp_path / "spool")


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


def files(spool: DiskSpool) -> list[str]:
    return sorted(path.name for path in spool._directory.glob("*.events"))


def test_records_come_out_in_order_and_once(spool: DiskSpool) -> None:
    assert spool.is_empty()
    for record in RECORDS:
        spool.append([record])
    assert not spool.is_empty()
    assert spool.waiting() == len(RECORDS)
    assert drained(spool) == RECORDS
    assert spool.is_empty()
    assert spool.waiting() == 0
    assert drained(spool) == []
    assert files(spool) == []


def test_another_process_sees_what_waits(spool: DiskSpool, tmp_path: Path) -> None:
    other = DiskSpool(tmp_path / "spool")
    spool.append([b"x"])
    assert not other.is_empty()
    assert drained(other) == [b"x"]
    assert spool.is_empty()


def test_what_a_crash_left_waits_after_the_start(spool: DiskSpool, tmp_path: Path) -> None:
    spool.append([b"x"])
    (tmp_path / "spool/state").unlink()
    assert not DiskSpool(tmp_path / "spool").is_empty()


def test_large_spool_is_many_files_in_order(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 100)
    records = [f"record {number}".encode() for number in range(300)]
    for record in records:
        spool.append([record])
    assert len(files(spool)) > 30
    assert drained(spool) == records


def test_who_fails_half_way_loses_nothing(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
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


def test_note_of_how_far_somebody_was_holds_for_that_file_only(
    spool: DiskSpool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next file has the same name and other records. A note that is gone costs a repetition, which the journal
    knows."""
    monkeypatch.setattr(module, "BATCH", 1)
    for records in ([b"a", b"b"], [b"c", b"d"]):
        spool.append(records)
        taker = Taker()
        taker.patience = 1
        with pytest.raises(ConnectionError):
            spool.drain(taker)
        assert drained(spool) == records[1:]
    assert files(spool) == []
    spool.append([b"e", b"f"])
    taker = Taker()
    taker.patience = 1
    with pytest.raises(ConnectionError):
        spool.drain(taker)
    (tmp_path / "spool/place").write_text("torn")
    assert drained(spool) == [b"e", b"f"]


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


def test_two_never_drain_at_once(spool: DiskSpool, tmp_path: Path) -> None:
    spool.append([b"a"])

    def take(records: Sequence[bytes]) -> Sequence[bytes]:
        other = Taker()
        DiskSpool(tmp_path / "spool").drain(other)
        assert other.taken == []
        return []

    spool.drain(take)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.data())
def test_torn_tail_hides_nothing(records: list[bytes], data: st.DataObject) -> None:
    """A writer was killed at any byte of its record, and others wrote behind it."""
    whole = b"".join(HEAD.pack(MARK, len(r), module.zlib.crc32(r)) + r for r in records)
    torn = HEAD.pack(MARK, 30, module.zlib.crc32(b"z" * 30)) + b"z" * 30
    cut = data.draw(st.integers(1, len(torn) - 1))
    behind = HEAD.pack(MARK, 4, module.zlib.crc32(b"tail")) + b"tail"
    assert read(whole + torn[:cut]) == (records, cut)
    found, lost = read(whole + torn[:cut] + behind)
    assert found == [*records, b"tail"]
    assert lost == cut


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_damaged_byte_costs_one_record(place: int, change: int) -> None:
    records = [f"record {number}".encode() for number in range(20)]
    content = bytearray(b"".join(HEAD.pack(MARK, len(r), module.zlib.crc32(r)) + r for r in records))
    content[place % len(content)] ^= change
    found, lost = read(bytes(content))
    assert len(found) == len(records) - 1
    assert lost
    assert [record for record in records if record in found] == found


def test_torn_file_is_kept_for_people(spool: DiskSpool, tmp_path: Path) -> None:
    spool.append([b"whole"])
    with (tmp_path / "spool" / CURRENT).open("ab") as file:
        file.write(b"\xf1IV\x01torn")
    spool.append([b"behind"])
    assert drained(spool) == [b"whole", b"behind"]
    assert spool.is_empty()
    assert spool.set_aside() == 1


def test_foreign_file_is_set_aside(spool: DiskSpool, tmp_path: Path) -> None:
    (tmp_path / "spool/000000000007.events").write_text("not ours")
    (tmp_path / "spool/notes.txt").write_text("nor is this, and its name says so")
    spool.append([b"ours"])
    assert drained(spool) == [b"ours"]
    assert spool.set_aside() == 1
    assert (tmp_path / "spool/notes.txt").exists()


def test_what_cannot_be_taken_is_set_aside_and_can_be_moved_back(spool: DiskSpool, tmp_path: Path) -> None:
    for record in (b"good", b"poison", b"fine"):
        spool.append([record])
    taker = Taker(refuses=[b"poison"])
    spool.drain(taker)
    assert taker.taken == [b"good", b"fine"]
    assert spool.is_empty()
    (aside,) = (tmp_path / "spool/set-aside").iterdir()
    aside.rename(tmp_path / "spool/000000000001.events")
    assert not DiskSpool(tmp_path / "spool").is_empty()
    assert drained(spool) == [b"poison"]


def test_full_disk_keeps_nothing_of_a_record(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.append([b"before"])
    write = os.write
    monkeypatch.setattr(module.os, "write", lambda file, data: write(file, data[:7]))
    with pytest.raises(SpoolUnavailable, match="only 7 of"):
        spool.append([b"does not fit"])
    monkeypatch.undo()
    spool.append([b"after"])
    assert drained(spool) == [b"before", b"after"]
    assert spool.set_aside() == 0


def test_probing_leaves_nothing(spool: DiskSpool) -> None:
    spool.probe()
    assert spool.is_empty()
    assert drained(spool) == []
    spool.append([b"first"])
    spool.probe()
    spool.append([b"second"])
    assert drained(spool) == [b"first", b"second"]


def test_probe_that_was_killed_is_no_event(spool: DiskSpool) -> None:
    spool.append([b"first", module.PADDING, b"second"])
    assert drained(spool) == [b"first", b"second"]


def test_full_disk_fails_a_probe(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.append([b"first"])

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(SpoolUnavailable, match="No space left"):
            spool.probe()
    assert drained(spool) == [b"first"]


def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """It is tried again with each event, so nobody has to restart."""
    (tmp_path / "spool").write_text("a file is in the way")
    spool = DiskSpool(tmp_path / "spool")
    assert spool.is_empty()
    with pytest.raises(SpoolUnavailable):
        spool.append([b"x"])
    (tmp_path / "spool").unlink()
    spool.append([b"x"])
    assert drained(spool) == [b"x"]


def test_file_that_cannot_be_deleted_is_taken_once(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError("read-only file system")

    spool.append([b"x"])
    monkeypatch.setattr(Path, "unlink", refuse)
    assert drained(spool) == [b"x"]
    assert spool.is_empty()
    assert drained(spool) == []


def test_writer_that_was_suspended_stops_nobody_for_ever(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.01)
    with spool._turn_to_write(), pytest.raises(SpoolUnavailable, match="no turn"):
        spool.append([b"x"])


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
from router.store import spool
spool.FILE_BYTES = 2000
kept, number = spool.DiskSpool(Path(sys.argv[1])), 0
while True:
    kept.append([f"{sys.argv[2]} {number}".encode()])
    print(number, flush=True)
    number += 1
"""
DRAINER = """
import os, sys, time
from pathlib import Path
from router.store import spool
spool.BATCH = 3
kept, journal = spool.DiskSpool(Path(sys.argv[1])), open(sys.argv[2], "ab", buffering=0)
def take(records):
    journal.write(b"".join(record + b"\\n" for record in records))
    return []
print("ready", flush=True)
while True:
    kept.drain(take)
    time.sleep(0.001)
"""


def test_killed_writers_and_drainers_lose_nothing_that_was_kept(tmp_path: Path) -> None:
    """Real processes, SIGKILL at any instant: what append has answered comes out, each writer's in its order."""
    directory, journal = tmp_path / "spool", tmp_path / "journal"
    answered: dict[str, int] = {}
    for life in range(6):
        names = [f"w{life}a", f"w{life}b"]
        drainer = subprocess.Popen([sys.executable, "-c", DRAINER, directory, journal], stdout=subprocess.PIPE)
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, directory, name], stdout=subprocess.PIPE) for name in names
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
    left = drained(DiskSpool(directory))
    lines = journal.read_bytes().split(b"\n") if journal.exists() else []
    order = list(dict.fromkeys([*(line for line in lines if line), *left]))  # as the journal's keys would
    assert sum(answered.values()) > 50
    for name, count in answered.items():
        mine = [record for record in order if record.startswith(f"{name} ".encode())]
        assert mine == [f"{name} {number}".encode() for number in range(len(mine))]
        assert len(mine) >= count


def test_a_directory_that_is_deleted_is_made_anew(spool: DiskSpool, tmp_path: Path) -> None:
    spool.append([b"lost with it"])
    shutil.rmtree(tmp_path / "spool")
    spool.probe()
    spool.append([b"kept"])
    assert not spool.is_empty()
    taker = Taker()
    spool.drain(taker)
    assert taker.taken == [b"kept"]
    assert spool.is_empty()


def test_a_full_disk_kills_no_process(tmp_path: Path, small_disk: Path) -> None:
    """What the processes share has its place on the disk before it is mapped: a hole would end them (SIGBUS)."""
    (small_disk / "spool" / "set-aside").mkdir(parents=True)
    with suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
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
    assert (done.returncode, "No space left" in done.stdout) == (0, True), done.stderr
