"""One tree of errors for the whole package.

    RouterError
    ├── Ours                          a mistake on our side of the wire
    │   ├── ConfigurationError        a setting is missing or makes no sense
    │   │   ├── TokenNameTaken        a token that is valid has this name
    │   │   ├── TokenUnknown          no token that could be revoked has this name or id
    │   │   ├── NoEmulator            what an emulator has to do was asked where none answers
    │   │   └── ActRefused            the emulator refuses what somebody at a phone is to do
    │   ├── BundleRefused             a bundle has findings of severity error
    │   ├── ArchiveInvalid            what was sent as a bundle is no archive, or larger than any bundle
    │   ├── TooBusy                   this process does enough of the kind already; `again` says when to ask again
    │   ├── CommandInvalid            a command does not fit its schema, so it is not sent
    │   ├── RequestDiffers            a repeated request does not say what the first one said
    │   ├── BetweenLegs               a command needs a leg, and the call has none at present
    │   ├── DeliveryBusy              a notification cannot be sent again, or called off, at this moment
    │   ├── DraftMoved                a draft, or what it is to replace, was changed by somebody else meanwhile
    │   ├── IdentityRefused           an OpenID Connect provider's word on a person cannot be taken
    │   ├── StoreUnavailable          the database cannot take the write
    │   │   └── DatabaseUnfit         it answers, and its tables are not those that this version works with
    │   └── SpoolUnavailable          nor can the spool on the local disk
    └── Peer                          a mistake on the PBX's side, or of a sender in its name
        ├── RequestRefused            a webhook request is not acceptable; carries its HTTP status and code
        └── MangoError                the PBX did not do what it was asked; `result` is its code, `said` its own words
            ├── NotReached            nothing has left: no connection came about
            ├── NotAnswered           it may have been done: a time-out, or a connection that broke
            ├── OverLimit             429 or 503: too many requests, for longer than we were to wait
            │   └── ContactCentreUnavailable  5008: too many requests to it, or there is none
            ├── KeyRefused            401: the key is wrong, or blocked for a while after invalid requests
            ├── CallFailed            1xxx: how a call or a session ended
            ├── BillingRefused        2xxx: the account is blocked, limited, or out of money
            ├── RequestInvalid        3xxx
            │   ├── ParametersInvalid 31xx
            │   ├── NumberInvalid     32xx
            │   └── NoSuchObject      33xx
            ├── ActionImpossible      4xxx
            │   ├── NotPossibleNow    41xx: not to this call, or not any more
            │   ├── CalleeUnavailable 42xx
            │   ├── SmsFailed         43xx
            │   ├── ConferenceFailed  44xx
            │   └── SecurityRefused   45xx
            └── ServerFailed          5xxx

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


class TokenNameTaken(ConfigurationError):
    """A token that was not revoked has this name."""

    code = "token-name-taken"


class TokenUnknown(ConfigurationError):
    """There is no such token, or it is revoked already."""

    code = "token-unknown"


class NoEmulator(ConfigurationError):
    """Nothing answers where an emulator should, or something else than one of the account does.

    `why` is absent, real (the PBX is the vendor's), or another (an emulator of another account)."""

    code = "no-emulator"

    def __init__(self, message: str, why: str = "absent") -> None:
        super().__init__(message, why=why)
        self.why = why


class ActRefused(ConfigurationError):
    """The emulator refuses, in its words (`said`); `status` is that of HTTP."""

    code = "act-refused"

    def __init__(self, message: str, *, said: str, status: int) -> None:
        super().__init__(message, said=said, status=status)
        self.said = said
        self.status = status


class BundleRefused(Ours):
    """A bundle has findings of severity error. `findings` holds all of them, in order of file and line."""

    code = "bundle-refused"

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class DraftMoved(Ours):
    """A draft, or the active version that it is to replace, was changed by somebody else meanwhile."""

    code = "draft-moved"


class IdentityRefused(Ours):
    """An OpenID Connect provider does not answer, or says what cannot be taken; the message tells why."""

    code = "identity-refused"


class ArchiveInvalid(Ours):
    """What was sent as a bundle is no archive that can be read, or a larger one than any bundle is."""

    code = "archive-invalid"


class TooBusy(Ours):
    """This process does enough of the kind already; `again` is after how many seconds to ask again."""

    code = "too-busy"

    def __init__(self, message: str, *, again: int) -> None:
        super().__init__(message, again=again)
        self.again = again


class CommandInvalid(Ours):
    """A command does not fit its JSON Schema; it is not sent, since a 3xxx answer can block the key."""

    code = "command-invalid"


class RequestDiffers(Ours):
    """A request has the Idempotency-Key or the command_id of an earlier one, and other content."""

    code = "request-differs"


class BetweenLegs(Ours):
    """The PBX has the caller on no leg at present; in a moment it will."""

    code = "between-legs"


class DeliveryBusy(Ours):
    """A notification is being sent at this moment, or is over, and cannot be changed as was asked."""

    code = "delivery-busy"


class StoreUnavailable(Ours):
    """The database cannot take the write; nothing of the transaction was kept."""

    code = "store-unavailable"


class DatabaseUnfit(StoreUnavailable):
    """The database has fewer migrations than this version needs, or one that needs a newer router."""

    code = "database-unfit"


class SpoolUnavailable(Ours):
    """The spool, which keeps events while the database is away, cannot take one; nothing of it was kept."""

    code = "spool-unavailable"


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
        self.account = ""  # whose key the request bears, once that is known
        self.is_question = False  # signed and empty: `ivr doctor` asks whether a path is served


class MangoError(Peer):
    """The PBX did not do what a method of its API asks. A code that is not known counts as its class."""

    code = "mango"

    def __init__(self, message: str, *, method: str = "", result: int = 0, status: int = 0, said: str = "") -> None:
        super().__init__(message, method=method, result=result, status=status, said=said)
        self.method = method
        self.result = result  # the document's code, 0 when there is none
        self.status = status  # of HTTP, 0 when there was no answer
        self.said = said  # the PBX's own text, as it came; "" when it says nothing but the code


class NotReached(MangoError):
    """Nothing has left: no connection came about."""

    code = "mango-not-reached"


class NotAnswered(MangoError):
    """It may have been done: the answer did not come, or not whole."""

    code = "mango-not-answered"


class OverLimit(MangoError):
    """Too many requests, for longer than the caller wanted to wait."""

    code = "mango-over-limit"


class ContactCentreUnavailable(OverLimit):
    """5008: too many requests to the contact centre, or the account has none; the PBX does not say which."""

    code = "mango-contact-centre-unavailable"


class KeyRefused(MangoError):
    """401: the key is wrong, or blocked for a while after invalid requests (PROTOCOL.md, C)."""

    code = "mango-key-refused"


class CallFailed(MangoError):
    """1xxx but 1000: how a call or a session of the contact centre ended."""

    code = "mango-call-failed"


class BillingRefused(MangoError):
    """2xxx."""

    code = "mango-billing-refused"


class RequestInvalid(MangoError):
    """3xxx. In profile 2026 a second one within two minutes blocks the key."""

    code = "mango-request-invalid"


class ParametersInvalid(RequestInvalid):
    """31xx."""

    code = "mango-parameters-invalid"


class NumberInvalid(RequestInvalid):
    """32xx."""

    code = "mango-number-invalid"


class NoSuchObject(RequestInvalid):
    """33xx."""

    code = "mango-no-such-object"


class ActionImpossible(MangoError):
    """4xxx."""

    code = "mango-action-impossible"


class NotPossibleNow(ActionImpossible):
    """41xx: not to this call, or not any more."""

    code = "mango-not-possible-now"


class CalleeUnavailable(ActionImpossible):
    """42xx."""

    code = "mango-callee-unavailable"


class SmsFailed(ActionImpossible):
    """43xx."""

    code = "mango-sms-failed"


class ConferenceFailed(ActionImpossible):
    """44xx."""

    code = "mango-conference-failed"


class SecurityRefused(ActionImpossible):
    """45xx."""

    code = "mango-security-refused"


class ServerFailed(MangoError):
    """5xxx."""

    code = "mango-server-failed"
