"""The admin API under /api: JSON in and out, errors as problem+json; `access` says who may use it.

An `account` in the query chooses one; without it lists cover all accounts, and what needs one takes the only one there
is.
"""

from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.routing import BaseConverter, MapAdapter

from router.history.call_pages import USUAL_LINES, Page
from router.history.call_view import command_object, instant
from router.history.journal import STATES
from router.runtime.administration.stream_tokens import DEFAULT_SECONDS, MOST_SECONDS
from router.runtime.limits.limiter import Limits
from router.runtime.limits.limits_view import AllLimits
from router.runtime.monitoring.refusals import refusals
from router.runtime.outbox.forecast import waits_of
from router.runtime.records import ActiveVersion
from router.web import actions, audit_routes, token_routes
from router.web.access import Access
from router.web.alarms import alarms_path
from router.web.api_objects import limits_object, refused_object, reply, row_object, serving_object
from router.web.call_list import call_list
from router.web.call_paths import TRACE, call_paths, masked
from router.web.canaries import canaries
from router.web.command_paths import give_commands, tell_commands
from router.web.cross_origin import CrossOrigin
from router.web.deliveries import deliveries
from router.web.doctor_report import doctor_path
from router.web.draft_bundles import DraftBundles
from router.web.drafts import drafts
from router.web.event_stream import Streams
from router.web.figures import figures
from router.web.in_language import asked_language, call_in_language
from router.web.json_bodies import refuse_misplaced_body
from router.web.live_calls import live_calls
from router.web.live_phone import live_phone
from router.web.openapi import refuse_unknown_parameters, serve_openapi
from router.web.phone import phone
from router.web.problem_details import Problem
from router.web.provider_routes import provider_routes
from router.web.publishing import publishing
from router.web.queries import account_name, one_of, page_limit, refuse_unstorable_text
from router.web.recordings import recordings
from router.web.router_parts import RouterParts
from router.web.session_routes import sessions
from router.web.user_routes import user_routes
from router.web.version_files import version_files
from router.web.version_flows import version_flows
from router.web.waits import Waits

LOOK_AHEAD: Final = 1000  # queued commands of each kind that the view of the limits counts
UNKNOWN: Final = "api.unknown"
ANY_METHOD: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class EntryIdConverter(BaseConverter):
    """An entry_id in a path: opaque text, padded base64 in practice, so it may hold and even begin with a slash."""

    regex = ".+?"
    part_isolating = False


class PhoneCallConverter(EntryIdConverter):
    """The same of a call of the phone: a GET of the path below it, which takes POST alone, is no such call."""

    regex = ".+?(?<!/acts)"


def mount_api(app: Flask, parts: RouterParts, access: Access, streams: Streams, waits: Waits) -> None:
    """Serve the API from `app`."""
    app.url_map.converters["entry_id"] = EntryIdConverter
    app.url_map.converters["phone_call"] = PhoneCallConverter
    app.url_map.merge_slashes = False  # two slashes in an entry_id are two slashes
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    cross_origin = CrossOrigin(parts.settings, _methods)
    blueprint.before_request(cross_origin.preflight)
    blueprint.before_request(access.check)
    blueprint.before_request(_tell_methods)
    blueprint.before_request(refuse_unstorable_text)
    blueprint.before_request(refuse_unknown_parameters)
    blueprint.before_request(refuse_misplaced_body)
    blueprint.after_request(cross_origin.mark)
    blueprint.after_request(access.note_use)
    serve_openapi(blueprint)
    _calls(blueprint, parts)
    _commands(blueprint, parts)
    _refusals(blueprint, parts)
    _versions(blueprint, parts)
    _live(blueprint, parts, access, streams)
    call_list(blueprint, parts)
    draft_bundles = DraftBundles(parts)
    call_paths(blueprint, parts, draft_bundles)
    figures(blueprint, parts)
    live_calls(blueprint, parts)
    alarms_path(blueprint, parts)
    doctor_path(blueprint)
    recordings(blueprint, parts)
    deliveries(blueprint, parts)
    publishing(blueprint, parts)
    version_files(blueprint, parts)
    version_flows(blueprint, parts, draft_bundles)
    drafts(blueprint, parts)
    canaries(blueprint, parts)
    actions.pauses(blueprint, parts)
    phone(blueprint, parts, draft_bundles)
    live_phone(blueprint, parts)
    give_commands(blueprint, parts, waits)
    tell_commands(blueprint, parts, waits)
    audit_routes.audit(blueprint, parts)
    sessions(blueprint, parts, access)
    provider_routes(blueprint, parts, access)
    user_routes(blueprint, parts)
    token_routes.tokens(blueprint, parts)
    blueprint.add_url_rule("/", "unknown", _unknown, defaults={"path": ""}, methods=ANY_METHOD, strict_slashes=False)
    blueprint.add_url_rule("/<path:path>", "unknown", _unknown, methods=ANY_METHOD)
    app.register_blueprint(blueprint)


def _unknown(path: str) -> Response:
    """Inside the blueprint, so that even what does not exist is not told to strangers."""
    if allowed := _methods():
        raise Problem(405, f"this path takes {' or '.join(allowed)}", allow=allowed)
    raise Problem(404, "there is no such path")


def _tell_methods() -> Response | None:
    """The answer to OPTIONS. Flask would tell the methods of `_unknown`, too."""
    if request.method != "OPTIONS":
        return None
    if allowed := _methods():
        return Response(status=204, headers={"Allow": ", ".join([*allowed, "OPTIONS"])})
    raise Problem(404, "there is no such path")


def _methods() -> list[str]:
    """The methods that the path of the request has; none when there is no such path."""
    routes = current_app.url_map.bind("")
    return [method for method in ANY_METHOD if _endpoint(routes, method) != UNKNOWN]


def _endpoint(routes: MapAdapter, method: str) -> str:
    return str(routes.match(request.path, method=method)[0])


def _calls(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/calls/<entry_id:entry_id>")
    def call(entry_id: str) -> Response:
        """Of a long call a page; `next` is the cursor of the following one then, null on the last one."""
        page = Page(limit=page_limit(USUAL_LINES), cursor=request.args.get("cursor", ""))
        try:
            found = parts.view(entry_id, account_name(parts), page)
        except ValueError as error:
            raise Problem(400, str(error)) from None
        if found is None:
            raise Problem(404, "there is no such call")
        return reply(masked(call_in_language(found, asked_language(TRACE))))


def _commands(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/commands")
    def commands() -> Response:
        rows = parts.store.commands(account_name(parts), state=one_of("state", STATES), limit=page_limit())
        shown = [{"account": row.account, "entry_id": row.entry_id, **command_object(row)} for row in rows]
        return reply({"commands": shown})

    @blueprint.get("/limits")
    def limits() -> Response:
        """Accounts with something in use first; `next` is the cursor of the following page, null on the last one."""
        chosen, size = account_name(parts), page_limit()
        accounts = {one.name: one for one in parts.settings.accounts if chosen in (None, one.name)}
        with parts.store.snapshot() as reading:
            found = AllLimits(reading, LOOK_AHEAD)
            try:
                names, following = found.page(accounts, size, request.args.get("cursor", ""))
            except ValueError as error:
                raise Problem(400, str(error)) from None
            kept = {name: Limits.of_account(accounts[name]) for name in names}
            seen = {name: found.of(name, kept[name]) for name in names}
            waits = {name: waits_of(found, name, kept[name], seen[name].paused_until) for name in names}
        shown = [limits_object(accounts[name], seen[name], waits[name]) for name in names]
        return reply({"limits": shown, "next": following, "sums": found.sums(accounts)})


def _refusals(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/refusals")
    def refused() -> Response:
        """What was refused within the last hour on this machine: notifications by us, commands by the PBX."""
        chosen = account_name(parts)
        found = [one for one in refusals.last_hour() if chosen in (None, one.account)]
        return reply({"refusals": [refused_object(one) for one in found]})


def _versions(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/accounts")
    def accounts() -> Response:
        """What new calls of each account get."""
        chosen = account_name(parts)
        shown = [account for account in parts.settings.accounts if chosen in (None, account.name)]
        serving = parts.store.all_serving() if chosen is None else {chosen: parts.store.serving(chosen)}
        return reply({"accounts": [serving_object(one, serving.get(one.name, ActiveVersion())) for one in shown]})

    @blueprint.get("/versions")
    def versions() -> Response:
        chosen = account_name(parts)
        known = parts.store.all_versions() if chosen is None else {chosen: parts.store.versions(chosen)}
        found = [
            {"account": account.name, **row_object(row)}
            for account in parts.settings.accounts
            for row in known.get(account.name, ())
        ]
        return reply({"versions": found})


def _live(blueprint: Blueprint, parts: RouterParts, access: Access, streams: Streams) -> None:
    @blueprint.post("/stream-token")
    def stream_token() -> Response:
        """For `?access_token=` of /api/events; it opens streams until it expires."""
        token, expires = access.stream_token(_seconds())
        return reply({"access_token": token, "expires": instant(expires)}, 201)

    @blueprint.get("/events")
    def events() -> Response:
        return streams.open(account_name(parts))


def _seconds() -> int:
    """How long a stream token is to last."""
    text = request.args.get("seconds") or str(DEFAULT_SECONDS)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_SECONDS):
        raise Problem(400, f"seconds is a whole number from 1 to {MOST_SECONDS}")
    return int(text)
