"""Whatever is told of a message or a callback, in any order and more than once: its step is left by the first thing that
decides. The rule stands here once more, in its own words, beside the engine's."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.scenario import Scenario
from tests.engine.test_awaited_result import EXITS, STEPS, VERBS, WITHOUT_CALL

PATIENCE_SECONDS: Final = 5.0
EXIT_OF: Final = {"1000": "done", "4300": "exact", "2240": "class", "5003": "refused"}
HAPPENINGS: Final = ("accepted", "lost", "refused at once", "two seconds", "four seconds", *EXIT_OF)


class Rule:
    """Which step the call has to be at."""

    def __init__(self) -> None:
        self.step = "first"
        self.clock = 0.0
        self.accepted = False
        self.open = True  # nothing conclusive is known of the command: else the runtime tells no answer of it
        self.silent_at: float | None = None  # when waiting ends, and with what
        self.after_silence = ""

    def decide(self, step: str) -> None:
        if self.step == "first":
            self.step = step

    def pass_time(self, seconds: float) -> None:
        self.clock += seconds
        if self.silent_at is not None and self.silent_at <= self.clock:
            self.decide(self.after_silence)

    def wait(self, then: str) -> None:
        self.silent_at, self.after_silence = self.clock + PATIENCE_SECONDS, then


def happen(call: Scenario, rule: Rule, what: str) -> None:
    """Let the call have it, and the rule."""
    if what in ("two seconds", "four seconds"):
        seconds = 2.0 if what == "two seconds" else 4.0
        call.wait(seconds)
        rule.pass_time(seconds)
    elif what in EXIT_OF:
        call.result(int(what))
        rule.open = False
        rule.decide(EXIT_OF[what])
    elif rule.open and not rule.accepted:
        _answer(call, rule, what)


def _answer(call: Scenario, rule: Rule, what: str) -> None:
    if what == "accepted":
        call.sent()
        rule.accepted = True
        rule.wait("done")
        return
    rule.open = False
    if what == "lost":
        call.concluded("unknown")
        rule.wait("refused")
    else:
        call.concluded("failed", 2211)
        rule.decide("class")


@given(verb=st.sampled_from(WITHOUT_CALL), story=st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_first_decisive_thing_decides(verb: str, story: list[str]) -> None:
    call, rule = Scenario(f"  first: {VERBS[verb].replace('EXITS', EXITS)}{STEPS}").comes(), Rule()
    for what in story:
        happen(call, rule, what)
        assert call.at_step == rule.step
    if rule.step == "first" and (rule.accepted or not rule.open):  # nobody waits for ever
        call.wait(PATIENCE_SECONDS + 0.1)
        assert call.at_step == rule.after_silence
