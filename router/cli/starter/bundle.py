"""The bundle that `ivr new` makes of five answers: a menu in office hours, and what happens when nobody answers.

The texts are written for a person who has never seen one: short, in the order in which a call goes, with tests that
show how each way is tried. Routes say nothing of how long it rings: that is set in the cabinet, and only then can a
prompt follow (§3.2.6).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.flow.layout import formatted
from router.flow.loader import load
from router.flow.model import Hours
from router.flow.resources.hours import parse_days, parse_ranges
from router.flow.suggestions.advice import quoted

ALWAYS: Final = "always"
LANGUAGES: Final = ("en", "ru")
HANG_UP: Final = "hang up"
DAYS_TRIED: Final = 60
CHARACTERS_A_SECOND: Final = 13

_SAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "welcome": "Hello.", "press": "for {name} press {key}", "again": "Sorry, please choose once more.",
        "closed": "We are closed now.", "sorry": "Nobody is free at the moment. Please call again.",
        "leave": "We are closed now. Please leave a message after the tone.",
    },
    "ru": {
        "welcome": "Здравствуйте.", "press": "{name}: нажмите {key}", "again": "Пожалуйста, выберите ещё раз.",
        "closed": "Сейчас мы закрыты.", "sorry": "Сейчас все заняты. Пожалуйста, перезвоните позже.",
        "leave": "Сейчас мы закрыты. Оставьте сообщение после сигнала.",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the five questions were answered with."""

    lines: tuple[str, ...]  # numbers as people write them; none: any line
    hours: Mapping[str, str]  # days -> ranges: {"mon-fri": "09:00-18:00"}; none: always open
    groups: Mapping[str, str]  # name -> extension, in the order of their keys
    language: str  # of LANGUAGES
    closed: str  # HANG_UP, or a number or extension to route to


def read_hours(text: str) -> dict[str, str]:
    """`mon-fri 09:00-18:00, sat 10:00-14:00` as a map; none of ALWAYS. Raises ValueError that says what is wrong."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))) if text.strip() != ALWAYS else ():
        days, _, ranges = part.partition(" ")
        if parse_days(days) is None or parse_ranges(ranges.strip()) is None:
            raise ValueError(f"`{part}` is not like mon-fri 09:00-18:00")
        found[days] = ranges.strip()
    return found


def read_groups(text: str) -> dict[str, str]:
    """`sales=303, support=304` as a map. Raises ValueError that says what is wrong."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, extension = (piece.strip() for piece in part.partition("="))
        if not sign or not extension.isdecimal() or not (name.isascii() and name.isidentifier() and name.islower()):
            raise ValueError(
                f"`{part}` is not like sales=303: a name in small Latin letters, and the group's extension"
            )
        if name in _RESERVED:
            raise ValueError(f"`{name}` is a step of the bundle already: call the group otherwise")
        found[name] = extension
    if not 1 <= len(found) <= 9:
        raise ValueError("between one and nine groups, please: one key for each")
    return found


WELCOME: Final = "expect: {play: audio.welcome}"
SORRY: Final = "expect: {play: audio.sorry}"
_RESERVED: Final = frozenset({"office", "menu", "closed", "sorry", "bye"})


def starter_bundle(answers: Answers) -> dict[str, str]:
    """The files by their names, in the canonical layout."""
    flow = "\n".join(_flow(answers))
    resources = "\n".join(_resources(answers))
    bundle = load({"main.yaml": flow.encode(), "resources.yaml": resources.encode()}).bundle
    assert bundle is not None, "the starter bundle has no errors whatever the answers are"
    tests = "\n".join(_tests(answers, bundle.hours.get("office")))
    files = {"main.yaml": flow, "main.test.yaml": tests, "resources.yaml": resources}
    return {name: formatted(f"{text}\n") for name, text in files.items()}


# the flow


def _flow(answers: Answers) -> Iterator[str]:
    names = list(answers.groups)
    first, has_menu, has_hours = names[0], len(names) > 1, bool(answers.hours)
    entry = "menu" if has_menu else first
    takes = f"{{lines: [{', '.join(map(quoted, answers.lines))}]}}" if answers.lines else "any"
    yield "flow: main"
    yield f"for: {takes}  # which calls it takes"
    yield "timezone: Europe/Moscow"
    yield "on_error: sorry  # where exits lead that are not written"
    yield f"start: {'office' if has_hours else entry}"
    yield "steps:"
    if has_hours:
        yield "  office:"
        yield "    switch:"
        yield "      - {when: not hours.office.open, goto: closed}"
        yield f"      - {{else: {entry}}}"
    if has_menu:
        yield "  menu:"
        yield "    menu:"
        yield "      prompt: audio.welcome"
        yield "      keys:"
        yield from (f"        {key}: {name}" for key, name in enumerate(names, 1))
        yield f"      no_input: {{goto: {first}}}  # once more, then the first group"
        yield f"      no_match: {{prompt: audio.again, goto: {first}}}"
    for name in names:
        yield f"  {name}: {{route: {{to: group {name}, on: {{else: sorry}}}}}}"
    yield "  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}"
    if has_hours:
        yield from _closed(answers)
    yield "  bye: hangup"


def _closed(answers: Answers) -> Iterator[str]:
    if answers.closed == HANG_UP:
        yield "  closed: {play: {prompt: audio.closed, next: bye, on: {failed: bye}}}"
    else:
        yield f"  closed: {{route: {{to: {_destination(answers.closed)}, on: {{else: sorry}}}}}}"


def _destination(number: str) -> str:
    return f"extension {number}" if len(number) < 7 else f"number {number}"


def _resources(answers: Answers) -> Iterator[str]:
    says = _SAYS[answers.language]
    keys = [says["press"].format(name=name, key=key) for key, name in enumerate(answers.groups, 1)]
    prompts = {"welcome": f"{says['welcome']} {', '.join(keys).capitalize()}.", "again": says["again"]}
    prompts = prompts if len(answers.groups) > 1 else {}
    prompts["sorry"] = says["sorry"]
    if answers.hours and answers.closed == HANG_UP:
        prompts["closed"] = says["closed"]
    yield "audio:  # record these in the cabinet, and put their ids and lengths here"
    for number, (name, text) in enumerate(prompts.items(), 1):
        yield f"  {name}: {{id: {number}, length: {_seconds(text)}s, says: {quoted(text)}}}"
    yield "groups:  # their extensions in the cabinet"
    yield from (f"  {name}: {{extension: {quoted(extension)}}}" for name, extension in answers.groups.items())
    if answers.hours:
        yield "hours:"
        yield "  office:"
        yield "    timezone: Europe/Moscow"
        yield f"    open: {{{', '.join(f'{days}: {quoted(ranges)}' for days, ranges in answers.hours.items())}}}"
        yield "    holidays: RU  # public holidays are closed, moved working days are open"


def _seconds(text: str) -> int:
    """About as long as it takes to say."""
    return max(2, round(len(text) / CHARACTERS_A_SECOND))


# the tests


def _tests(answers: Answers, hours: Hours | None) -> Iterator[str]:
    names = list(answers.groups)
    at = f"at: {quoted(_instant(hours, is_open=True))}"
    yield "flow: main"
    yield "tests:"
    if len(names) > 1:
        for key, name in enumerate(names, 1):
            yield from _test(f"key {key} is {name}", at, [WELCOME, f'keys: "{key}"', *_answered(name)])
        silence = [WELCOME, "wait: 90s", f"expect: {{route: group {names[0]}}}"]
        yield from _test(f"nobody presses anything, and {names[0]} answers", at, _asked_again(silence))
        wrong = [WELCOME, 'keys: "0"', "expect: {play: audio.again}", 'keys: "0"']
        yield from _test("a key that means nothing, twice", at, [*wrong, *_answered(names[0])])
    else:
        yield from _test(f"{names[0]} answers", at, _answered(names[0]))
    for key, name in enumerate(names, 1):
        begin = [WELCOME, f'keys: "{key}"'] if len(names) > 1 else []
        busy = [*begin, f"expect: {{route: group {name}}}", "pbx: busy", SORRY, *_hung_up(answers, "sorry")]
        yield from _test(f"nobody is free in {name}", at, busy)
    refused = [*([WELCOME, 'keys: "1"'] if len(names) > 1 else [])]
    refused += [
        f"expect: {{route: group {names[0]}}}",
        "pbx: busy",
        SORRY,
        "pbx: {result: 4100}",
    ]
    yield from _test("the PBX cannot play the apology", at, [*refused, "expect: hangup"])
    if hours is not None:
        yield from _closed_tests(answers, f"at: {quoted(_instant(hours, is_open=False))}")


def _asked_again(script: Sequence[str]) -> list[str]:
    """The menu plays its prompt once more before it gives up."""
    return [script[0], "wait: 45s", script[0], *script[1:]]


def _closed_tests(answers: Answers, at: str) -> Iterator[str]:
    if answers.closed == HANG_UP:
        yield from _test("closed", at, ["expect: {play: audio.closed}", *_hung_up(answers, "closed")])
        failed = ["expect: {play: audio.closed}", "pbx: {result: 4100}", "expect: hangup"]
        yield from _test("closed, and the PBX cannot play the prompt", at, failed)
        return
    to = _destination(answers.closed)
    yield from _test("closed, and somebody answers", at, [f"expect: {{route: {to}}}", "pbx: answered", "hangup: {}"])
    nobody = [f"expect: {{route: {to}}}", "pbx: no_answer", SORRY, *_hung_up(answers, "sorry")]
    yield from _test("closed, and nobody answers", at, nobody)


def _hung_up(answers: Answers, prompt: str) -> list[str]:
    """What comes once the prompt is over."""
    return [f"wait: {_seconds(_SAYS[answers.language][prompt])}s", "expect: hangup"]


def _answered(name: str) -> list[str]:
    return [f"expect: {{route: group {name}}}", "pbx: answered", "hangup: {}"]


def _test(name: str, at: str, script: Sequence[str]) -> Iterator[str]:
    yield f"  - name: {name if ':' not in name else quoted(name)}"
    yield f'    given: {{from: "79000000000", {at}}}'
    yield "    script:"
    yield from (f"      - {line}" for line in script)


def _instant(hours: Hours | None, *, is_open: bool) -> str:
    """A moment at which it is open, or closed: the first full hour from a Monday noon on."""
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)  # noon in Moscow
    for _ in range(24 * DAYS_TRIED):
        if hours is None or hours.is_open(moment.timestamp()) == is_open:
            break
        moment += timedelta(hours=1)
    return moment.astimezone(_MOSCOW).isoformat()


_MOSCOW: Final = ZoneInfo("Europe/Moscow")
