"""What a store keeps of accounts and of access to them, row by row, and what a reading of it answers; what it keeps of
calls is `history.journal`. Instants are Unix seconds."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from router.engine.state import Call
from router.history.journal import CommandRow


class ActiveVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What an account's new calls get: one row, read in the transaction of every event, so that all workers of all
    hosts change at one commit. Calls that are up keep the version that they began on."""

    active: str | None = None  # the version, None when nothing was published
    canary: str = ""  # a version that a share of the callers gets; "" for none
    share: float = 0.0  # of the callers, 0 to 1
    since: float = 0.0  # when the canary began
    paused: bool = False  # events are recorded; no new call is taken, and nothing is sent to the PBX


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """What an account's new calls get, and since when."""

    version: str = ""  # "" when nothing is active
    canary: str = ""
    activated: float = 0.0  # when the version became active, Unix seconds; 0.0 when that is not known
    paused: bool = False
    paused_at: float = 0.0  # since when it is paused; 0.0 when that was not noted
    paused_by: str = ""


class StoredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an account, without its content."""

    account: str
    version: str
    was_active: bool
    followed: float  # when a watched directory last changed to it; 0.0 when none did
    image_head: bytes  # what its image begins with


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version comes from, as far as its publisher said; of two publications the later one's."""

    author: str = ""
    commit: str = ""
    message: str = ""
    source: str = ""  # a directory, a repository, a pipeline


MOST_TOLD: Final[Mapping[str, int]] = {"author": 200, "commit": 100, "message": 2000, "source": 500}
"""Characters of each part of an `Origin` that the API takes."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls of one version ended."""

    calls: int = 0  # that are over
    missed: int = 0  # of these, ended before anybody took them: the callers hung up
    failing: int = 0  # of these, had a command that failed
    answered: int = 0  # of these, were taken by somebody
    hung_up: int = 0  # of these, were ended by the flow
    released: int = 0  # of these, were left to the PBX

    @property
    def undecided(self) -> int:
        """Came to none of these outcomes."""
        return self.calls - self.missed - self.answered - self.hung_up - self.released


class EventKeys(msgspec.Struct, frozen=True, kw_only=True):
    """By what an event is known: as a duplicate, and to which call it belongs."""

    account: str
    dedupe: str | None = None
    entry_id: str = ""
    command_id: str = ""  # alone it stands for its call


class EventContext(msgspec.Struct, frozen=True, kw_only=True):
    """All that one event needs to know, read in its transaction."""

    known: bytes | None  # the digest stored under the dedupe key, None when it is new
    call: Call | None
    command: CommandRow | None  # the command that a result or a leg names
    serving: ActiveVersion
    clock_shift: float = 0.0  # how far the database's clock was set so far; the call has moved along


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands with the PBX: what its latest answers mean for the next requests of every process."""

    paused_until: float = 0.0  # send nothing before
    reason: str = ""  # of the pause, for people
    strikes: int = 0  # requests in a row that found no listener; each doubles the next pause
    invalid_at: float = 0.0  # the first 3xxx of the last two minutes (PROTOCOL.md, C); 0 when there was none
    refused_salt: str = ""  # name of the salt that the PBX refused last (3102): another one signs, if there is one


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one window other users of the key leave to us, by the PBX's refusals (`limits.adaptive_share`)."""

    window: str
    share: float = 1.0  # of our limit, at `since`; from then on it grows back
    since: float = 0.0  # the last refusal
    closed_until: float = 0.0  # nothing goes in this window before
    strikes: int = 0  # refusals in a row; each doubles the time that the window stays closed


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the database has it."""

    token_id: str
    name: str  # its purpose, unique among those that are not revoked
    role: str
    digest: bytes
    created: float
    created_by: str
    expires: float | None = None
    last_used: float | None = None
    revoked: float | None = None
    revoked_by: str = ""

    def is_valid(self, now: float) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who logs in."""

    user_id: str
    name: str  # what is typed, unique among those that are not removed
    role: str
    password: str  # Argon2's text of it; "" for who comes by OpenID Connect alone
    created: float
    created_by: str
    totp: bytes = b""  # the secret of the one-time codes; b"" for who has none
    totp_step: int = 0  # of the last code that was taken: none is taken twice
    recovery: str = ""  # digests of the codes that stand in for a lost phone, parted by blanks
    subject: str = ""  # who this is to the OpenID provider; "" until the first login by it
    removed: float | None = None
    removed_by: str = ""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a user has logged in. Logging out deletes it."""

    session_id: str
    user_id: str
    digest: bytes  # of what the cookie holds
    created: float
    seen: float  # when it was last used, right to a minute
    origin: str  # the address that it was begun from
    agent: str  # what the browser calls itself


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that is being written, without its files."""

    draft_id: str
    account: str
    name: str  # what it is to become, in words
    base: str  # the version that it began as or was published as; "" for none
    created: float
    created_by: str
    changed: float
    changed_by: str
    revision: int  # one more with each change


class EndedCall(NamedTuple):
    """A call that is over, and its place among them."""

    started: float
    entry_id: str
    account: str


FIRST_CALL: Final = EndedCall(-1.0, "", "")
"""Before all others."""


class OldContent(msgspec.Struct, frozen=True, kw_only=True):
    """How much a purge would delete."""

    calls: int
    events: int  # lines of the journal
    commands: int
    is_estimate: bool  # from a sample, because there is too much to count
    lines: int  # of the journal that were looked at
