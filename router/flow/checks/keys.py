"""Key patterns that make a caller wait: "1" beside "1xx" acts only after `next_digit`."""

from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow
from router.flow.reading.setting_fields import NOTHING
from router.flow.resources.key_patterns import KeyTrie
from router.flow.verbs.menu import Menu
from router.flow.yaml.node import find, length_of, pairs


def check_keys(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W602 at the shorter pattern of every ambiguous pair of a menu."""
    for step in parsed.steps.values():
        settings = step.settings
        if isinstance(settings, Menu) and isinstance(settings.keys, KeyTrie):
            nodes = {key.text: key for key, _ in pairs(find(step.written, "keys") or NOTHING)}
            for short, long in settings.keys.ambiguous():
                node = nodes.get(short, step.verb)
                message = f"`{short}` waits for next_digit, since it may become `{long}`"
                report.add("W602", node.mark, message, length=length_of(node))
