"""What an editor writes between the lines: where exits lead that are not written."""

from collections.abc import Iterator

from lsprotocol import types

from router.flow.checks.unwritten_exits import missing
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.lsp.read_bundle import ReadBundle
from router.lsp.text_map import TextMap


def hints(read: ReadBundle, file: str, text: TextMap, span: types.Range) -> list[types.InlayHint]:
    """`→ on_error: operator` behind the line of each verb whose failures lead there."""
    found = []
    for parsed, step, exits in unwritten(read, file):
        if not exits or not parsed.on_error:
            continue
        lines = read.lines(file)
        end = len(lines[step.verb.mark.line - 1]) + 1 if step.verb.mark.line <= len(lines) else 1
        place = text.position(text.offset(step.verb.mark.line, end))
        if span.start.line <= place.line <= span.end.line:
            names = ", ".join(exits)
            found.append(
                types.InlayHint(
                    position=place,
                    label=f"→ on_error: {parsed.on_error.target}",
                    tooltip=f"not written: {names}",
                    padding_left=True,
                )
            )
    return found


def unwritten(read: ReadBundle, file: str) -> Iterator[tuple[ParsedFlow, ParsedStep, tuple[str, ...]]]:
    """(flow, step, the exits that can occur and for which nothing is written), of the file's steps."""
    for parsed in read.loaded.flows.values():
        if parsed.root.mark.file == file:
            yield from ((parsed, step, missing(step, parsed.contracts)) for step in parsed.steps.values())
