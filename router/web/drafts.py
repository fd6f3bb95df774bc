"""The admin API's paths of drafts: bundles that are written in the console, from their first file to their publication.

A draft is published as an archive is: examined in a process of its own, with the same findings, the same gate of
replayed calls, and the same entry in the audit. What its editor asks is answered by the process of the workbench.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request

from router.errors import DraftMoved
from router.files.archive import write_archive
from router.files.bundle import read_directory, stored_files
from router.files.directory import SUFFIXES
from router.flow.durations import parse_duration
from router.history.call_view import instant
from router.runtime.records import Draft
from router.runtime.versions.drafts import begin_draft, brought_up, change_draft, discard_draft
from router.runtime.versions.workbench import Question
from router.translation.catalogue import ENGLISH, LANGUAGES
from router.web.api_objects import reply
from router.web.identities import actor
from router.web.json_bodies import read_json
from router.web.problem_details import Problem
from router.web.queries import account_name, one_account, one_of
from router.web.router_parts import RouterParts
from router.web.version_files import kind_of

ACTIVE, DIRECTORY, EMPTY = "active", "directory", "empty"
NEW: Final[Mapping[str, bytes]] = {
    "main.yaml": b"flow: main\nfor: any\nstart: goodbye\nsteps:\n  goodbye: hangup\n",
}
"""What an empty draft begins with."""
MOST_FILE_NAME: Final = 200


def drafts(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/drafts")
    def list_drafts() -> Response:
        """What was changed last comes first."""
        return reply({"drafts": [draft_object(one) for one in parts.store.drafts(account_name(parts))]})

    @blueprint.post("/drafts")
    def begin() -> Response:
        """`from` is a version, `active`, `directory` or `empty`."""
        given = _body(("name",), ("from",))
        account = one_account(parts).name
        base, files = _beginning(parts, account, str(given.get("from") or ACTIVE))
        by = actor(parts.settings)
        draft = begin_draft(parts.store, by, account=account, name=given["name"], base=base, files=files)
        return reply(_whole(parts, draft), 201)

    @blueprint.get("/drafts/<draft_id>")
    def draft(draft_id: str) -> Response:
        return reply(_whole(parts, draft_of(parts, draft_id)))

    @blueprint.delete("/drafts/<draft_id>")
    def discard(draft_id: str) -> Response:
        found = draft_of(parts, draft_id)
        discard_draft(parts.store, actor(parts.settings), found)
        return reply(draft_object(found))

    _files(blueprint, parts)
    _questions(blueprint, parts)


def _files(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/drafts/<draft_id>/files/<path:name>")
    def file_of_draft(draft_id: str, name: str) -> Response:
        files = parts.store.draft_files(draft_of(parts, draft_id).draft_id)
        if name not in files:
            raise Problem(404, "the draft has no such file")
        return Response(files[name], content_type=kind_of(files[name]), headers={"Cache-Control": "no-store"})

    @blueprint.patch("/drafts/<draft_id>")
    def change(draft_id: str) -> Response:
        """Writes texts, or removes files that are null, all or none, upon `revision`; 409 when it is not the newest."""
        given, found = _body(("revision", "files")), draft_of(parts, draft_id)
        changes = _changes(given["files"])
        kept = {name: len(content) for name, content in parts.store.draft_files(draft_id).items()}
        kept |= {name: len(content or b"") for name, content in changes.items()}
        if sum(kept.values()) > parts.settings.max_upload_bytes:
            raise Problem(413, f"a draft has {parts.settings.max_upload_bytes} bytes at most (IVR_MAX_UPLOAD)")
        if not isinstance(given["revision"], int) or given["revision"] < 1:
            raise Problem(400, "revision is the number that the draft was read with")
        upon = msgspec.structs.replace(found, revision=given["revision"])
        return reply(draft_object(_changed(parts, upon, changes)))

    @blueprint.post("/drafts/<draft_id>/bring-up")
    def bring_up(draft_id: str) -> Response:
        """Take over what the active version has changed since the draft's base. A file that both have changed stays as
        it is, and is told; while there are such, the base stays too."""
        found, keep_mine = draft_of(parts, draft_id), one_of("keep_mine", ("0", "1")) == "1"
        active = parts.store.serving(found.account).active or ""
        mine = parts.store.draft_files(draft_id)
        theirs = stored_files(parts.store, found.account, active) or {}
        base = stored_files(parts.store, found.account, found.base) if found.base else None
        came = brought_up(mine, base or {}, theirs)
        settled = keep_mine or not came.conflicts
        changed = _changed(parts, found, came.changes, active if settled else "")
        told = {"taken": sorted(came.changes), "conflicts": list(came.conflicts), "settled": settled}
        return reply({**draft_object(changed), **told})


def _questions(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.post("/drafts/<draft_id>/questions")
    def ask(draft_id: str) -> Response:
        """One question about the draft, with what is typed and not saved; `problem` says why there is no `result`."""
        given, found = _body(("method",), ("params", "texts", "language")), draft_of(parts, draft_id)
        texts = {} if given.get("texts") is None else given["texts"]
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise Problem(400, "texts is an object of files' texts by their names")
        language = given.get("language", ENGLISH)
        if language not in LANGUAGES:
            raise Problem(400, f"language is one of {', '.join(LANGUAGES)}")
        return _answer(parts, found, given["method"], given.get("params"), texts, language)

    @blueprint.post("/drafts/<draft_id>/replay")
    def replay(draft_id: str) -> Response:
        """The recorded calls since `since` under the draft: what `ivr replay --json` tells."""
        found = draft_of(parts, draft_id)
        seconds = parse_duration(request.args.get("since") or "7d")
        if seconds is None:
            raise Problem(400, "since is a duration such as 7d or 12h")
        told = parts.versions.replay(archive_of(parts, found), found.account, seconds)
        return reply({"revision": found.revision, "result": msgspec.Raw(told), "problem": ""})

    @blueprint.get("/drafts/<draft_id>/differences")
    def differences(draft_id: str) -> Response:
        """What publishing would change, against the active version or another one."""
        found = draft_of(parts, draft_id)
        version = request.args.get("against") or parts.store.serving(found.account).active or ""
        files = stored_files(parts.store, found.account, version) if version else {}
        if files is None:
            raise Problem(404, "there is no such version")
        texts = {name: content.decode("utf-8", "replace") for name, content in files.items()}
        return _answer(parts, found, "ivr/differences", {"files": texts, "version": version}, {})


def _answer(
    parts: RouterParts, draft: Draft, method: str, params: Any, texts: dict[str, str], language: str = ENGLISH
) -> Response:
    account = parts.settings.account(draft.account)
    question = Question(
        draft_id=draft.draft_id,
        revision=draft.revision,
        method=method,
        params=params,
        texts=texts,
        profile=account.profile,
        values=dict(account.values),
        language=language,
    )
    told = parts.workbench.ask(question, lambda: parts.store.draft_files(draft.draft_id))
    return reply({"revision": draft.revision, "result": msgspec.Raw(told.result), "problem": told.problem})


def draft_of(parts: RouterParts, draft_id: str) -> Draft:
    """The draft of a path."""
    found = parts.store.draft(draft_id)
    if found is None or all(account.name != found.account for account in parts.settings.accounts):
        raise Problem(404, "there is no such draft")
    return found


def draft_object(draft: Draft) -> dict[str, Any]:
    return {
        "draft_id": draft.draft_id,
        "account": draft.account,
        "name": draft.name,
        "base": draft.base,
        "created": instant(draft.created),
        "created_by": draft.created_by,
        "changed": instant(draft.changed),
        "changed_by": draft.changed_by,
        "revision": draft.revision,
    }


def archive_of(parts: RouterParts, draft: Draft) -> bytes:
    """The draft as it would be sent."""
    return write_archive(parts.store.draft_files(draft.draft_id))


def draft_to_publish(parts: RouterParts, account: str) -> Draft | None:
    """The draft that the query names, for its own account or for another one. Raises Problem when what is active there
    is neither its base nor what its publisher has seen (`over`): else it would take back what somebody else has
    published."""
    draft_id, over = request.args.get("draft"), request.args.get("over")
    if not draft_id:
        return None
    found = draft_of(parts, draft_id)
    active = parts.store.serving(account).active or ""
    if active not in (found.base, over):
        said = "another version became active since this draft began: bring it up, or publish over that one"
        raise Problem(409, said, code="active-moved", active=active, base=found.base)
    return found


def note_published(parts: RouterParts, draft: Draft, account: str, version: str) -> None:
    """From now on the draft differs from what it was published as for its own account. One that somebody changes in
    this moment keeps its base: its next publication will ask."""
    if account != draft.account:
        return
    with suppress(DraftMoved):
        change_draft(parts.store, actor(parts.settings), draft, {}, version)


def _whole(parts: RouterParts, draft: Draft) -> dict[str, Any]:
    """With its files, and with what is active now: whether somebody else has published meanwhile."""
    files = parts.store.draft_files(draft.draft_id)
    rows = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    active = parts.store.serving(draft.account).active
    return {**draft_object(draft), "active": active, "files": rows}


def _beginning(parts: RouterParts, account: str, origin: str) -> tuple[str, Mapping[str, bytes]]:
    """(the base, the files) of a new draft."""
    if origin == EMPTY:
        return "", NEW
    active = parts.store.serving(account).active or ""
    if origin == DIRECTORY:
        return active, read_directory(Path(parts.settings.account(account).flows))
    version = active if origin == ACTIVE else origin
    files = stored_files(parts.store, account, version) if version else None
    if files is None and origin == ACTIVE:
        return "", NEW
    if files is None:
        raise Problem(404, "there is no such version")
    return version, files


def _changed(parts: RouterParts, draft: Draft, changes: Mapping[str, bytes | None], base: str = "") -> Draft:
    try:
        return change_draft(parts.store, actor(parts.settings), draft, changes, base)
    except DraftMoved as moved:
        raise Problem(409, moved.message, code=moved.code) from None


def _changes(given: Any) -> dict[str, bytes | None]:
    if not isinstance(given, dict):
        raise Problem(400, "files is an object: a text, or null for a file that goes, by its name")
    for name, text in given.items():
        if not isinstance(text, str | None):
            raise Problem(400, f"{name[:100]}: a file is a text, or null when it goes")
        if why := _unfit(name):
            raise Problem(400, f"{name[:100]!r} {why}")
    return {name: None if text is None else text.encode() for name, text in given.items()}


def _unfit(name: str) -> str:
    """Why no bundle has such a file; "" when it may."""
    parts = name.split("/")
    if not name.endswith(SUFFIXES):
        return f"ends with none of {', '.join(SUFFIXES)}"
    if any(part in ("", ".", "..") or part.startswith(".") for part in parts) or "\\" in name:
        return "is hidden, or leads out of the bundle"
    if len(name) > MOST_FILE_NAME or not name.isprintable():
        return f"is longer than {MOST_FILE_NAME} characters, or holds one that is not printable"
    return ""


def _body(needed: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, Any]:
    given = read_json()
    fields = (*needed, *others)
    if not isinstance(given, dict) or not given.keys() <= set(fields) or not set(needed) <= given.keys():
        raise Problem(400, f"the body is an object with {', '.join(fields)}")
    for name in ("name", "method", "from"):
        if name in given and not isinstance(given[name], str):
            raise Problem(400, f"{name} is a text")
    return given
