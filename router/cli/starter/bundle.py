"""The flow and the resources of a first bundle: a menu in office hours, and what happens when nobody answers.

The texts are written for a person who has never seen one: short, in the order in which a call goes. Routes say nothing
of how long it rings: that is set in the cabinet, and only then can a prompt follow (§3.2.6).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from router.cli.starter.answers import GROUP, HANG_UP, PERSON, SHORTEST_NUMBER, Answers, Destination
from router.cli.starter.questions import WORDS
from router.cli.starter.recordings import AGAIN, CLOSED, SORRY, WELCOME
from router.cli.starter.scripts import scripts
from router.flow.layout import formatted
from router.flow.loader import load
from router.flow.suggestions.advice import quoted
from router.translation.catalogue import said_in

WINDOW_SECONDS: Final = 30
"""How long the scheme in the cabinet keeps a caller, by the silence in it."""

AS_LONG: Final = "as long as the silence in the cabinet's scheme"
RECORDED: Final = "recordings of the cabinet: their ids, and their lengths, which the API does not tell"
SECTIONS: Final = {GROUP: "groups", PERSON: "people"}


def starter_bundle(answers: Answers) -> dict[str, str]:
    """The files by their names, in the canonical layout."""
    flow = "\n".join(_flow(answers))
    resources = "\n".join(_resources(answers))
    bundle = load({"main.yaml": flow.encode(), "resources.yaml": resources.encode()}).bundle
    assert bundle is not None, "the starter bundle has no errors whatever the answers are"
    tests = "\n".join(scripts(answers, bundle.hours.get("office")))
    files = {"main.yaml": flow, "main.test.yaml": tests, "resources.yaml": resources}
    return {name: formatted(f"{text}\n") for name, text in files.items()}


def _flow(answers: Answers) -> Iterator[str]:
    fallback = SORRY if SORRY in answers.recordings else "bye"
    takes = f"{{lines: [{', '.join(map(quoted, answers.lines))}]}}" if answers.lines else "any"
    yield "flow: main"
    said = _comments(answers)
    yield f"for: {takes}  # {said('which calls it takes')}"
    yield f"timezone: {answers.zone}"
    yield f"window: {WINDOW_SECONDS}s  # {said(AS_LONG)}"
    yield f"on_error: {fallback}  # {said('where exits lead that are not written')}"
    yield f"start: {'office' if answers.has_hours else entry(answers)}"
    yield "steps:"
    if answers.has_hours:
        yield "  office:"
        yield "    switch:"
        yield f"      - {{when: not hours.office.open, goto: {_when_closed(answers)}}}"
        yield f"      - {{else: {entry(answers)}}}"
    yield from _menu(answers) if answers.has_menu else ()
    for step, destinations in routes(answers).items():
        yield f"  {step}: {{route: {{to: {_to(destinations)}, on: {{else: {fallback}}}}}}}"
    if SORRY in answers.recordings:
        yield "  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}"
    if answers.has_hours:
        yield from _closed(answers, fallback)
    yield "  bye: hangup"


def _comments(answers: Answers) -> Callable[[str], str]:
    """A comment in the language of the bundle's prompts."""
    return lambda text: said_in(answers.language, text, WORDS)


def entry(answers: Answers) -> str:
    """The step where a caller begins while it is open."""
    return "menu" if answers.has_menu else next(iter(routes(answers)))


def routes(answers: Answers) -> dict[str, tuple[Destination, ...]]:
    """Steps that route, with whom they try."""
    if answers.has_menu or len(answers.destinations) == 1:
        return {one.name: (one,) for one in answers.destinations}
    return {"reception": answers.destinations}


def _to(destinations: Sequence[Destination]) -> str:
    names = [f"{one.kind} {one.name}" for one in destinations]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _menu(answers: Answers) -> Iterator[str]:
    first = answers.destinations[0].name
    again = "prompt: audio.again, " if AGAIN in answers.recordings else ""
    yield "  menu:"
    yield "    menu:"
    yield "      prompt: audio.welcome"
    yield "      keys:"
    yield from (f"        {key}: {one.name}" for key, one in enumerate(answers.destinations, 1))
    yield f"      no_input: {{goto: {first}}}  # {_comments(answers)('once more, then the first one')}"
    yield f"      no_match: {{{again}goto: {first}}}"


def _when_closed(answers: Answers) -> str:
    return "bye" if answers.closed == HANG_UP and CLOSED not in answers.recordings else "closed"


def _closed(answers: Answers, fallback: str) -> Iterator[str]:
    if answers.closed != HANG_UP:
        yield f"  closed: {{route: {{to: {outside(answers.closed)}, on: {{else: {fallback}}}}}}}"
    elif CLOSED in answers.recordings:
        yield "  closed: {play: {prompt: audio.closed, next: bye, on: {failed: bye}}}"


def outside(number: str) -> str:
    """The destination of a number that a person wrote."""
    return f"extension {number}" if len(number) < SHORTEST_NUMBER else f"number {number}"


def _resources(answers: Answers) -> Iterator[str]:
    said = _comments(answers)
    used = {prompt: one for prompt, one in answers.recordings.items() if prompt in _played(answers)}
    if used:
        yield f"audio:  # {said(RECORDED)}"
        for prompt, one in used.items():
            told = f", says: {quoted(one.says)}" if one.says else ""
            yield f"  {prompt}: {{id: {one.id}, length: {one.seconds}s{told}}}{_comment(one.name)}"
    for kind, section in SECTIONS.items():
        if found := [party for party in answers.destinations if party.kind == kind]:
            yield f"{section}:  # {said('their extensions in the cabinet')}"
            for party in found:
                yield f"  {party.name}: {{extension: {quoted(party.extension)}}}{_comment(party.title)}"
    if answers.has_hours:
        yield "hours:"
        yield "  office:"
        yield f"    timezone: {answers.zone}"
        yield f"    open: {{{', '.join(f'{days}: {quoted(ranges)}' for days, ranges in answers.hours.items())}}}"
        if answers.keeps_holidays:
            yield f"    holidays: RU  # {said('public holidays are closed, moved working days are open')}"


def _played(answers: Answers) -> frozenset[str]:
    menu = {WELCOME, AGAIN} if answers.has_menu else set()
    return frozenset({SORRY} | menu | ({CLOSED} if answers.has_hours and answers.closed == HANG_UP else set()))


def _comment(text: str) -> str:
    """A name of the cabinet's behind an entry, on its one line."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return f"  # {words}" if words else ""
