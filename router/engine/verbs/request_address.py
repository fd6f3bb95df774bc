"""Where a request of the author's goes: an address with its names filled in, percent-encoded but for what begins it."""

from router.engine.call_scope import RequestScope
from router.engine.output_values import in_url
from router.engine.step_context import StepContext
from router.flow.account_needs import is_address
from router.flow.model import Template
from router.flow.verbs.addresses import VALUE_FIRST


def address_of(context: StepContext, url: Template) -> str:
    """The address; "" where the value that begins it is none, which the trace says."""
    rendered = url.render(RequestScope(context, in_url))
    found = VALUE_FIRST.match(url.source)
    if found is None:
        return rendered
    value: str = RequestScope(context).value(f"values.{found[1]}")
    if not is_address(value):
        context.note(f"values.{found[1]} is no address, so nothing is sent to it")
        return ""
    rest = rendered[len(in_url(value)) :]
    return (value.rstrip("/") if rest.startswith("/") else value) + rest
