"""Made by router/client/writing.py from the schemas of the answers; change those.

What the PBX answers, as typed dictionaries: they cost nothing at run time.
"""

from typing import Any, Literal, NotRequired, TypedDict


class Callback(TypedDict):
    """The answer of callback (§3.2.1)."""

    result: NotRequired[int | str]


class CallbackGroup(TypedDict):
    """The answer of callback_group (§3.2.2)."""

    result: NotRequired[int | str]


class CallHangup(TypedDict):
    """The answer of call/hangup (§3.2.3)."""

    result: NotRequired[int | str]


class Sms(TypedDict):
    """The answer of sms (§3.2.4)."""

    result: NotRequired[int | str]


class RecordingStart(TypedDict):
    """The answer of recording/start (§3.2.5)."""

    result: NotRequired[int | str]


class PlayStart(TypedDict):
    """The answer of play/start (§3.2.6)."""

    result: NotRequired[int | str]


class Route(TypedDict):
    """The answer of route (§3.2.7)."""

    result: NotRequired[int | str]


class Transfer(TypedDict):
    """The answer of transfer (§3.2.8)."""

    result: NotRequired[int | str]


class CallsConnect(TypedDict):
    """The answer of calls_connect (2026)."""

    result: NotRequired[int | str]


class TransferCancel(TypedDict):
    """The answer of transfer_cancel (2026)."""

    result: NotRequired[int | str]


class CallHoldOn(TypedDict):
    """The answer of call/hold/on (2026)."""

    result: NotRequired[int | str]


class StatsRequest(TypedDict):
    """The answer of stats/request (§3.3.2)."""

    key: str


class StatsResultRow(TypedDict):
    """"""

    records: NotRequired[str]
    start: NotRequired[int | str]
    finish: NotRequired[int | str]
    answer: NotRequired[int | str]
    from_extension: NotRequired[str]
    from_number: NotRequired[str]
    to_extension: NotRequired[str]
    to_number: NotRequired[str]
    disconnect_reason: NotRequired[str]
    line_number: NotRequired[str]
    location: NotRequired[str]
    create: NotRequired[int | str]
    entry_id: NotRequired[str]


class StatsInCallsServiceRequest(TypedDict):
    """The answer of stats_in_calls_service/request (§3.3.4.1)."""

    result: int | str
    key: NotRequired[str]


StatsInCallsServiceResultRow = TypedDict(
    "StatsInCallsServiceResultRow",
    {
        "date": NotRequired[str],
        "group": NotRequired[str],
        "abonent": NotRequired[str],
        "on_group": NotRequired[str],
        "operator_answer": NotRequired[str],
        "call_time": NotRequired[str],
        "ended": NotRequired[str],
        "end_reason": NotRequired[str],
        "call_result": NotRequired[str],
        "delay_time_way": NotRequired[str],
        "operator": NotRequired[str],
        "number_operator": NotRequired[str],
        "on_vats": NotRequired[str],
        "all_time_delay": NotRequired[str],
        "abonent_number": NotRequired[str],
        "time_working": NotRequired[str],
        "time_pause": NotRequired[str],
        "time-ivr": NotRequired[str],
    },
)


class StatsCallsRequest(TypedDict):
    """The answer of stats/calls/request (2026)."""

    result: NotRequired[int | str]
    key: str


class CallLeg(TypedDict):
    """One leg of a call."""

    call_type: NotRequired[Literal["number", "user", "group", "conference"]]
    call_abonent_id: NotRequired[int | None]
    call_abonent_info: NotRequired[str | None]
    call_abonent_number: NotRequired[str | None]
    call_start_time: NotRequired[int | None]
    call_answer_time: NotRequired[int | None]
    call_end_time: NotRequired[int | None]
    call_duration: NotRequired[int | None]
    talk_duration: NotRequired[int | None]
    dial_duration: NotRequired[int | None]
    hold_duration: NotRequired[int | None]
    call_end_reason: NotRequired[int | None]
    recording_id: NotRequired[list[str]]
    external_call_id: NotRequired[str | None]
    members: NotRequired[list[dict[str, Any]] | None]


class CallWithLegs(TypedDict):
    """One call with its legs."""

    entry_id: str
    context_type: int
    context_status: int
    caller_id: NotRequired[int | None]
    caller_name: NotRequired[str | None]
    caller_number: NotRequired[str | None]
    called_number: NotRequired[str | None]
    context_start_time: NotRequired[int]
    duration: NotRequired[int]
    talk_duration: NotRequired[int]
    context_init_type: NotRequired[int]
    recall_status: NotRequired[int | None]
    cost: NotRequired[float | str | None]
    context_cost_full: NotRequired[float | str | None]
    context_cost_tariff: NotRequired[float | str | None]
    context_calls: list[CallLeg]


class StatsCallsResultRow(TypedDict):
    """A part."""

    list: NotRequired[list[CallWithLegs]]
    period: NotRequired[str | None]
    total_calls_count: NotRequired[int | None]
    total_calls_duration: NotRequired[int | None]
    total_talks_duration: NotRequired[int | None]


class StatsCallsResult(TypedDict):
    """The answer of stats/calls/result (2026): `data` is there when `status` is complete."""

    result: NotRequired[int | str]
    status: Literal["request", "work", "complete", "cancel", "error", "not-found"]
    data: NotRequired[list[StatsCallsResultRow]]


class QueriesRecordingPost(TypedDict):
    """The answer of queries/recording/post (§3.4.1): 302, here with its header."""

    location: str


class QueriesRecordingLink(TypedDict):
    """The answer of queries/recording/link (§3.4.2): 302, here with its header."""

    location: str


class QueriesRecordingIssa(TypedDict):
    """The answer of queries/recording/issa (§3.4.3): 302, here with its header."""

    location: str


class QueriesRecordingCategoriesRowCategoriesRowTermsRow(TypedDict):
    """"""

    channels: NotRequired[list[int]]
    count: NotRequired[int]
    value: NotRequired[str]


class QueriesRecordingCategoriesRowCategoriesRow(TypedDict):
    """"""

    id: int | str
    name: NotRequired[str]
    version: NotRequired[int]
    assign_time: NotRequired[int]
    terms: NotRequired[list[QueriesRecordingCategoriesRowCategoriesRowTermsRow]]


class QueriesRecordingCategoriesRow(TypedDict):
    """"""

    recording_id: str
    categories: list[QueriesRecordingCategoriesRowCategoriesRow]


class QueriesRecordingCategories(TypedDict):
    """The answer of queries/recording_categories (§3.4.4)."""

    result: int | str
    data: list[QueriesRecordingCategoriesRow]


class QueriesRecordingTranscriptsRowNames(TypedDict):
    """The two sides."""

    client: NotRequired[str]
    operator: NotRequired[str]


class QueriesRecordingTranscriptsRow(TypedDict):
    """"""

    recording_id: str
    names: NotRequired[QueriesRecordingTranscriptsRowNames]
    phrases: list[list[str]]


class QueriesRecordingTranscripts(TypedDict):
    """The answer of queries/recording_transcripts (§3.4.5)."""

    result: int | str
    data: list[QueriesRecordingTranscriptsRow]


class QueriesUserInfoByDctNumberDataLocation(TypedDict):
    """Where the visitor is."""

    country_code: NotRequired[str]
    region_code: NotRequired[str]
    region: NotRequired[str]
    city: NotRequired[str]


class QueriesUserInfoByDctNumberDataChannel(TypedDict):
    """How the visitor came."""

    source: NotRequired[str]
    medium: NotRequired[str]
    campaign: NotRequired[str]
    content: NotRequired[str]
    term: NotRequired[str]


class QueriesUserInfoByDctNumberDataCurrentPage(TypedDict):
    """The page that is open."""

    url: str
    date: str
    title: NotRequired[str | None]


class QueriesUserInfoByDctNumberData(TypedDict):
    """The visitor's session."""

    uid: NotRequired[str]
    widget_id: NotRequired[int | str]
    widget_name: NotRequired[str]
    product_id: NotRequired[int | str]
    ga_cid: NotRequired[str | None]
    ya_cid: NotRequired[str | None]
    rs_cid: NotRequired[str | None]
    ip: NotRequired[str]
    region_id: NotRequired[int | str]
    location: NotRequired[QueriesUserInfoByDctNumberDataLocation]
    channel: NotRequired[QueriesUserInfoByDctNumberDataChannel]
    duration: NotRequired[int]
    current_page: NotRequired[QueriesUserInfoByDctNumberDataCurrentPage]
    device: NotRequired[Literal["mobile", "desktop"]]
    custom: NotRequired[str]


class QueriesUserInfoByDctNumber(TypedDict):
    """The answer of queries/user_info_by_dct_number (§3.5.1). An empty object when the number belongs to nobody."""

    result: NotRequired[int | str]
    data: NotRequired[QueriesUserInfoByDctNumberData]


class QueriesUserHistoryByDctNumberRow(TypedDict):
    """"""

    url: str
    date: str
    title: NotRequired[str | None]


class QueriesUserHistoryByDctNumber(TypedDict):
    """The answer of queries/user_history_by_dct_number (§3.5.2)."""

    result: NotRequired[int | str]
    data: list[QueriesUserHistoryByDctNumberRow]


class EmployeeGeneralSipsRow(TypedDict):
    """"""

    number: NotRequired[str]


class EmployeeGeneral(TypedDict):
    """Who it is."""

    name: NotRequired[str | None]
    email: NotRequired[str | None]
    department: NotRequired[str | None]
    position: NotRequired[str | None]
    user_id: NotRequired[int | str]
    access_role_id: NotRequired[int | str]
    mobile: NotRequired[str | None]
    login: NotRequired[str | None]
    use_status: NotRequired[bool | int | str]
    use_cc_numbers: NotRequired[bool | int | str]
    sips: NotRequired[list[EmployeeGeneralSipsRow]]


ScheduleItemsRow = TypedDict(
    "ScheduleItemsRow",
    {
        "type": Literal[
            "AllDays",
            "WorkingDays",
            "Holidays",
            "SpecificDate",
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        "from": NotRequired[str],
        "until": NotRequired[str],
        "specific_date": NotRequired[str],
    },
)


Schedule = TypedDict(
    "Schedule",
    {
        "from": NotRequired[str],
        "until": NotRequired[str],
        "items": NotRequired[list[ScheduleItemsRow]],
    },
)


class EmployeeNumber(TypedDict):
    """One number of an employee."""

    number: str
    protocol: NotRequired[Literal["tel", "sip", "fmc", "skype"]]
    wait_sec: NotRequired[int | str]
    order: NotRequired[int | str]
    status: NotRequired[Literal["on", "off"]]
    schedule: NotRequired[Schedule | list[Schedule]]
    number_normalized: NotRequired[str | None]


class EmployeeTelephony(TypedDict):
    """How to reach them."""

    extension: NotRequired[str | None]
    outgoingline: NotRequired[str | None]
    numbers: NotRequired[list[EmployeeNumber]]
    dial_alg: NotRequired[int | str | None]
    line_id: NotRequired[int | str | None]
    trunk_number_id: NotRequired[int | None]


class Employee(TypedDict):
    """One employee."""

    general: EmployeeGeneral
    telephony: EmployeeTelephony
    groups: NotRequired[list[int | str]]


class ConfigUsersRequest(TypedDict):
    """The answer of config/users/request (§3.6.1)."""

    result: NotRequired[int | str]
    users: list[Employee]


class GroupOperatorsRow(TypedDict):
    """"""

    id: int | str
    name: NotRequired[str]
    extension: NotRequired[str | None]
    priority: NotRequired[int]
    order: NotRequired[int]


class Group(TypedDict):
    """"""

    id: int | str
    name: str
    description: NotRequired[str | None]
    extension: NotRequired[str | None]
    dial_alg_group: NotRequired[int | str]
    dial_alg_users: NotRequired[int | str]
    auto_redirect: NotRequired[bool | int | str]
    auto_dial: NotRequired[int | None]
    line_id: NotRequired[int | None]
    use_dynamic_ivr: NotRequired[bool | int | str]
    use_dynamic_seq_num: NotRequired[bool | int | str]
    melody_id: NotRequired[int | None]
    operators: NotRequired[list[GroupOperatorsRow]]


class Groups(TypedDict):
    """The answer of groups (§3.6.2)."""

    result: int | str
    groups: list[Group]


class GroupCreate(TypedDict):
    """The answer of group/create (§3.6.3)."""

    result: int | str
    group_id: int | str


class GroupUpdate(TypedDict):
    """The answer of group/update (§3.6.4)."""

    result: int | str
    group_id: NotRequired[int | str]


class GroupDelete(TypedDict):
    """The answer of group/delete (§3.6.5)."""

    result: int | str


class AccountBalance(TypedDict):
    """The answer of account/balance (§3.6.6)."""

    result: int | str
    balance: float | str
    currency: NotRequired[str]
    response_at: NotRequired[str]


class IncominglinesLinesRow(TypedDict):
    """"""

    line_id: int | str
    number: str
    name: NotRequired[str | None]
    comment: NotRequired[str | None]
    region: NotRequired[str | int | None]
    schema_id: NotRequired[int | str | None]
    schema_name: NotRequired[str | None]


class Incominglines(TypedDict):
    """The answer of incominglines (§3.6.7)."""

    result: int | str
    lines: list[IncominglinesLinesRow]


class AudiofilesAudiofilesRow(TypedDict):
    """"""

    id: int | str
    name: NotRequired[str]


class Audiofiles(TypedDict):
    """The answer of audiofiles (§3.6.8)."""

    result: int | str
    audiofiles: list[AudiofilesAudiofilesRow]


class SchemasRow(TypedDict):
    """"""

    schema_id: int | str
    name: NotRequired[str]
    description: NotRequired[str | None]
    incominglines: NotRequired[list[int | str]]
    sip_trunks_numbers: NotRequired[list[int | str]]


class Schemas(TypedDict):
    """The answer of schemas (§3.6.9)."""

    result: int | str
    data: list[SchemasRow]


class SchemaSet(TypedDict):
    """The answer of schema/set (§3.6.10)."""

    result: int | str


class RolesRolesRowPermissionsRow(TypedDict):
    """"""

    code: str
    param: NotRequired[str]


class RolesRolesRow(TypedDict):
    """"""

    role_id: int | str
    name: str
    permissions: NotRequired[list[RolesRolesRowPermissionsRow]]


class Roles(TypedDict):
    """The answer of roles (§3.6.11)."""

    result: int | str
    roles: list[RolesRolesRow]


class MemberCreate(TypedDict):
    """The answer of member/create (§3.6.12)."""

    result: int | str
    user_id: int | str


class MemberUpdate(TypedDict):
    """The answer of member/update (§3.6.13)."""

    result: int | str


class MemberDelete(TypedDict):
    """The answer of member/delete (§3.6.14)."""

    result: int | str


class SipsRowSipsRow(TypedDict):
    """"""

    id: int | str
    login: NotRequired[str]
    domain: NotRequired[str]


class SipsRow(TypedDict):
    """"""

    user_id: int | str
    sips: list[SipsRowSipsRow]


class Sips(TypedDict):
    """The answer of sips (§3.6.15)."""

    result: int | str
    data: list[SipsRow]


class Domains(TypedDict):
    """The answer of domains (§3.6.16)."""

    result: int | str
    domains: list[str]


class SipCreate(TypedDict):
    """The answer of sip/create (§3.6.17)."""

    result: int | str
    sip_id: int | str


class SipUpdate(TypedDict):
    """The answer of sip/update (§3.6.18)."""

    result: int | str


class SipDelete(TypedDict):
    """The answer of sip/delete (§3.6.19)."""

    result: int | str


class TrunksNumbersRow(TypedDict):
    """"""

    trunk_number_id: int | str
    trunk_id: NotRequired[int | str]
    number: str
    options: NotRequired[int | str]
    desc: NotRequired[str | None]


class TrunksNumbers(TypedDict):
    """The answer of trunks/numbers (§3.6.20)."""

    result: int | str
    data: list[TrunksNumbersRow]


class BwlistsState(TypedDict):
    """The answer of bwlists/state (§3.6.21)."""

    result: int | str
    active: Literal["black", "white"]


class BwlistsNumbersDataBlackNumbersRow(TypedDict):
    """"""

    number_id: int | str
    number: str
    comment: NotRequired[str]
    number_type: NotRequired[Literal["tel", "sip"]]


class BwlistsNumbersDataBlack(TypedDict):
    """One of the lists."""

    allow_unknown_number: NotRequired[bool]
    numbers: list[BwlistsNumbersDataBlackNumbersRow]


class BwlistsNumbersDataWhiteNumbersRow(TypedDict):
    """"""

    number_id: int | str
    number: str
    comment: NotRequired[str]
    number_type: NotRequired[Literal["tel", "sip"]]


class BwlistsNumbersDataWhite(TypedDict):
    """One of the lists."""

    allow_unknown_number: NotRequired[bool]
    numbers: list[BwlistsNumbersDataWhiteNumbersRow]


class BwlistsNumbersData(TypedDict):
    """Both lists."""

    active: Literal["black", "white"]
    black: BwlistsNumbersDataBlack
    white: BwlistsNumbersDataWhite


class BwlistsNumbers(TypedDict):
    """The answer of bwlists/numbers (§3.6.22)."""

    result: int | str
    data: BwlistsNumbersData


class BwlistsNumberAdd(TypedDict):
    """The answer of bwlists/number/add (§3.6.23)."""

    result: int | str


class BwlistsNumberDelete(TypedDict):
    """The answer of bwlists/number/delete (§3.6.24)."""

    result: int | str


class Organization(TypedDict):
    """An organisation."""

    org_id: NotRequired[int | str]
    org_name: NotRequired[str]


class AbOrganization(TypedDict):
    """The answer of ab/organization (§3.7.1.1)."""

    result: int | str
    data: Organization


PageStateInfo = TypedDict(
    "PageStateInfo",
    {
        "page": NotRequired[int],
        "from": NotRequired[int],
        "size": NotRequired[int],
        "limit": NotRequired[int],
        "total_rows": NotRequired[int],
        "pages": NotRequired[int],
    },
)


class PageState(TypedDict):
    """Where in the result this page stands."""

    info: NotRequired[PageStateInfo]
    cursor: NotRequired[str]


class AbOrganizationsInit(TypedDict):
    """The answer of ab/organizations/init (§3.7.1.2)."""

    result: int | str
    data: list[Organization]
    state: NotRequired[PageState]


class AbOrganizationsCursor(TypedDict):
    """The answer of ab/organizations/cursor (§3.7.1.3)."""

    result: int | str
    data: list[Organization]
    state: NotRequired[PageState]


class AbOrganizationsCreate(TypedDict):
    """The answer of ab/organizations/create (§3.7.1.4)."""

    result: int | str | list[int | str]
    data: NotRequired[list[Organization]]
    skipped: NotRequired[list[int]]


class AbOrganizationsUpdate(TypedDict):
    """The answer of ab/organizations/update (§3.7.1.5)."""

    result: int | str | list[int | str]
    data: NotRequired[list[Organization]]
    skipped: NotRequired[list[int]]


class AbOrganizationsDelete(TypedDict):
    """The answer of ab/organizations/delete (§3.7.1.6)."""

    result: int | str


class ContactGroup(TypedDict):
    """A group of the address book."""

    group_id: NotRequired[int | str]
    group_name: NotRequired[str]


class AbGroup(TypedDict):
    """The answer of ab/group (§3.7.2.1)."""

    result: int | str
    data: ContactGroup


class AbGroupsInit(TypedDict):
    """The answer of ab/groups/init (§3.7.2.3)."""

    result: int | str
    data: list[ContactGroup]
    state: NotRequired[PageState]


class AbGroupsCursor(TypedDict):
    """The answer of ab/groups/cursor (§3.7.2.4)."""

    result: int | str
    data: list[ContactGroup]
    state: NotRequired[PageState]


class AbGroupsCreate(TypedDict):
    """The answer of ab/groups/create (§3.7.2.6)."""

    result: int | str | list[int | str]
    data: NotRequired[list[ContactGroup]]
    skipped: NotRequired[list[int]]


class AbGroupsUpdate(TypedDict):
    """The answer of ab/groups/update (§3.7.2.7)."""

    result: int | str | list[int | str]
    data: NotRequired[list[ContactGroup]]
    skipped: NotRequired[list[int]]


class AbGroupsDelete(TypedDict):
    """The answer of ab/groups/delete (§3.7.2.8)."""

    result: int | str


class Phone(TypedDict):
    """A number of a contact."""

    phone_id: NotRequired[int | str]
    type: NotRequired[int | str]
    phone: NotRequired[str]
    phone_num: NotRequired[str | None]
    comment: NotRequired[str | None]
    ext: NotRequired[str | None]
    is_default: NotRequired[bool | int | str]


class Email(TypedDict):
    """An address of a contact."""

    email_id: NotRequired[int | str]
    email: NotRequired[str]
    comment: NotRequired[str | None]
    is_default: NotRequired[bool | int | str]


class Net(TypedDict):
    """An account in a social network."""

    net_id: NotRequired[int | str]
    net: int | str
    uname: NotRequired[str]


class Messenger(TypedDict):
    """An account in a messenger."""

    mgr_id: NotRequired[int | str]
    mgr: int | str
    uname: NotRequired[str]


class ListItem(TypedDict):
    """An item of a list."""

    enum_id: NotRequired[int | str]
    order: NotRequired[int]
    name: NotRequired[str]


class CustomValue(TypedDict):
    """A value of a custom field."""

    custom_value_id: NotRequired[int | str]
    custom_field_id: NotRequired[int | str]
    type: NotRequired[int | str]
    text: NotRequired[str | None]
    list_items: NotRequired[list[ListItem]]


class Contact(TypedDict):
    """A contact of the address book, as it is read."""

    contact_id: int | str
    type: NotRequired[int | str]
    name: NotRequired[str | None]
    office: NotRequired[str | None]
    site: NotRequired[str | None]
    org: NotRequired[Organization | None]
    importance: NotRequired[int | str]
    comment: NotRequired[str | None]
    birthday: NotRequired[str | None]
    sex: NotRequired[int | str]
    url: NotRequired[str | None]
    phones: NotRequired[list[Phone]]
    emails: NotRequired[list[Email]]
    groups: NotRequired[list[ContactGroup]]
    nets: NotRequired[list[Net]]
    messengers: NotRequired[list[Messenger]]
    in_favorites: NotRequired[list[int | str] | int | str]
    custom_values: NotRequired[list[CustomValue]]
    user_id: NotRequired[int | str | None]
    avatar: NotRequired[str | None]
    when_created: NotRequired[int | None]
    last_call: NotRequired[int | None]
    last_used: NotRequired[int | None]
    manager_id: NotRequired[int | str | None]


class AbContact(TypedDict):
    """The answer of ab/contact (§3.7.2.9). The document's example puts user_id and last_call beside `data`."""

    result: int | str
    data: Contact


class AbContactInit(TypedDict):
    """The answer of ab/contact/init (§3.7.3.1)."""

    result: int | str
    data: list[Contact]
    state: NotRequired[PageState]


class AbContactCursor(TypedDict):
    """The answer of ab/contact/cursor (§3.7.3.2)."""

    result: int | str
    data: list[Contact]
    state: NotRequired[PageState]


class AbContactsCreate(TypedDict):
    """The answer of ab/contacts/create (§3.7.3.3)."""

    result: int | str | list[int | str]
    data: NotRequired[dict[str, Any] | list[Any]]
    skipped: NotRequired[list[int]]


class AbContactsUpdate(TypedDict):
    """The answer of ab/contacts/update (§3.7.3.4)."""

    result: int | str | list[int | str]
    data: NotRequired[dict[str, Any] | list[Any]]
    skipped: NotRequired[list[int]]


class AbContactsDelete(TypedDict):
    """The answer of ab/contacts/delete (§3.7.3.5)."""

    result: int | str


class AbCustomFieldsRow(TypedDict):
    """"""

    custom_field_id: int | str
    name: str
    type: int | str
    order: NotRequired[int]
    required: NotRequired[bool]
    api_only: NotRequired[bool]
    unique: NotRequired[bool]
    check_mode: NotRequired[int | str]
    check_length: NotRequired[int]
    items: NotRequired[list[ListItem]]


class AbCustomFields(TypedDict):
    """The answer of ab/custom_fields (§3.7.20)."""

    result: int | str
    data: list[AbCustomFieldsRow]


class CampaignGetListCampaignsRow(TypedDict):
    """"""

    campaign_id: int | str
    member_id: NotRequired[int | str]
    name: str
    priority: NotRequired[int | str]
    status: NotRequired[int | str]
    start: NotRequired[str]
    end: NotRequired[str]
    member_ids: NotRequired[list[int | str]]
    dial_mode: NotRequired[int | str]
    redial_busy: NotRequired[int | str]
    redial_no_answer: NotRequired[int | str]
    redial_not_avail: NotRequired[int | str]
    answer_wait: NotRequired[int | str]
    additional_calls_coefficient: NotRequired[float | str]
    timer_busy: NotRequired[int | str]
    timer_no_answer: NotRequired[int | str]
    timer_not_avail: NotRequired[int | str]
    service_type: NotRequired[int | str]
    tasks_count: NotRequired[int | str]
    finished_tasks_count: NotRequired[int | str]
    created: NotRequired[str]
    completed: NotRequired[str | None]


class CampaignGetList(TypedDict):
    """The answer of campaign/get_list (§3.8.1)."""

    result: int | str
    message: NotRequired[str]
    cmd_id: NotRequired[str]
    campaigns: list[CampaignGetListCampaignsRow]


class CampaignCampaignCreatedBy(TypedDict):
    """Its author."""

    user_id: NotRequired[int | str]
    name: NotRequired[str]
    extension: NotRequired[str | None]


class CampaignCampaign(TypedDict):
    """The campaign."""

    campaign_id: int | str
    line_id: NotRequired[int | str]
    created_by: NotRequired[CampaignCampaignCreatedBy | None]
    name: str
    start: NotRequired[int]
    end: NotRequired[int]
    status: int | str
    priority: NotRequired[int | str]
    members: NotRequired[list[str]]
    redial_busy: NotRequired[int | None]
    redial_no_answer: NotRequired[int | None]
    redial_not_avail: NotRequired[int | None]
    timer_busy: NotRequired[int | None]
    timer_no_answer: NotRequired[int | None]
    timer_not_avail: NotRequired[int | None]
    answer_wait: NotRequired[int | None]
    add_calls_coef: NotRequired[float | str]
    dial_mode: NotRequired[int | str]
    call_processing: NotRequired[int | None]
    status_reason: NotRequired[int | None]
    schema_id: NotRequired[int | None]
    created: NotRequired[int | None]


class Campaign(TypedDict):
    """The answer of campaign (§3.8.2)."""

    result: int | str
    campaign: CampaignCampaign


class TaskTask(TypedDict):
    """The task."""

    campaign_task_id: int | str
    campaign_id: int | str
    name: NotRequired[str]
    position: NotRequired[str | None]
    organization: NotRequired[str | None]
    number: str
    talk_duration: NotRequired[int | None]
    status: int | str
    status_reason: NotRequired[int | None]
    comment: NotRequired[str | None]
    blocked_until: NotRequired[int | None]
    transfer_number: NotRequired[str | None]
    updated: NotRequired[int | None]
    end: NotRequired[int | None]
    created: NotRequired[int | None]


class Task(TypedDict):
    """The answer of task (§3.8.3)."""

    result: NotRequired[int | str]
    Result: NotRequired[int | str]
    task: TaskTask


class CampaignAdd(TypedDict):
    """The answer of campaign/add (§3.8.4.1)."""

    result: int | str
    campaign_id: int | str


class TasksPush(TypedDict):
    """The answer of tasks/push (§3.8.4.2)."""

    result: NotRequired[int | str]
    Result: NotRequired[int | str]


class CampaignStart(TypedDict):
    """The answer of campaign/start (§3.8.4.3)."""

    result: int | str
    status: int | str


class CampaignStop(TypedDict):
    """The answer of campaign/stop (§3.8.4.4)."""

    result: int | str
    status: int | str


class CampaignDelete(TypedDict):
    """The answer of campaign/delete (§3.8.4.5)."""

    result: int | str
    status: int | str


class CcCallCallConversionRow(TypedDict):
    """"""

    conversion_id: NotRequired[int | str]
    channel_type: NotRequired[int | str]
    create: NotRequired[int | None]
    end: NotRequired[int | None]
    result: NotRequired[int | str]
    assign_user_id: NotRequired[int | None]
    close_user_id: NotRequired[int | None]
    contact_id: NotRequired[int | None]
    first_answer: NotRequired[int | None]
    start: NotRequired[int | None]
    entry_point: NotRequired[str | None]
    group_id: NotRequired[int | None]
    deal_id: NotRequired[int | None]
    params: NotRequired[int | None]


class CcCallCall(TypedDict):
    """What is known."""

    conversion: list[CcCallCallConversionRow]
    tag_id: NotRequired[list[int | str] | None]
    call_comment: NotRequired[list[str] | None]
    script_id: NotRequired[list[int | str] | None]
    mark_client: NotRequired[int | None]
    mark_controller: NotRequired[list[dict[str, Any]] | None]
    recording_id: list[str]


class CcCall(TypedDict):
    """The answer of cc/call (§3.9.1)."""

    result: int | str
    call: CcCallCall


class TagsTagsRow(TypedDict):
    """"""

    id: int | str
    parent: NotRequired[int | None]
    name: str
    category: NotRequired[int]
    groups: NotRequired[list[int | str] | None]
    campaigns: NotRequired[list[int | str] | None]
    is_folder: NotRequired[int | str]


class Tags(TypedDict):
    """The answer of tags (§3.9.2)."""

    result: int | str
    tags: list[TagsTagsRow]


class ScriptScript(TypedDict):
    """The script."""

    id: int | str
    name: str


class Script(TypedDict):
    """The answer of script (§3.9.3)."""

    result: int | str
    script: ScriptScript


class QualityControlQuestionQuestion(TypedDict):
    """The question."""

    id: int | str
    qual_ctrl_form_id: NotRequired[int | str]
    qual_ctrl_form_name: NotRequired[str]
    block_name: NotRequired[str]
    block_order: NotRequired[int]
    name: str
    order: NotRequired[int]
    required: NotRequired[int | str]
    hint: NotRequired[str | None]


class QualityControlQuestion(TypedDict):
    """The answer of quality/control/question (§3.9.4)."""

    result: int | str
    question: QualityControlQuestionQuestion


class TaskAdd(TypedDict):
    """The answer of task/add (§4.2)."""

    result: int | str
    task_id: NotRequired[int | str]
    auto_call_task_id: NotRequired[int | str]


class SetSessionStatus(TypedDict):
    """The answer of set_session_status (§4.3.1)."""

    result: int | str
    session: NotRequired[str]
    ttl: NotRequired[int]


class SetAbonentStatus(TypedDict):
    """The answer of set_abonent_status (§4.3.2)."""

    result: int | str


class Session(TypedDict):
    """One session of a user."""

    uac: NotRequired[str]
    ip: NotRequired[str]
    timestamp: NotRequired[int]
    loc: NotRequired[int | None]
    geo: NotRequired[str | None]
    poss: NotRequired[list[int]]
    uname: NotRequired[str]
    status: NotRequired[int | str]
    device: NotRequired[str]


class GetPresenceAbonentsRow(TypedDict):
    """"""

    abonent_id: int | str
    used_uac_type: NotRequired[list[str]]
    sip: NotRequired[list[Session]]
    mtm: NotRequired[list[Session]]
    mtd: NotRequired[list[Session]]
    cc: NotRequired[list[Session]]
    calls: NotRequired[list[dict[str, Any]]]


class GetPresence(TypedDict):
    """The answer of get_presence (§4.3.3)."""

    result: int | str
    abonents: NotRequired[list[GetPresenceAbonentsRow]]
