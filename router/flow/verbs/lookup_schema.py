"""The schema of a `lookup`'s settings."""

from typing import Final

from router.flow.verbs.fragments import NEXT, TARGET, described, named_exits, ref, settings
from router.flow.verbs.spec import Schema

_METHODS: Final = (
    "ab/contact ab/contact/cursor ab/contact/init ab/contacts/create ab/contacts/delete ab/contacts/update "
    "ab/custom_fields ab/group ab/groups/create ab/groups/cursor ab/groups/delete ab/groups/init ab/groups/update "
    "ab/organization ab/organizations/create ab/organizations/cursor ab/organizations/delete ab/organizations/init "
    "ab/organizations/update account/balance audiofiles bwlists/number/add bwlists/number/delete bwlists/numbers "
    "bwlists/state campaign campaign/add campaign/delete campaign/get_list campaign/start campaign/stop cc/call "
    "config/users/request domains get_presence group/create group/delete group/update groups incominglines "
    "member/create member/delete member/update quality/control/question queries/recording/issa queries/recording/link "
    "queries/recording/post queries/recording_categories queries/recording_transcripts "
    "queries/user_history_by_dct_number queries/user_info_by_dct_number roles schema/set schemas script "
    "set_abonent_status set_session_status sip/create sip/delete sip/update sips stats/calls/request "
    "stats/calls/result stats/request stats/result stats_in_calls_service/request stats_in_calls_service/result tags "
    "task task/add tasks/push trunks/numbers "
)
"""What can be asked of the PBX: the methods of the API that are no command. A test holds it to the catalogue."""

_METHOD_FORM: Final = "the path of a method such as queries/user_info_by_dct_number (a command is a verb of its own)"
_JSON: Final = "The body. Unquoted numbers, true, false and null are such; everything else is text."
_CONTACT: Final = (
    "A text expression: the number whose contact in the PBX's address book is looked up. Its outputs are id, name,"
    " importance, org, position, comment, email, birthday and manager (an extension)."
)
_VISITOR: Final = (
    "A text expression: the call-tracking number whose visitor is looked up. Its outputs are id, source, medium,"
    " campaign, content, term, city, device, duration, page, title and custom."
)
_TYPE: Final = "A phone is read as people write numbers and kept as its digits, a date as 2026-11-30."
_FROM: Final = "A JMESPath into the answer, or a column of the table. Default: the output's name."
_DEFAULT: Final = "The value before an answer and after a failure. Default: empty text, 0, or false."

_HTTP: Final = settings(
    "http",
    "A request to another system.",
    {
        "method": described("Default: GET.", enum=["GET", "POST", "PUT", "PATCH"], default="GET"),
        "url": ref("url"),
        "headers": {"title": "headers", "type": "object", "additionalProperties": ref("text")},
        "json": ref("tree", _JSON),
    },
    "url",
)
_OUTPUT: Final[Schema] = {
    "title": "output",
    "type": "object",
    "x-bare": ["type"],
    "x-example": "{type: text}",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": described(_TYPE, enum=["text", "number", "bool", "date", "phone"]),
        "from": described(_FROM, type=["string", "integer"]),
        "default": described(_DEFAULT, type=["string", "number", "boolean"]),
    },
}
_OUTPUTS: Final[Schema] = {
    "title": "outputs",
    "description": "What is taken from the answer.",
    "type": "object",
    "propertyNames": ref("name"),
    "additionalProperties": _OUTPUT,
}
_ON: Final = named_exits(
    "The step for each exit other than next.",
    {
        "not_found": ref("target", "The other system or the table does not know it."),
        "failed": ref("target", "No answer in time, or none that can be read."),
        "else": TARGET,
    },
)


def _without(*keys: str) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


_ONE_WAY: Final[Schema] = {
    "if": {"required": ["http"]},
    "then": _without("api", "with", "contact", "visitor", "table", "key"),
    "else": {
        "if": {"required": ["api"]},
        "then": _without("contact", "visitor", "table", "key"),
        "else": {
            **_without("with"),
            "if": {"required": ["contact"]},
            "then": _without("visitor", "table", "key"),
            "else": {"if": {"required": ["visitor"]}, "then": _without("table", "key")},
        },
    },
}
_DESCRIPTION: Final = (
    "Asks another system (http), the PBX (api, contact, visitor) or a table of the bundle; the answers are STEP.OUTPUT."
)
SCHEMA: Final = settings(
    "lookup",
    _DESCRIPTION,
    {
        "http": _HTTP,
        "api": {
            "description": "The path of a method of the PBX's API, e.g. queries/user_info_by_dct_number.",
            "enum": _METHODS.split(),
            "x-form": _METHOD_FORM,
        },
        "with": {
            "title": "with",
            "description": "What the method is asked with.",
            "type": "object",
            "additionalProperties": ref("text"),
        },
        "contact": ref("expression", _CONTACT),
        "visitor": ref("expression", _VISITOR),
        "table": {
            "description": "A table of the resources, by its name; or by a text of the call: tables[TEXT].",
            "type": "string",
            "x-form": "the name of a table",
            "x-names": "tables",
        },
        "key": ref("expression", "A text expression: what to find in the table's key column."),
        "timeout": ref("duration", "How long the answer may take. Default: 2s.", default="2s"),
        "cache": ref("duration", "How long an answer may serve for the same question. Default: 0s.", default="0s"),
        "stale_on_error": described(
            "An older answer is better than none. Default: false.", type="boolean", default=False
        ),
        "outputs": _OUTPUTS,
        **NEXT,
        "on": _ON,
    },
    **_ONE_WAY,
)
