"""What a telephone can show beside the number of a caller (Appendix 1)."""

import re
from typing import Final

from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow
from router.flow.verbs.route import Route
from router.flow.yaml.node import find, length_of
from router.protocol.commands import fit_header

_NAMES: Final = re.compile(r"\$\{[^}]*\}")


def check_display(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W609 where the written part of a display name would not arrive whole."""
    for step in parsed.steps.values():
        node = find(step.written, "display_name") if isinstance(step.settings, Route) else None
        if node is None:
            continue
        written = _NAMES.sub("", node.text).strip()
        if (shown := fit_header(written)) != written:
            message = f"of `{written}` a telephone shows `{shown}`"
            report.add("W609", node.mark, message, length=length_of(node))
