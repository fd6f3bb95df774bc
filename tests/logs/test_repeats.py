"""Lines that repeat themselves are counted, over all processes, and nothing goes uncounted."""

import os
import time
from collections import Counter
from typing import Any

import pytest

from router.logs import repeats
from router.logs.rendering import Line
from router.logs.repeats import KINDS_OF_EVENT, KINDS_WITH_REASON, Repeats
from router.logs.shared import SLOTS, Table


class House:
    """Some processes of one machine, on a clock of ours; the counts are told when `pass_` says that time has passed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, processes: int = 1) -> None:
        monkeypatch.setattr(Repeats, "_begin_telling", lambda self: None)
        self.now = 1000.0
        self.lines: list[Line] = []
        table = Table()
        self.workers = [Repeats(self.lines.append, table, lambda: self.now) for _ in range(processes)]

    def log(self, event: str, worker: int = 0, topic: str = "", **facts: Any) -> None:
        self.workers[worker].take({"event": event, "level": "error", **facts}, topic)

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        for worker in self.workers:
            worker._tell()

    def counted(self) -> int:
        return sum(int(line.get("count", 1)) for line in self.lines)


def test_first_is_written_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for _ in range(412):
        house.log("refused", reason="wrong-sign")
    assert house.lines == [{"event": "refused", "level": "error", "reason": "wrong-sign"}]
    house.pass_(6)
    assert house.lines[1]["count"] == 411
    house.pass_(600)
    assert len(house.lines) == 2


def test_minute_of_an_outage_is_a_few_lines_for_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch, processes=4)
    for _ in range(60):
        for number in range(50):
            house.log("away", worker=number % 4, topic="database", error=f"one of many {number}")
            house.log("failed", worker=number % 4, account=f"account-{number}")
        house.pass_(1)
    assert len(house.lines) <= 20
    house.pass_(120)
    assert house.counted() == 60 * 50 * 2


def test_each_sender_has_a_line_and_many_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for sender in range(1000):
        house.log("refused", reason="wrong-sign", sender=f"192.0.2.{sender}")
    house.pass_(6)
    assert len(house.lines) <= KINDS_WITH_REASON + 2
    house.pass_(120)
    assert house.counted() == 1000


def test_accounts_reasons_and_errors_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for facts in ({"account": "a"}, {"account": "b"}, {"key": "x"}, {"error_type": "ValueError"}):
        for _ in range(3):
            house.log("failed", **facts)
    assert len(house.lines) == KINDS_OF_EVENT == 4


def test_outage_is_over_once_and_the_next_one_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch, processes=3)
    for worker in range(3):
        house.log("away", worker=worker, topic="database")
    house.now += 4
    assert [worker.recovered("database") for worker in house.workers] == [4.0, None, None]
    for _ in range(20):
        house.pass_(1)
    assert house.lines[-1]["is_over"]
    lines = len(house.lines)
    house.log("away", topic="database")
    assert len(house.lines) == lines + 1


def test_database_that_comes_and_goes_is_no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    house, back = House(monkeypatch), 0
    for _ in range(60):
        house.log("away", topic="database")
        house.now += 0.5
        back += house.workers[0].recovered("database") is not None
        house.pass_(0.5)
    assert len(house.lines) + back <= 10


def test_more_kinds_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for number in range(SLOTS + 20):
        house.log(f"event {number}")
        house.log(f"event {number}")
    house.pass_(120)
    assert house.counted() == 2 * (SLOTS + 20)


def test_process_that_ends_tells_what_it_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for _ in range(10):
        house.log("failed")
    house.workers[0].flush()
    assert house.counted() == 10


def test_process_that_stops_in_the_table_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with house.workers[0]._table.alone():
            os.write(ready[1], b"!")
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    for _ in range(5):
        house.log("failed")
    assert len(house.lines) == 1
    os.write(done[1], b"!")
    os.waitpid(child, 0)
    house.pass_(120)
    assert house.counted() == 5
    for end in (*ready, *done):
        os.close(end)


def test_forked_child_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(monkeypatch)
    for _ in range(3):
        house.log("failed")
    child = os.fork()
    if not child:
        os._exit(len(house.workers[0]._pending))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    house.pass_(120)
    assert Counter(line["event"] for line in house.lines) == {"failed": 2}
    assert house.counted() == 3


def test_count_is_told_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a thread that begins with the first line that is only counted, and ends with the last kind."""
    monkeypatch.setattr(repeats, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(repeats, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(repeats, "SECONDS", 0.2)
    lines: list[Line] = []
    process = Repeats(lines.append, Table())
    for _ in range(5):
        process.take({"event": "failed", "level": "error"})
    until = time.monotonic() + 60
    while process._teller is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert [line.get("count") for line in lines] == [None, 4]
