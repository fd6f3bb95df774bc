"""The limits as people and programs see them (GET /api/limits, `ivr limits`): exact windows of made-up readings."""

from types import SimpleNamespace
from typing import Any

import pytest

from router.runtime.limits.limiter import Limits
from router.runtime.limits.limits_view import AllLimits, InUse, Window, account_limits, limits_in_use
from router.runtime.limits.pauses import LOOK_AGAIN_SECONDS, pause_of
from router.runtime.records import Share
from tests.runtime.outbox import NOON, queued

HALF = Share(window="route", share=0.5, since=NOON, closed_until=NOON + 1.0)
GROWN = Share(window="transfer", share=0.5, since=NOON - 3600.0, closed_until=NOON - 3599.0)


def reading(**told: Any) -> Any:
    """What the database says; of an account with nothing in use unless `told` otherwise."""
    given = {
        "shares": {}, "slots": {}, "queue": [], "paused_until": 0.0, "reason": "", "by_hand": False, "all_slots": {},
        "all_shares": [], "pauses": {},
    } | told  # fmt: skip
    asked: list[tuple[str, int]] = []

    def candidates(account: str, most: int) -> list[Any]:
        asked.append((account, most))
        return given["queue"]

    return SimpleNamespace(
        now=NOON,
        asked=asked,
        shares=lambda account: given["shares"] if account == "main" else None,
        slots=lambda account: given["slots"] if account == "main" else None,
        candidates=candidates,
        standing=lambda account: SimpleNamespace(paused_until=given["paused_until"], reason=given["reason"]),
        serving=lambda account: SimpleNamespace(paused=given["by_hand"]),
        all_slots=lambda: given["all_slots"],
        all_shares=lambda: given["all_shares"],
        pauses=lambda: given["pauses"],
    )


def seen(name: str, **told: Any) -> Window:
    view = account_limits(reading(**told), "main", Limits(), 20)
    (window,) = [one for one in view.windows if one.name == name]
    return window


def test_a_window_that_nobody_uses_has_all_of_its_limit() -> None:
    assert seen("route") == Window(
        name="route", count=1, seconds=2.0, share=1.0, free_at=(), closed_until=0.0, queued=0, of_commands=True
    )
    assert not seen("route").is_busy
    assert seen("route").next_free_at == 0.0
    assert {one.name for one in account_limits(reading(), "main", Limits(), 20).windows} == Limits().windows().keys()


def test_a_window_that_only_queries_count_in_is_none_of_commands() -> None:
    assert not seen("stats/request").of_commands
    assert seen("all").of_commands


def test_a_window_in_use_says_when_its_slots_become_free() -> None:
    window = seen("route", slots={"route": [NOON + 2.0, NOON + 3.0], "all": [NOON + 1.0]})
    assert (window.free_at, window.next_free_at, window.is_busy) == ((NOON + 2.0, NOON + 3.0), NOON + 3.0, True)
    assert seen("all", slots={"all": [NOON + 1.0]}).next_free_at == 0.0
    assert seen("all", slots={"all": [NOON + one for one in range(10)]}).next_free_at == NOON


def test_a_window_that_was_refused_has_less_and_is_closed_for_a_moment() -> None:
    window = seen("route", shares={"route": HALF})
    assert (window.count, window.seconds, window.share, window.closed_until) == (1, 4.0, 0.5, NOON + 1.0)
    assert (window.next_free_at, window.is_busy) == (NOON + 1.0, True)
    later = seen("transfer", shares={"transfer": GROWN})
    assert (later.share, later.closed_until, later.is_busy) == (1.0, 0.0, False)


def test_commands_that_wait_count_in_all_of_their_windows() -> None:
    queue = [queued("a"), queued("b"), queued("c", "transfer")]
    assert [seen(name, queue=queue).queued for name in ("route", "transfer", "all", "call/hangup")] == [2, 1, 3, 0]
    assert seen("route", queue=queue).is_busy


def test_so_many_commands_of_a_kind_are_looked_at() -> None:
    told = reading()
    view = account_limits(told, "main", Limits(), 7)
    assert (told.asked, view.now) == ([("main", 7)], NOON)


@pytest.mark.parametrize(
    ("told", "paused"),
    [
        ({}, (0.0, "")),
        ({"paused_until": NOON + 5.0, "reason": "401"}, (NOON + 5.0, "401")),
        ({"paused_until": NOON, "reason": "401"}, (0.0, "")),
        ({"by_hand": True}, (NOON + LOOK_AGAIN_SECONDS, "paused by hand")),
        ({"by_hand": True, "paused_until": NOON + 1e6}, (NOON + 1e6, "paused by hand")),
    ],
)
def test_a_pause_of_the_whole_key(told: dict[str, Any], paused: tuple[float, str]) -> None:
    view = account_limits(reading(**told), "main", Limits(), 20)
    assert (view.paused_until, view.paused_because) == paused


def test_a_pause_that_is_over_is_still_told_to_who_asks_for_it() -> None:
    assert pause_of(reading(paused_until=NOON - 5.0, reason="401"), "main") == (NOON - 5.0, "401")


# all accounts


def in_use(**told: Any) -> InUse:
    return limits_in_use(reading(**told), {"b": Limits(), "a": Limits(), "idle": Limits()})


def test_of_all_accounts_only_what_is_in_use_or_reduced_is_told() -> None:
    told = in_use(
        all_slots={"b": {"route": (NOON + 2.0,), "no such window": (NOON + 1.0,)}, "gone": {"route": (NOON + 1.0,)}},
        all_shares=[("a", HALF), ("a", GROWN), ("gone", HALF)],
        pauses={"b": SimpleNamespace(paused_until=NOON + 9.0)},
    )
    assert told == InUse(
        now=NOON,
        windows=(
            (
                "a",
                Window(
                    name="route", count=1, seconds=4.0, share=0.5, free_at=(), closed_until=NOON + 1.0, queued=0,
                    of_commands=True,
                ),
            ),
            (
                "b",
                Window(
                    name="route", count=1, seconds=2.0, share=1.0, free_at=(NOON + 2.0,), closed_until=0.0, queued=0,
                    of_commands=True,
                ),
            ),
        ),
        paused={"b": NOON + 9.0},
    )  # fmt: skip


def test_a_window_that_is_closed_is_told_though_its_share_is_whole() -> None:
    closed = Share(window="route", share=1.0, since=NOON, closed_until=NOON + 0.5)
    (found,) = in_use(all_shares=[("a", closed)]).windows
    assert (found[0], found[1].name, found[1].closed_until, found[1].share) == ("a", "route", NOON + 0.5, 1.0)


def everything(**told: Any) -> AllLimits:
    given = reading(**told)
    given.active_versions = lambda: {
        name: SimpleNamespace(paused=name in told.get("paused_by_hand", ())) for name in ("main", "second", "third")
    }
    given.waiting = lambda *, notifications: {"main": 1} if not notifications else {"third": 1}
    return AllLimits(given, 20)


def test_accounts_in_use_come_first_page_by_page() -> None:
    found = everything(all_slots={"second": {"all": [NOON + 1.0]}})
    names = ["third", "second", "main", "a", "b"]
    assert found.page(names, 3, "") == (["main", "second", "a"], "1a")
    assert found.page(names, 3, "1a") == (["b", "third"], None)
    assert found.page(names, 5, "") == (["main", "second", "a", "b", "third"], None)
    assert found.page(names, 1, "0main") == (["second"], "0second")
    with pytest.raises(ValueError, match="cursor is the `next` of the page before"):
        found.page(names, 3, "main")


def test_how_many_accounts_are_in_use_and_by_what() -> None:
    found = everything(
        all_slots={"second": {"all": [NOON + 1.0]}},
        all_shares=[("second", HALF), ("third", GROWN)],
        pauses={"third": SimpleNamespace(paused_until=NOON + 9)},
        paused_by_hand=["second"],
    )
    names = ["main", "second", "third", "fourth"]
    assert found.sums(names) == {"accounts": 4, "in_use": 3, "queued": 1, "lowered": 1, "paused": 2}
    assert found.sums(["fourth"]) == {"accounts": 1, "in_use": 0, "queued": 0, "lowered": 0, "paused": 0}


def test_an_account_among_all_looks_as_it_does_alone() -> None:
    told = {"slots": {"route": [NOON + 2.0]}, "shares": {"route": HALF}, "queue": [queued("a")]}
    alone = account_limits(reading(**told), "main", Limits(), 20)
    found = everything(**told, all_slots={"main": told["slots"]}, all_shares=[("main", HALF)])
    assert found.of("main", Limits()) == alone
    assert found.queue("second") == [], "nothing of it waits"
    assert found.now == NOON
