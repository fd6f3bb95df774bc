"""`ivr test --update`: let scripts expect what came, keeping everything else of their files to the letter.

Only `expect` and `expect_end` lines change, and of an `expect` that named the right command only the fields that
differ. What cannot be put right by that (a command that never comes or that nobody expects, an unused answer) is left
to the author: it says that something else happens now, not only that it looks different.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from router.engine.effects import QueueCommand
from router.flow.model import Bundle, Mark
from router.flow.verbs import COMMANDS
from router.simulator.compare import expectation
from router.simulator.run_test import run
from router.simulator.script import OUTCOMES, Expect, ExpectEnd, Line, Script
from router.simulator.verdict import Failure, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One line of a script that is to say something else."""

    old: Expect | ExpectEnd
    new: Expect | ExpectEnd

    @property
    def mark(self) -> Mark:
        """Where the line's key stands."""
        return self.old.mark


def updated(script: Script, bundle: Bundle) -> tuple[Verdict, list[Edit]]:
    """Run a test, changing what it expects wherever that is all that keeps it from going on: (its last verdict, the
    changes)."""
    edits = []
    verdict = run(script, bundle)
    while verdict.failure is not None and (edit := _edit(script, verdict.failure)) is not None:
        edits.append(edit)
        lines = tuple(edit.new if line is edit.old else line for line in script.lines)
        script = replace(script, lines=lines)
        verdict = run(script, bundle)
    return verdict, edits


def _edit(script: Script, failure: Failure) -> Edit | None:
    line = next((line for line in script.lines if line.mark == failure.mark), None)
    new = _instead(line, failure.instead) if line is not None else None
    return Edit(old=line, new=new) if isinstance(line, Expect | ExpectEnd) and new is not None else None


def _instead(line: Line, came: QueueCommand | str | None) -> Expect | ExpectEnd | None:
    """What the line would have to say for that to have been expected."""
    if isinstance(line, Expect) and isinstance(came, QueueCommand):
        return expectation(came, line)
    if isinstance(line, ExpectEnd) and came in OUTCOMES:
        return replace(line, outcome=came)
    return None


# files

Span = tuple[int, int, str]
"""What stands from one character to another becomes this text."""


def rewritten(text: str, edits: Iterable[Edit]) -> str:
    """The test file with the edits made."""
    values = dict(_script_values(yaml.compose(text, Loader=yaml.CSafeLoader)))
    spans = [span for edit in edits for span in _spans(values[edit.mark.line, edit.mark.column], edit)]
    for start, end, instead in sorted(spans, reverse=True):
        text = f"{text[:start]}{instead}{text[end:]}"
    return text


def _script_values(root: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """(line and column of the key, value) of every line of every script."""
    for test in _under(root, "tests").value:
        for item in _under(test, "script").value:
            for key, value in item.value:
                yield (key.start_mark.line + 1, key.start_mark.column + 1), value


def _under(mapping: Any, name: str) -> Any:
    return next(value for key, value in mapping.value if key.value == name)


def _spans(node: Any, edit: Edit) -> list[Span]:
    """The changes of one line; a line that expects another command is said anew."""
    old, new = edit.old, edit.new
    if isinstance(old, Expect) and isinstance(new, Expect) and old.command == new.command:
        now, was = dict(new.fields), dict(old.fields)
        fields = [(name, value) for name, value in _fields(node, old.command) if now[name] != was[name]]
        return [(_start(value), _end(value), scalar(now[name], quoted=bool(value.style))) for name, value in fields]
    return [(_start(node), _end(node), new.outcome if isinstance(new, ExpectEnd) else said(new))]


def _fields(node: Any, command: str) -> Iterator[tuple[str, Any]]:
    """(field, value) of an `expect`, as `read` finds them."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value != command:
            yield from _flat(key.value, value)
        elif isinstance(value, yaml.MappingNode):
            for name, inner in value.value:
                yield from _flat(name.value, inner)
        elif value.value or value.style:
            yield COMMANDS[command].main or command, value


def _flat(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(node, yaml.MappingNode):
        yield path, node
        return
    for key, value in node.value:
        yield from _flat(f"{path}.{key.value}", value)


def _start(node: Any) -> int:
    return int(node.start_mark.index)


def _end(node: Any) -> int:
    """Behind the last character; a block's own mark stands behind the comments and blank lines that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def said(expected: Expect) -> str:
    """An expectation as it is written in braces."""
    if not expected.fields:
        return expected.command
    main = COMMANDS[expected.command].main
    fields = {expected.command if name == main else name: scalar(value) for name, value in expected.fields}
    return f"{{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}"


_PLAIN: Final = re.compile(r"[A-Za-z_][\w./@-]*( [\w./@-]+)*", re.ASCII)
_NOT_TEXT: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
"""Words that editors do not take for text."""


def scalar(text: str, *, quoted: bool = False) -> str:
    """A text as it can stand anywhere in YAML, in braces too."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT and not quoted:
        return text
    return json.dumps(text, ensure_ascii=False)
