"""A canary: who gets it, when it is taken back, and that nobody else notices."""

import pytest

from router.errors import ConfigurationError
from router.history.call_view import instant
from router.history.journal import CommandRow
from router.runtime.limits.pauses import pause_of
from router.runtime.ports import Store
from router.runtime.records import ActiveVersion, Figures
from router.runtime.versions.canary import LEAST_CALLS, CanaryWatch, certainty, verdict
from router.runtime.versions.canary_view import canary_object
from tests.runtime.living import FIRST, SECOND, living_router, publish, ring
from tests.store.build import call, command, put


class TestCallers:
    def test_share_of_them_gets_it_and_the_same_ones_again(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        second = publish(router, SECOND, 0.3)
        callers = [f"7900{number:07}" for number in range(300)]
        got = {caller: ring(router, f"a{caller}", caller).version for caller in callers}
        assert set(got.values()) == {first, second}
        assert 60 <= list(got.values()).count(second) <= 120
        assert {caller: ring(router, f"b{caller}", caller).version for caller in callers} == got

    def test_those_without_a_number_are_drawn_call_by_call(self) -> None:
        router = living_router()
        publish(router, FIRST)
        publish(router, SECOND, 0.5)
        assert len({ring(router, f"entry-{number}", "").version for number in range(40)}) == 2

    def test_calls_that_are_up_keep_their_version_when_it_ends(self) -> None:
        router = living_router()
        publish(router, FIRST)
        second = publish(router, SECOND, 0.99)
        on_it = next(found for number in range(50) if (found := ring(router, f"e{number}")).version == second)
        router.versions.activate("default", router.store.serving("default").active or "")
        assert router.store.serving("default").canary == ""
        assert ring(router, on_it.entry_id).version == second
        assert ring(router, "later").version != second

    def test_making_it_active_ends_it(self) -> None:
        router = living_router()
        publish(router, FIRST)
        second = publish(router, SECOND, 0.1)
        states = {row["version"]: row["state"] for row in router.store.versions("default")}
        assert states[second] == "canary"
        router.versions.activate("default", second)
        assert router.store.serving("default") == ActiveVersion(active=second)

    def test_it_needs_another_version_to_be_compared_with(self) -> None:
        router = living_router()
        with pytest.raises(ConfigurationError, match="nothing is active"):
            publish(router, FIRST, 0.1)
        publish(router, FIRST)
        with pytest.raises(ConfigurationError, match="is the active version"):
            publish(router, FIRST, 0.1)


class TestVerdict:
    @pytest.mark.parametrize(
        ("active", "canary", "said"),
        [
            (
                Figures(calls=100, missed=5),
                Figures(calls=40, missed=20),
                "20 of 40 callers hung up unanswered, and 5 of",
            ),
            (Figures(calls=100, failing=1), Figures(calls=40, failing=9), "9 of 40 calls had a failed command"),
            (Figures(calls=50), Figures(calls=20, missed=20), "20 of 20 callers"),
            (Figures(calls=100, missed=50), Figures(calls=40, missed=22), ""),
            (Figures(calls=100, missed=10), Figures(calls=40, missed=1), ""),
            (Figures(calls=10_000, missed=100), Figures(calls=10_000, missed=400), ""),
            (Figures(calls=100), Figures(calls=LEAST_CALLS - 1, missed=LEAST_CALLS - 1), ""),
            (Figures(calls=0), Figures(calls=40, missed=40), ""),
            (Figures(calls=20, missed=20), Figures(calls=20, missed=20), ""),
        ],
    )
    def test_what_is_worse(self, active: Figures, canary: Figures, said: str) -> None:
        assert verdict(active, canary).startswith(said)
        assert bool(verdict(active, canary)) == bool(said)


def fill(store: Store, version: str, ended: int, missed: int, failing: int = 0) -> None:
    rows = []
    commands: list[CommandRow] = []
    for number in range(ended):
        entry_id = f"{version}-{number}"
        outcome = "missed" if number < missed else "answered"
        started = store.serving("default").since + 1
        rows.append(
            call(entry_id, account="default", version=version, status="ended", outcome=outcome, started=started)
        )
        if number < failing:
            commands.append(command(f"c-{entry_id}", account="default", entry_id=entry_id, state="failed"))
    put(store, *rows, *commands)


class TestWatch:
    def test_worse_version_is_taken_back_and_says_why(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        second = publish(router, SECOND, 0.5)
        fill(router.store, first, 60, 3)
        fill(router.store, second, 30, 15)
        CanaryWatch(router.store).look()
        assert router.store.serving("default") == ActiveVersion(active=first)
        notes = {row["version"]: row["note"] for row in router.store.versions("default")}
        assert notes[second] == ("taken back: 15 of 30 callers hung up unanswered, and 3 of 60 on the active version")
        _, entry = router.store.audit({}, 1)[0]
        assert (entry.action, entry.subject, entry.changes) == (
            "rollback", first, {"canary": [second, ""], "share": [0.5, 0.0]},
        )  # fmt: skip
        assert entry.reason == notes[second].removeprefix("taken back: ")
        publish(router, SECOND, 0.5)
        assert {row["note"] for row in router.store.versions("default")} == {""}

    def test_failed_commands_count_too(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        second = publish(router, SECOND, 0.5)
        fill(router.store, first, 60, 3)
        fill(router.store, second, 30, 2, failing=12)
        CanaryWatch(router.store).look()
        assert router.store.serving("default").canary == ""

    def test_good_version_stays_and_calls_from_before_count_for_nothing(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        old = [call(f"o{number}", account="default", version=first, status="ended", outcome="answered", started=1.0)
               for number in range(100)]  # fmt: skip
        put(router.store, *old)
        second = publish(router, SECOND, 0.5)
        fill(router.store, second, 30, 15)
        fill(router.store, first, 30, 16)
        CanaryWatch(router.store).look()
        assert router.store.serving("default").canary == second

    def test_paused_account_stays_paused(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        second = publish(router, SECOND, 0.5)
        router.pause("default", paused=True)
        fill(router.store, first, 60, 3)
        fill(router.store, second, 30, 15)
        CanaryWatch(router.store).look()
        assert router.store.serving("default") == ActiveVersion(active=first, paused=True)


def test_paused_account_takes_no_call_and_sends_nothing() -> None:
    router = living_router()
    publish(router, FIRST)
    taken = ring(router, "before")
    router.pause("default", paused=True)
    assert ring(router, "during").flow == ""
    with router.store.snapshot() as reading:
        until, reason = pause_of(reading, "default")
    assert (until > reading.now + 3600, reason) == (True, "paused by hand")
    assert taken.flow == "main"
    router.pause("default", paused=False)
    assert ring(router, "after").flow == "main"


class TestCertainty:
    def test_without_calls_on_either_side_nothing_is_known(self) -> None:
        assert certainty(0, 0, 3, 10) is None
        assert certainty(3, 10, 0, 0) is None

    def test_it_is_that_of_the_test_for_two_proportions(self) -> None:
        """45 of 100 beside 60 of 100: z = 2.124, of which a table of the normal distribution has 0.9663."""
        assert certainty(45, 100, 60, 100) == pytest.approx(0.9663, abs=2e-4)
        assert certainty(60, 100, 45, 100) == certainty(45, 100, 60, 100)

    def test_equal_shares_say_nothing(self) -> None:
        assert certainty(10, 100, 20, 200) == pytest.approx(0.0)
        assert certainty(0, 100, 0, 50) == 0.0


def test_the_audit_calls_each_activation_by_its_name() -> None:
    router = living_router()
    first, second = publish(router, FIRST), publish(router, SECOND)
    router.versions.activate("default", first)
    router.versions.activate("default", second, 0.25)
    router.versions.activate("default", second)
    told = [(entry.action, entry.subject, entry.changes) for _, entry in router.store.audit({}, 10)]
    assert told == [
        ("promote", second, {"active": [first, second], "canary": [second, ""], "share": [0.25, 0.0]}),
        ("canary", second, {"canary": ["", second], "share": [0.0, 0.25]}),
        ("rollback", first, {"active": [second, first]}),
        ("publish", second, {"active": [first, second]}),
        ("publish", first, {"active": [None, first]}),
    ]


class TestObject:
    def test_without_a_canary_there_are_no_figures(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        assert canary_object(router.store, "default") == {
            "account": "default", "active": first, "canary": None, "share": 0.0, "since": None, "figures": None,
        }  # fmt: skip
        assert canary_object(router.store, "nobody")["active"] is None

    def test_both_versions_are_told_side_by_side(self) -> None:
        router = living_router()
        first = publish(router, FIRST)
        second = publish(router, SECOND, 0.25)
        fill(router.store, first, 100, 45, failing=10)
        fill(router.store, second, 100, 60, failing=10)
        told = canary_object(router.store, "default")
        assert (told["active"], told["canary"], told["share"]) == (first, second, 0.25)
        assert told["since"] == instant(router.store.serving("default").since)
        figures = told["figures"]
        assert figures["active"] == {"calls": 100, "missed": 45, "failing": 10}
        assert figures["canary"] == {"calls": 100, "missed": 60, "failing": 10}
        assert figures["certainty"] == {"missed": pytest.approx(0.9663, abs=2e-4), "failing": 0.0}
        assert figures["least_calls"] == LEAST_CALLS
        assert figures["verdict"] == ""
        missed = next(one for one in figures["outcomes"] if one["outcome"] == "missed")
        assert (missed["active"], missed["canary"], missed["difference"]) == (45, 60, 0.15)
        assert missed["low"] < 0.15 < missed["high"]
        assert missed["chance_higher"] == pytest.approx(0.983, abs=0.002)
        assert {len(str(missed[name])) <= 7 for name in ("low", "high", "chance_higher")} == {True}, "four digits"
