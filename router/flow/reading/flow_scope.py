"""What names mean within one flow, and how its parts that use names are read.

What is not written reads as None; what has a finding, here or from the schema, and what depends on it reads as INVALID.
"""

import re
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, overload

import msgspec

from router.flow.expressions import Problem, compile_expression, compile_template
from router.flow.expressions.forms import WORTH_A_LOOK, odd_literals
from router.flow.expressions.placeholders import may_hold_one, placeholders
from router.flow.expressions.problems import UNKNOWN_NAME
from router.flow.expressions.types import type_of
from router.flow.findings import Report, did_you_mean, severity_of
from router.flow.invalid import INVALID
from router.flow.model import VALUE, Expression, Need, Output, Template, Variable
from router.flow.reading.name_advice import as_typed, in_place, typed, undeclared
from router.flow.reading.names import Contracts
from router.flow.reading.resources import Resources
from router.flow.suggestions.advice import Advice, Edit, Suggestion, offer
from router.flow.suggestions.fixes import replaced, report_at
from router.flow.suggestions.foreign_words import plain_word
from router.flow.suggestions.repair import variable
from router.flow.suggestions.restructure import Restructure
from router.flow.suggestions.spelling import closest
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.symbols import (
    OF_A_FLOW,
    STEP,
    VARIABLE,
    Symbol,
    SymbolNotes,
    WrittenExpression,
    dotted_names,
    parts_of,
)
from router.flow.yaml.node import Node, length_of
from router.flow.yaml.positions import place_of

_RESOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "audio": ("F302", "prompt"),
    "groups": ("F303", "group"),
    "people": ("F303", "person"),
    "lists": ("F304", "list"),
    "hours": ("F305", "hours"),
    "tables": ("F313", "table"),
}
"""Kind -> (the finding about one that does not exist, what it is called)."""
MOST_STEPS_SHOWN: Final = 6
MOST_SUGGESTIONS: Final = 100  # of steps; looking through ten thousand is slow
_SECRET: Final = re.compile(r"\bsecrets\.[a-z_][a-z0-9_]*", re.ASCII)


class Edge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One way out of a step: what is written at which node."""

    exit: str
    target: str
    node: Node
    listed: bool = True  # belongs into Step.exits; the verb's own settings hold the others


@dataclass(slots=True, kw_only=True)
class FlowScope:
    """The names of one flow."""

    report: Report
    resources: Resources
    steps: Mapping[str, Node]  # every step written, sound or not -> its name
    variables: Mapping[str, Variable]
    names: dict[str, str]  # for expressions
    flows: Contracts  # of the bundle
    outputs: Mapping[str, Output]  # "STEP.NAME" -> of the flow's lookups and runs
    exits: set[str] = field(default_factory=set)  # what the flow returns as
    returned: dict[str, str] = field(default_factory=dict)  # what it returns with, name -> type
    secrets: frozenset[str]  # variables that are typed in secret
    root: Node  # of the file
    flow: str = ""  # its name
    symbols: SymbolNotes | None = None  # where names stand, when that is asked for
    invalids: int = 0  # how often something was Invalid so far: what is read meanwhile is Invalid with it
    unknown_steps: int = 0
    needs: list[Need] = field(default_factory=list)  # of the account
    tables: set[str] = field(default_factory=set)  # whose rows were looked at
    compiled: dict[tuple[str, str | None], Expression] = field(default_factory=dict)  # by (source, expected type)

    def invalid(self) -> Any:
        """Something is Invalid, and so is what is being read."""
        self.invalids += 1
        return INVALID

    def say(self, code: str, node: Node, message: str, suggestion: Suggestion = "", *, offset: int = 0) -> Any:
        """Report something about a node, or its text from the character `offset` on; INVALID if it is an error."""
        report_at(self.report, code, node, message, suggestion, offset)
        return self.invalid() if severity_of(code) == "error" else None

    def say_instead(self, code: str, node: Node, message: str, text: str, *, of: Node | None = None) -> Any:
        """The same, to write `text` in its place, or in that of the whole list `of`."""
        fix = self._repair(node).replacing(of or node, text) or ()
        self.report.add(code, node.mark, message, length=length_of(node), suggestion=f"write {text}", fix=fix)
        return self.invalid()

    @property
    def vocabulary(self) -> Vocabulary:
        """What a suggestion may name."""
        return Vocabulary(names=self.resources.known, root=self.root, types=self.names)

    def _lines(self, node: Node) -> Sequence[str]:
        return self.report.lines.get(node.mark.file, ())

    def _repair(self, node: Node) -> Restructure:
        return Restructure({}, self.vocabulary, self._lines(node))

    @overload
    def expression(self, node: Node, expect: str | None, *, secrets: bool = False) -> Expression: ...
    @overload
    def expression(self, node: Node | None, expect: str | None, *, secrets: bool = False) -> Expression | None: ...
    def expression(self, node: Node | None, expect: str | None, *, secrets: bool = False) -> Expression | None:
        """The compiled expression of type `expect`; None takes any. With `secrets` it may ask for what was typed in
        secret, since its value is neither kept nor shown."""
        if node is None:
            return None
        if self.symbols is not None:
            self._note_names(node, 0, template=False)
        compiled = self.compiled.get((node.text, expect))
        if compiled is None:  # steps of a large flow often ask the same
            compiled, problems = compile_expression(node.text, self.names, expect, self.resources.country)
            self._pass_on(node, 0, undeclared(node.text, problems, self.names, expect))
        if compiled is None:
            return self.invalid()
        self.compiled[node.text, expect] = compiled
        if WORTH_A_LOOK.search(node.text):
            self._say_odd(node)
        if not secrets:
            self._keep_sealed(node, 0, compiled.names)
        self._need_values(node, 0, compiled.names)
        return compiled

    def _say_odd(self, node: Node) -> None:
        """Texts that are compared with what never looks like them."""
        for odd in odd_literals(node.text):
            problem = Problem("W620", odd.message, odd.offset, odd.length, odd.advice)
            self._pass_on(node, 0, [problem])

    @overload
    def template(
        self, node: Node, offset: int = 0, end: int | None = None, *, secrets: bool = False, typed_secrets: bool = False
    ) -> Template: ...
    @overload
    def template(
        self,
        node: Node | None,
        offset: int = 0,
        end: int | None = None,
        *,
        secrets: bool = False,
        typed_secrets: bool = False,
    ) -> Template | None: ...
    def template(
        self,
        node: Node | None,
        offset: int = 0,
        end: int | None = None,
        *,
        secrets: bool = False,
        typed_secrets: bool = False,
    ) -> Template | None:
        """The compiled text, from its character `offset` on, up to `end`; where it leaves for another system, with
        `secrets`; where it is sealed again, with `typed_secrets` alone.

        Which secrets the configuration has is the deployment's matter, so any name will do.
        """
        if node is None:
            return None
        text = node.text[offset:end]
        if self.symbols is not None:
            self._note_names(node, offset, template=True)
        named = dict.fromkeys(_SECRET.findall(text), "text") if secrets else {}
        compiled, problems = compile_template(text, ChainMap(named, self.names) if named else self.names)
        self._pass_on(node, offset, [in_place(problem, text, secrets=secrets) for problem in problems])
        if compiled is None:
            return self.invalid()
        if not (secrets or typed_secrets):
            self._keep_sealed(node, offset, compiled.names)
        if may_hold_one(text):
            self._say_names(node, offset, text)
        self._need_values(node, offset, compiled.names)
        return compiled

    def _say_names(self, node: Node, offset: int, text: str) -> None:
        """Names in a text that are no more than text: one finding, at the first, whose fix fills in all of them."""
        found = list(placeholders(text, self.names))
        if not found:
            return
        filled, first = text, found[0]
        for one in reversed(found):
            if one.name:
                filled = f"{filled[: one.offset]}${{{one.name}}}{filled[one.offset + one.length :]}"
        mark = place_of(node, offset + first.offset, self._lines(node))
        message = f"this is the text `{first.written}`, and not what the name stands for"
        known = all(one.name for one in found)
        advice: Suggestion = typed(node, offset, filled) if known else "a value stands in ${...}: ${caller.number}"
        fix = replaced(node, offset, len(text), filled, self._lines(node)) if known else ()
        self.report.add("W610", mark, message, length=first.length, suggestion=advice, fix=fix)

    def _need_values(self, node: Node, offset: int, names: frozenset[str]) -> None:
        """Values of the configuration: whether it has them is judged when the bundle is published."""
        for name in sorted(names):
            if name.startswith("values.") and name not in self.outputs:
                start = node.text.find(name, offset)
                mark = place_of(node, max(start, 0), self._lines(node))
                self.needs.append(Need(kind=VALUE, name=name.removeprefix("values."), mark=mark))

    def literal(self, node: Node, text: str) -> Template:
        """A text without names that stands for what is written at `node`."""
        return self.template(Node("scalar", text, node.mark, quoted=True))

    def _keep_sealed(self, node: Node, offset: int, names: frozenset[str]) -> None:
        """What was typed in secret must not come to where it would be stored in clear or shown."""
        for name in sorted(f"vars.{secret}" for secret in self.secrets):
            if name in names:
                found = re.search(rf"\b{re.escape(name)}\b", node.text[offset:])
                start = offset + (found.start() if found is not None else 0)
                message = (
                    f"`{name}` is typed in secret: only conditions, lookups by http or api, and `notify` can use it"
                )
                self.invalid()
                self.report.add("F508", place_of(node, start, self._lines(node)), message, length=len(name))

    def _pass_on(self, node: Node, offset: int, problems: Sequence[Problem]) -> None:
        for problem in problems:
            start = offset + problem.offset
            mark = place_of(node, start, self._lines(node))
            if problem.code == UNKNOWN_NAME and (secret := _SECRET.match(node.text, start)):
                message = f"`{secret[0]}` may only stand in what a `lookup` or a `notify` sends"
                self.report.add("F508", mark, message, length=len(secret[0]))
                continue
            fix = self._fix(node, offset, problem)
            words = as_typed(node, problem.advice) if not offset else problem.suggestion
            self.report.add(problem.code, mark, problem.message, length=problem.length, suggestion=words, fix=fix)

    def _fix(self, node: Node, offset: int, problem: Problem) -> tuple[Edit, ...]:
        """The suggestion of a problem with the node's text, as an edit of the file."""
        advice = problem.advice
        if not isinstance(advice, Advice) or advice.instead is None:
            return ()
        start, length = advice.span or (problem.offset, problem.length)
        fix = replaced(node, offset + start, length, advice.instead, self._lines(node))
        return (*fix, *self.declaring(*advice.declares)) if fix and advice.declares else fix

    def declaring(self, name: str, kind: str) -> tuple[Edit, ...]:
        """The edit that adds a variable to the flow."""
        return self._repair(self.root).declaring([(name, "")], kind)

    def note(self, kind: str, name: str, node: Node, offset: int = 0, *, flow: str | None = None) -> None:
        """The node names something, from the character `offset` of its text on; `flow` is that of a flow's own name."""
        if self.symbols is not None:
            own = (self.flow if flow is None else flow) if kind in OF_A_FLOW else ""
            self.symbols.note(Symbol(kind, name, own), node, self._lines(node), offset)

    def _note_names(self, node: Node, offset: int, *, template: bool) -> None:
        if self.symbols is None:
            return
        if not template or "${" in node.text:
            self.symbols.expressions[node.mark] = WrittenExpression(node, offset, template)
        for name, start in dotted_names(node.text[offset:], template=template):
            for symbol, within, length in parts_of(name, self.outputs, self.flow):
                self.symbols.note(symbol, node, self._lines(node), offset + start + within, length)

    def edge(self, exit_name: str, node: Node | None, *, listed: bool = True) -> Edge | None:
        """The way to the step that `node` names."""
        if node is None:
            return None
        if not self.steps:
            return self.invalid()
        if node.text not in self.steps:
            return self._say_unknown_step(node)
        self.note(STEP, node.text, node)
        return Edge(exit=exit_name, target=node.text, node=node, listed=listed)

    def _say_unknown_step(self, node: Node) -> Any:
        """Unless a step whose name has a finding is the one that is meant."""
        self.unknown_steps += 1
        near = closest(node.text, self.steps) if self.unknown_steps <= MOST_SUGGESTIONS else ""
        if near and self.steps[near].invalid:
            return self.invalid()
        advice = offer([near]) if near else self._step_for(node.text)
        return self.say("F301", node, f"unknown step `{node.text}`", advice)

    def _step_for(self, text: str) -> str:
        """What there is to say of a target that is like no step."""
        if text.partition(" ")[0] in ("extension", "person", "group", "number", "sip"):
            return f"a destination stands in a step of its own: NAME: {{route: {{to: {text}}}}}"
        if "${" in text or "{{" in text:
            return "a step is named outright: choose one by switch: [{when: …, goto: STEP}, {else: STEP}]"
        shown = list(self.steps)[:MOST_STEPS_SHOWN]
        return f"the steps are {', '.join(shown)}{' and others' if len(self.steps) > len(shown) else ''}"

    def is_known(self, kind: str, name: str, node: Node, offset: int = 0) -> bool:
        """Whether the bundle has the resource, and it is sound; if it certainly has none, that is reported.

        `offset` is where in the node's text the reference begins; it is shown as written there (`audio.NAME`, NAME).
        """
        found = self.resources.find(kind, name)
        if found is INVALID:
            self.invalid()
            return False
        if found is None:
            known = self.resources.known[kind]
            written = node.text[offset:].rstrip()
            before = written.removesuffix(name)
            suggestion = did_you_mean(written, [before + plain_word(other) for other in known])
            code, called = _RESOURCES[kind]
            self.say(code, node, f"unknown {called} `{written}`", suggestion, offset=offset)
        elif self.symbols is not None:
            self.note(kind, name, node, node.text.index(name, offset))
        return found is not None

    def resource_name(self, kind: str, node: Node | None) -> str | None:
        """The NAME of `kind.NAME`."""
        if node is None:
            return None
        name = node.text.removeprefix(f"{kind}.")
        return name if self.is_known(kind, name, node) else INVALID

    def variable(self, node: Node | None, value: str = "") -> Variable | None:
        """The variable that `node` names; `value` is what it is set to, if that is written."""
        if node is None:
            return None
        if type_of(f"vars.{node.text}", self.names) is not None:
            self.note(VARIABLE, node.text, node)
            return self.variables.get(node.text) or self.invalid()
        message = f"unknown variable `{node.text}`"
        if near := did_you_mean(node.text, self.variables):
            return self.say("F306", node, message, near)
        declared = variable(node.text, value)
        kind = declared.partition("type: ")[2].strip("}").partition(",")[0]
        words, fix = f"declare it: vars: {{{node.text}: {{type: {kind}}}}}", self.declaring(node.text, kind)
        self.report.add("F306", node.mark, message, length=len(node.text), suggestion=words, fix=fix)
        return self.invalid()
