"""Where names are defined and used."""

from collections.abc import Iterable

from lsprotocol import types

from router.flow.symbols import Occurrence
from router.lsp.read_bundle import ReadBundle, definition_of
from router.lsp.rename import Edits, NotRenamed, renaming
from router.lsp.text_map import TextMap
from router.lsp.workspace import OpenBundle, Workspace, uri_of


def symbol_at(read: ReadBundle, file: str, text: TextMap, position: types.Position) -> Occurrence | None:
    """The name at a place."""
    return read.at(file, *text.place(position))


def definition(space: Workspace, bundle: OpenBundle, one: Occurrence) -> types.Location | None:
    """Where it is defined."""
    found = definition_of(space.read(bundle).by_symbol[one.symbol])
    return location(space, bundle, found) if found is not None else None


def references(space: Workspace, bundle: OpenBundle, one: Occurrence, *, with_definition: bool) -> list[types.Location]:
    """Every place where it stands."""
    found = space.read(bundle).by_symbol[one.symbol]
    return [location(space, bundle, other) for other in found if with_definition or not other.defines]


def highlights(read: ReadBundle, file: str, text: TextMap, one: Occurrence) -> list[types.DocumentHighlight]:
    """The places in the same file."""
    found = (other for other in read.by_symbol[one.symbol] if other.mark.file == file)
    return [
        types.DocumentHighlight(
            range=range_of(text, other),
            kind=types.DocumentHighlightKind.Write if other.defines else types.DocumentHighlightKind.Read,
        )
        for other in found
    ]


def location(space: Workspace, bundle: OpenBundle, one: Occurrence) -> types.Location:
    """An occurrence as a place of a file."""
    text = space.text_map(bundle, one.mark.file)
    return types.Location(uri=uri_of(bundle.directory / one.mark.file), range=range_of(text, one))


def range_of(text: TextMap, one: Occurrence) -> types.Range:
    """The characters of a name."""
    return text.range(one.mark.line, one.mark.column, one.length)


def renamed(space: Workspace, bundle: OpenBundle, one: Occurrence, new: str) -> types.WorkspaceEdit:
    """The edits of all files. Raises NotRenamed."""
    return workspace_edit(space, bundle, renaming(space.read(bundle), one.symbol, new))


def workspace_edit(space: Workspace, bundle: OpenBundle, edits: Edits) -> types.WorkspaceEdit:
    """Edits of a bundle's files for an editor."""
    changes = {}
    for file, ones in edits.items():
        text = space.text_map(bundle, file)
        changes[uri_of(bundle.directory / file)] = [text.text_edit(one) for one in ones]
    return types.WorkspaceEdit(changes=changes)


def refuse_undefined(ones: Iterable[Occurrence]) -> None:
    """Raises NotRenamed for what the bundle does not define."""
    if definition_of(ones) is None:
        raise NotRenamed("this is not defined in the bundle: what is named elsewhere is renamed there")
