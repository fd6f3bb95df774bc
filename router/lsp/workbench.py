"""What the console's editor asks of a draft, answered in a process of its own (`bootstrap.workbench` begins it).

The questions are those of the Language Server Protocol, as `ivr lsp` answers them, and some that only a console has:
the checks, the tests with what they reach, diagrams, where steps stand, hours as a heat map, what differs. A few drafts
are kept as they were read last, so that the next key costs one reading of what has changed.
"""

import gc
import os
import resource
import select
import sys
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import msgspec
from lsprotocol import converters, types

from router.bootstrap.workbench import read_frame, write_frame
from router.errors import RouterError
from router.files.builder_process import MOST_ADDRESSES, NICE
from router.flow.account_needs import UNKNOWN_ACCOUNT, AccountFacts
from router.lsp import draft_views
from router.lsp.draft_space import DraftSpace, uri_in_draft
from router.lsp.service import Service
from router.runtime.versions.workbench import Question, Told
from router.simulator.report import Words
from router.translation.catalogue import ENGLISH, said_in, shown_in

KEPT_DRAFTS: Final = 4
IDLE_SECONDS: Final = 300.0

_wire = converters.get_converter()


class OpenDraft:
    """A draft as it was read last."""

    def __init__(self, question: Question, files: Mapping[str, bytes]) -> None:
        self.revision = question.revision
        self.space = DraftSpace(files, _today)
        self.facts = UNKNOWN_ACCOUNT
        self.language = ENGLISH  # of who asks
        self.service = Service(today=_today, space=self.space, facts=lambda _: self.facts)
        self._shown: set[str] = set()

    def save(self, revision: int, files: Mapping[str, bytes]) -> None:
        """Another revision of it."""
        self.revision = revision
        self.space.save(files)

    def speak(self, language: str) -> None:
        """Whoever asks next may speak another one."""
        self.language = language
        self.service.said = partial(shown_in, language)

    def show(self, texts: Mapping[str, str]) -> None:
        """What is typed, in the place of what is saved."""
        for file in self._shown - texts.keys():
            self.service.close(uri_in_draft(file))
        for file, text in texts.items():
            self.service.show(uri_in_draft(file), text)
        self._shown = set(texts)


class Desk:
    """The drafts that were asked about last."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, OpenDraft] = OrderedDict()

    def answer(self, question: Question) -> Told:
        """Never raises: what fails is told."""
        draft = self._draft(question)
        if draft is None:
            return Told(needs_files=True)
        asked = ANSWERS.get(question.method)
        if asked is None:
            return Told(problem=f"there is no question {question.method[:100]!r}")
        try:
            draft.facts = AccountFacts(profile=question.profile, values=question.values)
            draft.speak(question.language)
            draft.show(question.texts)
            found = asked(draft, question.params)
            return Told(result=msgspec.json.encode(found))
        except RouterError as refused:
            return Told(problem=said_in(question.language, refused.message))
        except Exception as error:  # of ours, or of who asks: the next question is answered all the same
            traceback.print_exc()
            return Told(problem=f"the question {question.method} is not understood: {type(error).__name__}: {error}")

    def _draft(self, question: Question) -> OpenDraft | None:
        draft = self._open.pop(question.draft_id, None)
        if question.files is not None:
            if draft is None:
                draft = OpenDraft(question, question.files)
            else:
                draft.save(question.revision, question.files)
        if draft is None or draft.revision != question.revision:
            return None
        self._open[question.draft_id] = draft
        while len(self._open) > KEPT_DRAFTS:
            self._open.popitem(last=False)
        return draft


Answer = Callable[[OpenDraft, Any], Any]


def _asked(kind: Any, ask: Callable[[Service, Any], Any]) -> Answer:
    """A question of the protocol: its parameters are read, and its answer is written, as the protocol has them."""
    return lambda draft, params: _wire.unstructure(ask(draft.service, _wire.structure(params, kind)))


def _at(ask: Callable[[Service], Callable[[str, types.Position], Any]]) -> Callable[[Service, Any], Any]:
    return lambda service, asked: ask(service)(asked.text_document.uri, asked.position)


def _of(ask: Callable[[Service], Callable[[str], Any]]) -> Callable[[Service, Any], Any]:
    return lambda service, asked: ask(service)(asked.text_document.uri)


def _refer(service: Service, asked: types.ReferenceParams) -> Any:
    everywhere = asked.context.include_declaration
    return service.references(asked.text_document.uri, asked.position, with_definition=everywhere)


def _rename(service: Service, asked: types.RenameParams) -> Any:
    return service.rename(asked.text_document.uri, asked.position, asked.new_name)


def _act(service: Service, asked: types.CodeActionParams) -> Any:
    return service.actions(asked.text_document.uri, asked.range, asked.context.diagnostics)


def _hints(service: Service, asked: types.InlayHintParams) -> Any:
    return service.hints(asked.text_document.uri, asked.range)


def _findings(draft: OpenDraft, _: Any) -> Any:
    found = draft.service.findings(draft.space.draft)
    return {uri: _wire.unstructure(ones, list[types.Diagnostic]) for uri, ones in found.items()}


def _read(view: Callable[..., Any]) -> Answer:
    """A question of ours, about the draft as it is read."""
    return lambda draft, params: view(draft.space.read(draft.space.draft), **(params or {}))


def _check(draft: OpenDraft, params: Any) -> Any:
    return draft_views.check(draft.space.read(draft.space.draft), draft.service.said, **(params or {}))


def _tests(draft: OpenDraft, params: Any) -> Any:
    words = Words(
        said=lambda text: said_in(draft.language, text, "test"),
        told=lambda text: said_in(draft.language, text, "trace"),
    )
    return draft_views.run_tests(draft.space.read(draft.space.draft), words, **(params or {}))


ANSWERS: Final[Mapping[str, Answer]] = {
    types.TEXT_DOCUMENT_COMPLETION: _asked(types.CompletionParams, _at(lambda service: service.complete)),
    types.TEXT_DOCUMENT_HOVER: _asked(types.HoverParams, _at(lambda service: service.hover)),
    types.TEXT_DOCUMENT_DEFINITION: _asked(types.DefinitionParams, _at(lambda service: service.definition)),
    types.TEXT_DOCUMENT_REFERENCES: _asked(types.ReferenceParams, _refer),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: _asked(
        types.DocumentHighlightParams, _at(lambda service: service.highlights)
    ),
    types.TEXT_DOCUMENT_PREPARE_RENAME: _asked(types.PrepareRenameParams, _at(lambda service: service.prepare_rename)),
    types.TEXT_DOCUMENT_RENAME: _asked(types.RenameParams, _rename),
    types.TEXT_DOCUMENT_CODE_ACTION: _asked(types.CodeActionParams, _act),
    types.TEXT_DOCUMENT_INLAY_HINT: _asked(types.InlayHintParams, _hints),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: _asked(types.DocumentSymbolParams, _of(lambda service: service.outline)),
    types.TEXT_DOCUMENT_FORMATTING: _asked(types.DocumentFormattingParams, _of(lambda service: service.layout)),
    "ivr/findings": _findings,
    "ivr/check": _check,
    "ivr/tests": _tests,
    "ivr/flows": _read(draft_views.flows),
    "ivr/diagram": _read(draft_views.diagram),
    "ivr/hours": _read(draft_views.hours),
    "ivr/differences": _read(draft_views.differences_from),
}


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def main() -> None:
    """Answer until the parent closes the pipe, or asks nothing for a while."""
    gc.freeze()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    desk, asked, told = Desk(), sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed must not come between the answers
    while select.select([asked], [], [], IDLE_SECONDS)[0]:
        try:
            question = msgspec.msgpack.decode(read_frame(asked), type=Question)
        except EOFError:
            return
        write_frame(told, msgspec.msgpack.encode(desk.answer(question)))


if __name__ == "__main__":
    main()
