"""What is asked of the process that knows drafts (`router.lsp.workbench`), and what that answers.

A question bears all that it is about: which revision of which draft, and what is typed but not saved. So it may be put
to any worker of any host, and a process that has not seen the draft says that it needs the files.
"""

from typing import Any

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """About a draft as it is in somebody's browser."""

    draft_id: str
    revision: int
    files: dict[str, bytes] | None = None  # None: those that were sent with this revision before
    texts: dict[str, str] = {}  # of files that are open, in the place of what is saved
    method: str  # one of the editor's protocol, or one of ours
    params: Any = None
    profile: str | None = None  # of the draft's account; None when it is not known
    values: dict[str, str] | None = None  # of its configuration
    language: str = "en"  # of what the answer says to people


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; one of these is set."""

    result: bytes = b"null"  # JSON
    problem: str = ""  # why there is none
    needs_files: bool = False
