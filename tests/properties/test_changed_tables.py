"""A table of which some rows have changed is read as it is read afresh: findings, their places, version and image.

Only the changed lines are parsed then, so the edits are those that move a boundary: rows that are inserted, deleted,
damaged, doubled and moved, line ends, blanks, quotes, the header, and an end without a newline.
"""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.findings import Report
from router.flow.load_cache import LoadCache
from router.flow.reading.changed_lines import changed_lines
from router.flow.reading.table_files import read_rows
from router.runtime.versions.publish import build
from tests.flow.test_packed_texts import FLOW as NAMES

DESK = b', desk: {type: phone, from: desk, default: ""}'
FLOW = NAMES.replace(
    b'name: {type: text, from: name, default: ""}', b'name: {type: text, from: name, default: ""}' + DESK
)
RESOURCES = b"tables: {clients: {file: clients.csv, key: number}}\nlists: {vip: {file: vip.txt}}\n"
HEADER = "number,name,desk\n"
STRANGE = (
    "\n", "  \n", "# a remark\n", "sep=;\n", "7900\n", "a,b,c,d\n", "2026-11-30,day,\n", '"7900,1",q,\n', "79000000001,,\n",
    '79000000002,"open,\n', "79000000003,x,nine\r\n", "79000000004,a\u2028b,1\n", "8 900 000-00-05, y ,101\n", "7900;z;1\n",
)  # fmt: skip

Edit = Callable[[random.Random, list[str]], None]


def row(draw: random.Random) -> str:
    return f"7900000{draw.randrange(30):04d},{draw.choice('abc')},{draw.choice(('101', '102', 'x'))}\n"


def insert(draw: random.Random, lines: list[str]) -> None:
    place = draw.randrange(len(lines) + 1)
    lines[place:place] = [row(draw) for _ in range(draw.randint(1, 3))]


def delete(draw: random.Random, lines: list[str]) -> None:
    place = draw.randrange(len(lines))
    del lines[place : place + draw.randint(1, 3)]


def damage(draw: random.Random, lines: list[str]) -> None:
    place = draw.randrange(len(lines))
    at = draw.randrange(len(lines[place]) + 1)
    lines[place] = lines[place][:at] + draw.choice((",", "", "\r", "\n", '"', " ", "\t", "7")) + lines[place][at + 1 :]


def double(draw: random.Random, lines: list[str]) -> None:
    lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))


def move(draw: random.Random, lines: list[str]) -> None:
    lines.insert(draw.randrange(len(lines)), lines.pop(draw.randrange(len(lines))))


def put_something_else(draw: random.Random, lines: list[str]) -> None:
    lines.insert(draw.randrange(len(lines) + 1), draw.choice(STRANGE))


def cut_the_end(draw: random.Random, lines: list[str]) -> None:
    lines[-1] = lines[-1][: draw.randrange(len(lines[-1]) + 1)]


def change_line_ends(_draw: random.Random, lines: list[str]) -> None:
    lines[:] = [line.removesuffix("\n").removesuffix("\r") + "\r\n" for line in lines]


EDITS: tuple[Edit, ...] = (
    insert, insert, delete, damage, double, move, put_something_else, cut_the_end, change_line_ends
)  # fmt: skip


def edited(draw: random.Random, text: str) -> str:
    """The text after one edit; now and then it is whole again."""
    lines = text.splitlines(keepends=True) if draw.random() > 0.15 else [HEADER, *(row(draw) for _ in range(25))]
    lines = lines or [HEADER]
    draw.choice(EDITS)(draw, lines)
    return "".join(lines)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_built_of_a_changed_table_is_what_is_built_afresh(seed: int) -> None:
    draw, cache, text = random.Random(seed), LoadCache(), HEADER
    for number in range(120):
        text = edited(draw, text)
        listed = "".join(f"7900{entry:07d}\n" for entry in range(number % 7))
        files = {
            "main.yaml": FLOW,
            "resources.yaml": RESOURCES,
            "clients.csv": text.encode(),
            "vip.txt": listed.encode(),
        }
        assert build(files, cache) == build(files)
        if number % 5 == 4:
            cache.forget(draw.choice((0, 20_000, 2_000_000)))


def test_rows_after_an_edit_are_those_of_the_file() -> None:
    draw, text, before, short = random.Random(7), HEADER, None, 0
    for _ in range(3000):
        text = edited(draw, text)
        changed, fresh = Report(), Report()
        written, afresh = read_rows("a.csv", text, "number", changed, before), read_rows("a.csv", text, "number", fresh)
        assert (written, written.plain) == (afresh, afresh.plain)
        assert changed.findings == fresh.findings
        short += before is not None and any(one is other for one in written.rows[1:] for other in before.rows[1:])
        before = written
    assert short > 300, "rows of the earlier content are hardly ever taken over"


TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "ab\n", "\n", "a\r\n"]), max_size=6).map("".join)


@given(before=TEXTS, text=TEXTS, last=st.sampled_from(["", "a"]), last_before=st.sampled_from(["", "a", "ba"]))
def test_what_is_outside_the_changed_lines_is_the_same(before: str, text: str, last: str, last_before: str) -> None:
    before, text = before + last_before, text + last
    found = changed_lines(before, text)
    assert before[: found.start] == text[: found.start]
    assert before[found.before_end :] == text[found.end :]
    assert found.start <= min(found.before_end, found.end)
    for one, places in ((before, (found.start, found.before_end)), (text, (found.start, found.end))):
        assert all(place in (0, len(one)) or one[place - 1] == "\n" for place in places)
