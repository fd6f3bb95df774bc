"""One tree of errors for the whole package.

    RouterError
    ├── Ours                          a mistake on our side of the wire
    │   ├── ConfigurationError        a setting is missing or makes no sense
    │   ├── BundleRefused             a bundle has findings of severity error
    │   ├── CommandInvalid            a command does not fit its schema, so it is not sent
    │   └── StoreUnavailable          the database cannot take the write
    └── Peer                          a mistake on the PBX's side, or of whoever speaks in its name
        └── RequestRefused            a webhook request is not acceptable; carries its HTTP status and code

Every error has a stable kebab-case `code`. What a caller of the phone line can cause is never an exception: it is a
trace entry or an exit of a step.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class RouterError(Exception):
    """The root. `message` is one sentence for people, `fields` are facts for programs."""

    code: ClassVar[str] = "router-error"

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class Ours(RouterError):
    """A mistake on our side."""

    code = "ours"


class ConfigurationError(Ours):
    """A setting is missing, unknown or out of range; the message names it and says what instead."""

    code = "configuration"


class BundleRefused(Ours):
    """A bundle has findings of severity error. `findings` holds all of them, in order of file and line."""

    code = "bundle-refused"

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class CommandInvalid(Ours):
    """A command does not fit its JSON Schema; it is not sent, since a 3xxx answer can block the key."""

    code = "command-invalid"


class StoreUnavailable(Ours):
    """The database cannot take the write; nothing of the transaction was kept."""

    code = "store-unavailable"


class Peer(RouterError):
    """A mistake on the other side of the wire."""

    code = "peer"


class RequestRefused(Peer):
    """A webhook request that is not accepted: `status` is the HTTP status, `result` the code of the document."""

    code = "request-refused"

    def __init__(self, message: str, *, status: int, result: int, error: str) -> None:
        super().__init__(message, status=status, result=result, error=error)
        self.status = status
        self.result = result
        self.error = error
