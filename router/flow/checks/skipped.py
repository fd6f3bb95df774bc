"""Destinations that a route may pass over without trying them."""

from router.flow.model import EMPLOYEES, Destination


def may_be_skipped(to: Destination, *, online_only: bool) -> bool:
    """Whether the call may leave it empty, or an employee may not be online when only such are tried."""
    return bool(to.name.names) or (online_only and to.kind in EMPLOYEES)
