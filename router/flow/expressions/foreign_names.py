"""What other languages and systems call the things that our expressions name: tables for `foreign`.

From JavaScript, Python, SQL and Liquid, Jinja (Home Assistant), Asterisk's dialplan, Twilio Studio and TwiML, SWML,
jambonz, VoiceXML, GitHub Actions and Node-RED.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

DAYS: Final[Mapping[str, int]] = {
    word: number
    for number, words in enumerate(
        (
            "mon monday пн понедельник",
            "tue tues tuesday вт вторник",
            "wed wednesday ср среда",
            "thu thur thurs thursday чт четверг",
            "fri friday пт пятница",
            "sat saturday сб суббота",
            "sun sunday вс воскресенье",
        ),
        1,
    )
    for word in words.split()
}
"""A weekday's names -> its number, from Monday."""


def _names(instead: str, *written: str) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.IGNORECASE), instead) for pattern in written]


NAMES: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    *_names(
        "caller.number",
        r"from|ani|caller_?id(_?num(ber)?)?|callerid\((num|number|all)\)|caller_?(num(ber)?|phone|id)",
        r"(trigger\.)?call\.(from|caller|caller_?id|caller_?number|ani|from_number)|(trigger|event|msg|payload|call)\.(call\.)?from",
        r"(msg|event|payload|body|data|req|request|params)(\.\w+)*\.(from|caller|ani|caller_?id|caller_?number)",
        r"caller\.(id|phone|num|ani|from|tel|telephone|phone_number)|caller",
        r"session\.(connection\.remote\.uri|callerid|from)|contact\.(phone|channel\.address)|customer\.number",
    ),
    *_names(r"len(\1)", r"(\w+(?:\.\w+)*)\.(?:length|size|len)"),
    *_names(
        "call.line",
        r"to|dnis|exten|did|called|line|called_?(number|id)|callerid\(dnid\)|destination_?number",
        r"(trigger\.)?call\.(to|called|called_?number|did|dnis|exten|to_number)|(trigger|event|msg|payload)\.(call\.)?to",
        r"caller\.(line|dialed|dialled)|line\.number",
    ),
    *_names(
        "digits",
        r"digit|dtmf|keypress|input|pressed|keys?|user_?input|args\.digits|(call|event|prompt)\.(digits|dtmf|value)",
        r"widgets\.\w+\.digits|prompt_(value|result|digits)|application\.lastresult\$?\.(utterance|interpretation)",
    ),
    *_names("caller.withheld", r"caller\.(anonymous|hidden|private|restricted|unknown|is_?(anonymous|withheld))"),
    *_names("not caller.withheld", r"caller\.(known|visible|identified)"),
    *_names("call.answered", r"call\.(connected|is_?answered)|answered"),
    *_names("not call.answered", r"call\.(missed|unanswered|not_?answered)|missed"),
    *_names("now.hour", r"hour|now\.(hours|hh?)|now\(\)\.hour|datetime\.hour|time\.hour|(current_?)hour"),
    *_names("now.minute", r"minute|now\.(minutes|mm?|min)|now\(\)\.minute"),
    *_names(
        "now.weekday",
        r"weekday|dow|day_?of_?week|now\.(dow|day|day_?of_?week|weekdays?|isoweekday|wday)(\(\))?|now\(\)\.(weekday|isoweekday)",
    ),
    *_names("now.time", r"time|now|now\.(clock|hhmm|hh_mm)|current_?time|time\.now|now\(\)|now\.time\(\)"),
    *_names("add_days(now.date, -1)", r"now\.yesterday|yesterday(\(\))?"),
    *_names("add_days(now.date, 1)", r"now\.tomorrow|tomorrow(\(\))?"),
    *_names("now.date", r"date|today|now\.(today|day|iso_?date)|current_?date|date\.today|now\.date\(\)|today\(\)"),
    *_names(r"not hours.\1.open", r"hours\.(\w+)\.(closed|close|is_?closed|shut|off)"),
    *_names(r"hours.\1.open", r"hours\.(\w+)\.(is_?open|opened|now|on|active|state|status|open_now|opens)(\(\))?"),
    *_names(r"hours.\1.open", r"hours\.(\w+)", r"(\w+)\.(?:is_open|open)(?:\(\))?"),
    *_names(r"not hours.\1.open", r"(\w+)\.(?:is_closed|closed)(?:\(\))?"),
    *_names(r"visits.\1", r"(?:attempts|tries|count|visited)\.(\w+)"),
    *_names(
        r"vars.\1",
        r"(?:flow\.)?(?:variables?|vars?|data|context|ctx|session|input|inputs|env|local|global|params|request|state)\.(\w+)",
    ),
    *_names("call.entry_id", r"call_?sid|uniqueid|call\.(sid|id|uuid|uniqueid)|(trigger\.)?call\.callsid|session_id"),
    *_names("call.age", r"call\.(duration|seconds|elapsed)|duration|elapsed"),
)
"""What a name looks like -> what we call it. The first that fits counts."""

_STARTS: Final = ("startswith", "starts_with", "startsWith", "StartsWith", "begins_with", "beginsWith", "hasPrefix")
_ENDS: Final = ("endswith", "ends_with", "endsWith", "EndsWith", "hasSuffix")
_HOLDS: Final = (
    "contains",
    "includes",
    "has",
    "include",
    "Contains",
    "CONTAINS",
    "in_list",
    "inlist",
    "instr",
    "strpos",
)

FUNCTIONS: Final[Mapping[tuple[str, int], str]] = {
    **{(name, 2): "starts_with({0}, {1})" for name in _STARTS if name != "starts_with"},
    **{(name, 2): "ends_with({0}, {1})" for name in _ENDS if name != "ends_with"},
    **{(name, 2): "contains" for name in _HOLDS},
    **{(name, 2): "{0} == {1}" for name in ("equals", "eq", "strcmp", "equal", "is_equal")},
    **{(name, 1): "len({0})" for name in ("length", "strlen", "size", "count", "char_length")},
    **{(name, 1): "number({0})" for name in ("int", "float", "parseInt", "parsefloat", "to_number", "tonumber")},
    **{(name, 1): "text({0})" for name in ("str", "string", "tostring", "to_s", "to_string", "format")},
    **{(name, 1): "lower({0})" for name in ("tolower", "tolowercase", "lowercase", "downcase", "lcase")},
    **{(name, 1): "upper({0})" for name in ("toupper", "touppercase", "uppercase", "upcase", "ucase")},
    **{(name, 1): "{0}" for name in ("trim", "strip", "bool", "boolean", "expr")},
    **{(name, 1): '{0} == ""' for name in ("empty", "isempty", "is_empty", "isnull", "is_null", "isblank")},
    **{(name, 1): '{0} != ""' for name in ("exists", "isset", "defined", "is_defined", "is_set", "present")},
    **{(name, 2): "default({0}, {1})" for name in ("coalesce", "ifnull", "nvl", "isnull", "or_else", "get")},
    **{(name, 2): "{0} + {1}" for name in ("concat", "join", "cat")},
    **{(name, 3): "{1} if {0} else {2}" for name in ("if", "iif", "ternary", "cond", "case")},
    **{(name, 3): "{1} <= {0} <= {2}" for name in ("between", "in_range", "inrange")},
    **{(name, 1): "{0}.open" for name in ("is_open", "isopen", "open", "opened")},
    **{(name, 1): "not {0}.open" for name in ("is_closed", "isclosed", "closed")},
    **{(name, 1): "online({0})" for name in ("is_online", "available", "is_available", "isonline", "logged_in")},
    **{(name, 2): "state" for name in ("is_state", "isstate")},
    **{(name, 2): "{1} =~ {0}" for name in ("test", "exec")},
    **{(name, 2): "{0} =~ {1}" for name in ("match", "regex_match", "search", "regexp_match", "fullmatch", "REGEX")},
    ("percent", 1): "hash_percent({0})",
    ("hash", 1): "hash_percent({0})",
}
"""(a function's or a method's name, how many arguments with the value before the dot) -> what to write."""
