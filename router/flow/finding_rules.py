"""The codes of findings and what they mean: the table that the reference and the documents are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.flow.expressions import PROBLEM_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a code means, for the reference."""

    title: str
    explanation: str


def _rule(title: str, explanation: str) -> Rule:
    return Rule(title=title, explanation=explanation)


_EXPRESSION_TITLES: Final[Mapping[str, str]] = {
    "F401": "not an expression",
    "F402": "not in the language",
    "F403": "unknown name",
    "F404": "unknown function",
    "F405": "wrong number of arguments",
    "F406": "types that do not go together",
    "F407": "result of the wrong type",
    "F408": "too large",
    "F409": "mask that matches nothing",
    "F410": "text with a bad ${...}",
    "F412": "compared with what is no number",
}

RULES: Final[Mapping[str, Rule]] = {
    # F1xx: the text is not the YAML that was meant
    "F101": _rule("not YAML", "The file cannot be read as YAML; nothing behind this place was looked at."),
    "F102": _rule(
        "duplicate key", "A map has the same key twice. YAML readers keep one of them silently; here it is refused."
    ),
    "F103": _rule("tab", "YAML is indented with spaces; a tab at the beginning of a line is refused."),
    "F104": _rule(
        "unquoted *", "A text that begins with * is an alias in YAML. Write `star` for the key, and quote masks."
    ),
    "F105": _rule(
        "anchor", "A text that begins with & is an anchor in YAML. Anchors are not part of the flow language."
    ),
    "F106": _rule("tag", "A text that begins with ! is a tag in YAML. Types come from the place where a value stands."),
    "F107": _rule("merge key", "`<<` merges maps in YAML. Flows are written out: each step says all that it does."),
    "F108": _rule("several documents", "A file holds one document; `---` may only stand at its top."),
    "F109": _rule(
        "unquoted ${ in braces",
        "Within {...} or [...] a brace has a meaning of its own, so text with ${name} needs quotes.",
    ),
    "F110": _rule("text in braces needs quotes", "Within {...} or [...] a comma or a bracket ends an unquoted text."),
    "F111": _rule("not text", "Files are UTF-8 text without control characters."),
    "F112": _rule("key is not text", "The keys of a map are plain words."),
    "F113": _rule("nested too deeply", "No part of the language nests that deeply."),
    "F114": _rule(
        "unquoted #", "A # behind a space begins a comment. Write `pound` for the key, and quote text with a #."
    ),
    "F115": _rule(
        "text behind a quote",
        "A text that begins with a quote ends with the next one; quote the whole of an expression that does.",
    ),
    "F116": _rule(
        "unreadable file",
        "A bundle is what stands in its directory: files that can be read, and links to files beside them.",
    ),
    # F2xx: the shape
    "F201": _rule("unknown key", "The map cannot have this key."),
    "F202": _rule("unknown verb", "A step has one of the language's verbs."),
    "F204": _rule(
        "wrong type", "A map, a list, a number, true or false, or text stands where something else is needed."
    ),
    "F205": _rule("missing key", "The map lacks a key that it cannot do without."),
    "F206": _rule("value not allowed", "Only the listed words can stand here."),
    "F207": _rule("wrong form", "The text does not have the form that is needed here, such as a duration or a name."),
    "F208": _rule("out of range", "The number, or the number of entries, is too small or too large."),
    "F209": _rule("one verb in each step", "A step with several verbs has no order; give each verb a step of its own."),
    "F210": _rule(
        "neither flow nor resources",
        "A file has `flow:`, or resources (audio, groups, people, hours, lists, tables), or is a test.",
    ),
    "F211": _rule("keys exclude each other", "These keys cannot stand in one map."),
    "F213": _rule(
        "cannot be read",
        "The loader found no mistake here and could not read it all the same. That is a fault of the program: nothing "
        "is published, so that no flow and no step is lost in silence. Please report it.",
    ),
    # F3xx: names
    "F301": _rule("unknown step", "The flow has no step of that name."),
    "F302": _rule("unknown prompt", "No resource file of the bundle has that prompt under `audio`."),
    "F303": _rule(
        "unknown group or person", "No resource file of the bundle has that name under `groups` or `people`."
    ),
    "F304": _rule("unknown list", "No resource file of the bundle has that name under `lists`."),
    "F305": _rule("unknown hours", "No resource file of the bundle has that name under `hours`."),
    "F306": _rule("unknown variable", "The flow's `vars` does not have that variable."),
    "F307": _rule("defined twice", "Names of flows and resources are global in the bundle."),
    "F308": _rule("missing file", "The bundle does not have that file."),
    "F309": _rule("unusable file", "The file cannot be used as what it is named for."),
    "F310": _rule("unknown time zone", "Zones have IANA names such as Europe/Moscow."),
    "F311": _rule(
        "unknown country", "Public holidays are known for the countries of the `holidays` library, by ISO code."
    ),
    "F312": _rule("unknown flow", "No file of the bundle has a flow of that name."),
    "F313": _rule("unknown table", "No resource file of the bundle has that name under `tables`."),
    "F315": _rule(
        "prompt named in another way",
        "`audio.NAME` is one recording. A prompt with `each` or `pick` speaks data: `audio.NAME[${STEP.OUTPUT}]`.",
    ),
    "F314": _rule("unknown column", "The table has no column of that name."),
    # F4xx: expressions and text with ${name}; `flow.expressions` explains its own
    **{code: _rule(title, PROBLEM_CODES[code]) for code, title in _EXPRESSION_TITLES.items()},
    # F5xx: what would go wrong in a call
    "F501": _rule("exit without a target", "An exit that is not written goes to on_error, and the flow has none."),
    "F502": _rule(
        "needs a caller after the end",
        "Steps that on_end and finally lead to run when the call is over; nobody is on the line.",
    ),
    "F503": _rule(
        "needs the caller while it still rings",
        "`ring` leaves the other side ringing; only a route or a hangup can follow it.",
    ),
    "F504": _rule("loop without pause", "Steps that go in a circle with neither a key press nor time would never end."),
    "F505": _rule("two flows for one line", "A new call must have one flow that takes it."),
    "F506": _rule(
        "switch without else", "A switch must say where to go when no condition is true; `else` is its last line."
    ),
    "F507": _rule("value does not fit", "The value fits its form but not its place."),
    "F508": _rule(
        "secret out of place",
        "A secret of the configuration, or a variable typed with `secret: true`, would be stored in clear or shown.",
    ),
    "F509": _rule(
        "address that the call decides",
        "The scheme and the host of a request are written out, so that no caller can send it elsewhere.",
    ),
    "F510": _rule("flow that runs itself", "A flow cannot run itself, be it over others."),
    "F511": _rule("exit that never comes", "The flow that is run has no `return` by that name."),
    "F512": _rule(
        "command of another profile",
        "The PBX of an account of profile 2021 does not know the command: it would be refused in every call.",
    ),
    "F513": _rule(
        "value that the configuration lacks",
        "`values.NAME` is read from `values` of the account that publishes the bundle.",
    ),
    "F514": _rule(
        "value that is no address",
        "A request goes to where the value says, so it has to be scheme and host: https://crm.example.",
    ),
    # P7xx: what the PBX says, by `ivr check --online`
    "P701": _rule("no such employee", "The PBX has no employee with that extension: the call would fail there."),
    "P702": _rule("no such group", "The PBX has no group with that short number: the call would fail there."),
    "P703": _rule("no such employee id", "`to_user` is an id that no employee of the PBX has: there would be no task."),
    # W6xx: worth a look
    "W601": _rule("unreachable step", "No path from start, on_error, on_end or finally comes to the step."),
    "W602": _rule("ambiguous keys", "One pattern begins like another, so the shorter one waits for `next_digit`."),
    "W603": _rule(
        "condition that never changes",
        "It is true, or false, in every call, or an earlier line of the switch takes every call that it is true for.",
    ),
    "W604": _rule(
        "closed all day",
        "On some days of the next year nothing is ever open, and no `closed` and no holiday says that this is meant.",
    ),
    "W605": _rule("prompt names a missing key", "The text of a prompt (`says`) invites a key that the menu lacks."),
    "W606": _rule(
        "long silence",
        "A caller may hear nothing for longer than the PBX's scheme keeps one; it would go on without us.",
    ),
    "W607": _rule(
        "long wait under the limits",
        "At the given number of calls a command may wait for its turn until the caller is lost.",
    ),
    "W608": _rule("flow that nothing runs", "It takes no calls, since it has no `for`, and no `run` names it."),
    "W610": _rule("a name for its value", "The text is the name itself; its value stands in ${...}."),
    "W611": _rule("row that is never found", "Of two rows of a table with one key, the first counts."),
    "W613": _rule(
        "moved working day",
        "The holidays' calendar moves a working day to a weekend: it has the hours of the day that is off for it.",
    ),
    "W614": _rule("zone with the other sign", "Etc/GMT+3 is three hours behind UTC: its sign is that of POSIX."),
    "W615": _rule("last minute of the day", "A range that ends at 23:59 is read as open until midnight, 24:00."),
    "W612": _rule(
        "cell that does not fit",
        "A cell of a table is not of the type of an output that is taken from it, which then has its default; or a key "
        "is written as a day in a form that is not read.",
    ),
    "W622": _rule(
        "asked before it is known",
        "Why a call ended is known when it is over: in on_end, in finally, behind `ended` of a watch. Else it is 0.",
    ),
    "W620": _rule(
        "text of another form",
        "A time is HH:MM, a date YYYY-MM-DD, a state one of a few words; nothing is equal to a text of another form.",
    ),
    "W621": _rule(
        "split by what never changes",
        "Equal values of `sticky` take the same branch, so a value that never changes sends all callers to one.",
    ),
    "W623": _rule(
        "an end that never comes",
        "`finally` is of the flow that takes the call, and holds in all flows that this one runs.",
    ),
    "W609": _rule(
        "display name that is cut",
        "A telephone shows 64 bytes at most, and none of ; / ? : @ & = + $ , (Appendix 1); the rest is left out.",
    ),
}
