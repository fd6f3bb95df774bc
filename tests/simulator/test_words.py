"""One vocabulary: a line of a test can be said to a phone, and the words of before are understood by both."""

import pytest

from router.pbx.happenings import Impossible
from router.simulator.phone import SAID, Phone
from router.simulator.script import Happen, Line
from router.simulator.words import HAPPENS, OLDER
from tests.simulator.bundles import read, reason, suite
from tests.simulator.test_simulate import session


def lines(*words: str) -> tuple[Line, ...]:
    phone = Phone(session())
    for said in words:
        phone.say(said)
    return phone.session.lines


@pytest.mark.parametrize(
    "same",
    [
        ("1", "keys 1", "keys: 1", 'keys: "1"', '- keys: "1"'),
        ("wait 5s", "wait: 5s"),
        ("hangup", "hangup: {}", "hangup:"),
    ],
)
def test_the_same_thing_in_several_words(same: tuple[str, ...]) -> None:
    assert len({lines(words) for words in same}) == 1


def test_what_happens_at_the_other_end() -> None:
    for happens in ("answered", "busy", "no_answer", "rejected", "unavailable"):
        older = [old for old, new in OLDER.items() if new == happens]
        for words in (happens, f"pbx {happens}", f"pbx: {happens}", *older, *(f"pbx: {old}" for old in older)):
            assert lines("1", words) == lines("1", happens)
    for words in ("result 4100", "pbx: {result: 4100}", "pbx {result: 4100}"):
        assert lines("1", words) == lines("1", "result 4100")
    for words in ("transfer 105", 'by_hand: {transfer: "105"}'):
        assert lines("4", "answered", words) == lines("4", "answer", "transfer 105")


def test_tests_understand_the_older_words() -> None:
    for older, word in OLDER.items():
        _, (script,), findings = read(suite(f"pbx: {older}"))
        assert findings == ()
        assert script.lines[0] == Happen(mark=script.lines[0].mark, what=word)
    assert reason('expect: {play: audio.menu}\nkeys: "1"\nexpect: {route: group sales}\npbx: answer') is None


def test_no_word_means_two_things() -> None:
    assert not HAPPENS.keys() & SAID.keys()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("pbx: bussy", "held or resumed or left or duplicate or reorder or drop or limit, found `bussy`"),
        ("keys: x", "`x` is not a packet of keys"),
        ("wait: soon", "is not a duration"),
        ("by_hand: {dance: 1}", "unknown key `dance`"),
        ("lookup: {nobody: failed}", "there is no lookup step"),
        ("keys: [1", "."),
        ("expect: hangup", "`expect:` cannot be said here"),
    ],
)
def test_what_a_test_would_refuse_is_refused_with_the_same_words(words: str, why: str) -> None:
    phone = Phone(session())
    before = phone.session.lines
    with pytest.raises(Impossible, match=why):
        phone.say(words)
    assert phone.session.lines == before
