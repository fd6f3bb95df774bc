"""What one can say to a simulated call, word by word, and what one hears and sees of it.

A line of input becomes a line of the session's script, or a question about the call. Nothing is printed here: each
answer is rows of text, so that a terminal, a pipe and a test see the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

from router.engine.effects import QueueCommand
from router.engine.manual_step import BY_HAND
from router.flow.durations import parse_duration
from router.flow.findings import Report, did_you_mean
from router.flow.model import Bundle
from router.flow.verbs import COMMAND_NAMES, COMMANDS
from router.flow.yaml.node import Node
from router.flow.yaml.parser import parse_yaml
from router.history.heard import recording_of
from router.history.journal import CommandRow
from router.history.trace_text import lines
from router.pbx.happenings import Impossible
from router.simulator.compare import described
from router.simulator.compose import ResultLine
from router.simulator.given_world import in_a_sentence
from router.simulator.read_steps import WORDS, read_answer
from router.simulator.report import ENGLISH, Words, seconds
from router.simulator.said_lines import line_as_in_tests
from router.simulator.script import CONSULTS, ByHand, HangUp, Happen, Keys, Line, LookupEnds, Wait
from router.simulator.session import NOWHERE, Session
from router.simulator.words import HAPPENS, OLDER

Rows = list[str]

HELP: Final = """\
1, 22 or *#      press keys, as one packet; 1 2 #: one after another
wait 5s, or 5s   let time pass; an empty line: until the next thing happens
hangup, h        the caller hangs up
answered         the called party answers; also busy, no_answer, rejected, unavailable
held, resumed    the employee puts the caller on hold, takes him back
consults 102     the employee asks a colleague, to hand the caller over; then answered, busy, ...
left             the PBX's scheme moves the caller on
transfer 102     a person moves the caller on by hand; route 102 where nobody talks to him yet
result 4100      the last command's result
lookup {ok: true}    what the lookup that waits finds; lookup failed, lookup not_found
back             one step back
trace, vars      the whole trace; the call's variables
save NAME        add the session to the flow's tests
help, ?          this; quit, q: the end
The beginning of a word will do where it is the only one that begins so: hang, ans, ba.
A line of a test can be said as it stands there: keys: "1", pbx: {result: 4100}. Older words are understood, too:
answer, noanswer, reject, hold, resume, consult, answer-lookup {ok: true}, fail-lookup."""

_KEYS: Final = re.compile(r"[0-9*#]{1,99}", re.ASCII)
_SEVERAL_KEYS: Final = re.compile(r"[0-9*#]{1,99}(?:[ ,]+[0-9*#]{1,99}){1,98}", re.ASCII)
_SEPARATORS: Final = re.compile(r"[ ,]+")
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


class Phone:
    """One session and the words for it. Words that cannot be followed raise Impossible and change nothing."""

    def __init__(self, session: Session, words: Words = ENGLISH) -> None:
        self.session = session
        self._words = words  # the language of the trace and of what is heard
        self._shown: Rows = []
        self._heard: Rows = []

    def say(self, words: str) -> Rows:
        """Do what the words say; answers to questions are rows, what happens is seen by `news`."""
        words = words.strip()
        word, _, rest = words.partition(" ")
        word = ONE_LETTER.get(word, word)
        if _KEYS.fullmatch(words):
            return self._do(Keys(mark=NOWHERE, digits=words))
        if _SEVERAL_KEYS.fullmatch(words):
            return self._press_in_turn(_SEPARATORS.split(words))
        if words in HAPPENS:
            return self._do(Happen(mark=NOWHERE, what=HAPPENS[words]))
        if word in SAID:
            return SAID[word](self, rest.strip())
        line = line_as_in_tests(words, self.session.bundle, self.session.flow)
        if line is not None:
            return self._do(replace(line, mark=NOWHERE))
        if parse_duration(words) is not None:
            return self._wait(words)
        return self.say(f"{_whole_word(word)} {rest}")

    def news(self) -> Rows:
        """What is new since the last time: what the caller notices, then the trace. After a change of what was
        before, everything from there on."""
        trace = self._trace()
        said = self._words.said
        heard = [f"* {said(heard_of(self.session.bundle, sent.command))}" for sent in self.session.sent]
        if self.session.lookup is not None:
            heard.append(f"* {said(f'the lookup {self.session.lookup} waits for its answer')}")
        news = [*(f"  {row}" for row in _since(self._shown, trace)), *_since(self._heard, heard)]
        self._shown, self._heard = trace, heard
        return news

    @property
    def place(self) -> str:
        """Where the call is: "+9 s main_menu"."""
        call = self.session.call
        at = f"{call.within}.{call.step}" if call.within else call.step
        return f"{seconds(self.session.elapsed)} {at if call.status in ('running', 'closing') else call.status}"

    def _trace(self) -> Rows:
        started = self.session.started
        return lines(self.session.trace, lambda at: f"{seconds(at - started):>10}", self._words.told)

    # words

    def _do(self, line: Line) -> Rows:
        if isinstance(line, LookupEnds) and self.session.is_asked_by(line.lookup):
            self.session.answer(line.answer)
        else:
            self.session.do(line)
        return []

    def _press_in_turn(self, packets: list[str]) -> Rows:
        """Packets one after another. Where one cannot be sent, those before it are taken back."""
        sent = 0
        try:
            for digits in packets:
                self._do(Keys(mark=NOWHERE, digits=digits))
                sent += 1
        except Impossible:
            for _ in range(sent):
                self.session.back()
            raise
        return []

    def _wait(self, rest: str) -> Rows:
        duration = parse_duration(rest) if rest else self.session.seconds_to_next
        if duration is None:
            raise Impossible(f"`{rest}` is not a duration such as 5s" if rest else "nothing will happen by itself")
        return self._do(Wait(mark=NOWHERE, seconds=duration))

    def _hang_up(self, rest: str) -> Rows:
        return self._do(HangUp(mark=NOWHERE))

    def _transfer(self, rest: str) -> Rows:
        return self._by_hand("transfer", rest)

    def _route(self, rest: str) -> Rows:
        return self._by_hand("route", rest)

    def _by_hand(self, command: str, to: str) -> Rows:
        if not _NUMBER.fullmatch(to):
            raise Impossible(f"write whom the PBX is to call: {command} 102")
        return self._do(ByHand(mark=NOWHERE, command=command, to=to))

    def _consult(self, rest: str) -> Rows:
        if not re.fullmatch(r"[0-9]{1,9}", rest, re.ASCII):
            raise Impossible("write the colleague's extension, such as 102")
        return self._do(Happen(mark=NOWHERE, what=CONSULTS, colleague=rest))

    def _result(self, rest: str) -> Rows:
        if not re.fullmatch(r"[1-9][0-9]{3}", rest, re.ASCII):
            raise Impossible("write the result's code, such as 4100")
        return self._do(ResultLine(mark=NOWHERE, code=int(rest)))

    def _answer(self, rest: str) -> Rows:
        """The outputs as in a test; none leaves all of them at their defaults."""
        root, found = parse_yaml("", rest or "{}")
        if root is None or root.kind != "mapping" or found:
            raise Impossible("write what it finds as {NAME: VALUE, ...}")
        return self._answered(root)

    def _fail(self, rest: str) -> Rows:
        if rest and rest not in WORDS:
            raise Impossible(f"a lookup ends as {' or '.join(WORDS)}")
        return self._answered(Node(kind="scalar", value=rest or WORDS[0], mark=NOWHERE))

    def _lookup(self, rest: str) -> Rows:
        """One word, or what is found."""
        return self._fail(rest) if rest.isidentifier() else self._answer(rest)

    def _answered(self, node: Node) -> Rows:
        report = Report()
        answer = read_answer(node, self.session.asked, report, self.session.bundle.country)
        if report.findings:
            raise Impossible("; ".join(in_a_sentence(row) for row in report.findings))
        self.session.answer(answer)
        return []

    def _back(self, rest: str) -> Rows:
        self.session.back()
        return [self._words.said(f"back to {self.place}")]

    def _show_trace(self, rest: str) -> Rows:
        return self._trace()

    def _show_variables(self, rest: str) -> Rows:
        return list(variables_told(self.session))

    def _help(self, rest: str) -> Rows:
        return self._words.said(HELP).splitlines()


def _whole_word(begun: str) -> str:
    """The one word that begins so. Impossible where there is none, or several."""
    found = sorted(word for word in {*SAID, *HAPPENS} - _OLDER if word.startswith(begun))
    if not found:
        raise Impossible(_unknown(begun))
    if begun in found:
        raise Impossible(f"`{begun}` is said alone")
    if len(found) > 1:
        raise Impossible(f"`{begun}` may be {', '.join(found)}: write more of it")
    return found[0]


def _since(before: Rows, now: Rows) -> Rows:
    """The rows from the first that differs on."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
    return now[same:]


_HINT: Final = "say `1`, `5s`, `hangup` or `answered`; `help` tells what else, `quit` leaves"


def _unknown(word: str) -> str:
    hint = did_you_mean(word, [*SAID, *HAPPENS]) or _HINT
    return f"`{word}` cannot be said here; {hint}"


def variables_told(session: Session) -> Iterator[str]:
    """What the call knows, as `name = value`; secrets are stars."""
    call = session.call
    flow = session.bundle.flows[call.within or call.flow]
    for name, value in call.variables.items():
        yield f"vars.{name} = {'***' if flow.variables[name].secret and value else _shown(value)}"
    for name, value in call.outputs.items():
        yield f"{name} = {_shown(value)}"
    yield f"digits = {_shown(call.digits)}"
    yield f"result.code = {call.result.code}"
    yield f"result.kind = {_shown(call.result.kind)}"
    for step, visits in call.visits.items():
        yield f"visits.{step} = {visits}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


SAID: Final[Mapping[str, Callable[[Phone, str], Rows]]] = {
    "": Phone._wait,
    "wait": Phone._wait,
    "hangup": Phone._hang_up,
    "transfer": Phone._transfer,
    "route": Phone._route,
    "consults": Phone._consult,
    "consult": Phone._consult,
    "result": Phone._result,
    "lookup": Phone._lookup,
    "answer-lookup": Phone._answer,
    "fail-lookup": Phone._fail,
    "back": Phone._back,
    "trace": Phone._show_trace,
    "vars": Phone._show_variables,
    "help": Phone._help,
}


ONE_LETTER: Final[Mapping[str, str]] = {"h": "hangup", "?": "help"}
"""What is said most, where several words begin so."""

_OLDER: Final = {"consult", "answer-lookup", "fail-lookup", *OLDER}

# what is heard


def heard_of(bundle: Bundle | None, command: QueueCommand | CommandRow) -> str:
    """A command in the words of whoever listens: "plays audio.main_menu: For sales press 1 ..."."""
    known = COMMANDS.get(COMMAND_NAMES.get(command.command, ""))
    if known is None or not known.heard:
        return f"sends {described(command)}"
    if command.command != "play/start":
        label = command.label.removeprefix("transfer ")
        if label == BY_HAND:
            label = str(command.params.get("to_number", ""))
        return known.heard if label in ("", "hangup") else f"{known.heard} {label}"
    recording = recording_of(bundle, command.label, command.params)
    says = recording.says if recording is not None else ""
    return f"{known.heard} {command.label}{': ' if says else ''}{says}"
