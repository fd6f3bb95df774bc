"""Which role each path of the API needs: one table, which the description, the documentation and the check go by."""

from collections.abc import Mapping
from typing import Final

from router.runtime.administration.roles import ADMIN, AUTHOR, OPERATOR, VIEWER

ANYONE: Final = "anyone"
"""What needs no role: who one is, and logging in."""

NEEDED: Final[Mapping[tuple[str, str], str]] = {  # (method, path as the description writes it) -> role
    ("GET", "/api/openapi.yaml"): VIEWER,
    ("GET", "/api/calls"): VIEWER,
    ("GET", "/api/calls/{entry_id}"): VIEWER,
    ("GET", "/api/calls/{entry_id}/timeline"): VIEWER,
    ("GET", "/api/calls/{entry_id}/records"): VIEWER,
    ("GET", "/api/calls/{entry_id}/test"): VIEWER,
    ("GET", "/api/calls/{entry_id}/replay"): VIEWER,
    ("GET", "/api/figures/{figure}"): VIEWER,
    ("GET", "/api/live"): VIEWER,
    ("GET", "/api/recordings/{recording_id}"): OPERATOR,
    ("GET", "/api/events"): VIEWER,
    ("POST", "/api/stream-token"): VIEWER,
    ("GET", "/api/commands"): VIEWER,
    ("GET", "/api/commands/{command_id}"): VIEWER,
    ("GET", "/api/deliveries"): VIEWER,
    ("GET", "/api/deliveries/{delivery_id}"): VIEWER,
    ("GET", "/api/limits"): VIEWER,
    ("GET", "/api/refusals"): VIEWER,
    ("GET", "/api/alarms"): VIEWER,
    ("GET", "/api/doctor"): OPERATOR,
    ("GET", "/api/accounts"): VIEWER,
    ("GET", "/api/versions"): VIEWER,
    ("GET", "/api/versions/{version}/files"): VIEWER,
    ("GET", "/api/versions/{version}/files/{name}"): VIEWER,
    ("GET", "/api/versions/{version}/flows"): VIEWER,
    ("GET", "/api/versions/{version}/flows/{flow}/diagram"): VIEWER,
    ("POST", "/api/calls/{entry_id}/commands"): OPERATOR,
    ("POST", "/api/phone"): OPERATOR,
    ("GET", "/api/phone/emulator"): OPERATOR,
    ("POST", "/api/phone/calls"): OPERATOR,
    ("GET", "/api/phone/calls/{entry_id}"): OPERATOR,
    ("POST", "/api/phone/calls/{entry_id}/acts"): OPERATOR,
    ("POST", "/api/deliveries/{delivery_id}/redeliver"): OPERATOR,
    ("POST", "/api/deliveries/{delivery_id}/cancel"): OPERATOR,
    ("POST", "/api/pause"): OPERATOR,
    ("POST", "/api/resume"): OPERATOR,
    ("POST", "/api/versions"): AUTHOR,
    ("POST", "/api/versions/{version}/activate"): AUTHOR,
    ("GET", "/api/audit"): ADMIN,
    ("GET", "/api/canary"): VIEWER,
    ("GET", "/api/drafts"): VIEWER,
    ("POST", "/api/drafts"): AUTHOR,
    ("GET", "/api/drafts/{draft_id}"): VIEWER,
    ("PATCH", "/api/drafts/{draft_id}"): AUTHOR,
    ("DELETE", "/api/drafts/{draft_id}"): AUTHOR,
    ("GET", "/api/drafts/{draft_id}/files/{name}"): VIEWER,
    ("GET", "/api/drafts/{draft_id}/flows/{flow}/diagram"): VIEWER,
    ("POST", "/api/drafts/{draft_id}/bring-up"): AUTHOR,
    ("POST", "/api/drafts/{draft_id}/questions"): AUTHOR,
    ("POST", "/api/drafts/{draft_id}/replay"): AUTHOR,
    ("GET", "/api/drafts/{draft_id}/differences"): AUTHOR,
    ("GET", "/api/session"): ANYONE,
    ("POST", "/api/session"): ANYONE,
    ("DELETE", "/api/session"): VIEWER,
    ("PUT", "/api/session/password"): VIEWER,
    ("POST", "/api/session/codes"): VIEWER,
    ("PUT", "/api/session/codes"): VIEWER,
    ("DELETE", "/api/session/codes"): VIEWER,
    ("GET", "/api/session/provider"): ANYONE,
    ("GET", "/api/session/provider/back"): ANYONE,
    ("GET", "/api/session/provider/end"): ANYONE,
    ("GET", "/api/users"): ADMIN,
    ("POST", "/api/users"): ADMIN,
    ("PATCH", "/api/users/{name}"): ADMIN,
    ("DELETE", "/api/users/{name}"): ADMIN,
    ("DELETE", "/api/users/{name}/sessions"): ADMIN,
    ("GET", "/api/tokens"): ADMIN,
    ("POST", "/api/tokens"): ADMIN,
    ("POST", "/api/tokens/{token_name}/revoke"): ADMIN,
}

TELLING_NOTHING: Final = frozenset({"/api/", "/api/{path}", "/console/", "/console/{name}"})
"""Paths that only refuse, and those of the console's page, which holds no data."""


def needed_role(method: str, path: str) -> str:
    """A path that is not in the table needs the highest role."""
    if path in TELLING_NOTHING:
        return VIEWER
    return NEEDED.get(("GET" if method == "HEAD" else method, path), ADMIN)
