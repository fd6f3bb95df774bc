"""Which flow takes a new call must never be a matter of luck."""

from collections.abc import Iterator, Sequence

from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow
from router.flow.resources.list_overlap import Listed
from router.flow.yaml.node import Node, find, length_of


def check_lines(all_parsed: Sequence[ParsedFlow], report: Report) -> None:
    """F505 at the later one of two flows that take the same line, list or all lines, at a place that both look at."""
    claims: dict[str, list[ParsedFlow]] = {}
    for parsed in all_parsed:
        for line, node in _claims(parsed):
            rival = next((other for other in claims.get(line, []) if _meet(parsed, other)), None)
            if rival is not None:
                _report(rival, line, node, report)
            claims.setdefault(line, []).append(parsed)
    _check_lists(all_parsed, report)


def _check_lists(all_parsed: Sequence[ParsedFlow], report: Report) -> None:
    """The lines of a list against the lines that other flows name, and against those of their lists."""
    earlier: list[tuple[ParsedFlow, Listed]] = []
    for parsed in all_parsed:
        listed = parsed.listed
        if listed is None:
            continue
        through = f" through `lists.{listed.name}`"
        for other in all_parsed:
            for line, node in other.lines:
                if line in listed.numbers and _meet(parsed, other):
                    _report(parsed, line, node, report, through)
        for rival, theirs in earlier:
            shared = theirs.shared_with(listed) if theirs.name != listed.name and _meet(parsed, rival) else ""
            if shared:
                node = find(parsed.takes_node, "lines") or parsed.takes_node
                _report(rival, shared, node, report, f" through `lists.{theirs.name}`")
        earlier.append((parsed, listed))


def _claims(parsed: ParsedFlow) -> Iterator[tuple[str, Node]]:
    """(what is claimed, where it is written)."""
    yield from parsed.lines
    takes = parsed.takes
    if takes is not None and takes.any_line:
        yield "any", parsed.takes_node
    if takes is not None and takes.line_list is not None:
        yield f"lists.{takes.line_list}", find(parsed.takes_node, "lines") or parsed.takes_node


def _meet(one: ParsedFlow, other: ParsedFlow) -> bool:
    """Whether there is a place at which both would take the call; two of one name are a mistake of their own."""
    if one.name.text == other.name.text:
        return False
    places = {parsed.takes.location if parsed.takes is not None else None for parsed in (one, other)}
    return None in places or len(places) == 1


def _report(rival: ParsedFlow, line: str, node: Node, report: Report, through: str = "") -> None:
    place = f"{rival.takes_node.mark.file}:{rival.takes_node.mark.line}"
    what = "every line" if line == "any" else f"`{line}`"
    message = f"{what} is taken by the flow `{rival.name.text}` already{through} ({place})"
    suggestion = "only one flow can be the fallback" if line == "any" else "set the two apart by `location`"
    report.add("F505", node.mark, message, length=length_of(node), suggestion=suggestion)
