"""docs/api.md: every method of the document, from the catalogue's rows."""

from collections.abc import Callable, Mapping
from typing import Final

from router.catalogue.methods import METHODS, PBX, Limit, Method
from router.catalogue.notifications import NOTIFICATIONS
from router.catalogue.signatures import functions_of
from router.emulator.emulated import EMULATED
from router.flow.verbs import COMMAND_NAMES

FLOW_USES: Final[Mapping[str, str]] = {
    **{path: f"`{verb}`" for path, verb in COMMAND_NAMES.items()},
    "play/start": "`play`, `menu`, `collect`, `hold`",
    "queries/user_info_by_dct_number": "`lookup` with `visitor:`",
    "ab/contact/init": "`lookup` with `contact:`",
    "ab/custom_fields": "`lookup` with `contact:`",
    "config/users/request": "`online()`, `contact:`, `ivr check --online`",
    "groups": "`lookup` with `api:`, `ivr check --online`",
}
"""What a flow writes to have it asked."""

FLOW_KINDS: Final[Mapping[str, str]] = {
    "command": "none: for programs",
    "report": "none: takes longer than a caller waits",
    "query": "`lookup` with `api:`",
    "change": "none: changes the PBX",
    "link": "none: leads to a file",
}

INTRODUCTION: Final = """\
All methods of the vendor's document of 26.01.2021, and of what the one of July 2026 adds those that a router needs:
[below](#what-the-document-of-july-2026-adds) stands which are here and which are not. The table is `router/catalogue`;
requests and answers have their JSON Schemas in `schemas/api/`. A request is checked against its schema, and against the
document's other causes of 3100, before it is sent: one that the PBX refuses with 3xxx can block the key.

- A *command* is accepted at once, and its outcome is pushed to `result/...`. A *report* gives a key; what is fetched by
  it is ready later. A *query* changes nothing, a *change* is done when it is answered, a *link* leads to a file.
- The column `client` names the methods of `router.Mango`; `ivr api METHOD key=value…` takes the names of the column
  `method`. `each_...` yields the rows of all pages, `statistics...` waits for the rows of a report.
- Every request to the PBX counts in its limit of 10 in a second, one to the contact centre in that one's 10. The column
  shows what counts besides.
- Where a number is expected, its text is accepted, and the other way round; so are true and false for 1 and 0. What a
  schema accepts is sent as it is given. The emulator accepts paths with and without a slash at the end, and with and
  without `/vpbx` in front.
- The column *emulator* names the state that `ivr emulator` keeps behind the method, *test* the contract: a round trip
  and a bad request. The document's own examples are in [tests/document](../tests/document), as they stand."""


def _where(method: Method) -> str:
    paths = (method.path, *method.spellings)
    prefix = "" if method.base == PBX else "cc: "
    return "<br>".join(f"{prefix}`{path}`" for path in paths)


def _limits(method: Method) -> str:
    own = [_limit(limit) for limit in method.limits[1:]]
    later = [_limit(limit) for limit in method.limits_2026[1:]]
    return ", ".join(own) + (f" (2026: {', '.join(later)})" if later else "") or "none"


def _limit(limit: Limit) -> str:
    return f"{limit.count} in {limit.seconds:g} s"


def _flow(method: Method) -> str:
    if method.kind == "query" and method.answer != "json":
        return FLOW_KINDS["link"]
    return FLOW_USES.get(method.name, FLOW_KINDS[method.kind])


CHAPTERS: Final[Mapping[str, str]] = {
    "§3.2": "3.2-commands",
    "2026": "3.2-commands",
    "§3.3": "3.3-statistics",
    "§3.4": "3.4-recordings",
    "§3.5": "3.4-recordings",
    "§3.6": "3.6-configuration",
    "§3.7": "3.7-address-book",
    "§3.8": "3.8-campaigns",
    "§3.9": "3.8-campaigns",
    "§4": "4-contact-centre",
}
"""The contract's cases by the beginning of a section."""


def _chapter(method: Method) -> str:
    return next(file for chapter, file in CHAPTERS.items() if method.section.startswith(chapter))


COLUMNS: Final[Mapping[str, Callable[[Method], str]]] = {
    "section": lambda method: method.section,
    "method": _where,
    "what": lambda method: method.title,
    "kind": lambda method: method.kind,
    "client": lambda method: ", ".join(f"`{function.name}`" for function in functions_of(method)),
    "limit": _limits,
    "in a flow": _flow,
    "emulator": lambda method: EMULATED[method.name],
    "test": lambda method: f"[{_chapter(method)}](../tests/catalogue/cases/{_chapter(method)}.yaml)",
}


PUSH_TESTS: Final[Mapping[str, str]] = {
    "events/call": "emulator/test_emulator_stories.py",
    "events/dtmf": "emulator/test_emulator_scheme.py",
    "events/summary": "emulator/test_emulator_stories.py",
    "events/recording": "emulator/test_emulator_recording.py",
    "events/record/added": "emulator/test_emulator_recording.py",
    "events/record/tagged": "emulator/test_emulator_recording.py",
    "events/user/session_end": "emulator/test_emulator_state.py",
}
"""Where the emulator's push of it is tested, of those that no case of the contract has."""

PUSHED_BY_CASE: Final[Mapping[str, str]] = {
    "events/sms": "3.2-commands",
    "events/ab": "3.7-address-book",
    "events/user/status_changed": "4-contact-centre",
    "result/stats": "3.3-statistics",
    "result/stats_in_calls_service": "3.3-statistics",
}

OTHER_SECTIONS: Final = (
    ("§1.1, §1.2", "Purpose, protocols", "TLS is the peer's and the proxy's; addresses: [webhook.md](webhook.md)"),
    ("§1.3", "TLS 1.3 and SSLv3", "not ours: the proxy in front decides"),
    (
        "§1.4",
        "Limits",
        "the column *limit* above; `router/runtime/limits/limiter.py`, [operations.md](operations.md)",
    ),
    ("§2.1", "Sign and key", "`router/protocol/sign.py`, `router/protocol/envelope.py`"),
    (
        "§2.2",
        "Requests, answers, refusals",
        "[webhook.md](webhook.md); `router/sender`, `router/emulator/request_validation.py`",
    ),
    ("§2.3, §2.4", "Services, the vendor's emulator", "set in the cabinet; ours is [emulator.md](emulator.md)"),
    ("§3.1, §3.2", "Events and commands in general", "[architecture.md](architecture.md); `router/engine`"),
    ("§3.3 to §3.9", "The parts of the API", "the tables above"),
    ("§3.3.4.3", "Values of end_reason", "the list of codes"),
    ("§4, §4.1", "The contact centre in general", "base `MANGO_CC_URL`; 5008 asks for patience"),
    ("codes", "Список кодов результатов", "`router/protocol/codes.py`: meanings, classes, outcomes of a route"),
    ("stories", "Примеры поведения", "`tests/emulator/test_emulator_stories.py`"),
    ("Appendix 1", "sip_headers", "formats of `schemas/api/callback.request.json` and `route.request.json`"),
)
"""What is no method and no push: (section, what it is about, where it is dealt with)."""


LATER: Final = (
    ("calls", "`commands/calls_connect`, `commands/transfer_cancel`, `commands/call/hold/on`", "none"),
    ("forwarding", "none", "`forwarding/numbers`, `forwarding/number/add`, `.../change`, `.../remove`"),
    ("statistics", "`stats/calls/request`, `stats/calls/result`", "none"),
    (
        "speech", "none",
        "`s2t/queries/recording_summary`, `.../records`, `.../ai_agents`, `.../recording_agents`,"
        " `offline_record/recognize`, `record/recognize`, `transcribes/tasks`",
    ),
    ("employees", "none", "`autosecretary/rules`, `autosecretary/status/change`"),
    (
        "outbound black list", "none",
        "`outbound_blacklist/get`, `.../add`, `.../update_description`, `.../enable_mode`, `.../disable_mode`,"
        " `.../delete`, `.../enable`, `.../disable`",
    ),
    (
        "campaigns", "none",
        "`v2/campaign/tasks`, `campaign/list`, `campaign/update`, `campaign-report/create`, `task/add`, `task/start`,"
        " `task/stop`, `task/delete`, `task/update`, `tasks/finished`, `tasks/reset`, `custom-type/list`",
    ),
    (
        "contact centre", "`cc/tags` (the new path of `tags`)",
        "cc: `task/update`, `task/get`, `task/list`, `task/done`, `task/cancel`, `get_statuses`, `deal/create` and the"
        " other seven of deals, `appeals/create-closed-appeals`, `send_message` and the other four of messages",
    ),
    (
        "pushes", "`events/record/added`, `events/record/tagged`, `result/stat`, version 2 of `events/call`",
        "`events/recognized/offline`, `events/md/onAppealClose`, those of tasks and messages: kept, answered with 200",
    ),
    ("limits", "429, the tier of the platform, one statistics request in 2 s, 401 after a second 3xxx", "none"),
)  # fmt: skip
"""What the document of 06.07.2026 adds to that of 26.01.2021: (about, what of it is here, what is not)."""


def pushes() -> list[tuple[str, ...]]:
    """The rows of what the PBX pushes."""
    return [
        (
            one.section,
            "<br>".join(f"`{path}`" for path in (one.path, *one.spellings)),
            one.title,
            one.known_by,
            one.does,
            one.in_flow,
            "sent" if one.section != "2026" else "sent in profile 2026",
            _push_test(one.path),
        )
        for one in NOTIFICATIONS
    ]


def _push_test(path: str) -> str:
    if path in PUSH_TESTS:
        name = PUSH_TESTS[path]
        return f"[{name.rpartition('/')[2]}](../tests/{name})"
    case = PUSHED_BY_CASE.get(path, "3.2-commands")
    return f"[{case}](../tests/catalogue/cases/{case}.yaml)"


def methods() -> list[tuple[str, ...]]:
    """The rows of the table, in the document's order."""
    return [tuple(cell(method) for cell in COLUMNS.values()) for method in METHODS.values()]


def notes() -> list[tuple[str, ...]]:
    """Where the document contradicts itself."""
    return [(method.section, f"`{method.name}`", method.note) for method in METHODS.values() if method.note]
