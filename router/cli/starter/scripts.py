"""The tests beside a first bundle: they show how each way is tried, and reach every exit."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.cli.starter.answers import HANG_UP, SHORTEST_NUMBER, Answers, Destination
from router.cli.starter.questions import WORDS
from router.cli.starter.recordings import AGAIN, CLOSED, SORRY, WELCOME
from router.flow.model import Hours
from router.flow.suggestions.advice import quoted
from router.translation.catalogue import said_in

DAYS_TRIED: Final = 60
NO_INPUT_SECONDS: Final = 90

Script = list[str]


def scripts(answers: Answers, hours: Hours | None) -> Iterator[str]:
    """The lines of the file of tests; `hours` are the bundle's, to find out when it is open and when closed."""
    at = f"at: {quoted(_instant(answers, hours, is_open=True))}"
    yield "flow: main"
    yield "tests:"
    yield from _menu_tests(answers, at) if answers.has_menu else _queue_tests(answers, at)
    if hours is not None:
        yield from _closed_tests(answers, f"at: {quoted(_instant(answers, hours, is_open=False))}")


def _menu_tests(answers: Answers, at: str) -> Iterator[str]:
    first = answers.destinations[0]
    welcome, welcome_seconds = "expect: {play: audio.welcome}", answers.recordings[WELCOME].seconds
    for key, one in enumerate(answers.destinations, 1):
        yield from _test(answers, f"key {key} is {one.name}", at, [welcome, f'keys: "{key}"', *_answered([one])])
    silence = [welcome, f"wait: {welcome_seconds + NO_INPUT_SECONDS // 2}s", welcome]
    silence += [f"wait: {welcome_seconds + NO_INPUT_SECONDS}s", _routed(first)]
    yield from _test(answers, f"nobody presses anything, and {first.name} answers", at, silence)
    again = "expect: {play: audio.again}" if AGAIN in answers.recordings else welcome
    wrong = [welcome, 'keys: "0"', again, 'keys: "0"', *_answered([first])]
    yield from _test(answers, "a key that means nothing, twice", at, wrong)
    for key, one in enumerate(answers.destinations, 1):
        busy = [welcome, f'keys: "{key}"', _routed(one), "pbx: busy", *_sorry(answers)]
        yield from _test(answers, f"nobody is free in {one.name}", at, busy)
    yield from _refused_prompt(answers, at, [welcome, 'keys: "1"', _routed(first), "pbx: busy"])


def _queue_tests(answers: Answers, at: str) -> Iterator[str]:
    """Without a menu the destinations are tried one after the other."""
    tried = answers.destinations
    for number, one in enumerate(tried):
        yield from _test(answers, f"{one.name} answers", at, _answered(tried[: number + 1]))
    busy = [line for one in tried for line in (_routed(one), "pbx: busy")]
    yield from _test(answers, "nobody is free", at, [*busy, *_sorry(answers)])
    yield from _refused_prompt(answers, at, busy)


def _refused_prompt(answers: Answers, at: str, before: Sequence[str]) -> Iterator[str]:
    if SORRY in answers.recordings:
        script = [*before, "expect: {play: audio.sorry}", "pbx: {result: 4100}", "expect: hangup"]
        yield from _test(answers, "the PBX cannot play the apology", at, script)


def _closed_tests(answers: Answers, at: str) -> Iterator[str]:
    if answers.closed != HANG_UP:
        number = answers.closed
        to = f"expect: {{route: {'extension' if len(number) < SHORTEST_NUMBER else 'number'} {number}}}"
        yield from _test(answers, "closed, and somebody answers", at, [to, "pbx: answered", "hangup: {}"])
        yield from _test(answers, "closed, and nobody answers", at, [to, "pbx: no_answer", *_sorry(answers)])
    elif CLOSED in answers.recordings:
        prompt = "expect: {play: audio.closed}"
        yield from _test(answers, "closed", at, [prompt, *_over(answers, CLOSED)])
        failed = [prompt, "pbx: {result: 4100}", "expect: hangup"]
        yield from _test(answers, "closed, and the PBX cannot play the prompt", at, failed)
    else:
        yield from _test(answers, "closed", at, ["expect: hangup"])


def _sorry(answers: Answers) -> Script:
    if SORRY not in answers.recordings:
        return ["expect: hangup"]
    return ["expect: {play: audio.sorry}", *_over(answers, SORRY)]


def _over(answers: Answers, prompt: str) -> Script:
    """What comes once the prompt is over."""
    return [f"wait: {answers.recordings[prompt].seconds}s", "expect: hangup"]


def _answered(tried: Sequence[Destination]) -> Script:
    """The last one answers, the others are busy."""
    busy = [line for one in tried[:-1] for line in (_routed(one), "pbx: busy")]
    return [*busy, _routed(tried[-1]), "pbx: answered", "hangup: {}"]


def _routed(destination: Destination) -> str:
    return f"expect: {{route: {destination.kind} {destination.name}}}"


def _test(answers: Answers, about: str, at: str, script: Sequence[str]) -> Iterator[str]:
    """A test, named in the language of the bundle's prompts."""
    name = said_in(answers.language, about, WORDS)
    yield f"  - name: {name if ':' not in name else quoted(name)}"
    yield f'    given: {{from: "79000000000", {at}}}'
    yield "    script:"
    yield from (f"      - {line}" for line in script)


def _instant(answers: Answers, hours: Hours | None, *, is_open: bool) -> str:
    """A moment at which it is open, or closed: the first full hour from a Monday noon on."""
    moment = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo(answers.zone))
    for _ in range(24 * DAYS_TRIED):
        if hours is None or hours.is_open(moment.timestamp()) == is_open:
            break
        moment = datetime.fromtimestamp(moment.timestamp() + timedelta(hours=1).total_seconds(), moment.tzinfo)
    return moment.isoformat()
