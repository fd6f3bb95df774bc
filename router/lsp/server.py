"""The Language Server Protocol over stdio (`ivr lsp`): the questions of `service`, and when findings are told.

A bundle is read again a moment after the last key, so that a burst of keys is one reading. A fault of ours is an answer
without content and a line in the editor's log: a server that ends would take the editor's session with it.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from router import __version__
from router.lsp import lenses, tokens
from router.lsp.lenses import CannotDo
from router.lsp.rename import NotRenamed
from router.lsp.service import FactsOf, Service, unknown_account
from router.lsp.translated import WordsOf, english
from router.lsp.workspace import OpenBundle

PAUSE_SECONDS: Final = 0.02
"""Without a key before a bundle is read again."""
TRIGGERS: Final = [" ", ".", ":", "{", "[", '"', "-", "$"]
KINDS: Final = [
    types.CodeActionKind.QuickFix,
    types.CodeActionKind.RefactorRewrite,
    types.CodeActionKind.RefactorExtract,
]

Answer = TypeVar("Answer")


class FlowServer(LanguageServer):
    """The server of one editor."""

    def __init__(self, facts: FactsOf, words: WordsOf) -> None:
        super().__init__("ivr", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
        self.service = Service(today=_today, facts=facts)
        self.words = words
        self._planned: dict[Path, asyncio.TimerHandle] = {}

    def plan(self, bundle: OpenBundle | None) -> None:
        """Tell in a moment what is wrong with it."""
        if bundle is None:
            return
        waiting = self._planned.pop(bundle.directory, None)
        if waiting is not None:
            waiting.cancel()
        loop = asyncio.get_running_loop()
        self._planned[bundle.directory] = loop.call_later(PAUSE_SECONDS, self.tell, bundle)

    def tell(self, bundle: OpenBundle) -> None:
        """Tell now."""
        self._planned.pop(bundle.directory, None)
        try:
            found = self.service.findings(bundle)
        except Exception as error:  # see above
            self.report(error)
            return
        for uri, ones in found.items():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=ones))

    def report(self, error: Exception) -> None:
        """A line in the editor's log."""
        message = f"{type(error).__name__}: {error}"
        self.window_log_message(types.LogMessageParams(type=types.MessageType.Error, message=message))

    def answers(self, method: str, asked: Callable[[Any], Any], options: Any = None) -> None:
        """A question of the protocol, and who answers it."""
        self.feature(method, options)(self._safely(asked))

    def _safely(self, asked: Callable[..., Answer]) -> Callable[..., Answer | None]:
        @wraps(asked)
        def answered(*arguments: Any) -> Answer | None:
            try:
                return asked(*arguments)
            except (NotRenamed, CannotDo) as refused:
                raise JsonRpcInvalidParams(refused.message) from None
            except Exception as error:  # see above
                self.report(error)
                return None

        return answered

    def obeys(self, name: str, done: Callable[..., Any]) -> None:
        """A command, by `workspace/executeCommand`."""
        self.command(name)(self._safely(done))


def make_server(facts: FactsOf = unknown_account, words: WordsOf = english) -> FlowServer:
    """A server with all its features; `start_io` serves it. `facts` says what is known of a directory's account, and
    `words` what messages are in an editor's language."""
    server = FlowServer(facts, words)
    _documents(server)
    _questions(server)
    _commands(server)
    return server


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _documents(server: FlowServer) -> None:
    service = server.service

    def begin(params: types.InitializeParams) -> None:
        service.said = server.words(params.locale or "")
        service.folders([folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""])

    def show(params: types.DidOpenTextDocumentParams | types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.plan(service.show(uri, server.workspace.get_text_document(uri).source))

    def look_again(params: types.DidSaveTextDocumentParams | types.DidChangeWatchedFilesParams) -> None:
        for bundle in service.look_again():
            server.plan(bundle)

    server.answers(types.INITIALIZE, begin)
    server.answers(types.TEXT_DOCUMENT_DID_OPEN, show)
    server.answers(types.TEXT_DOCUMENT_DID_CHANGE, show)
    server.answers(types.TEXT_DOCUMENT_DID_CLOSE, lambda asked: server.plan(service.close(asked.text_document.uri)))
    server.answers(types.TEXT_DOCUMENT_DID_SAVE, look_again)
    server.answers(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, look_again)


def _questions(server: FlowServer) -> None:
    """Each one's parameters, put to the service."""
    service = server.service

    def at(question: Callable[[str, types.Position], Any]) -> Callable[[Any], Any]:
        return lambda asked: question(asked.text_document.uri, asked.position)

    def of(question: Callable[[str], Any]) -> Callable[[Any], Any]:
        return lambda asked: question(asked.text_document.uri)

    def refer(asked: types.ReferenceParams) -> list[types.Location] | None:
        everywhere = asked.context.include_declaration
        return service.references(asked.text_document.uri, asked.position, with_definition=everywhere)

    def rename(asked: types.RenameParams) -> types.WorkspaceEdit | None:
        return service.rename(asked.text_document.uri, asked.position, asked.new_name)

    def act(asked: types.CodeActionParams) -> list[types.CodeAction]:
        return service.actions(asked.text_document.uri, asked.range, asked.context.diagnostics)

    completion = types.CompletionOptions(trigger_characters=TRIGGERS)
    server.answers(types.TEXT_DOCUMENT_COMPLETION, at(service.complete), completion)
    server.answers(types.TEXT_DOCUMENT_HOVER, at(service.hover))
    server.answers(types.TEXT_DOCUMENT_INLAY_HINT, lambda asked: service.hints(asked.text_document.uri, asked.range))
    server.answers(types.TEXT_DOCUMENT_DEFINITION, at(service.definition))
    server.answers(types.TEXT_DOCUMENT_REFERENCES, refer)
    server.answers(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, at(service.highlights))
    server.answers(types.TEXT_DOCUMENT_PREPARE_RENAME, at(service.prepare_rename))
    server.answers(types.TEXT_DOCUMENT_RENAME, rename, types.RenameOptions(prepare_provider=True))
    server.answers(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, of(service.outline))
    server.answers(types.TEXT_DOCUMENT_FOLDING_RANGE, of(service.folding))
    server.answers(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, of(service.tokens), tokens.LEGEND)
    server.answers(types.TEXT_DOCUMENT_FORMATTING, of(service.layout))
    server.answers(types.TEXT_DOCUMENT_CODE_ACTION, act, types.CodeActionOptions(code_action_kinds=KINDS))
    server.answers(types.TEXT_DOCUMENT_CODE_LENS, of(service.lenses))


def _commands(server: FlowServer) -> None:
    service = server.service

    def run(uri: str, name: str = "") -> dict[str, Any]:
        bundle, told = service.run_tests(uri, name)
        server.tell(bundle)
        level = types.MessageType.Error if told["failed"] else types.MessageType.Info
        message = f"{told['passed']} passed, {told['failed']} failed"
        server.window_show_message(types.ShowMessageParams(type=level, message=message))
        return told

    def make_test(uri: str, flow: str, step: str) -> dict[str, str]:
        edit, made = service.test_to(uri, flow, step)
        server.workspace_apply_edit(types.ApplyWorkspaceEditParams(edit=edit))
        return made

    server.obeys(lenses.RUN, run)
    server.obeys(lenses.DIAGRAM, service.diagram)
    server.obeys(lenses.TEST_FROM_PATH, make_test)
