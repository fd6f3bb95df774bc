"""What an editor offers to do: take a finding's advice, write the exits that are missing, make steps a sub-flow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lsprotocol import types

from router.flow.findings import has_errors
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.suggestions.advice import Edit
from router.flow.suggestions.file_edits import FileEdits
from router.flow.yaml.node import Node, find, pairs
from router.lsp.hints import unwritten
from router.lsp.navigation import workspace_edit
from router.lsp.read_bundle import ReadBundle, read_bundle
from router.lsp.rename import changed
from router.lsp.workspace import OpenBundle, Workspace, uri_of

Kind = types.CodeActionKind
_FAILURE_ENDS: Final = ("hangup", "release")


def actions(
    space: Workspace, bundle: OpenBundle, file: str, span: types.Range, found: Iterable[types.Diagnostic]
) -> list[types.CodeAction]:
    """All that can be done within a range of a file."""
    read, text = space.read(bundle), space.text_map(bundle, file)
    first, last = text.place(span.start)[0], text.place(span.end)[0]
    return [
        *_advice(space, bundle, file, found),
        *_missing_exits(space, bundle, file, read, first, last),
        *_sub_flow(space, bundle, file, read, first, last),
    ]


# a finding's advice


def _advice(
    space: Workspace, bundle: OpenBundle, file: str, found: Iterable[types.Diagnostic]
) -> Iterator[types.CodeAction]:
    for diagnostic in found:
        data: Any = diagnostic.data
        if not isinstance(data, Mapping) or not data.get("fix"):
            continue
        edits = tuple(Edit(**one) for one in data["fix"])
        yield types.CodeAction(
            title=str(data.get("suggestion") or "take the advice"),
            kind=Kind.QuickFix,
            diagnostics=[diagnostic],
            is_preferred=True,
            edit=workspace_edit(space, bundle, {file: edits}),
        )


# missing exits


def _missing_exits(
    space: Workspace, bundle: OpenBundle, file: str, read: ReadBundle, first: int, last: int
) -> Iterator[types.CodeAction]:
    edits = FileEdits(read.lines(file))
    for parsed, step, exits in unwritten(read, file):
        if not exits or not _touches(step, parsed, edits, first, last):
            continue
        made = _with_exits(step, exits, _fallback(parsed), edits)
        if made is not None:
            yield types.CodeAction(
                title=f"Write the missing exits of `{step.name.text}`: {', '.join(exits)}",
                kind=Kind.RefactorRewrite,
                edit=workspace_edit(space, bundle, {file: (made,)}),
            )


def _touches(step: ParsedStep, parsed: ParsedFlow, edits: FileEdits, first: int, last: int) -> bool:
    begin, end = _extent(step, parsed, edits)
    return begin <= last and first <= end


def _extent(step: ParsedStep, parsed: ParsedFlow, edits: FileEdits) -> tuple[int, int]:
    """(first line, last line) of a step: up to the next one, blank lines and comments before that not counted."""
    later = [other.name.mark.line for other in parsed.steps.values() if other.name.mark.line > step.name.mark.line]
    end = min(later, default=len(edits.lines) + 1) - 1
    while end > step.name.mark.line and _is_no_content(edits.lines[end - 1]):
        end -= 1
    return step.name.mark.line, end


def _is_no_content(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _fallback(parsed: ParsedFlow) -> str:
    """Where a failure leads that nothing else is said of: as now, else to a step that ends the call."""
    if parsed.on_error:
        return parsed.on_error.target
    ends = [name for name, step in parsed.steps.items() if step.verb.text in _FAILURE_ENDS]
    return ends[-1] if ends else next(iter(parsed.steps), "")


def _with_exits(step: ParsedStep, exits: Sequence[str], target: str, edits: FileEdits) -> Edit | None:
    """The edit that adds exits to a step's settings, in the style in which they are written."""
    settings = step.written
    on = find(settings, "on")
    if "next" in exits:  # it stands beside `on`, not in it
        others = [name for name in exits if name != "next"]
        entries = [f"next: {target}", *([_on(others, target)] if others and on is None else [])]
        return _added(settings, entries, edits)
    if on is not None and on.kind == "mapping" and pairs(on):
        return _added(on, [f"{name}: {target}" for name in exits], edits)
    return _added(settings, [_on(exits, target)], edits) if on is None else None


def _on(exits: Sequence[str], target: str) -> str:
    return f"on: {{{', '.join(f'{name}: {target}' for name in exits)}}}"


def _added(mapping: Node, entries: Sequence[str], edits: FileEdits) -> Edit | None:
    """The edit that puts entries behind the last one of a map."""
    if mapping.kind != "mapping" or not pairs(mapping):
        return None
    mark = mapping.mark
    if edits.lines[mark.line - 1].startswith("{", mark.column - 1):
        end = edits.end(mapping)
        return _insert(end[0], end[1] - 1, ", " + ", ".join(entries)) if end is not None else None
    value = pairs(mapping)[-1][1]
    end = edits.end(value) if not value.empty else (value.mark.line, value.mark.column)
    if end is None:
        return None
    column = pairs(mapping)[0][0].mark.column
    line = edits.lines[end[0] - 1]
    return _insert(end[0], len(line) + 1, "".join(f"\n{' ' * (column - 1)}{entry}" for entry in entries))


def _insert(line: int, column: int, text: str) -> Edit:
    return Edit(line=line, column=column, end_line=line, end_column=column, text=text)


# steps become a sub-flow


def _sub_flow(
    space: Workspace, bundle: OpenBundle, file: str, read: ReadBundle, first: int, last: int
) -> Iterator[types.CodeAction]:
    """Offered where whole steps are selected that can stand alone; the loader judges the result."""
    parsed = next((flow for flow in read.loaded.flows.values() if flow.root.mark.file == file), None)
    if parsed is None or read.bundle is None:
        return
    edits = FileEdits(read.lines(file))
    chosen = [step for step in parsed.steps.values() if _is_within(step, parsed, edits, first, last)]
    if len(chosen) < 2 or len(chosen) == len(parsed.steps):
        return
    for with_error in (True, False):  # within on_end an exit that is not written ends the flow
        made = extracted(read, parsed, chosen, edits, with_error=with_error)
        if made is None:
            return
        name, new_text, own = made
        new_file = _beside(file, name)
        after = read_bundle({**changed(read.files, {file: own}), new_file: new_text.encode()})
        if not has_errors(after.findings):
            yield types.CodeAction(
                title=f"Extract {len(chosen)} steps as the flow `{name}`",
                kind=Kind.RefactorExtract,
                edit=_created(space, bundle, file, own, new_file, new_text),
            )
            return


def _is_within(step: ParsedStep, parsed: ParsedFlow, edits: FileEdits, first: int, last: int) -> bool:
    begin, end = _extent(step, parsed, edits)
    return first <= begin and end <= last


def extracted(
    read: ReadBundle, parsed: ParsedFlow, chosen: Sequence[ParsedStep], edits: FileEdits, *, with_error: bool
) -> tuple[str, str, tuple[Edit, ...]] | None:
    """(name, text of the new flow's file, edits of the old one's); None when the steps cannot stand alone: they are
    entered at more than one step."""
    names = {step.name.text for step in chosen}
    entries = _entries(parsed, names)
    if len(entries) != 1:
        return None
    entry = entries.pop()
    name = f"{entry}_flow"
    if name in read.loaded.flows or name in parsed.steps:
        return None
    leaves = sorted({edge.target for step in chosen for edge in step.edges if edge.target not in names})
    returned = {target: f"to_{target}" if target in names else target for target in leaves}
    bodies = [_lines_of(step, parsed, edits) for step in chosen]
    indentation = chosen[0].name.mark.column - 1
    head = [f"flow: {name}", f"start: {entry}", "steps:"]
    if with_error and parsed.on_error:
        error = parsed.on_error.target
        head.insert(1, f"on_error: {error}")
        returned.setdefault(error, error)
    own = [
        f"{' ' * indentation}{target}: {{return: {{as: {exit_}}}}}"
        for target, exit_ in returned.items()
        if target not in names
    ]
    text = "\n".join([*head, *(line for body in bodies for line in body), *own]) + "\n"
    exits = ", ".join(f"{exit_}: {target}" for target, exit_ in returned.items())
    call = f"{entry}: {{run: {{flow: {name}, on: {{{exits}}}}}}}"
    return name, text, tuple(_replaced(chosen, parsed, edits, entry, call))


def _entries(parsed: ParsedFlow, names: set[str]) -> set[str]:
    """The steps of `names` that others lead to."""
    tops = {edge.target for edge in (parsed.start, parsed.on_error, parsed.on_end, parsed.finally_) if edge}
    outside = {edge.target for name, step in parsed.steps.items() if name not in names for edge in step.edges}
    return (tops | outside) & names


def _lines_of(step: ParsedStep, parsed: ParsedFlow, edits: FileEdits) -> list[str]:
    begin, end = _extent(step, parsed, edits)
    return list(edits.lines[begin - 1 : end])


def _replaced(
    chosen: Sequence[ParsedStep], parsed: ParsedFlow, edits: FileEdits, entry: str, call: str
) -> Iterator[Edit]:
    for step in chosen:
        begin, end = _extent(step, parsed, edits)
        if step.name.text == entry:
            line = edits.lines[end - 1]
            yield Edit(
                line=begin,
                column=step.name.mark.column - step.name.quoted,
                end_line=end,
                end_column=len(line) + 1,
                text=call,
            )
        elif end < len(edits.lines):
            yield Edit(line=begin, column=1, end_line=end + 1, end_column=1, text="")
        else:
            yield Edit(line=begin, column=1, end_line=end, end_column=len(edits.lines[end - 1]) + 1, text="")


def _beside(file: str, name: str) -> str:
    directory, slash, _ = file.rpartition("/")
    return f"{directory}{slash}{name}.yaml"


def _created(
    space: Workspace, bundle: OpenBundle, file: str, own: tuple[Edit, ...], new_file: str, new_text: str
) -> types.WorkspaceEdit:
    text = space.text_map(bundle, file)
    new_uri = uri_of(bundle.directory / new_file)
    start = types.Position(line=0, character=0)
    return types.WorkspaceEdit(
        document_changes=[
            types.CreateFile(uri=new_uri, options=types.CreateFileOptions(ignore_if_exists=False, overwrite=False)),
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(uri=new_uri, version=None),
                edits=[types.TextEdit(range=types.Range(start=start, end=start), new_text=new_text)],
            ),
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(
                    uri=uri_of(bundle.directory / file), version=None
                ),
                edits=[text.text_edit(one) for one in own],
            ),
        ]
    )
