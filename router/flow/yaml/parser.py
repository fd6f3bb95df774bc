"""The nodes of a YAML file.

What YAML offers beyond maps, lists and text (anchors, tags, merge keys, several documents) is refused, and so are the
traps in which a text silently becomes something else.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

import yaml

from router.flow.findings import Finding, Report
from router.flow.model import Mark
from router.flow.suggestions.advice import NO_ADVICE, Advice, Edit, edit, words_of
from router.flow.suggestions.split_texts import tag_advice
from router.flow.yaml.diagnosis import diagnose
from router.flow.yaml.mapping import Open, closed
from router.flow.yaml.node import Node, items, made_invalid, pairs, refuse_unreadable, split_lines
from router.flow.yaml.parse_failure import REPAIRED, Trap

MOST_REPAIRS: Final = 20  # traps reported of one file
DEEPEST: Final = 40


def parse_yaml(file: str, text: str) -> tuple[Node | None, list[Finding]]:
    """The root node, or None when the file is empty or cannot be read at all; and what is wrong with it as YAML."""
    report = Report(lines={file: split_lines(text)})
    if refuse_unreadable(file, text, report):
        return None, report.findings
    for _ in range(MOST_REPAIRS):
        attempt = Report(lines=report.lines)
        try:
            root = _compose(file, text, attempt)
        except _TooDeep:
            return None, report.findings + attempt.findings
        except yaml.MarkedYAMLError as error:
            trap = diagnose(text, error)
            if REPAIRED in trap.message + words_of(trap.suggestion):  # it only follows from what was mended
                return None, report.findings + attempt.findings
            _report(file, trap, report)
            if trap.repaired is None:
                return None, report.findings + attempt.findings
            text = trap.repaired
        else:
            findings = report.findings + attempt.findings
            return _with_invalid(root) if root is not None and findings else root, findings
    return None, report.findings


def _with_invalid(node: Node) -> Node:
    """The tree with an invalid node for each text that was mended, and for what stands under such a key."""
    if node.kind == "sequence":
        return Node("sequence", tuple(_with_invalid(item) for item in items(node)), node.mark)
    if node.kind == "mapping":
        entries = (
            (made_invalid(key), made_invalid(value)) if REPAIRED in key.text else (key, _with_invalid(value))
            for key, value in pairs(node)
        )
        return Node("mapping", tuple(entries), node.mark)
    return made_invalid(node) if REPAIRED in node.text else node


class _TooDeep(Exception):
    """Stops the reading of a file; the finding is written already."""


def _report(file: str, trap: Trap, report: Report) -> None:
    mark = Mark(file=file, line=trap.line, column=trap.column)
    fix: tuple[Edit, ...] = ()
    if isinstance(trap.suggestion, Advice) and trap.suggestion.instead is not None:
        start, length = trap.suggestion.span or (0, trap.length)
        fix = (edit(trap.line, trap.column + start, length, trap.suggestion.instead),)
    report.add(trap.code, mark, trap.message, length=trap.length, suggestion=trap.suggestion, fix=fix)


def _compose(file: str, text: str, report: Report) -> Node | None:
    """Build the nodes of the one document; raises MarkedYAMLError where YAML itself gives up.

    The usual scalar is dealt with in the loop itself: a large bundle has a hundred thousand of them.
    """
    outer: list[Open] = [Open("sequence", Mark(file=file, line=1, column=1), False, [])]
    beside = outer[0].children
    documents = 0
    next_event: Callable[[], Any] = yaml.CBaseLoader(text).get_event
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            start = event.start_mark
            mark = Mark(file=file, line=start.line + 1, column=start.column + 1)
            beside.append(Node("scalar", event.value, mark, event.style != ""))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            ended = outer.pop()
            beside = outer[-1].children
            beside.append(closed(ended, report))
        elif isinstance(event, yaml.NodeEvent):
            _open_or_add(file, event, outer, report)
            beside = outer[-1].children
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                report.add("F108", _mark(file, event), "a second document begins here", length=3)
                break
    return outer[0].children[0] if outer[0].children else None


def _open_or_add(file: str, event: Any, outer: list[Open], report: Report) -> None:
    mark = _mark(file, event)
    if isinstance(event, yaml.AliasEvent):
        if not _is_told(event.anchor, outer[-1], report):
            report.add("F104", mark, f"unquoted `*{event.anchor}`", suggestion=f'write "*{event.anchor}" in quotes')
        outer[-1].children.append(Node("scalar", REPAIRED, mark))
        return
    mended = _refuse_decoration(event, mark, outer[-1], report)
    if isinstance(event, yaml.ScalarEvent):
        outer[-1].children.append(Node("scalar", REPAIRED if mended else event.value, mark, bool(event.style)))
    elif len(outer) > DEEPEST:
        report.add("F113", mark, f"more than {DEEPEST} levels deep")
        raise _TooDeep
    else:
        kind: Literal["sequence", "mapping"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
        outer.append(Open(kind, mark, event.flow_style, []))


def _is_told(anchor: str | None, beside: Open, report: Report) -> bool:
    """Whether an alias only follows from what is refused anyway: its anchor, or the merge key that it stands behind."""
    behind = beside.children[-1] if beside.kind == "mapping" and len(beside.children) % 2 else None
    if behind is not None and behind.value == "<<" and not behind.quoted:
        return True
    return any(finding.code == "F105" and finding.message == _anchor(anchor) for finding in report.findings)


def _anchor(name: str | None) -> str:
    return f"unquoted `&{name}`"


def _refuse_decoration(event: Any, mark: Mark, beside: Open, report: Report) -> bool:
    """Report an anchor or a tag; whether a scalar's text was meant to begin with it."""
    if event.anchor is not None:
        suggestion = (
            f"quote the text; an anchor is not part of the language: write it out wherever `*{event.anchor}` stands"
        )
        report.add("F105", mark, _anchor(event.anchor), suggestion=suggestion)
    elif event.tag is not None:
        _refuse_tag(event, mark, _key_before(beside), report)
    else:
        return False
    return True


def _refuse_tag(event: Any, mark: Mark, key: str, report: Report) -> None:
    """What was meant by a tag: `!x` turns a condition around, `!secret x` names a secret, `!!str x` is only x."""
    line = report.lines[mark.file][mark.line - 1]
    end = event.end_mark.column if event.end_mark.line + 1 == mark.line else len(line)
    source = line[mark.column - 1 : end]
    scalar = isinstance(event, yaml.ScalarEvent)
    advice = tag_advice(event.tag, event.value if scalar else "", source, key) if scalar else NO_ADVICE
    fix = (edit(mark.line, mark.column, len(source), advice.instead),) if advice.instead is not None else ()
    words = advice or "leave the tag out"
    report.add("F106", mark, f"the tag `{_written(event.tag)}`", length=len(source), suggestion=words, fix=fix)


def _key_before(beside: Open) -> str:
    """The key that the next value stands under."""
    return beside.children[-1].text if beside.kind == "mapping" and len(beside.children) % 2 else ""


def _written(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _mark(file: str, event: Any) -> Mark:
    return Mark(file=file, line=event.start_mark.line + 1, column=event.start_mark.column + 1)
