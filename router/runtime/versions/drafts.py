"""Drafts: bundles that are being written in the console, kept in the database for all hosts.

What always holds: a change says which revision it was made upon, and is refused when another one came first, so that
two people never overwrite each other unseen. A draft changes nothing for any call; it becomes a version by the same way
as a directory or an archive. Where it began from is its base: what was published meanwhile is taken over file by file
(`brought_up`), and a file that both sides have changed is for people to decide.
"""

import secrets
from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from router.errors import ConfigurationError, DraftMoved
from router.runtime.administration.audit import BEGIN_DRAFT, DISCARD_DRAFT, Actor, note
from router.runtime.ports import Store
from router.runtime.records import Draft

ID_BYTES: Final = 6
MOST_DRAFTS: Final = 200  # of one account
MOST_NAME: Final = 200

Files = Mapping[str, bytes]


def begin_draft(store: Store, by: Actor, *, account: str, name: str, base: str, files: Files) -> Draft:
    """A draft with these files, which are those of the version `base` ("" for none)."""
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
        raise ConfigurationError(f"a draft's name is 1 to {MOST_NAME} printable characters that say what it is for")
    with store.transaction() as tx:
        if len(tx.drafts(account)) >= MOST_DRAFTS:
            raise ConfigurationError(f"there are {MOST_DRAFTS} drafts already; discard one first")
        draft = Draft(
            draft_id=secrets.token_hex(ID_BYTES),
            account=account,
            name=name.strip(),
            base=base,
            created=tx.now,
            created_by=by.name,
            changed=tx.now,
            changed_by=by.name,
            revision=1,
        )
        tx.save_draft(draft)
        for file, content in files.items():
            tx.save_draft_file(draft.draft_id, file, content)
        note(tx, by, BEGIN_DRAFT, account=account, subject=draft.name, draft=draft.draft_id, base=base)
    return draft


def change_draft(store: Store, by: Actor, draft: Draft, changes: Mapping[str, bytes | None], base: str = "") -> Draft:
    """Write files, or remove those that are None, upon the revision that `draft` has; `base` is another one from now
    on. Raises DraftMoved."""
    with store.transaction() as tx:
        changed = replace(draft, base=base or draft.base, changed=tx.now, changed_by=by.name)
        if not tx.change_draft(changed):
            raise DraftMoved(_who_moved(tx.draft(draft.draft_id)))
        for file, content in changes.items():
            if content is None:
                tx.forget_draft_file(draft.draft_id, file)
            else:
                tx.save_draft_file(draft.draft_id, file, content)
    return replace(changed, revision=draft.revision + 1)


def discard_draft(store: Store, by: Actor, draft: Draft) -> None:
    """Delete it with its files."""
    with store.transaction() as tx:
        tx.forget_draft(draft.draft_id)
        note(tx, by, DISCARD_DRAFT, account=draft.account, subject=draft.name, draft=draft.draft_id)


class BroughtUp(NamedTuple):
    """What bringing a draft up to another version comes to."""

    changes: dict[str, bytes | None]  # to the draft's files
    conflicts: tuple[str, ...]  # files that both have changed, in different ways


def brought_up(mine: Files, base: Files, theirs: Files) -> BroughtUp:
    """What to change of a draft, which began from `base`, so that it has what `theirs` has changed since."""
    changes: dict[str, bytes | None] = {}
    conflicts = []
    for file in sorted({*mine, *base, *theirs}):
        own, old, new = (files.get(file) for files in (mine, base, theirs))
        if new in (old, own):
            continue
        if own == old:
            changes[file] = new
        else:
            conflicts.append(file)
    return BroughtUp(changes, tuple(conflicts))


def _who_moved(present: Draft | None) -> str:
    if present is None:
        return "this draft was discarded meanwhile"
    return f"{present.changed_by} has changed this draft meanwhile: it is at revision {present.revision}; read it again"
