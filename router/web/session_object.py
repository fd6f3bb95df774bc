"""Who asks, as one object: what the console begins with."""

from typing import Any, Final

from router.runtime.administration.sessions import csrf_of
from router.web.access import Access
from router.web.identities import LOCAL, Identity
from router.web.router_parts import RouterParts

BY_PASSWORD, BY_PROVIDER, BY_TOKEN = "password", "provider", "token"
USER, PROGRAM, MACHINE = "user", "token", "machine"

NOBODY: Final[dict[str, Any]] = {"who": None, "csrf": ""}


def session_object(parts: RouterParts, access: Access, who: Identity | None, cookie: str) -> dict[str, Any]:
    """`cookie` is that of the session, which the CSRF token is made of."""
    ways = [BY_PASSWORD] if access.sessions.has_users() else []
    ways += [BY_PROVIDER] if parts.settings.oidc_issuer else []
    ways += [BY_TOKEN]
    if who is None:
        return {**NOBODY, "ways": ways}
    return {"who": _who(who), "csrf": csrf_of(cookie) if who.known is not None else "", "ways": ways}


def _who(who: Identity) -> dict[str, Any]:
    kind = MACHINE if who.token_id == LOCAL else PROGRAM if who.known is None else USER
    user = who.known.user if who.known is not None else None
    return {
        "name": who.name,
        "role": who.role,
        "kind": kind,
        "sees_numbers": who.sees_numbers,
        "has_password": bool(user and user.password),
        "has_codes": bool(user and user.totp),
    }
