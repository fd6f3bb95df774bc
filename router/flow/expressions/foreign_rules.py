"""What other languages write, and what that is in ours: one rule after another, each over a whole source.

Authors come from JavaScript, Jinja, Liquid, SQL, Asterisk and the expressions of workflow engines. A rule may guess,
since a translation that does not compile is never shown.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from router.flow.expressions.foreign_names import DAYS, FUNCTIONS, NAMES
from router.flow.expressions.foreign_texts import HELD, Texts
from router.flow.expressions.functions import FUNCTIONS as OURS

Rule = Callable[[str, Texts], str]
"""A rule gets the source, its texts put aside, and those texts."""

_BARE: Final = r"(?:⟦\d+⟧|[A-Za-z_$][\w.$]*(?:\([^()]*\))?|[0-9][\w.]*|\([^()]*\)|\[[^\[\]]*\])"
_STATES: Final[Mapping[str, bool]] = dict.fromkeys(["on", "open", "opened", "true", "yes", "1"], True) | dict.fromkeys(
    ["off", "closed", "close", "false", "no", "0"], False
)
_WORDS: Final = frozenset({"and", "or", "not", "in", "if", "else", "true", "false"})


def _replacing(pattern: str, instead: str, flags: int = 0) -> Rule:
    compiled = re.compile(pattern, flags)
    return lambda said, _texts: compiled.sub(instead, said)


def _calls(said: str, texts: Texts) -> str:
    """Functions and methods of other languages, by FUNCTIONS; innermost first."""

    def method(found: re.Match[str]) -> str:
        called, arguments = found[2], (found[1], *_arguments(found[3]))
        if called in OURS and len(OURS[called].parameters) == len(arguments):
            return f"{called}({', '.join(arguments)})"
        return _written(called, arguments, texts) or found[0]

    def function(found: re.Match[str]) -> str:
        return _written(found[1], _arguments(found[2]), texts) or found[0]

    value = r"((?:⟦\d+⟧|[A-Za-z_][\w.]*?|\([^()]*\)|\[[^\[\]]*\]))"
    said = re.sub(rf"{value}\.([A-Za-z_]\w*)\(([^()]*)\)", method, said)
    return re.sub(r"(?<![\w.])([A-Za-z_][\w.]*)\(([^()]*)\)", function, said)


def _arguments(written: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in written.split(",")) if written.strip() else ()


def _written(called: str, arguments: tuple[str, ...], texts: Texts) -> str:
    """What a call says in our language, "" where nothing is known of it."""
    form = FUNCTIONS.get((called, len(arguments))) or FUNCTIONS.get((called.lower(), len(arguments)))
    if form is None:
        return ""
    if form == "contains":
        return _contained(arguments[0], arguments[1], texts)
    if form == "state":
        return _state(arguments, texts)
    return form.format(*arguments)


def _contained(whole: str, part: str, texts: Texts) -> str:
    """`whole` holds `part`: a list does as a member, a text somewhere."""
    if whole.startswith(("lists.", "[")):
        return f"{part} in {whole}"
    if part.startswith("lists."):
        return f"{whole} in {part}"
    content = texts.of(part)
    mask = texts.hold(f"*{content}*") if content is not None else f"{texts.hold('*')} + {part} + {texts.hold('*')}"
    return f"matches({whole}, {mask})"


def _state(arguments: tuple[str, ...], texts: Texts) -> str:
    """Home Assistant's `is_state('hours.office', 'on')`."""
    name, state = (texts.of(argument) or "" for argument in arguments)
    if not re.fullmatch(r"[\w.]+", name):
        return ""
    hours = name if name.startswith("hours.") else f"hours.{name.rpartition('.')[2]}"
    meant = _STATES.get(state.lower())
    return "" if meant is None else f"{hours}.open" if meant else f"not {hours}.open"


def _named_states(said: str, texts: Texts) -> str:
    """Home Assistant's `states("hours.office") == "open"`."""

    def state(found: re.Match[str]) -> str:
        asked = _state((found[1], found[3]), texts)
        return found[0] if not asked else asked if found[2] == "==" else f"not {asked}"

    return re.sub(r"\bstates\((⟦\d+⟧)\)\s*(==|!=)\s*(⟦\d+⟧)", state, said)


def _likes(said: str, texts: Texts) -> str:
    """SQL's LIKE and MATCHES, and `=~`: masks."""

    def mask(found: re.Match[str]) -> str:
        content = texts.of(found[3]) or ""
        turned = "not " if found[2].lower().startswith(("not", "!~")) else ""
        content = re.sub(r"^\^(.*?)(\.\*)?\$?$", r"\1*", content) if content.startswith("^") else content
        content = content.replace("%", "*").replace("_", "x").replace(".*", "*").replace("**", "*")
        beginning = content[:-1]
        if content.endswith("*") and beginning and not re.search(r"[*x#\[\]-]", beginning):
            return f"{turned}starts_with({found[1]}, {texts.hold(beginning)})"
        return f"{turned}matches({found[1]}, {texts.hold(content)})"

    return re.sub(
        rf"({_BARE})\s+?(not\s+i?like|i?like|!?=?~\*?|~=|matches|rlike|regexp)\s+({_BARE})", mask, said, flags=re.I
    )


def _parts(said: str, texts: Texts) -> str:
    """The beginning or the end of a text, cut off and compared: x[0:3] == "495", x[0] == "7", x[-2:] == "99"."""

    def compared(found: re.Match[str]) -> str:
        value, cut, sign, wanted = found[1], found[2].replace(" ", ""), found[3], texts.of(found[4])
        turned = "not " if sign == "!=" else ""
        if wanted is None:
            return found[0]
        first = re.fullmatch(r"0?:(\d+)|0,(\d+)|(0)", cut)
        if first is not None:
            count = 1 if first[3] else int(first[1] or first[2])
            return f"{turned}starts_with({value}, {found[4]})" if count == len(wanted) else found[0]
        last = re.fullmatch(r"-(\d+):?", cut)
        return f"{turned}ends_with({value}, {found[4]})" if last and int(last[1]) == len(wanted) else found[0]

    said = re.sub(r"([A-Za-z_][\w.]*?)\.(?:slice|substr|substring|Substring)\((\d+\s*,\s*\d+|-\d+)\)", r"\1[\2]", said)
    said = re.sub(r"\b(?:substr|substring|SUBSTR|mid)\(([\w.]+)\s*,\s*(\d+\s*,\s*\d+)\)", r"\1[\2]", said)
    said = re.sub(r"\b(?:left|LEFT)\(([\w.]+)\s*,\s*(\d+)\)", r"\1[0:\2]", said)
    said = re.sub(r"\b(?:right|RIGHT)\(([\w.]+)\s*,\s*(\d+)\)", r"\1[-\2:]", said)
    return re.sub(r"([A-Za-z_][\w.]*)\[([-\d:, ]+)\]\s*(==|!=)\s*(⟦\d+⟧)", compared, said)


def _indexed_groups(said: str, texts: Texts) -> str:
    """lists["vip"], vars["x"]: a name that is written out stands behind a dot."""

    def dotted(found: re.Match[str]) -> str:
        name = texts.of(found[2])
        return f"{found[1]}.{name}" if name is not None and re.fullmatch(r"\w+", name) else found[0]

    return re.sub(r"\b([A-Za-z_][\w.]*)\[(⟦\d+⟧)\]", dotted, said)


def _clock(said: str, texts: Texts) -> str:
    """18:00 without quotes is a time, and what has hours alone is compared with it as a time."""

    def time(found: re.Match[str]) -> str:
        return texts.hold(f"{int(found[1]):02d}:{found[2]}")

    said = re.sub(r"(?<![\w:.⟦])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\w:⟧])", time, said)
    sign = r"(==|!=|<=|>=|<|>)"
    held = r"(⟦\d+⟧)"

    def hours(found: re.Match[str]) -> str:
        return found[0].replace("now.hour", "now.time") if _is_time(found[0], texts) else found[0]

    said = re.sub(rf"\bnow\.hour\s*{sign}\s*{held}", hours, said)
    return re.sub(rf"{held}\s*{sign}\s*now\.hour\b", hours, said)


def _is_time(said: str, texts: Texts) -> bool:
    return any(re.fullmatch(r"\d\d:\d\d", texts.held[int(found)]) for found in HELD.findall(said))


def _weekdays(said: str, texts: Texts) -> str:
    """now.weekday == "mon": weekdays are numbers from Monday on."""

    def number(found: re.Match[str]) -> str:
        day = DAYS.get((texts.of(found[0]) or "").strip().lower())
        return str(day) if day is not None else found[0]

    if "now.weekday" not in said:
        return said
    return HELD.sub(number, said)


def _in_texts(said: str, texts: Texts) -> str:
    """Python's `"495" in caller.number`: one text within another."""

    def within(found: re.Match[str]) -> str:
        part, whole = found[1], found[3]
        is_text = whole in texts.names or (not texts.names and "." in whole)
        if not (whole.startswith("⟦") or (part.startswith("⟦") and is_text)) or whole.startswith("lists."):
            return found[0]
        return f"{'not ' if found[2] else ''}{_contained(whole, part, texts)}"

    return re.sub(rf"({_BARE})\s+(not\s+)?in\s+({_BARE})", within, said)


def _states(said: str, texts: Texts) -> str:
    """hours.office.open == "on": it is true or false by itself."""

    def state(found: re.Match[str]) -> str:
        meant = _STATES.get((texts.of(found[3]) or "").lower())
        if meant is None:
            return found[0]
        return found[1] if meant == (found[2] == "==") else f"not {found[1]}"

    return re.sub(r"(hours\.\w+\.open|caller\.withheld|call\.answered)\s*(==|!=)\s*(⟦\d+⟧)", state, said)


def _ternary(said: str, _texts: Texts) -> str:
    found = re.fullmatch(r"(.+?)\s\?\s(.+?)\s:\s(.+)", said)
    return f"{found[2]} if {found[1]} else {found[3]}" if found is not None else said


def _negations(said: str, _texts: Texts) -> str:
    """`!x` and `!(…)`."""
    said = re.sub(r"!!\s*", "", said)
    return re.sub(r"!(?![=~])\s*", "not ", said)


def _names(said: str, texts: Texts) -> str:
    """Names of other systems, by NAMES."""

    def name(found: re.Match[str]) -> str:
        written = found[0]
        if written in texts.names or written in _WORDS:
            return written
        for pattern, instead in NAMES:
            known = pattern.fullmatch(written)
            if known is not None:
                return known.expand(instead)
        return written

    return re.sub(r"(?<![\w.⟦])[A-Za-z_]\w*(?:\.\w+|\((?:num|number|name|all|dnid)?\))*", name, said)


_NOTHING: Final = r"(?:null|None|nil|NULL|undefined|none|nothing|empty)"

RULES: Final[tuple[Rule, ...]] = (
    _replacing(r"\s*&&?\s*", " and "),
    _replacing(r"\s*\|\|\s*", " or "),
    _replacing(r"\bAND\b", "and"),
    _replacing(r"\bOR\b", "or"),
    _replacing(r"\bNOT\b", "not"),
    _replacing(r"\b(TRUE|True)\b", "true"),
    _replacing(r"\b(FALSE|False)\b", "false"),
    _replacing(r"===", "=="),
    _replacing(r"!==", "!="),
    _replacing(r"<>", "!="),
    _replacing(r"=<", "<="),
    _replacing(r"=>", ">="),
    _replacing(rf"\s+is\s+not\s+{_NOTHING}\b|\s*!=\s*{_NOTHING}\b", ' != ""'),
    _replacing(rf"\s+is\s+{_NOTHING}\b|\s*==\s*{_NOTHING}\b", ' == ""'),
    _replacing(r"\s+(?:is\s+not|isnt|ne|neq|not\s+equals?(?:\s+to)?)\s+(?!in\b)", " != "),
    _replacing(r"\s+(?:is|eq|equals?(?:\s+to)?)\s+(?!in\b|not\b)", " == "),
    _replacing(r"\s+(?:gt|is\s+greater\s+than|greater\s+than)\s+", " > "),
    _replacing(r"\s+(?:lt|is\s+less\s+than|less\s+than)\s+", " < "),
    _replacing(r"\s+(?:ge|gte)\s+", " >= "),
    _replacing(r"\s+(?:le|lte)\s+", " <= "),
    _replacing(r"(?<![=!<>~:])=(?![=~<>])", "=="),
    _likes,
    _replacing(rf"({_BARE})\s+(?:not\s+between)\s+({_BARE})\s+and\s+({_BARE})", r"not \2 <= \1 <= \3", re.I),
    _replacing(rf"({_BARE})\s+(?:is\s+)?between\s+({_BARE})\s+and\s+({_BARE})", r"\2 <= \1 <= \3", re.I),
    lambda said, texts: re.sub(
        rf"({_BARE})\s+(?:contains|includes|has|CONTAINS)\s+({_BARE})",
        lambda found: _contained(found[1], found[2], texts),
        said,
    ),
    _replacing(
        rf"({_BARE})\s+(?:starts?\s*with|startswith|starts_with|begins\s+with)\s+({_BARE})",
        r"starts_with(\1, \2)",
        re.I,
    ),
    _replacing(rf"({_BARE})\s+(?:ends?[\s_]*with)\s+({_BARE})", r"ends_with(\1, \2)", re.I),
    _replacing(r"\s+(?:is\s+)?(?:inside|within|is\s+in|in\s+list)\s+(?=lists\.)", " in "),
    _replacing(r"\bin\s*\(([^()]*,[^()]*|⟦\d+⟧)\)", r"in [\1]", re.I),
    _replacing(r"\bIN\b", "in"),
    _replacing(rf"({_BARE})\s*\?\?\s*({_BARE})", r"default(\1, \2)"),
    _replacing(r"//", "/"),
    _parts,
    _indexed_groups,
    _in_texts,
    _ternary,
    _replacing(r"\b(now\.date|today|date)\s*-\s*(\d+)", r"add_days(now.date, -\2)"),
    _replacing(r"\b(now\.date|today|date)\s*\+\s*(\d+)", r"add_days(now.date, \2)"),
    _negations,
    _names,
    _calls,
    _clock,
    _weekdays,
    _states,
    _replacing(r"\s*==\s*(lists\.\w+)", r" in \1"),
    _replacing(r"\s*!=\s*(lists\.\w+)", r" not in \1"),
    _replacing(r"\bnow\.weekday\s*(==|!=)\s*0\b", r"now.weekday \1 7"),
    _replacing(rf"({_BARE})\s+in\s+range\((\d+)\s*,\s*(\d+)\)", r"\2 <= \1 < \3"),
    _named_states,
    _replacing(r"\bnot\s+not\s+", ""),
    _replacing(r"^\s*;|;\s*$", ""),
)
