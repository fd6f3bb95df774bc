"""Every method of the document as one row: what the client, the emulator, the limiter, the docs and the tests go by.

In the document's order. A method is named by its path, without the base and a `commands/` in front. `spellings` are
other paths that the document gives to the same method; `note` says where it contradicts itself.
"""

from typing import Any, Final

from router.catalogue.method import CONTACT_CENTRE, PBX, Kind, Limit, Method

ALL: Final = Limit(window="all", count=10, seconds=1.0)
CONTACT_CENTRE_ALL: Final = Limit(window="cc all", count=10, seconds=1.0)
RECORDINGS: Final = Limit(window="recordings", count=10, seconds=1.0)
CONTACT_READS: Final = Limit(window="ab/contact", count=50, seconds=1.0)
BOOK_CHANGES: Final = Limit(window="ab/changes", count=10, seconds=1.0)
STATISTICS: Final = Limit(window="stats/request", count=10, seconds=1.0)
STATISTICS_2026: Final = Limit(window="stats/request", count=1, seconds=2.0)
STATISTICS_RESULTS: Final = Limit(window="stats/result", count=50, seconds=1.0)

CONFIGURED: Final = ("3100", "31xx", "3300", "5xxx")
CALLED_BACK: Final = ("2xxx", "3100", "4001", "5xxx")
MOVED: Final = ("22xx", "32xx", "4001", "4100", "4101", "5xxx")
SESSIONS: Final = ("12xx", "31xx", "5008")

RESULT_IN_CAPITALS: Final = "The example of its answer spells `Result`; both are read."


def _own(name: str, count: int, seconds: float) -> tuple[Limit, ...]:
    return (ALL, Limit(window=name, count=count, seconds=seconds))


def _command(name: str, section: str, title: str, codes: tuple[str, ...], **more: Any) -> Method:
    """§3.2: accepted at once, its outcome is pushed."""
    return Method(
        name=name,
        title=title,
        section=section,
        base=PBX,
        path=f"commands/{name}",
        kind="command",
        result_path=f"result/{name}",
        codes=codes,
        **{"limits": (ALL,), "repeatable": False, **more},
    )


def _of_2026(name: str, title: str, **more: Any) -> Method:
    return _command(
        name, "2026", title, ("31xx", "4001", "41xx", "5xxx"), needs_call=True, profiles=frozenset({"2026"}), **more
    )


def _query(name: str, section: str, title: str, rows: str = "", **more: Any) -> Method:
    return _method("query", name, section, title, rows=rows, **{"repeatable": True, **more})


def _change(name: str, section: str, title: str, **more: Any) -> Method:
    """Creating twice makes two; the others may be repeated."""
    adds = name.endswith(("/create", "/add", "/push"))
    return _method("change", name, section, title, **{"repeatable": not adds, "codes": CONFIGURED, **more})


def _method(kind: Kind, name: str, section: str, title: str, **more: Any) -> Method:
    return Method(
        kind=kind, name=name, section=section, title=title, **{"base": PBX, "path": name, "limits": (ALL,), **more}
    )


def _book(name: str, section: str, title: str, **more: Any) -> Method:
    """A change of the address book."""
    return _change(name, section, title, limits=(ALL, BOOK_CHANGES), **more)


ROWS: Final = (
    # §3.2 commands
    _command(
        "callback", "§3.2.1", "Call on behalf of an employee", CALLED_BACK, limits=_own("callback", 4, 1.0)
    ),
    _command("callback_group", "§3.2.2", "Call on behalf of a group", CALLED_BACK),
    _command(
        "call/hangup", "§3.2.3", "End a call", ("4001", "4100", "4101", "5xxx"),
        limits=_own("call/hangup", 4, 1.0), repeatable=True, needs_call=True,
    ),
    _command("sms", "§3.2.4", "Send an SMS", ("2xxx", "3100", "4300", "5xxx")),
    _command(
        "recording/start", "§3.2.5", "Record a conversation", ("22xx", "333x", "4001", "41xx", "5xxx"),
        limits=_own("recording/start", 4, 1.0), needs_call=True,
    ),
    _command(
        "play/start", "§3.2.6", "Play an audio file",
        ("333x", "3340", "4001", "41xx", "4503", "4504", "4505", "5xxx"), needs_call=True,
        note="`internal_id` is called optional, then required, and is missing in the example: without it the PBX only"
        " waits.",
    ),
    _command(
        "route", "§3.2.7", "Route a call", MOVED, limits=_own("route", 1, 2.0), repeatable=True, needs_call=True
    ),
    _command(
        "transfer", "§3.2.8", "Transfer a conversation", MOVED, limits=_own("transfer", 1, 2.0), needs_call=True,
        note="The example leaves out `initiator`, which the text requires.",
    ),
    _of_2026(
        "calls_connect", "Complete a transfer with consultation",
        note="The document of July 2026 and published clients name both legs: `holded_call_id`, `transferred_call_id`,"
        " `transfer_initiator_number`. `call_id` and `initiator`, as the other two new commands have them, are taken"
        " too, and no PBX was seen to take them.",
    ),
    _of_2026(
        "transfer_cancel", "Call off a transfer",
        note="Known by name and parameters only; what it does follows §3.2.8.",
    ),
    _of_2026("call/hold/on", "Put a call on hold", note="Known by name and parameters only."),
    # §3.3 statistics
    _method(
        "report", "stats/request", "§3.3.2", "Have the statistics of calls built",
        limits=(ALL, STATISTICS), limits_2026=(ALL, STATISTICS_2026), repeatable=True,
        result_path="result/stat", follow="stats/result",
        note="The push is result/stats in the text and result/stat in the example; the emulator pushes the latter.",
    ),
    _query(
        "stats/result", "§3.3.3", "Get the statistics of calls", answer="csv", limits=(ALL, STATISTICS_RESULTS),
        local=("fields",),
    ),
    _method(
        "report", "stats_in_calls_service/request", "§3.3.4.1", "Have the statistics of incoming calls' service built",
        limits=(ALL, STATISTICS), limits_2026=(ALL, STATISTICS_2026), repeatable=True,
        result_path="result/stats_in_calls_service", follow="stats_in_calls_service/result",
        codes=("2230", "3100", "5xxx"),
        note="The second example asks stats/request by mistake.",
    ),
    _query(
        "stats_in_calls_service/result", "§3.3.4.2", "Get the statistics of incoming calls' service", answer="csv",
        limits=(ALL, STATISTICS_RESULTS), local=("fields",),
    ),
    _method(
        "report", "stats/calls/request", "2026", "Have the statistics of calls and their legs built",
        limits=(ALL, STATISTICS), limits_2026=(ALL, STATISTICS_2026), repeatable=True, follow="stats/calls/result",
        codes=("3100", "31xx", "5xxx"),
        note="Used by clients of either profile. Dates are DD.MM.YYYY hh:mm:ss; a period of just 30 days is 3100.",
    ),
    _query(
        "stats/calls/result", "2026", "Get the statistics of calls and their legs", "data",
        limits=(ALL, STATISTICS_RESULTS),
    ),
    # §3.4 recordings
    _query(
        "queries/recording/post", "§3.4.1", "Get a recording", answer="redirect", limits=(ALL, RECORDINGS),
        codes=("332x",),
    ),
    _method(
        "link", "queries/recording/link", "§3.4.2", "Get a recording by a signed link", answer="redirect",
        limits=(ALL, RECORDINGS), repeatable=True, codes=("3102", "332x"),
    ),
    _method(
        "link", "queries/recording/issa", "§3.4.3", "Get a recording through the cabinet", answer="redirect",
        limits=(ALL, RECORDINGS), repeatable=True, codes=("332x",),
        note="The path in the text lacks a bracket.",
    ),
    _query(
        "queries/recording_categories", "§3.4.4", "Topics found in recordings", "data",
        note="`recording_id` is a list written as text in the example; a list and a single id are taken too.",
    ),
    _query(
        "queries/recording_transcripts", "§3.4.5", "Texts of recordings", "data",
        note="`recording_id` is a list written as text in the example; a list and a single id are taken too.",
    ),
    # §3.5 call tracking
    _query(
        "queries/user_info_by_dct_number", "§3.5.1", "The site's visitor behind a tracking number",
        note="The answer is an empty object when the number belongs to no visitor.",
    ),
    _query(
        "queries/user_history_by_dct_number", "§3.5.2", "The pages seen by the visitor behind a tracking number",
        "data", note="The example writes the parameters in square brackets.",
    ),
    # §3.6 configuration
    _query(
        "config/users/request", "§3.6.1", "List the employees", "users", limits=_own("config/users/request", 1, 2.0),
        note="The answer has no `result`. Numbers come as numbers and as text.",
    ),
    _query("groups", "§3.6.2", "List the groups", "groups"),
    _change("group/create", "§3.6.3", "Add a group", codes=("3100", "3300", "5xxx")),
    _change("group/update", "§3.6.4", "Change a group", codes=("3100", "3300", "5xxx")),
    _change(
        "group/delete", "§3.6.5", "Delete a group",
        codes=("3100", "3300", "5xxx", "5201", "5202", "5203", "5204"),
        note="The example's address is that of account/balance.",
    ),
    _query("account/balance", "§3.6.6", "The balance", limits=_own("account/balance", 2, 1.0)),
    _query("incominglines", "§3.6.7", "List the lines", "lines", codes=("3300",)),
    _query("audiofiles", "§3.6.8", "List the audio files", "audiofiles"),
    _query(
        "schemas", "§3.6.9", "List the schemes", "data", codes=("3300", "5xxx"),
        note="The parameter is `trunks_numbers` in the text and an entry of `ext_fields` in the example; `Name` in the"
        " text is `name` in the answer.",
    ),
    _change(
        "schema/set", "§3.6.10", "Let a scheme take a line",
        note="`line_id` is called required and is missing in the second example: one of line and trunk number is.",
    ),
    _query("roles", "§3.6.11", "List the roles", "roles"),
    _change("member/create", "§3.6.12", "Add an employee", note="The example writes `user_id ` with a space."),
    _change("member/update", "§3.6.13", "Change an employee"),
    _change("member/delete", "§3.6.14", "Delete an employee"),
    _query("sips", "§3.6.15", "List the SIP accounts", "data"),
    _query("domains", "§3.6.16", "List the SIP domains", "domains", note="The text says `data`, the answer `domains`."),
    _change("sip/create", "§3.6.17", "Add a SIP account"),
    _change("sip/update", "§3.6.18", "Change a SIP account"),
    _change("sip/delete", "§3.6.19", "Delete a SIP account"),
    _query("trunks/numbers", "§3.6.20", "List the numbers of SIP trunks", "data", codes=("3300", "5xxx")),
    _query("bwlists/state", "§3.6.21", "Which of the black and white lists is in force", codes=("3300", "5xxx")),
    _query(
        "bwlists/numbers", "§3.6.22", "List the black and white lists", codes=("3300", "5xxx"),
        note="The example writes `allow_unknown_number ` with a space.",
    ),
    _change(
        "bwlists/number/add", "§3.6.23", "Add a number to the black or white list",
        note="The text puts number, comment and type into an object, the example beside `list_type`.",
    ),
    _change("bwlists/number/delete", "§3.6.24", "Delete a number from the black or white list"),
    # §3.7 address book
    _query("ab/organization", "§3.7.1.1", "An organisation", codes=("3300",)),
    _query("ab/organizations/init", "§3.7.1.2", "List the organisations", "data", follow="ab/organizations/cursor"),
    _query(
        "ab/organizations/cursor", "§3.7.1.3", "Further pages of organisations", "data",
        follow="ab/organizations/cursor", note="The example's address is that of ab/organizations/init.",
    ),
    _book("ab/organizations/create", "§3.7.1.4", "Add organisations"),
    _book("ab/organizations/update", "§3.7.1.5", "Change organisations"),
    _book(
        "ab/organizations/delete", "§3.7.1.6", "Delete organisations",
        note="`data` is a list of ids; the text describes objects with an id.",
    ),
    _query("ab/group", "§3.7.2.1", "A group of the address book", codes=("3300",)),
    _query("ab/groups/init", "§3.7.2.3", "List the groups of the address book", "data", follow="ab/groups/cursor"),
    _query(
        "ab/groups/cursor", "§3.7.2.4", "Further pages of groups", "data", follow="ab/groups/cursor",
        note="The example's address is that of ab/organizations/init.",
    ),
    _book("ab/groups/create", "§3.7.2.6", "Add groups of the address book"),
    _book("ab/groups/update", "§3.7.2.7", "Change groups of the address book"),
    _book(
        "ab/groups/delete", "§3.7.2.8", "Delete groups of the address book",
        note="`data` is a list of ids; the text describes objects with an id.",
    ),
    _query(
        "ab/contact", "§3.7.2.9", "A contact", limits=(ALL, CONTACT_READS), codes=("3300",),
        note="Numbered as a part of the groups. The example puts `user_id` and `last_call` beside `data`.",
    ),
    _query(
        "ab/contact/init", "§3.7.3.1", "List the contacts", "data", limits=(ALL, CONTACT_READS),
        follow="ab/contact/cursor", note="Singular, where organisations and groups are plural.",
        spellings=("ab/contacts/init",),
    ),
    _query(
        "ab/contact/cursor", "§3.7.3.2", "Further pages of contacts", "data", limits=(ALL, CONTACT_READS),
        follow="ab/contact/cursor", note="Singular, where organisations and groups are plural.",
        spellings=("ab/contacts/cursor",),
    ),
    _book("ab/contacts/create", "§3.7.3.3", "Add contacts", note="`data` of the answer is an object by contact_id."),
    _book("ab/contacts/update", "§3.7.3.4", "Change contacts", note="`data` of the answer is an object by contact_id."),
    _book("ab/contacts/delete", "§3.7.3.5", "Delete contacts", note="`data` is a list of ids."),
    _query(
        "ab/custom_fields", "§3.7.20", "The custom fields of contacts", "data",
        note="`check_lengt` and `Items` in the text are `check_length` and `items` in the answer.",
    ),
    # §3.8 campaigns
    _query(
        "campaign/get_list", "§3.8.1", "List the campaigns", "campaigns", spellings=("io/v1/campaign/get_list",),
        codes=("3xxx", "5101", "5xxx"),
        note="The example asks io/v1/campaign/get_list. Statuses are counted otherwise than in §3.8.2.",
    ),
    _query("campaign", "§3.8.2", "A campaign", codes=("3300", "5101", "5xxx")),
    _query("task", "§3.8.3", "A task of a campaign", codes=("3300", "5101", "5xxx"), note=RESULT_IN_CAPITALS),
    _change("campaign/add", "§3.8.4.1", "Add a campaign", codes=("3xxx", "5101", "5102", "5103", "5105")),
    _change(
        "tasks/push", "§3.8.4.2", "Add tasks to a campaign", codes=("3xxx", "3300", "5101", "5106", "5107"),
        note=RESULT_IN_CAPITALS,
    ),
    _change("campaign/start", "§3.8.4.3", "Start a campaign", codes=("3300", "5101", "5102")),
    _change("campaign/stop", "§3.8.4.4", "Stop a campaign", codes=("3300", "5101")),
    _change(
        "campaign/delete", "§3.8.4.5", "Delete a campaign", codes=("3300", "41xx", "5101"),
        note="The text gives status 6, the example 0.",
    ),
    # §3.9 what the contact centre knows
    _query("cc/call", "§3.9.1", "What the contact centre knows of a call", codes=CONFIGURED),
    _query("tags", "§3.9.2", "List the topics", "tags", codes=CONFIGURED, spellings=("cc/tags",)),
    _query(
        "script", "§3.9.3", "A script of the contact centre", codes=CONFIGURED,
        note="The text asks for entry_id, the example for script_id.",
    ),
    _query("quality/control/question", "§3.9.4", "A question by which calls are judged", codes=CONFIGURED),
    # §4 contact centre
    _change(
        "task/add", "§4.2", "Add a task to the contact centre", base=CONTACT_CENTRE, codes=("31xx", "33xx", "5008"),
        limits=(CONTACT_CENTRE_ALL, Limit(window="task/add", count=5, seconds=1.0)),
    ),
    _change(
        "set_session_status", "§4.3.1", "Begin, change or end a user's session", base=CONTACT_CENTRE, codes=SESSIONS,
        limits=(CONTACT_CENTRE_ALL,), repeatable=False, note="The example calls the key api_key.",
    ),
    _change(
        "set_abonent_status", "§4.3.2", "Change a user's status", base=CONTACT_CENTRE, codes=SESSIONS,
        limits=(CONTACT_CENTRE_ALL,), note="The example's address is that of set_session_status.",
    ),
    _query(
        "get_presence", "§4.3.3", "Who is there", "abonents", base=CONTACT_CENTRE, codes=SESSIONS,
        limits=(CONTACT_CENTRE_ALL,), note="The example writes `session types`.",
    ),
)  # fmt: skip
