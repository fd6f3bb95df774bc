"""`ivr simulate`: what can be said to a call, what is seen of it, and that what is saved is a test that passes."""

import json
import os
import pty
import select
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from router.cli import commands
from router.flow.findings import Report
from router.flow.model import Bundle, Prompt
from router.pbx.happenings import Impossible
from router.simulator.phone import HAPPENS, HELP, SAID, Phone
from router.simulator.read_given import read_given
from router.simulator.save import saved
from router.simulator.script import Answer, HangUp, Keys, Wait
from router.simulator.session import NOWHERE, Session
from tests.simulator.bundles import FLOW, RESOURCES, Change, read, suite, unchanged
from tests.simulator.test_fake_lookups import ASKING, LISTED, LOOP


def session(flow: str = FLOW, change: Change = unchanged) -> Session:
    bundle, _, _ = read(suite("hangup: {}"), flow, change)
    return Session(bundle, "main", read_given(None, bundle, "main", Report()))


def heard(phone: Phone, *words: str) -> list[str]:
    """What the caller notices of it."""
    for line in words:
        phone.say(line)
    return [row for row in phone.news() if row.startswith("* ")]


def phone(flow: str = FLOW, change: Change = unchanged) -> Phone:
    made = Phone(session(flow, change))
    made.news()
    return made


# the session


def test_every_command_that_comes_is_expected_where_it_came() -> None:
    test = session()
    test.do(Keys(mark=NOWHERE, digits="1"))
    test.do(Wait(mark=NOWHERE, seconds=25.0))
    assert saved(test, "a test", "main.test.yaml", None).splitlines()[5:] == [
        "      - expect: {play: audio.menu}",
        '      - keys: "1"',
        "      - expect: {route: group sales}",
        "      - wait: 25s",
        "      - expect: {route: person operator}",
    ]


def test_one_step_back_is_as_if_it_had_not_been() -> None:
    test = session()
    beginning = test.call
    test.do(Keys(mark=NOWHERE, digits="1"))
    after_key = test.call
    test.do(HangUp(mark=NOWHERE))
    test.back()
    assert test.call == after_key
    test.back()
    assert (test.call, len(test.lines)) == (beginning, 1)
    with pytest.raises(Impossible, match="this is the beginning"):
        test.back()


WORDS = ["1", "2", "9", "wait", "wait 3s", "wait 40s", "answer", "busy", "hold", "resume", "left", "hangup", "transfer 102",
         "route 103", "result 4100", "noanswer"]  # fmt: skip


@given(words=st.lists(st.sampled_from(WORDS), max_size=8))
def test_a_call_that_goes_on_is_the_one_that_is_played_anew(words: list[str]) -> None:
    made = Phone(session())
    for word in words:
        with suppress(Impossible):
            made.say(word)
    anew = session()
    anew._settle(made.session._said)
    assert (anew.call, anew.trace, anew.lines) == (made.session.call, made.session.trace, made.session.lines)


def test_what_cannot_happen_changes_nothing() -> None:
    test = session()
    before = test.call, test.lines
    with pytest.raises(Impossible, match="nobody's phone rings"):
        Phone(test).say("answer")
    assert (test.call, test.lines) == before


def test_time_that_passes_by_itself_is_one_line_and_no_step() -> None:
    test = session()
    test.let_pass(1.5)
    test.let_pass(2.5)
    assert test.lines[-1] == Wait(mark=NOWHERE, seconds=4.0)
    test.let_pass(5.0)
    assert len(test.lines) == 3  # a prompt came after 9 s
    test.let_pass(1.0)
    assert test.elapsed == 10.0
    with pytest.raises(Impossible):
        test.back()


def test_the_real_clock_stands_while_a_lookup_waits() -> None:
    test = session(LISTED, LOOP)
    assert test.lookup == "second"
    test.let_pass(60.0)
    assert test.elapsed == 0.0
    with pytest.raises(Impossible, match="the lookup second waits for its answer"):
        saved(test, "a test", "main.test.yaml", None)
    test.answer(Answer(mark=NOWHERE, state="found"))
    assert test.lookup is None
    assert len(test.sent) == 1
    with pytest.raises(Impossible, match="no lookup waits"):
        test.answer(Answer(mark=NOWHERE, state="found"))


# the phone


def test_the_caller_hears_prompts_with_what_they_say() -> None:
    bundle, _, _ = read(suite("hangup: {}"))
    loud = replace(bundle, prompts=_with_words(bundle))
    made = Phone(Session(loud, "main", read_given(None, loud, "main", Report())))
    assert made.news()[-1] == "* plays audio.menu: Press 1."


def _with_words(bundle: Bundle) -> dict[str, Prompt]:
    menu = bundle.prompts["menu"]
    variants = {language: replace(audio, says="Press 1.") for language, audio in menu.variants.items()}
    return {**bundle.prompts, "menu": replace(menu, variants=variants)}


def test_words_for_everything_that_can_happen() -> None:
    assert heard(phone(), "1", "busy") == ["* routes to group sales", "* routes to person operator"]
    assert heard(phone(), "1", "noanswer") == ["* routes to group sales", "* routes to person operator"]
    assert heard(phone(), "2", "reject") == ["* routes to person operator", "* hangs up"]
    assert heard(phone(), "2", "unavailable") == ["* routes to person operator", "* hangs up"]
    assert heard(phone(), "wait 9s") == ["* plays audio.again"]
    assert heard(phone(), "", "") == ["* plays audio.again"]
    assert heard(phone(), "hangup") == ["* sends sms 79000000000"]
    held = heard(phone(), "4", "answer", "hold", "wait 60s", "resume")
    assert held == ["* routes to extension 103", "* transfers to extension 104"]
    asked = heard(phone(), "4", "answer", "consult 105", "answer", "wait 59s", "resume", "wait 1h")
    assert asked == ["* routes to extension 103"]
    with pytest.raises(Impossible, match="such as 102"):
        phone().say("consult them")
    left = phone()
    left.say("left")
    assert left.session.call.outcome == "released"
    assert heard(phone(), "1", "result 4100", "wait 1s") == ["* routes to group sales", "* plays audio.sorry"]


def test_the_trace_grows_and_after_a_step_back_starts_where_it_differs() -> None:
    made = phone()
    made.say("1")
    assert any("left menu by 1 to sales" in row for row in made.news())
    assert made.news() == []
    assert made.say("back") == ["back to +0 s menu"]
    made.say("2")
    news = made.news()
    assert "left menu by 2 to operator" in "\n".join(news)
    assert "step screen" not in "\n".join(news)


def test_questions() -> None:
    made = phone()
    assert any("step menu (menu)" in row for row in made.say("trace"))
    assert {'vars.lang = "ru"', "vars.tries = 0", "vars.open = false", "visits.menu = 1"} <= set(made.say("vars"))
    assert all(word in HELP for word in [*SAID, *HAPPENS])
    assert made.say("help") == HELP.splitlines()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("anwser", "`anwser` cannot be said here; did you mean `answer`?"),
        (
            "1a",
            "`1a` cannot be said here; say `1`, `5s`, `hangup` or `answered`; `help` tells what else, `quit` leaves",
        ),
        ("he", "`he` may be held, help: write more of it"),
        ("answered now", "`answered` is said alone"),
        ("wait long", "`long` is not a duration such as 5s"),
        ("result many", "write the result's code, such as 4100"),
        ("result 4100 now", "write the result's code, such as 4100"),
        ("fail-lookup", "no lookup waits for an answer"),
        ("answer-lookup {ok: true}", "no lookup waits for an answer"),
        ("answer-lookup true", "write what it finds as {NAME: VALUE, ...}"),
        ("resume", "the caller cannot be taken off hold: the leg is Appeared in ivr"),
    ],
)
def test_words_that_cannot_be_followed(words: str, why: str) -> None:
    with pytest.raises(Impossible) as caught:
        phone().say(words)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("h", "hangup"),
        ("hang", "hangup"),
        ("ans", "answered"),
        ("5s", "wait 5s"),
        ("1m30s", "wait 90s"),
        ("trac", "trace"),
        ("bus", "busy"),
    ],
)
def test_a_word_may_end_early_and_a_time_is_waited_for(short: str, whole: str) -> None:
    told = []
    for words in (short, whole):
        made = phone()
        made.say("2")
        told.append((made.say(words), made.news(), made.place))
    assert told[0] == told[1]


def test_keys_are_pressed_one_after_another() -> None:
    at_once, in_turn = phone(), phone()
    at_once.say("1 2,#")
    for key in "12#":
        in_turn.say(key)
    assert at_once.news() == in_turn.news()


def test_none_of_several_keys_is_pressed_when_the_call_is_over() -> None:
    made = phone()
    made.say("hangup")
    before = made.session.call
    with pytest.raises(Impossible):
        made.say("1 2")
    assert made.session.call == before


def test_lookups_are_answered_by_whoever_simulates() -> None:
    made = Phone(session(LISTED, ASKING))
    assert made.news()[-1] == "* the lookup second waits for its answer"
    with pytest.raises(Impossible, match="there is no output `okay`, did you mean `ok`"):
        made.say("answer-lookup {okay: true}")
    with pytest.raises(Impossible, match="a lookup ends as failed or not_found"):
        made.say("fail-lookup badly")
    made.say("answer-lookup {ok: true, name: Ann}")
    assert {"second.ok = true", 'second.name = "Ann"'} <= set(made.say("vars"))
    made.say("back")
    assert heard(made, "fail-lookup not_found") == ["* hangs up"]
    text = saved(made.session, "nobody", "main.test.yaml", None)
    assert "lookups: {second: [not_found]}}" in text


# saving


def test_a_saved_session_is_a_test_that_passes_and_further_ones_stand_below_it() -> None:
    made = phone()
    for words in ("1", "busy", "wait 2s", "answer", "hangup"):
        made.say(words)
    first = saved(made.session, "1: busy, answered", "main.test.yaml", None)
    both = saved(phone().session, "menu", "main.test.yaml", first.replace("\n  ", "\n    "))
    _, scripts, findings = read(both)
    assert not findings
    assert [script.name for script in scripts] == ["1: busy, answered", "menu"]
    assert both.splitlines()[-4].startswith("    - name: menu")


WORDS = (
    *("1", "2", "3", "4", "9", "", "wait 1s", "wait 6s", "wait 61s", "hangup", "answer", "busy", "noanswer", "reject"),
    *("unavailable", "hold", "resume", "left", "result 4100", "result 1000", "back", "back"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_whatever_was_said_what_is_saved_passes(words: list[str]) -> None:
    """Saving runs the test, and refuses one that would not pass."""
    made = phone()
    for line in words:
        with suppress(Impossible):
            made.say(line)
    _, scripts, findings = read(saved(made.session, "any", "main.test.yaml", None))
    assert (len(scripts), findings) == (1, ())


def test_a_result_that_what_happened_since_leaves_no_room_for_is_refused() -> None:
    """The result of a route stays away until its line, and its leg with it: nobody could have answered meanwhile."""
    made = phone()
    for line in ("4", "wait 1s", "answer"):
        made.say(line)
    before = made.session.lines
    with pytest.raises(Impossible, match="nobody's phone rings"):
        made.say("result 4100")
    assert made.session.lines == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("flow: other\ntests:\n  - {name: a, script: [hangup: {}]}\n", "does not hold the tests of flow main"),
        ("tests:\n  - {name: a, script: [hangup: {}]}\nflow: main\n", "does not end with its list of tests"),
        ("flow: main\ntests: [{name: a, script: [hangup: {}]}]\n", "does not end with its list of tests"),
        ("flow: main\ntests:\n  - {name: a, script: [jump: {}]}\n", "has mistakes"),
        ("flow: [\n", "is not YAML"),
        ("", "does not end with its list of tests"),
    ],
)
def test_a_file_that_a_test_cannot_be_added_to(text: str, why: str) -> None:
    with pytest.raises(Impossible, match=why):
        saved(session(), "a test", "main.test.yaml", text)


# the command


def ivr(*arguments: str, said: str) -> Result:
    return CliRunner().invoke(commands, ["simulate", *arguments], input=said)


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    (tmp_path / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (tmp_path / "main.yaml").write_text(FLOW, encoding="utf-8")
    return str(tmp_path)


def test_a_conversation_through_a_pipe(bundle: str) -> None:
    result = ivr("main", bundle, said="2\nfoo\nanswer\nquit\nhangup\n")
    assert result.exit_code == 0
    assert "* plays audio.menu\n+0 s menu> 2\n" in result.output
    assert "* routes to person operator\n+0 s operator> foo\n`foo` cannot be said here" in result.output
    assert result.output.endswith("answered: the flow rests until the call ends\n")


def test_the_options_are_the_world_of_the_call(bundle: str) -> None:
    assert "* hangs up" in ivr("main", bundle, "--from", "", said="").output
    assert "* plays audio.sorry" in ivr("main", bundle, "--at", "2026-11-22T12:00:00", said="").output
    assert "* routes to extension 102" in ivr("main", bundle, "--online", "102,105", said="3\n").output
    wrong = ivr("main", bundle, "--line", "74950000002", said="")
    assert (wrong.exit_code, "no flow takes line 74950000002" in wrong.output) == (2, True)
    noon = ivr("main", bundle, "--at", "noon", said="")
    assert (noon.exit_code, "`noon` is not a time" in noon.output) == (2, True)
    nowhere = ivr("mian", bundle, said="")
    assert (nowhere.exit_code, "did you mean `main`?" in nowhere.output) == (2, True)


def test_anything_that_a_test_can_be_given_and_what_is_saved_has_it(bundle: str) -> None:
    given = "{vars: {open: true}, lists: {vip: ['7900*']}, limits: {route: 1s}, dct: '74950000009'}"
    result = ivr("main", bundle, "--given", given, "--online", "102", said="wait 1s\nsave vip\n")
    assert "* routes to person operator" in result.output
    assert CliRunner().invoke(commands, ["test", bundle]).exit_code == 0
    text = (Path(bundle) / "main.test.yaml").read_text(encoding="utf-8")
    for part in ("vars: {open: true}", 'lists: {vip: ["7900*"]}', "limits: {route: 1s}", 'number: "74950000009"'):
        assert part in text
    for wrong in ("{vasr: {}}", "{vars: {opened: true}}", "[1]", "{"):
        assert ivr("main", bundle, "--given", wrong, said="").exit_code == 2


def test_save_writes_beside_the_flow_what_ivr_test_then_runs(bundle: str) -> None:
    result = ivr("main", bundle, said="2\nsave operator\nanswer\nsave\nhangup\nsave answered\n")
    assert "write what the test is to be called: save NAME" in result.output
    assert f"saved as `answered` in {Path(bundle) / 'main.test.yaml'}" in result.output
    tests = CliRunner().invoke(commands, ["test", bundle])
    assert tests.output.splitlines()[:2] == ["passed  main.test.yaml: operator", "passed  main.test.yaml: answered"]
    other = Path(bundle) / "mine.test.yaml"
    assert ivr("main", bundle, "--save-to", str(other), said="save mine\n").exit_code == 0
    assert "name: mine" in other.read_text(encoding="utf-8")


def test_a_session_outlives_a_file_that_cannot_be_written(bundle: str) -> None:
    result = ivr("main", bundle, "--save-to", "/dev/null/mine.test.yaml", said="save mine\n2\n")
    assert result.exit_code == 0
    assert "cannot be written: Not a directory; start with --save-to FILE" in result.output
    assert result.output.endswith("* routes to person operator\n")


@pytest.mark.parametrize("last", [b"\x03", b"\x04"], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("real", [(), ("--real",)], ids=["virtual", "real"])
def test_the_terminal_is_left_on_a_line_of_its_own(bundle: str, last: bytes, real: tuple[str, ...]) -> None:
    """In a real terminal: keys are typed, the prompt shows where the call is, and both ways out are quiet."""
    command = [sys.executable, "-m", "router.cli", "simulate", "main", bundle, *real]
    child, ours = pty.fork()
    if not child:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever started the tests in the background ignores it
        os.execv(command[0], command)
    shown = _until(ours, b"menu> ")
    os.write(ours, b"2\n")
    shown += _until(ours, b"operator> ")
    shown += _leave(ours, last)
    os.close(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    text = shown.decode().replace("\r\n", "\n")
    assert "* routes to person operator" in text
    assert "Abort" not in text
    assert text.endswith("\n")


def _leave(terminal: int, key: bytes) -> bytes:
    """What comes until the end. A key between the prompt and the reading of it is lost to Python's `input`, so it is
    pressed again, as a person would."""
    shown = b""
    for _ in range(30):
        os.write(terminal, key)
        while select.select([terminal], [], [], 1)[0]:
            try:
                more = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                return shown
            shown += more
            if not more:
                return shown
    raise AssertionError(f"{key!r} ended nothing after {shown!r}")


def _until(terminal: int, wanted: bytes) -> bytes:
    """What comes until the text `wanted`."""
    shown = b""
    while wanted not in shown:
        if not select.select([terminal], [], [], 30)[0]:
            raise AssertionError(f"{wanted!r} did not come after {shown!r}")
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            return shown
        shown += more
        if not more:
            return shown
    return shown


def test_json(bundle: str) -> None:
    rows = [json.loads(row) for row in ivr("main", bundle, "--json", said="wait 9s\nvars\n").output.splitlines()]
    assert [row["said"] for row in rows] == ["", "wait 9s", "vars"]
    assert [row["commands"] for row in rows] == [["plays audio.menu"], ["plays audio.again"], []]
    assert (rows[1]["elapsed"], rows[1]["step"], rows[1]["status"]) == (9.0, "menu", "running")
    assert "vars.tries = 0" in rows[2]["answer"]


def test_the_real_clock(bundle: str) -> None:
    """Input that is there at once is done at once; what time it took is the clock's business."""
    result = ivr("main", bundle, "--real", said="2\nanswer\nhangup\n")
    assert result.exit_code == 0
    assert "* plays audio.menu" in result.output
    assert "* routes to person operator" in result.output
    assert "the call is over" in result.output
    rows = [json.loads(row) for row in ivr("main", bundle, "--real", "--json", said="2\nquit\n").output.splitlines()]
    assert rows[0]["commands"] == ["plays audio.menu"]
    assert "routes to person operator" in [command for row in rows for command in row["commands"]]
