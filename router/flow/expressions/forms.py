"""What the texts of the language look like: a time is HH:MM, a date ISO, a state one of four words.

A comparison with a text that has not that form is never true (or always), or compares letter by letter what was meant
as a time. `odd_literals` finds such literals, and says what was meant where that can be told.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from router.flow.expressions.dates import parse_date
from router.flow.expressions.problems import short
from router.flow.expressions.syntax import Tree, parse
from router.flow.resources import masks
from router.flow.suggestions.advice import Advice, offer
from router.flow.suggestions.spelling import closest

WORTH_A_LOOK: Final = re.compile(r"\bnow\.(?:time|date)\b|\.opens_|\bcall\.(?:state|location|direction)\b|\bstatus\(")
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_TIMES: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))
_PLAIN_TIME: Final = re.compile(
    r"(\d{1,2})(?:[:.hч ]\s*(\d\d))?(?:[:.]\d\d)?\s*(?:h|ч|час(?:а|ов)?|o'?clock)?\s*([ap]\.?m\.?)?", re.IGNORECASE
)
_SLASHED: Final = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)
_YEARLY: Final = re.compile(r"(?:(\d{1,2})\.(\d{1,2})\.?|(\d\d)-(\d\d))", re.ASCII)
_MONTHS: Final = (
    "jan янв", "feb фев", "mar мар", "apr апр", "may мая май", "jun июн",
    "jul июл", "aug авг", "sep сен", "oct окт", "nov ноя", "dec дек",
)  # fmt: skip
_WORDED: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-zА-Яа-я]{3,})\.?,?\s+(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a text of the language looks like."""

    shown: str  # for people
    fits: Callable[[str], bool]
    meant: Callable[[str], str]  # the text in this form, "" when that cannot be told
    sample: tuple[str, ...] = ()  # all of them, when they are few


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A literal that has not the form of what it is compared with."""

    offset: int
    length: int
    message: str
    advice: Advice


def time_meant(text: str) -> str:
    """9:00, 9.00, 9, 6pm, 18:00:00 -> HH:MM"""
    found = _PLAIN_TIME.fullmatch(text.strip())
    if found is None:
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3].lower().startswith("p") else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else ""


def date_meant(text: str) -> str:
    """23.11.2026, 2026/11/23, 23/11/2026, 20261123, 23 Nov 2026 -> 2026-11-23"""
    text = text.strip()
    found, worded = _SLASHED.fullmatch(text), _WORDED.fullmatch(text)
    if found is not None:
        parts = (found[1], found[2], found[3]) if len(found[1]) == 4 else (found[3], found[2], found[1])
        if len(found[1]) != 4 and int(found[2]) > 12:  # the month stands first
            parts = (found[3], found[1], found[2])
        text = f"{parts[0]}-{int(parts[1]):02d}-{int(parts[2]):02d}"
    elif re.fullmatch(r"\d{8}", text, re.ASCII):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    elif worded is not None:
        month = next((number for number, names in enumerate(_MONTHS, 1) if worded[2].lower()[:3] in names.split()), 0)
        text = f"{worded[3]}-{month:02d}-{int(worded[1]):02d}"
    day = parse_date(text)
    return day.isoformat() if day is not None else ""


def _words(*words: str, others: Mapping[str, str]) -> Form:
    def meant(text: str) -> str:
        return others.get(text.strip().lower(), "") or closest(text, words)

    return Form(shown=", ".join(words[:-1]) + f" or {words[-1]}", fits=lambda text: text in (*words, ""), meant=meant,
                sample=words)  # fmt: skip


TIME: Final = Form(
    shown="a time as HH:MM", fits=lambda text: _TIME.fullmatch(text) is not None, meant=time_meant, sample=_TIMES
)
DATE: Final = Form(
    shown="a date as YYYY-MM-DD",
    fits=lambda text: _DATE.fullmatch(text) is not None and parse_date(text) is not None,
    meant=date_meant,
)


def _or_empty(form: Form) -> Form:
    return replace(form, fits=lambda text: not text or form.fits(text))


_FORMS: Final[tuple[tuple[re.Pattern[str], Form], ...]] = (
    (re.compile(r"now\.time"), TIME),
    (re.compile(r"now\.date"), DATE),
    (re.compile(r"hours\.\w+\.opens_time"), _or_empty(TIME)),  # of hours that never open
    (re.compile(r"hours\.\w+\.opens_date"), _or_empty(DATE)),
    (
        re.compile(r"call\.state"),
        _words(
            "Appeared", "Connected", "OnHold", "Disconnected",
            others={"ringing": "Appeared", "new": "Appeared", "up": "Connected", "answered": "Connected",
                    "in-progress": "Connected", "in_progress": "Connected", "hold": "OnHold", "held": "OnHold",
                    "on hold": "OnHold", "ended": "Disconnected", "completed": "Disconnected", "down": "Disconnected"},
        ),
    ),
    (
        re.compile(r"call\.location"),
        _words(
            "ivr", "queue", "abonent",
            others={"menu": "ivr", "group": "queue", "employee": "abonent", "agent": "abonent", "user": "abonent"},
        ),
    ),
    (
        re.compile(r"call\.direction"),
        _words("incoming", "outgoing", "internal",
               others={"inbound": "incoming", "in": "incoming", "outbound": "outgoing", "out": "outgoing",
                       "outbound-api": "outgoing", "local": "internal"}),
    ),
    (
        re.compile(r"status\(.*\)"),
        _words("online", "dnd", "break", "offline", "dial",
               others={"available": "online", "ready": "online", "free": "online", "idle": "online", "away": "offline",
                       "do not disturb": "dnd", "logged_out": "offline", "lunch": "break", "pause": "break"}),
    ),
)  # fmt: skip
_EQUAL: Final = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_TEXT_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "matches": masks.matches,
}


@lru_cache(maxsize=4096)
def odd_literals(source: str) -> tuple[Odd, ...]:
    """The odd literals of an expression that compiled, in the order written."""
    tree = parse(source) if WORTH_A_LOOK.search(source) else None
    return tuple(sorted(_odd(tree), key=lambda odd: odd.offset)) if isinstance(tree, Tree) else ()


def _odd(tree: Tree) -> Iterator[Odd]:
    for node in ast.walk(tree.root):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for symbol, left, right in zip(node.ops, operands, operands[1:], strict=False):
                for one, other in ((left, right), (right, left)):
                    yield from _compared(tree, node, symbol, one, other)
        elif isinstance(node, ast.Call) and len(node.args) == 2:
            yield from _tested(tree, node)


def form_of(text: str) -> Form | None:
    """The form of what a name or a function stands for."""
    written = re.sub(r"\s+", "", text)
    return next((form for pattern, form in _FORMS if pattern.fullmatch(written)), None)


def _compared(tree: Tree, node: ast.Compare, symbol: ast.cmpop, one: ast.expr, other: ast.expr) -> Iterator[Odd]:
    """The literals on the side `other` of a comparison whose other side has a form."""
    form = form_of(tree.text(one))
    literals = other.elts if isinstance(other, ast.List) else [other]
    for literal in literals if form is not None else ():
        if form is None or not isinstance(literal, ast.Constant) or not isinstance(literal.value, str):
            continue
        if form.fits(literal.value):
            continue
        never = "the two are never equal" if isinstance(symbol, _EQUAL) else "they are compared letter by letter"
        message = f"`{tree.text(one)}` is {form.shown}, and `{short(literal.value)}` is not: {never}"
        alone = len(node.ops) == 1 and isinstance(symbol, ast.Eq)
        yield _made(tree, literal, message, form, _yearly(tree, node, one, literal.value) if alone else None)


def _tested(tree: Tree, node: ast.Call) -> Iterator[Odd]:
    """`starts_with(now.time, "9:")`: no time begins so."""
    test, form, literal = _TEXT_TESTS.get(tree.text(node.func)), form_of(tree.text(node.args[0])), node.args[1]
    if test is None or form is None or not isinstance(literal, ast.Constant) or not isinstance(literal.value, str):
        return
    text = literal.value
    possible = any(test(value, text) for value in form.sample) if form.sample else _can_be_of_date(test, text)
    if not possible:
        message = f"`{tree.text(node.args[0])}` is {form.shown}, and none is as `{short(text)}` says"
        quote = tree.text(literal)[:1]
        longer = form.sample is _TIMES and test is not str.endswith and re.match(r"[0-9]:", text)
        yield _made(tree, literal, message, form, offer([f"{quote}0{text}{quote}"]) if longer else None)


def _can_be_of_date(test: Callable[[str, str], bool], text: str) -> bool:
    """Whether some day of a few years passes, whatever the year is said to be."""
    if test is masks.matches:
        return not re.fullmatch(r"[0-9]{1,2}[./].*|.*[./].*", text)
    shape = "".join("d" if character.isdecimal() else character for character in text)
    return ("dddd-dd-dd".startswith if test is str.startswith else "dddd-dd-dd".endswith)(shape)


def _yearly(tree: Tree, node: ast.Compare, one: ast.expr, text: str) -> Advice | None:
    """`now.date == "31.12"`: the same day of every year."""
    found = _YEARLY.fullmatch(text.strip()) if form_of(tree.text(one)) is DATE else None
    if found is None:
        return None
    month, day = (found[2], found[1]) if found[1] else (found[3], found[4])
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    said = f'ends_with({tree.text(one)}, "-{int(month):02d}-{int(day):02d}")'
    return Advice(f"write `{said}`", said, span=(tree.start(node), tree.end(node) - tree.start(node)))


def _made(tree: Tree, literal: ast.expr, message: str, form: Form, instead: Advice | None) -> Odd:
    start, end = tree.start(literal), tree.end(literal)
    value = literal.value if isinstance(literal, ast.Constant) else ""
    meant = form.meant(str(value))
    quote = tree.text(literal)[:1]
    advice = instead or offer([f"{quote}{meant}{quote}"] if meant and meant != value else [])
    return Odd(offset=start, length=end - start, message=message, advice=advice)
