"""What an earlier version spooled is taken in at the first start of this one, and its files go."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.store import old_spool
from router.store.old_spool import HEAD, MARK
from router.store.spool import SET_ASIDE, DiskSpool
from tests.store.test_spool import drained, files


def framed(record: bytes) -> bytes:
    """As version 0.1 wrote it: a mark, the length, the checksum."""
    return b"\xf1IV\x01" + len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big") + record


def old(place: Path) -> None:
    """Two closed files, the current one with a probe in it, and the notes, as a killed router left them."""
    (place / SET_ASIDE).mkdir(parents=True)
    (place / "000000000001.events").write_bytes(framed(b"a") + framed(b"b" * 3000))
    (place / "000000000002.events").write_bytes(framed(b"c"))
    (place / "current.events").write_bytes(framed(b"d") + framed(bytes(4096)) + framed(b"e"))
    (place / "state").write_bytes(b"\x01")
    (place / "place").write_text("0123456789abcdef 64\n")
    for name in ("write.lock", "drain.lock"):
        (place / name).touch()


OLD_RECORDS = [b"a", b"b" * 3000, b"c", b"d", b"e"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    old(tmp_path / "spool")
    return tmp_path / "spool"


def test_old_spool_is_taken_in_before_what_comes(place: Path) -> None:
    spool = DiskSpool(place)
    assert not spool.is_empty()
    assert spool.waiting() == 5
    spool.append([b"new"])
    assert drained(spool) == [*OLD_RECORDS, b"new"]
    assert files(place) == []
    assert spool.is_empty()
    assert spool.set_aside() == 0


def test_old_process_that_still_runs_goes_on_beside_it(place: Path) -> None:
    """A rolling upgrade: what it appends later is taken in, too."""
    spool = DiskSpool(place)
    (place / "current.events").write_bytes(framed(b"late"))
    spool.append([b"new"])
    taken = drained(spool)
    assert sorted(taken) == sorted([*OLD_RECORDS, b"late", b"new"])
    (place / "current.events").write_bytes(framed(b"later"))
    assert drained(DiskSpool(place)) == [b"later"]


def test_who_fails_half_way_hands_it_over_again(place: Path) -> None:
    def away(_records: object) -> list[bytes]:
        raise ConnectionError

    spool = DiskSpool(place)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            spool.drain(away)
    (place / "current.events").write_bytes(framed(b"another of this name"))
    assert drained(spool) == [*OLD_RECORDS, b"another of this name"]


def test_torn_file_is_kept_for_people(place: Path) -> None:
    with (place / "current.events").open("ab") as file:
        file.write(b"\xf1IV\x01torn" + framed(b"behind"))
    spool = DiskSpool(place)
    assert drained(spool) == [*OLD_RECORDS, b"behind"]
    assert spool.is_empty()
    (aside,) = (place / SET_ASIDE).iterdir()
    assert aside.name.endswith("current.events")
    assert aside.read_bytes().endswith(framed(b"behind"))


def test_set_aside_file_of_an_earlier_version_can_be_moved_back(place: Path) -> None:
    spool = DiskSpool(place)
    drained(spool)
    (place / "1796030210489464914-000000000001.events").write_bytes(framed(b"tried again"))
    assert drained(DiskSpool(place)) == [b"tried again"]


def read(path: Path, content: bytes) -> tuple[list[bytes], list[str]]:
    path.write_bytes(content)
    losses: list[str] = []
    return [record for _, record in old_spool.read(path, losses)], losses


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.data())
def test_torn_tail_hides_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], data: st.DataObject
) -> None:
    """A writer was killed at any byte of its record, and others wrote behind it."""
    path = tmp_path_factory.getbasetemp() / "torn.events"
    whole = b"".join(map(framed, records))
    torn = framed(b"z" * 30)
    cut = data.draw(st.integers(1, len(torn) - 1))
    assert read(path, whole + torn[:cut]) == (records, [f"{cut} bytes of it are no event"])
    assert read(path, whole + torn[:cut] + framed(b"tail")) == (
        [*records, b"tail"],
        [f"{cut} bytes of it are no event"],
    )


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_damaged_byte_costs_one_record(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    records = [f"record {number}".encode() for number in range(20)]
    content = bytearray(b"".join(map(framed, records)))
    content[place % len(content)] ^= change
    found, losses = read(tmp_path_factory.getbasetemp() / "damaged.events", bytes(content))
    assert len(found) == len(records) - 1
    assert losses
    assert [record for record in records if record in found] == found


def test_the_frame_is_the_one_that_was_written() -> None:
    assert framed(b"x") == HEAD.pack(MARK, 1, zlib.crc32(b"x")) + b"x"
