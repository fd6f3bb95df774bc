"""The roles of tokens, and of whoever else uses the API. Each may do what those before it may.

Who can publish a flow can route any call anywhere, so an author may do what an operator may, by the same right.
"""

from typing import Final

VIEWER: Final = "viewer"  # sees calls, commands, limits, versions and events
OPERATOR: Final = "operator"  # gives commands for calls, and pauses
AUTHOR: Final = "author"  # publishes, activates, takes back
ADMIN: Final = "admin"  # reads the audit, and changes what others may do

ROLES: Final = (VIEWER, OPERATOR, AUTHOR, ADMIN)


def may(role: str, needed: str) -> bool:
    """Whether who has this role may do what needs the other one."""
    return ROLES.index(role) >= ROLES.index(needed)
