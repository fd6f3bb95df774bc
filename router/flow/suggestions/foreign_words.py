"""What other systems call the verbs and the keys of a flow.

From Twilio Studio and TwiML, SWML, jambonz, VoiceXML, Asterisk's dialplan, Home Assistant, GitHub Actions, Node-RED
and 3CX.

A word may mean several of ours; the first that the place knows and that fits the settings is what is suggested.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from router.flow.suggestions.spelling import closest
from router.protocol.schemas import load_schema


def _meaning(*entries: tuple[str, str]) -> Mapping[str, tuple[str, ...]]:
    """(ours, the words of others) -> word -> ours, in the order in which they are written here."""
    found: dict[str, tuple[str, ...]] = {}
    for ours, words in entries:
        for word in words.split():
            found[word] = (*found.get(word, ()), *ours.split())
    return found


_VERBS: Final = load_schema("flow")["$defs"]["step"]["properties"]

OTHER_VERBS: Final = _meaning(*((name, part["x-foreign"]) for name, part in _VERBS.items()))

OTHER_KEYS: Final = _meaning(
    # of a step
    ("goto next", "then target step transition action redirect go_to jump do sequence to_step link continue next_step"),
    ("goto", "next to destination"),
    ("next", "goto then"),
    ("when", "if case condition conditions cond expression test expr match filter value_template where while on is"),
    ("else", "default otherwise fallback any _ other elif finally"),
    (
        "ring",
        "timeout ring_timeout ring_time dial_timeout wait seconds no_answer_timeout duration time ring_for limit",
    ),
    ("for", "seconds duration time length timeout delay ms minutes hours after wait"),
    ("next_digit", "inter_digit_timeout interdigit_timeout digit_timeout terminating_timeout inter_digit next_timeout"),
    (
        "first_digit",
        "timeout initial_timeout input_timeout no_input_timeout wait first_digit_timeout wait_time speech_timeout",
    ),
    (
        "max",
        "tries retries attempts loops loop repeat max_attempts max_tries max_failures retry count num_retries times "
        "max_retries max_attempt limit",
    ),
    (
        "prompt",
        "say play audio message text prompts file sound recording greeting announcement url media playback sounds "
        "speech says files value source filename",
    ),
    (
        "keys",
        "options choices digits dtmf branches choice entries items mapping cases inputs transitions menu map key",
    ),
    ("length", "num_digits max_digits digits count max_length size digits_count number_of_digits"),
    ("terminator", "finish_on_key end_key terminate terminator_key stop_key finish_on end_on submit_key terminators"),
    (
        "into",
        "variable var name save_to store store_in result_variable save_as save output variable_name as key result to",
    ),
    (
        "no_match",
        "invalid nomatch wrong error invalid_input on_invalid i bad_input not_matched default no_valid_input e",
    ),
    ("no_input", "noinput timeout silence on_timeout no_entry t empty no_keys on_silence noanswer"),
    (
        "to",
        "number phone destination target agent extension queue group endpoint dial callee call_to to_number user "
        "person who recipients members numbers phones address uri dest phone_number recipient sip steps branches",
    ),
    ("display_name", "caller_id callerid display label caller_name cli from_display cid_name name"),
    ("online_only", "online only_online skip_offline available_only"),
    ("hold", "moh music hold_music hold_prompt wait_url music_on_hold"),
    ("on", "exits on_exit results outcomes events handlers transitions exit branches returns"),
    ("vars", "variables var values data assign variable assignments"),
    ("url", "uri endpoint address resource href link webhook"),
    ("json", "body payload data json_body parameters form params json_data content"),
    ("data", "body payload json parameters form params fields message"),
    ("method", "verb http_method type request_method"),
    ("with", "params parameters inputs arguments args variables vars input query"),
    ("outputs", "response output save result returns extract map output_variables results"),
    ("from", "path jmespath pointer column field json_path source jsonpath select"),
    ("type", "kind format datatype"),
    ("default", "value initial initial_value init fallback"),
    ("text", "body message content msg sms template"),
    ("sender", "sender_id originator sender_name from_name alpha_name"),
    ("from", "sender employee agent user who extension caller"),
    ("flow", "name id workflow scenario callflow flow_name uses subflow flow_id title flow_sid"),
    ("as", "name result outcome exit status value to"),
    ("sticky", "key by hash seed"),
    ("to", "weights branches paths variants percentages"),
    ("value", "number phone entry item member key"),
    ("in", "list to into lists"),
    ("timeout", "max_time wait time_limit deadline seconds"),
    ("cache", "ttl cache_ttl expires keep"),
    ("phone", "number to contact"),
    ("to_user", "user assignee responsible employee to person"),
    ("description", "text message body comment note"),
    ("start", "at when after due time in"),
    # of a flow
    ("for", "trigger triggers entry match numbers line lines did when on dids phone_numbers phone_number"),
    (
        "start",
        "initial initial_state entry first begin start_step entrypoint initial_step first_step start_at entry_point",
    ),
    (
        "steps",
        "states nodes jobs actions sections dialplan tasks sequence script widgets extensions main flow_steps verbs",
    ),
    ("on_error", "error on_failure catch fallback default_error error_handler on_exception rescue onerror"),
    ("on_end", "on_hangup after on_complete h hangup_handler post"),
    ("finally", "always cleanup ensure on_exit at_exit on_exit_always final epilogue"),
    ("timezone", "tz time_zone zone"),
    ("language", "lang locale language_code voice_language"),
    ("vars", "inputs params parameters env constants state"),
    ("window", "timeout patience"),
    ("lines", "numbers number line did dids phone phones phone_numbers to called"),
    ("location", "where place position"),
    # of resources
    ("audio", "sounds prompts recordings media messages greetings files audios audio_files"),
    ("groups", "group queues departments teams ring_groups agents hunt_groups queue"),
    ("people", "users employees agents operators extensions contacts person staff members persons"),
    (
        "hours",
        "schedules schedule calendar business_hours timetable opening_hours working_hours time_conditions calendars",
    ),
    ("lists", "list blacklist whitelist blacklists numbers number_lists"),
    ("tables", "table csv databases lookup_tables"),
    ("id", "file_id audio_id recording_id ref number media_id code"),
    ("length", "duration seconds time len"),
    ("type_ahead", "typeahead dial_ahead dialahead buffer_digits digit_buffer typeahead_enabled"),
    ("silence", "pause wait delay duration seconds sleep break gap"),
    ("each", "characters digits spell letters chars every"),
    ("pick", "choose switch values case map select by one_of"),
    ("says", "text transcript description title caption comment label content"),
    ("open", "days week times weekly opening ranges working regular work workdays schedule hours"),
    ("dates", "exceptions special overrides special_days special_dates closed holiday_dates exclude days_off"),
    ("holidays", "country public_holidays calendar holiday"),
    ("extension", "number ext id short_number code num short internal"),
    ("numbers", "entries items values members masks phones list number"),
    ("keep", "ttl expire duration expires expiry"),
    ("file", "path csv url source filename src"),
    ("key", "index id column by key_column primary_key lookup find search match value equals where"),
    ("table", "name source in from"),
    # exits
    ("no_answer", "noanswer noans timeout not_answered unanswered ring_no_answer no_reply no_answered"),
    ("unavailable", "chanunavail offline not_available unreachable dnd away out_of_office closed no_agents"),
    ("rejected", "declined reject decline refused"),
    ("failed", "fail failure error congestion on_failure on_error timeout exception invalidargs"),
    ("answered", "answer connected success completed complete ok"),
    ("busy", "user_busy line_busy"),
    ("else", "default otherwise any other all _ rest catch"),
    ("not_found", "none missing empty notfound no_match unknown no_result"),
)

OUR_KEYS: Final = frozenset(ours for meant in OTHER_KEYS.values() for ours in meant)
"""The settings that other systems have words for."""

MEANS_NOTHING: Final[Mapping[str, str]] = {
    word: why
    for why, words in (
        (
            "a comment begins with #",
            "description comment comments id alias label title notes note metadata tags icon position properties "
            "version name enabled author wires",
        ),
        ("each call runs by itself", "mode concurrency max_exceeded"),
        ("recordings speak for themselves", "voice language speed volume engine"),
        ("the first key cuts a prompt off anyway", "barge_in bargein interruptible barge"),
        ("the keys say it", "num_digits max_digits finish_on_key input_type hints action_on_empty_result"),
        ("nothing in a flow needs it", "runs_on permissions defaults strategy needs uses continue_on_error"),
    )
    for word in words.split()
}
"""Keys of others that a flow can do without -> why."""


SPEAKING: Final = frozenset(["say", "speak", "tts", "text_to_speech", "announce", "say_play", "say_and_play"])
SEVERAL_STEPS: Final = frozenset(["steps", "actions", "sequence", "verbs", "parallel", "block", "do", "then_steps"])


def plain_word(word: str) -> str:
    """The word in small letters with `_` between its parts: finishOnKey, Finish-On-Key -> finish_on_key."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word.strip())
    return re.sub(r"[\s\-]+", "_", parted).lower()


def other_meaning(word: str, known: Iterable[str], table: Mapping[str, tuple[str, ...]] = OTHER_KEYS) -> list[str]:
    """What `word` of another system may mean among `known`, the likeliest first."""
    words = set(known)
    plain = plain_word(word)
    same = [plain] if plain in words and plain != word else []
    return same + [ours for ours in dict.fromkeys(table.get(plain, ())) if ours in words]


EXAMPLES: Final[Mapping[str, str]] = {name: part["x-written"] for name, part in _VERBS.items()}
"""How each verb is written, in the least words."""

BARE: Final = frozenset(name for name, example in EXAMPLES.items() if example == name)
"""Verbs that stand alone."""


def verbs_meant(word: str, known: Iterable[str]) -> list[str]:
    """The verbs that `word` may stand for, the likeliest first."""
    names = list(known)
    near = closest(word, names)
    found = other_meaning(word, names, OTHER_VERBS)
    return list(dict.fromkeys([*([near] if near and not found else []), *found]))
