"""Every question that an editor can ask about an open file, whatever it is asked over."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from router.flow.account_needs import UNKNOWN_ACCOUNT, AccountFacts, unmet
from router.flow.findings import Finding
from router.flow.layout import NotFormatted, formatted
from router.flow.symbols import STEP, Occurrence
from router.lsp import actions, completion, hints, hover, lenses, navigation, outline, tokens, translated
from router.lsp.diagnostics import SOURCE, diagnostics
from router.lsp.lenses import CannotDo
from router.lsp.read_bundle import ReadBundle
from router.lsp.text_map import TextMap
from router.lsp.workspace import OpenBundle, Workspace, path_of, uri_of

_OF_BUNDLE: Final = "."
"""The file that findings about the whole bundle name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file that a question is about."""

    space: Workspace
    bundle: OpenBundle
    name: str  # in the bundle
    uri: str

    @property
    def text(self) -> TextMap:
        """As it is shown."""
        return self.space.text_map(self.bundle, self.name)

    @property
    def read(self) -> ReadBundle:
        """Its bundle as it is now."""
        return self.space.read(self.bundle)

    def symbol(self, position: types.Position) -> Occurrence | None:
        """The name at a place."""
        return navigation.symbol_at(self.read, self.name, self.text, position)


FactsOf = Callable[[Path], AccountFacts]
"""What is known of the account whose bundle stands in a directory."""


def unknown_account(directory: Path) -> AccountFacts:
    """Of which nothing is known: the bundle alone is judged."""
    return UNKNOWN_ACCOUNT


class Service:
    """The questions. A URI that names no file of a disk has no answers: None, or nothing in a list."""

    def __init__(
        self,
        today: Callable[[], date | None],
        now: Callable[[], float] = time.time,
        space: Workspace | None = None,
        facts: FactsOf = unknown_account,
        said: translated.Said = str,
    ) -> None:
        self.space = space or Workspace(today=today)
        self._now = now
        self._facts = facts
        self.said = said  # a message in the language of who writes
        self._failed: dict[str, list[types.Diagnostic]] = {}  # by URI: tests that failed when they were run last

    def file(self, uri: str) -> OpenFile | None:
        """The file that a URI names."""
        path = path_of(uri)
        if path is None:
            return None
        bundle = self.space.bundle_of(path)
        name = path.relative_to(bundle.directory).as_posix()
        return OpenFile(space=self.space, bundle=bundle, name=name, uri=uri)

    # what is shown

    def folders(self, uris: Iterable[str]) -> None:
        """The editor's folders."""
        self.space.folders = [path.resolve() for uri in uris if (path := path_of(uri)) is not None]

    def show(self, uri: str, text: str) -> OpenBundle | None:
        """A file was opened or changed; its bundle has to be read again."""
        path = path_of(uri)
        self._failed.pop(uri, None)
        return self.space.open(path, text) if path is not None else None

    def close(self, uri: str) -> OpenBundle | None:
        """A file is no longer shown."""
        path = path_of(uri)
        return self.space.close(path) if path is not None else None

    def look_again(self) -> list[OpenBundle]:
        """Files of the disk may have changed: all bundles have to be read again."""
        for bundle in self.space.bundles.values():
            self.space.refresh(bundle)
        return list(self.space.bundles.values())

    def findings(self, bundle: OpenBundle) -> dict[str, list[types.Diagnostic]]:
        """By URI, what is wrong; empty lists for files that are shown, or were told of before, and are well."""
        by_file: dict[str, list[Any]] = {}
        for finding in (*bundle.of_files, *self.space.read(bundle).findings, *self._unmet(bundle)):
            by_file.setdefault(finding.mark.file, []).append(finding)
        found = {}
        for file in {*by_file, *bundle.told, *self.space.shown(bundle)}:
            uri = uri_of(bundle.directory if file == _OF_BUNDLE else bundle.directory / file)
            told = diagnostics(by_file.get(file, ()), self.space.text_map(bundle, file))
            found[uri] = translated.diagnostics(told, self.said)
        bundle.told = set(by_file)
        for uri, failed in self._failed.items():
            if (path := path_of(uri)) is not None and path.is_relative_to(bundle.directory):
                found[uri] = [*found.get(uri, ()), *failed]
                bundle.told.add(path.relative_to(bundle.directory).as_posix())
        return found

    def _unmet(self, bundle: OpenBundle) -> tuple[Finding, ...]:
        """What the bundle needs and its account has not, as `ivr check` judges it: where there is no other error."""
        read = self.space.read(bundle)
        if read.bundle is None or not read.bundle.needs:
            return ()
        return unmet(read.bundle.needs, self._facts(bundle.directory), read.files)

    # what can be written, and what it means

    def complete(self, uri: str, position: types.Position) -> types.CompletionList | None:
        """The names of half-written files are those of the last reading."""
        file = self.file(uri)
        if file is None:
            return None
        if file.bundle.last is None:
            file.space.read(file.bundle)
        file.bundle.values = self._facts(file.bundle.directory).values or {}
        items = completion.complete(file.bundle, file.name, file.text, position)
        return types.CompletionList(is_incomplete=False, items=translated.items(items, self.said))

    def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """The documentation of what stands at a place."""
        file = self.file(uri)
        if file is None:
            return None
        directory = file.bundle.directory
        values = self._facts(directory).values or {}
        moment = hover.Moment(now=self._now(), changed=lambda name: _changed(directory / name), values=values)
        return translated.hover(hover.hover(file.read, file.name, file.text, position, moment), self.said)

    def hints(self, uri: str, span: types.Range) -> list[types.InlayHint]:
        """Where exits lead that are not written."""
        file = self.file(uri)
        return hints.hints(file.read, file.name, file.text, span) if file is not None else []

    # names

    def definition(self, uri: str, position: types.Position) -> types.Location | None:
        """Where the name at a place is defined."""
        file, one = self._symbol(uri, position)
        return navigation.definition(self.space, file.bundle, one) if file and one else None

    def references(self, uri: str, position: types.Position, *, with_definition: bool) -> list[types.Location] | None:
        """Every place where the name stands."""
        file, one = self._symbol(uri, position)
        if file is None or one is None:
            return None
        return navigation.references(self.space, file.bundle, one, with_definition=with_definition)

    def highlights(self, uri: str, position: types.Position) -> list[types.DocumentHighlight] | None:
        """The places of the name in the same file."""
        file, one = self._symbol(uri, position)
        return navigation.highlights(file.read, file.name, file.text, one) if file and one else None

    def prepare_rename(self, uri: str, position: types.Position) -> types.PrepareRenamePlaceholder | None:
        """The name that would be renamed. Raises NotRenamed for what the bundle does not define."""
        file, one = self._symbol(uri, position)
        if file is None or one is None:
            return None
        navigation.refuse_undefined(file.read.by_symbol[one.symbol])
        placeholder = one.symbol.name.rpartition(".")[2]
        return types.PrepareRenamePlaceholder(range=navigation.range_of(file.text, one), placeholder=placeholder)

    def rename(self, uri: str, position: types.Position, new: str) -> types.WorkspaceEdit | None:
        """The edits of all files. Raises NotRenamed."""
        file, one = self._symbol(uri, position)
        return navigation.renamed(self.space, file.bundle, one, new) if file and one else None

    def _symbol(self, uri: str, position: types.Position) -> tuple[OpenFile | None, Occurrence | None]:
        file = self.file(uri)
        return file, file.symbol(position) if file is not None else None

    # the shape of a file

    def outline(self, uri: str) -> list[types.DocumentSymbol]:
        """Flows with their steps, resources, tests."""
        file = self.file(uri)
        return outline.outline(file.name, file.text) if file is not None else []

    def folding(self, uri: str) -> list[types.FoldingRange]:
        """What can be folded away."""
        file = self.file(uri)
        return outline.folding(file.text) if file is not None else []

    def tokens(self, uri: str) -> types.SemanticTokens:
        """Colours inside expressions."""
        file = self.file(uri)
        return tokens.tokens(file.read, file.name, file.text) if file else types.SemanticTokens(data=[])

    def layout(self, uri: str) -> list[types.TextEdit] | None:
        """The edit that gives the file the canonical layout; None for what cannot be formatted."""
        file = self.file(uri)
        if file is None:
            return None
        text = file.text
        try:
            result = formatted(text.text)
        except NotFormatted:
            return None
        return [] if result == text.text else [types.TextEdit(range=text.whole, new_text=result)]

    # what can be done

    def actions(self, uri: str, span: types.Range, found: Iterable[types.Diagnostic]) -> list[types.CodeAction]:
        """What is offered for a range."""
        file = self.file(uri)
        if file is None:
            return []
        made = actions.actions(self.space, file.bundle, file.name, span, found)
        one = file.symbol(span.start)
        if one is not None and one.symbol.kind == STEP:
            made.append(_test_of(uri, one))
        return translated.actions(made, self.said)

    def lenses(self, uri: str) -> list[types.CodeLens]:
        """The links above tests and flows."""
        file = self.file(uri)
        return translated.lenses(lenses.lenses(uri, file.name, file.text), self.said) if file is not None else []

    def run_tests(self, uri: str, name: str) -> tuple[OpenBundle, dict[str, Any]]:
        """Run the tests of a file, or one; lines at which they fail are findings until the next change. Raises
        CannotDo."""
        file = self._needed(uri)
        told = lenses.run_tests(file.read, file.name, name)
        self._failed = {failed: [] for failed in self._failed}
        for failed, line, reason in lenses.failures(told):
            text = self.space.text_map(file.bundle, failed)
            mark = types.Diagnostic(range=text.range(line, 1, len(text.text)), message=reason, code="test")
            mark.severity, mark.source = types.DiagnosticSeverity.Error, SOURCE
            uri_failed = uri_of(file.bundle.directory / failed)
            self._failed[uri_failed] = [*self._failed.get(uri_failed, ()), mark]
        return file.bundle, told

    def diagram(self, uri: str, flow: str) -> str:
        """A flow as SVG. Raises CannotDo."""
        return lenses.diagram(self._needed(uri).read, flow)

    def test_to(self, uri: str, flow: str, step: str) -> tuple[types.WorkspaceEdit, dict[str, str]]:
        """(the edit, the file and its text) of a test that leads to a step. Raises CannotDo."""
        file = self._needed(uri)
        test_file = file.name.removesuffix(".yaml") + ".test.yaml"
        text = lenses.test_to(file.read, flow, step, test_file)
        return _written(self.space, file.bundle, test_file, text), {"file": test_file, "text": text}

    def _needed(self, uri: str) -> OpenFile:
        file = self.file(uri)
        if file is None:
            raise CannotDo(f"{uri} is no file of a bundle")
        return file


def _changed(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _test_of(uri: str, one: Occurrence) -> types.CodeAction:
    title = f"Make a test of the way to `{one.symbol.name}`"
    arguments = [uri, one.symbol.flow, one.symbol.name]
    command = types.Command(title=title, command=lenses.TEST_FROM_PATH, arguments=arguments)
    return types.CodeAction(title=title, kind=types.CodeActionKind.Empty, command=command)


def _written(space: Workspace, bundle: OpenBundle, file: str, text: str) -> types.WorkspaceEdit:
    """A file with this text, made when there is none."""
    uri = uri_of(bundle.directory / file)
    create = types.CreateFile(uri=uri, options=types.CreateFileOptions(ignore_if_exists=True))
    versioned = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=None)
    edit = types.TextEdit(range=space.text_map(bundle, file).whole, new_text=text)
    return types.WorkspaceEdit(document_changes=[create, types.TextDocumentEdit(versioned, [edit])])
