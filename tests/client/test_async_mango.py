"""The client for an event loop: it does what the other one does, and both go on with a file that broke off."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import router
from router import errors
from router.client import AsyncMango, Mango, mango
from router.client.methods import AsyncMethods, Methods
from router.errors import RouterError
from tests.client.peer import KEY, SALT, Laid, PretendPbx, pretend_pbx, told

Asked = Callable[[Any], Any]
FILE = bytes(range(256)) * 1000


@pytest.fixture
def pbx() -> Iterator[PretendPbx]:
    with pretend_pbx() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mango, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(mango, "POLL_SECONDS", 0.01)


def by_thread(url: str, ask: Asked) -> Any:
    with Mango(KEY, SALT, api_url=f"{url}/vpbx/", cc_url=f"{url}/cc/", patience_seconds=5.0) as client:
        found = ask(client)
        return list(found) if isinstance(found, Iterator) else found


def by_loop(url: str, ask: Asked) -> Any:
    async def run() -> Any:
        async with AsyncMango(KEY, SALT, api_url=f"{url}/vpbx/", cc_url=f"{url}/cc/", patience_seconds=5.0) as client:
            found = ask(client)
            return await found if isinstance(found, Awaitable) else [row async for row in found]

    return asyncio.run(run())


def outcome(run: Callable[[str, Asked], Any], url: str, ask: Asked) -> Any:
    """What came, or the error as far as its reader sees it; ids that are made differ."""
    try:
        found = run(url, ask)
    except RouterError as error:
        return type(error), error.message, getattr(error, "result", None), getattr(error, "status", None)
    return {**found, "command_id": ""} if isinstance(found, dict) else found


ANSWERS = {
    "an object": [told({"result": 1000, "balance": 7})],
    "a code": [told({"result": 3310})],
    "over the limit, then well": [Laid(status=503, body=b""), told({"result": 1000, "balance": 1})],
    "broken off, then well": [Laid(body=b'{"result": 1000}', cut=True), told({"result": 1000, "balance": 1})],
    "a page": [Laid(body=b"<html>")],
    "no JSON": [Laid(body=b"{")],
    "a redirect": [Laid(status=301, headers={"Location": "/elsewhere"}, body=b"")],
    "blocked": [Laid(status=401, body=b"")],
    "nothing there": [Laid(status=404, body=b"{}")],
}


@pytest.mark.parametrize("name", ANSWERS)
def test_both_make_the_same_of_an_answer(pbx: PretendPbx, name: str) -> None:
    seen = []
    for run in (by_thread, by_loop):
        pbx.lay("/vpbx/account/balance", *ANSWERS[name])
        pbx.asked.clear()
        seen.append((outcome(run, pbx.url, lambda client: client.account_balance()), [*pbx.asked]))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("answer", [Laid(body=b"{}", cut=True), Laid(status=503, body=b"")], ids=["unclear", "limited"])
def test_neither_repeats_what_may_have_been_done(pbx: PretendPbx, answer: Laid) -> None:
    seen = []
    for run in (by_thread, by_loop):
        pbx.lay("/vpbx/commands/sms", answer, told({"result": 1000}))
        pbx.asked.clear()
        ask = {"from_extension": "101", "to_number": "79000000000", "text": "hello"}
        seen.append((outcome(run, pbx.url, lambda client, ask=ask: client.sms(**ask)), len(pbx.asked)))
    assert seen[0] == seen[1]
    assert seen[0][1] == (1 if answer.cut else 2)


def test_nobody_there(pbx: PretendPbx) -> None:
    away = "http://127.0.0.1:9"
    first, second = (
        outcome(run, away, lambda client: client.call("groups", {})) for run in (_impatient, _impatient_in_loop)
    )
    assert first == second
    assert first[0] is errors.NotReached


def _impatient(url: str, ask: Asked) -> Any:
    return ask(Mango(KEY, SALT, api_url=f"{url}/", patience_seconds=0.5))


def _impatient_in_loop(url: str, ask: Asked) -> Any:
    async def run() -> Any:
        return await ask(AsyncMango(KEY, SALT, api_url=f"{url}/", patience_seconds=0.5))

    return asyncio.run(run())


def test_a_wrong_request_is_not_sent(pbx: PretendPbx) -> None:
    first, second = (outcome(run, pbx.url, lambda client: client.groups(dance="no")) for run in (_wrong, _wrong))
    assert first == second
    seen = [outcome(run, pbx.url, lambda c: c.route(call_id="leg", to_number="none")) for run in (by_thread, by_loop)]
    assert seen[0] == seen[1]
    assert seen[0][0] is errors.CommandInvalid
    assert pbx.asked == []


def _wrong(url: str, ask: Asked) -> Any:
    with pytest.raises(TypeError, match=r"groups\(\) got an unexpected keyword argument 'dance'"):
        ask(AsyncMango(KEY, SALT, api_url=f"{url}/"))


def test_pages_one_after_the_other(pbx: PretendPbx) -> None:
    def page(names: list[str], number: int, cursor: str) -> Laid:
        state = {"cursor": cursor, "info": {"page": number, "pages": 2}}
        return told({"data": [{"name": name} for name in names], "state": state})

    seen = []
    for run in (by_thread, by_loop):
        pbx.lay("/vpbx/ab/contact/init", page(["a", "b"], 1, "c1"))
        pbx.lay("/vpbx/ab/contact/cursor", page(["c"], 2, "c1"))
        pbx.asked.clear()
        rows = outcome(run, pbx.url, lambda client: client.each_ab_contact_init(query=""))
        seen.append((rows, [*pbx.asked]))
    assert seen[0] == seen[1]


def test_report_is_waited_for(pbx: PretendPbx) -> None:
    seen = []
    for run in (by_thread, by_loop):
        pbx.lay("/vpbx/stats/request", told({"key": "k1"}))
        row = b"[1];1;2;0;101;;;;;0;0;1;79000000000;e1\r\n"
        pbx.lay("/vpbx/stats/result", Laid(status=204, body=b""), Laid(body=row))
        seen.append(outcome(run, pbx.url, lambda client: client.statistics(date_from=1, date_to=2)))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_many_at_once_share_the_limits_and_block_nothing(pbx: PretendPbx) -> None:
    """While one waits for its turn the loop does other things."""
    pbx.lay("/vpbx/commands/route", told({"result": 1000}))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    async def run() -> list[Any]:
        async with AsyncMango(KEY, SALT, api_url=f"{pbx.url}/vpbx/", patience_seconds=0.5) as client:
            other = asyncio.create_task(turn())
            found = await asyncio.gather(
                *(client.route(call_id=f"leg{number}", to_number="101") for number in range(3)), return_exceptions=True
            )
            other.cancel()
            return found

    found = asyncio.run(run())
    assert [isinstance(one, errors.OverLimit) for one in found].count(True) == 2  # one route in two seconds
    assert turns > 3


@pytest.mark.parametrize("run", [by_thread, by_loop])
class TestRecordings:
    @pytest.fixture(autouse=True)
    def located(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/queries/recording/post", Laid(status=302, headers={"Location": f"{pbx.url}/file.mp3"}, body=b""))

    def get(self, run: Callable[[str, Asked], Any], pbx: PretendPbx, path: Path, **more: Any) -> Any:
        pbx.sent.clear()
        return outcome(run, pbx.url, lambda client: client.recording(more.pop("name", "r1"), path, **more))

    def test_the_next_call_goes_on(self, pbx: PretendPbx, tmp_path: Path, run: Callable[[str, Asked], Any]) -> None:
        pbx.lay("/file.mp3", Laid(body=FILE, etag='"one"', cut=True), Laid(body=FILE, etag='"one"'))
        target, seen = tmp_path / "talk.mp3", list[tuple[int, int | None]]()
        assert self.get(run, pbx, target)[0] is errors.NotAnswered
        assert not target.exists()
        assert self.get(run, pbx, target, progress=lambda done, total: seen.append((done, total))) == len(FILE)
        assert target.read_bytes() == FILE
        assert pbx.sent[-1] == len(FILE) // 2
        assert (seen[0][0] > len(FILE) // 2, seen[-1]) == (True, (len(FILE), len(FILE)))
        assert list(tmp_path.iterdir()) == [target]

    def test_so_does_the_next_attempt(self, pbx: PretendPbx, tmp_path: Path, run: Callable[[str, Asked], Any]) -> None:
        pbx.lay("/file.mp3", *[Laid(body=FILE, etag='"one"', cut=True)] * 3, Laid(body=FILE, etag='"one"'))
        assert self.get(run, pbx, tmp_path / "talk.mp3", attempts=4) == len(FILE)
        assert (tmp_path / "talk.mp3").read_bytes() == FILE
        assert pbx.sent[1:] == [256000, 128000, 64000, 32000]

    @pytest.mark.parametrize(
        ("then", "name"),
        [
            (Laid(body=FILE[::-1], etag='"two"'), "r1"),
            (Laid(body=FILE[::-1]), "r1"),
            (Laid(body=FILE[::-1], etag='"one"'), "another"),
        ],
        ids=["it has changed", "it cannot be continued", "another recording"],
    )
    def test_nothing_is_patched_together(
        self, pbx: PretendPbx, tmp_path: Path, run: Callable[[str, Asked], Any], then: Laid, name: str
    ) -> None:
        pbx.lay("/file.mp3", Laid(body=FILE, etag='"one"', cut=True), then)
        self.get(run, pbx, tmp_path / "talk.mp3")
        assert self.get(run, pbx, tmp_path / "talk.mp3", name=name) == len(FILE)
        assert (tmp_path / "talk.mp3").read_bytes() == FILE[::-1]

    def test_another_part_than_was_asked_for(
        self, pbx: PretendPbx, tmp_path: Path, run: Callable[[str, Asked], Any]
    ) -> None:
        wrong = Laid(body=FILE, etag='"one"', continues_wrongly=True)
        pbx.lay("/file.mp3", Laid(body=FILE, etag='"one"', cut=True), wrong, Laid(body=FILE, etag='"one"'))
        self.get(run, pbx, tmp_path / "talk.mp3")
        assert "another part" in self.get(run, pbx, tmp_path / "talk.mp3")[1]
        assert self.get(run, pbx, tmp_path / "talk.mp3") == len(FILE)
        assert (tmp_path / "talk.mp3").read_bytes() == FILE

    def test_it_is_not_there(self, pbx: PretendPbx, tmp_path: Path, run: Callable[[str, Asked], Any]) -> None:
        assert "HTTP 404" in self.get(run, pbx, tmp_path / "talk.mp3")[1]
        assert list(tmp_path.iterdir()) == []


def test_it_is_what_the_package_offers() -> None:
    assert router.AsyncMango is AsyncMango
    assert {name for name in vars(Methods) if not name.startswith("_")} == {
        name for name in vars(AsyncMethods) if not name.startswith("_")
    }
