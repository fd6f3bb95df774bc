"""Which flow takes a new call must never be a matter of luck."""

from collections.abc import Iterator, Sequence

from router.flow.findings import Report
from router.flow.reading import FlowDraft
from router.flow.source import Node, find, length_of


def check_lines(drafts: Sequence[FlowDraft], report: Report) -> None:
    """F505 at the later one of two flows that take the same line, list or all lines, at a place that both look at."""
    claims: dict[str, list[FlowDraft]] = {}
    for draft in drafts:
        for line, node in _claims(draft):
            rival = next((other for other in claims.get(line, []) if _meet(draft, other)), None)
            if rival is not None:
                _report(rival, line, node, report)
            claims.setdefault(line, []).append(draft)


def _claims(draft: FlowDraft) -> Iterator[tuple[str, Node]]:
    """(what is claimed, where it is written)."""
    yield from draft.lines
    takes = draft.takes
    if takes is not None and takes.any_line:
        yield "any", draft.takes_node
    if takes is not None and takes.line_list is not None:
        yield f"lists.{takes.line_list}", find(draft.takes_node, "lines") or draft.takes_node


def _meet(one: FlowDraft, other: FlowDraft) -> bool:
    """Whether there is a place at which both would take the call; two of one name are a mistake of their own."""
    if one.name.text == other.name.text:
        return False
    places = {draft.takes.location if draft.takes is not None else None for draft in (one, other)}
    return None in places or len(places) == 1


def _report(rival: FlowDraft, line: str, node: Node, report: Report) -> None:
    place = f"{rival.takes_node.mark.file}:{rival.takes_node.mark.line}"
    what = "every line" if line == "any" else f"`{line}`"
    message = f"{what} is taken by the flow `{rival.name.text}` already ({place})"
    suggestion = "only one flow can be the fallback" if line == "any" else "set the two apart by `location`"
    report.add("F505", node.mark, message, length=length_of(node), suggestion=suggestion)
