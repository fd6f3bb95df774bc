"""What is told of one call beside its object: what was heard and looked up, its journal as it came, the call as a test,
and how it would go under another version."""

from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request

from router.engine.state import Call
from router.errors import ConfigurationError
from router.flow.model import Bundle
from router.history.call_pages import USUAL_LINES
from router.history.call_timeline import timeline
from router.history.call_view import instant, trace_of
from router.history.comparison_text import comparison_object
from router.history.journal import MOST_COMMANDS, Record
from router.history.past import Settings
from router.history.recorded import presence_of, recording
from router.history.replay import compare
from router.history.trace_text import lines
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.number_masking import with_masks
from router.simulator.exported import as_spoken, exported
from router.web.api_objects import reply
from router.web.draft_bundles import DraftBundles
from router.web.drafts import draft_of
from router.web.in_language import Said, asked_language, call_in_language
from router.web.problem_details import Problem
from router.web.queries import account_name, one_of, page_limit
from router.web.router_parts import RouterParts

NOT_OVER: Final = 409
TRACE: Final = "trace"  # the words of `ivr trace`


def call_paths(blueprint: Blueprint, parts: RouterParts, drafts: DraftBundles) -> None:
    """Mount them."""
    _told(blueprint, parts)
    _played(blueprint, parts, drafts)


def _told(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/calls/<entry_id:entry_id>/timeline")
    def call_timeline(entry_id: str) -> Response:
        """What the caller heard, with its words, and what lookups answered."""
        call = _call(parts, entry_id)
        records = parts.store.journal(call.account, entry_id)
        commands = parts.store.commands(call.account, entry_id=entry_id, limit=MOST_COMMANDS)
        bundle = parts.versions.bundle(call.account, call.version) if call.version else None
        told = timeline(call, trace_of(records), commands, bundle)
        return reply(masked(call_in_language(told, asked_language(TRACE))))

    @blueprint.get("/calls/<entry_id:entry_id>/records")
    def call_records(entry_id: str) -> Response:
        """The journal: what came, byte for byte, and what it did, in words. `next` is the cursor of what follows."""
        call, limit, cursor = _call(parts, entry_id), page_limit(USUAL_LINES), request.args.get("cursor") or "0"
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Problem(400, "the cursor is not one of a page of a call: take `next` as it came")
        found = parts.store.journal_page(call.account, entry_id, int(cursor), limit + 1)
        following = str(found[limit - 1][0]) if len(found) > limit else None
        said = asked_language(TRACE)
        return reply(masked({"records": [_record(record, said) for _, record in found[:limit]], "next": following}))


def _played(blueprint: Blueprint, parts: RouterParts, drafts: DraftBundles) -> None:
    @blueprint.get("/calls/<entry_id:entry_id>/test")
    def call_as_test(entry_id: str) -> Response:
        """With nobody's number in it, and as words for the phone; `complaint` says why the test does not go as the call
        went."""
        call = _call(parts, entry_id)
        try:
            text, complaint = exported(parts.store, call.account, entry_id)
        except ConfigurationError as error:
            raise Problem(NOT_OVER, error.message) from None
        return reply({"text": text, "complaint": complaint, "phone": as_spoken(text)})

    @blueprint.get("/calls/<entry_id:entry_id>/replay")
    def call_replayed(entry_id: str) -> Response:
        """How the call would have gone under another version, or a draft."""
        call = _call(parts, entry_id)
        bundle = _other(parts, drafts, call)
        recorded = recording(parts.store, call.account, entry_id)
        if recorded is None:
            raise Problem(NOT_OVER, "the call is not over, or no flow had it: there is nothing to replay")
        own = parts.versions.bundle(call.account, call.version)
        presence = presence_of(parts.store, call.account)
        found = compare(recorded, bundle, presence, own=own, settings=_settings(parts, call.account))
        return reply(masked({"against": bundle.version, **comparison_object(found)}))


def _other(parts: RouterParts, drafts: DraftBundles, call: Call) -> Bundle:
    """The bundle that the query names."""
    version, draft_id = request.args.get("against", ""), request.args.get("draft", "")
    if bool(version) == bool(draft_id):
        raise Problem(400, "name what to replay it against: ?against=VERSION or ?draft=ID")
    if draft_id:
        return drafts.get(draft_of(parts, draft_id))
    bundle = parts.versions.bundle(call.account, version)
    if bundle is None:
        raise Problem(404, "there is no such version")
    return bundle


def _call(parts: RouterParts, entry_id: str) -> Call:
    found = parts.store.call(account_name(parts), entry_id)
    if found is None:
        raise Problem(404, "there is no such call")
    return found


def _settings(parts: RouterParts, account: str) -> Settings:
    """What the course of a recorded call depended on."""
    settings = parts.settings
    return Settings(
        reorder_seconds=settings.reorder_seconds,
        stale_seconds=settings.stale_after_seconds,
        open_sealed=SaltSealer(settings.account(account).salts).open,
    )


def masked(content: Any) -> Any:
    """With the middle of every phone number hidden, if the query says `masked=1`."""
    return with_masks(content) if one_of("masked", ("0", "1")) == "1" else content


def _record(record: Record, said: Said) -> dict[str, Any]:
    """A line of the journal; a body that is JSON as JSON."""
    try:
        body = msgspec.json.decode(record.body) if record.body else None
    except msgspec.DecodeError:
        body = record.body
    return {"at": instant(record.at), "kind": record.kind, "body": body, "trace": lines(record.trace, said=said)}
