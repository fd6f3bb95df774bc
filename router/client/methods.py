"""Made by router/client/writing.py from the catalogue; change that.

Every method of the API, as a method: parameters are those of the request, `from` is written `from_`, and a command gets
its `command_id` when none is given. All answer what the PBX answered and raise `router.errors.MangoError`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Literal

from router.client import answers


class Methods(ABC):
    """What `Mango` inherits, and how it carries it out: the first three."""

    @abstractmethod
    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Ask once; parameters that are None are left out."""

    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> Iterator[Any]:
        """The rows of all pages."""

    @abstractmethod
    def report(self, method: str, params: dict[str, Any]) -> list[Any]:
        """Have something built, wait for it, and get its rows."""

    def callback(
        self,
        *,
        from_: dict[str, Any],
        to_number: str,
        command_id: str | None = None,
        line_number: str | None = None,
        sip_headers: dict[str, Any] | None = None,
    ) -> answers.Callback:
        """Call on behalf of an employee (§3.2.1).

        from_: Who calls. Of `extension`, `number`.
        to_number: Who is called.
        command_id: Yours; the result and the events that follow name it.
        line_number: The line to call through: a number, or a SIP line's name (not its address).
        sip_headers: Appendix 1. Of `Call-Info/answer-after`.
        """
        answer: answers.Callback = self.call(
            "callback",
            {
                "from": from_,
                "to_number": to_number,
                "command_id": command_id,
                "line_number": line_number,
                "sip_headers": sip_headers,
            },
        )
        return answer

    def callback_group(
        self, *, from_: str, to: str, line_number: str, command_id: str | None = None
    ) -> answers.CallbackGroup:
        """Call on behalf of a group (§3.2.2).

        from_: Who is called first: a group, or somebody outside.
        to: Who is called then: the other of the two.
        line_number: The line to call through: a number, or a SIP line's name (not its address).
        command_id: Yours; the result and the events that follow name it.
        """
        answer: answers.CallbackGroup = self.call(
            "callback_group", {"from": from_, "to": to, "line_number": line_number, "command_id": command_id}
        )
        return answer

    def call_hangup(self, *, call_id: str, command_id: str | None = None) -> answers.CallHangup:
        """End a call (§3.2.3).

        call_id: The leg.
        command_id: Yours; the result and the events that follow name it.
        """
        answer: answers.CallHangup = self.call("call/hangup", {"call_id": call_id, "command_id": command_id})
        return answer

    def sms(
        self,
        *,
        text: str,
        from_extension: str,
        to_number: str,
        command_id: str | None = None,
        sms_sender: str | None = None,
    ) -> answers.Sms:
        """Send an SMS (§3.2.4).

        text: At most 612 characters in Latin letters, 268 otherwise.
        from_extension: The employee who pays for it.
        to_number: Any number but an extension.
        command_id: Yours; the result and the events that follow name it.
        sms_sender: The sender's name, one of those that the cabinet offers; at most 128 bytes.
        """
        answer: answers.Sms = self.call(
            "sms",
            {
                "text": text,
                "from_extension": from_extension,
                "to_number": to_number,
                "command_id": command_id,
                "sms_sender": sms_sender,
            },
        )
        return answer

    def recording_start(
        self, *, call_id: str, call_party_number: str, command_id: str | None = None
    ) -> answers.RecordingStart:
        """Record a conversation (§3.2.5).

        call_id: The leg.
        call_party_number: The employee to record: the extension, or one of the numbers.
        command_id: Yours; the result and the events that follow name it.
        """
        answer: answers.RecordingStart = self.call(
            "recording/start", {"call_id": call_id, "call_party_number": call_party_number, "command_id": command_id}
        )
        return answer

    def play_start(
        self,
        *,
        call_id: str,
        command_id: str | None = None,
        internal_id: int | None = None,
        after_play_time: int | None = None,
    ) -> answers.PlayStart:
        """Play an audio file (§3.2.6).

        call_id: The leg.
        command_id: Yours; the result and the events that follow name it.
        internal_id: The file's id in the cabinet (`audiofiles`); without it the PBX only waits.
        after_play_time: Seconds that the PBX waits after the file's end; 5 when absent.

        Note: `internal_id` is called optional, then required, and is missing in the example: without it the PBX
        only waits.
        """
        answer: answers.PlayStart = self.call(
            "play/start",
            {
                "call_id": call_id,
                "command_id": command_id,
                "internal_id": internal_id,
                "after_play_time": after_play_time,
            },
        )
        return answer

    def route(
        self, *, call_id: str, to_number: str, command_id: str | None = None, sip_headers: dict[str, Any] | None = None
    ) -> answers.Route:
        """Route a call (§3.2.7).

        call_id: The leg.
        to_number: Where the caller goes.
        command_id: Yours; the result and the events that follow name it.
        sip_headers: Appendix 1. Of `From/display-name`.
        """
        answer: answers.Route = self.call(
            "route", {"call_id": call_id, "to_number": to_number, "command_id": command_id, "sip_headers": sip_headers}
        )
        return answer

    def transfer(
        self,
        *,
        call_id: str,
        method: Literal["blind", "hold"],
        to_number: str,
        initiator: str,
        command_id: str | None = None,
    ) -> answers.Transfer:
        """Transfer a conversation (§3.2.8).

        call_id: The leg.
        method: blind, or hold: with consultation.
        to_number: Who the other party is transferred to.
        initiator: The value of a field of from or to that names an employee.
        command_id: Yours; the result and the events that follow name it.

        Note: The example leaves out `initiator`, which the text requires.
        """
        answer: answers.Transfer = self.call(
            "transfer",
            {
                "call_id": call_id,
                "method": method,
                "to_number": to_number,
                "initiator": initiator,
                "command_id": command_id,
            },
        )
        return answer

    def calls_connect(
        self,
        *,
        command_id: str | None = None,
        call_id: str | None = None,
        holded_call_id: str | None = None,
        transferred_call_id: str | None = None,
        transfer_initiator_number: str | None = None,
        initiator: str | None = None,
    ) -> answers.CallsConnect:
        """Complete a transfer with consultation (2026).

        command_id: Yours; the result and the events that follow name it.
        call_id: A leg of the transfer, in place of the three below.
        holded_call_id: The leg that is on hold; published clients name both legs.
        transferred_call_id: The leg to the colleague, of the same entry_id.
        transfer_initiator_number: from.number of the leg to the colleague.
        initiator: The value of a field of from or to that names an employee.

        Only in profile 2026.

        Note: The document of July 2026 and published clients name both legs: `holded_call_id`,
        `transferred_call_id`, `transfer_initiator_number`. `call_id` and `initiator`, as the other two new commands
        have them, are taken too, and no PBX was seen to take them.
        """
        answer: answers.CallsConnect = self.call(
            "calls_connect",
            {
                "command_id": command_id,
                "call_id": call_id,
                "holded_call_id": holded_call_id,
                "transferred_call_id": transferred_call_id,
                "transfer_initiator_number": transfer_initiator_number,
                "initiator": initiator,
            },
        )
        return answer

    def transfer_cancel(
        self, *, call_id: str, command_id: str | None = None, initiator: str | None = None
    ) -> answers.TransferCancel:
        """Call off a transfer (2026).

        call_id: The leg.
        command_id: Yours; the result and the events that follow name it.
        initiator: The value of a field of from or to that names an employee.

        Only in profile 2026.

        Note: Known by name and parameters only; what it does follows §3.2.8.
        """
        answer: answers.TransferCancel = self.call(
            "transfer_cancel", {"call_id": call_id, "command_id": command_id, "initiator": initiator}
        )
        return answer

    def call_hold_on(self, *, call_id: str, initiator: str, command_id: str | None = None) -> answers.CallHoldOn:
        """Put a call on hold (2026).

        call_id: The leg.
        initiator: The value of a field of from or to that names an employee.
        command_id: Yours; the result and the events that follow name it.

        Only in profile 2026.

        Note: Known by name and parameters only.
        """
        answer: answers.CallHoldOn = self.call(
            "call/hold/on", {"call_id": call_id, "initiator": initiator, "command_id": command_id}
        )
        return answer

    def stats_request(
        self,
        *,
        date_from: int | str,
        date_to: int | str,
        fields: str | None = None,
        from_: dict[str, Any] | None = None,
        to: dict[str, Any] | None = None,
        call_party: dict[str, Any] | None = None,
        request_id: str | None = None,
    ) -> answers.StatsRequest:
        """Have the statistics of calls built (§3.3.2).

        date_from: The first instant, Unix seconds.
        date_to: The last instant; at most a month later.
        fields: The columns, in order, with commas between; of: records, start, finish, answer, from_extension,
            from_number, to_extension, to_number, disconnect_reason, line_number, location, create, entry_id. All of
            them when not given.
        from_: Only calls by this party. Of `extension`, `number`.
        to: Only calls to this party. Of `extension`, `number`.
        call_party: Only calls in which this party is on either side; not together with `from` or `to`. Of
            `extension`, `number`.
        request_id: Yours; comes back with the push.

        Note: The push is result/stats in the text and result/stat in the example; the emulator pushes the latter.
        """
        answer: answers.StatsRequest = self.call(
            "stats/request",
            {
                "date_from": date_from,
                "date_to": date_to,
                "fields": fields,
                "from": from_,
                "to": to,
                "call_party": call_party,
                "request_id": request_id,
            },
        )
        return answer

    def statistics(
        self,
        *,
        date_from: int | str,
        date_to: int | str,
        fields: str | None = None,
        from_: dict[str, Any] | None = None,
        to: dict[str, Any] | None = None,
        call_party: dict[str, Any] | None = None,
        request_id: str | None = None,
    ) -> list[answers.StatsResultRow]:
        """Have the statistics of calls built, and get them as rows (§3.3.2, §3.3.3). Waits until they are built.

        date_from: The first instant, Unix seconds.
        date_to: The last instant; at most a month later.
        fields: The columns, in order, with commas between; of: records, start, finish, answer, from_extension,
            from_number, to_extension, to_number, disconnect_reason, line_number, location, create, entry_id. All of
            them when not given.
        from_: Only calls by this party. Of `extension`, `number`.
        to: Only calls to this party. Of `extension`, `number`.
        call_party: Only calls in which this party is on either side; not together with `from` or `to`. Of
            `extension`, `number`.
        request_id: Yours; comes back with the push.

        Note: The push is result/stats in the text and result/stat in the example; the emulator pushes the latter.
        """
        answer: list[answers.StatsResultRow] = self.report(
            "stats/request",
            {
                "date_from": date_from,
                "date_to": date_to,
                "fields": fields,
                "from": from_,
                "to": to,
                "call_party": call_party,
                "request_id": request_id,
            },
        )
        return answer

    def stats_result(
        self, *, key: str, request_id: str | None = None, fields: str | None = None
    ) -> list[answers.StatsResultRow]:
        """Get the statistics of calls (§3.3.3).

        key: Fetches the statistics once they are built.
        request_id: Yours; comes back with the push.
        fields: The columns that the report was asked for with; not sent.
        """
        answer: list[answers.StatsResultRow] = self.call(
            "stats/result", {"key": key, "request_id": request_id, "fields": fields}
        )
        return answer

    def stats_in_calls_service_request(
        self,
        *,
        date_from: str | None = None,
        date_to: str | None = None,
        time_zone_utc_offset: int | str | None = None,
        time_zone_iana_id: str | None = None,
        call_result: int | str | None = None,
        fields: str | None = None,
        request_id: str | None = None,
    ) -> answers.StatsInCallsServiceRequest:
        """Have the statistics of incoming calls' service built (§3.3.4.1).

        date_from: The first instant; today when neither is given.
        date_to: The last instant; at most a month later.
        time_zone_utc_offset: Minutes from UTC; goes before the zone's name.
        time_zone_iana_id: A time zone's name, such as Europe/Moscow; UTC when neither is given.
        call_result: 1 missed, 2 answered; all when not given.
        fields: The columns, in order, with commas between; all of them when not given.
        request_id: Yours; comes back with the push.

        Note: The second example asks stats/request by mistake.
        """
        answer: answers.StatsInCallsServiceRequest = self.call(
            "stats_in_calls_service/request",
            {
                "date_from": date_from,
                "date_to": date_to,
                "time_zone_utc_offset": time_zone_utc_offset,
                "time_zone_iana_id": time_zone_iana_id,
                "call_result": call_result,
                "fields": fields,
                "request_id": request_id,
            },
        )
        return answer

    def statistics_in_calls_service(
        self,
        *,
        date_from: str | None = None,
        date_to: str | None = None,
        time_zone_utc_offset: int | str | None = None,
        time_zone_iana_id: str | None = None,
        call_result: int | str | None = None,
        fields: str | None = None,
        request_id: str | None = None,
    ) -> list[answers.StatsInCallsServiceResultRow]:
        """Have the statistics of incoming calls' service built, and get them as rows (§3.3.4.1, §3.3.4.2). Waits until
        they are built.

        date_from: The first instant; today when neither is given.
        date_to: The last instant; at most a month later.
        time_zone_utc_offset: Minutes from UTC; goes before the zone's name.
        time_zone_iana_id: A time zone's name, such as Europe/Moscow; UTC when neither is given.
        call_result: 1 missed, 2 answered; all when not given.
        fields: The columns, in order, with commas between; all of them when not given.
        request_id: Yours; comes back with the push.

        Note: The second example asks stats/request by mistake.
        """
        answer: list[answers.StatsInCallsServiceResultRow] = self.report(
            "stats_in_calls_service/request",
            {
                "date_from": date_from,
                "date_to": date_to,
                "time_zone_utc_offset": time_zone_utc_offset,
                "time_zone_iana_id": time_zone_iana_id,
                "call_result": call_result,
                "fields": fields,
                "request_id": request_id,
            },
        )
        return answer

    def stats_in_calls_service_result(
        self, *, key: str, request_id: str | None = None, fields: str | None = None
    ) -> list[answers.StatsInCallsServiceResultRow]:
        """Get the statistics of incoming calls' service (§3.3.4.2).

        key: Fetches the statistics once they are built.
        request_id: Yours; comes back with the push.
        fields: The columns that the report was asked for with; not sent.
        """
        answer: list[answers.StatsInCallsServiceResultRow] = self.call(
            "stats_in_calls_service/result", {"key": key, "request_id": request_id, "fields": fields}
        )
        return answer

    def stats_calls_request(
        self,
        *,
        start_date: str,
        end_date: str,
        limit: int | str,
        offset: int | str,
        user_ids: list[int] | None = None,
        group_ids: list[int] | None = None,
        context_type: int | str | list[int | str] | None = None,
        context_status: int | str | None = None,
        recall_status: int | str | None = None,
        search_string: str | None = None,
        ext_params: int | str | None = None,
        ext_fields: list[Literal["context_cost_full", "context_cost_tariff"]] | None = None,
        request_id: str | None = None,
    ) -> answers.StatsCallsRequest:
        """Have the statistics of calls and their legs built (2026).

        start_date: The first instant, DD.MM.YYYY hh:mm:ss in Moscow; ISO is refused with 3104.
        end_date: The last instant; less than 30 days later.
        limit: The most calls: 1, 5, 10, 20, 50, 100, 500, 1000, 2000 or 5000.
        offset: How many calls to pass over.
        user_ids: Only calls in which these employees (user_id) took part; as text the report comes to nothing
            (5004).
        group_ids: Only calls in which these groups took part; as text the report comes to nothing (5004).
        context_type: 1 incoming, 2 outgoing, 3 internal; one or a list.
        context_status: 1 answered, 0 missed.
        recall_status: Of missed incoming calls: 0 called back in vain, 1 called back, 2 not called back.
        search_string: What a number holds; three characters at least.
        ext_params: 1: with what the contact centre knows.
        ext_fields: Costs: context_cost_full, context_cost_tariff.
        request_id: Yours; comes back with the push.

        Note: Used by clients of either profile. Dates are DD.MM.YYYY hh:mm:ss; a period of just 30 days is 3100.
        """
        answer: answers.StatsCallsRequest = self.call(
            "stats/calls/request",
            {
                "start_date": start_date,
                "end_date": end_date,
                "limit": limit,
                "offset": offset,
                "user_ids": user_ids,
                "group_ids": group_ids,
                "context_type": context_type,
                "context_status": context_status,
                "recall_status": recall_status,
                "search_string": search_string,
                "ext_params": ext_params,
                "ext_fields": ext_fields,
                "request_id": request_id,
            },
        )
        return answer

    def statistics_of_calls(
        self,
        *,
        start_date: str,
        end_date: str,
        limit: int | str,
        offset: int | str,
        user_ids: list[int] | None = None,
        group_ids: list[int] | None = None,
        context_type: int | str | list[int | str] | None = None,
        context_status: int | str | None = None,
        recall_status: int | str | None = None,
        search_string: str | None = None,
        ext_params: int | str | None = None,
        ext_fields: list[Literal["context_cost_full", "context_cost_tariff"]] | None = None,
        request_id: str | None = None,
    ) -> list[answers.CallWithLegs]:
        """Have the statistics of calls and their legs built, and get them as rows (2026, 2026). Waits until they are
        built.

        start_date: The first instant, DD.MM.YYYY hh:mm:ss in Moscow; ISO is refused with 3104.
        end_date: The last instant; less than 30 days later.
        limit: The most calls: 1, 5, 10, 20, 50, 100, 500, 1000, 2000 or 5000.
        offset: How many calls to pass over.
        user_ids: Only calls in which these employees (user_id) took part; as text the report comes to nothing
            (5004).
        group_ids: Only calls in which these groups took part; as text the report comes to nothing (5004).
        context_type: 1 incoming, 2 outgoing, 3 internal; one or a list.
        context_status: 1 answered, 0 missed.
        recall_status: Of missed incoming calls: 0 called back in vain, 1 called back, 2 not called back.
        search_string: What a number holds; three characters at least.
        ext_params: 1: with what the contact centre knows.
        ext_fields: Costs: context_cost_full, context_cost_tariff.
        request_id: Yours; comes back with the push.

        Note: Used by clients of either profile. Dates are DD.MM.YYYY hh:mm:ss; a period of just 30 days is 3100.
        """
        answer: list[answers.CallWithLegs] = self.report(
            "stats/calls/request",
            {
                "start_date": start_date,
                "end_date": end_date,
                "limit": limit,
                "offset": offset,
                "user_ids": user_ids,
                "group_ids": group_ids,
                "context_type": context_type,
                "context_status": context_status,
                "recall_status": recall_status,
                "search_string": search_string,
                "ext_params": ext_params,
                "ext_fields": ext_fields,
                "request_id": request_id,
            },
        )
        return answer

    def stats_calls_result(self, *, key: str) -> answers.StatsCallsResult:
        """Get the statistics of calls and their legs (2026).

        key: Fetches the statistics once they are built.
        """
        answer: answers.StatsCallsResult = self.call("stats/calls/result", {"key": key})
        return answer

    def queries_recording_post(
        self, *, recording_id: str, action: Literal["download", "play"]
    ) -> answers.QueriesRecordingPost:
        """Get a recording (§3.4.1).

        recording_id: A recording, as events/recording and the statistics name it.
        action: What the file is for.
        """
        answer: answers.QueriesRecordingPost = self.call(
            "queries/recording/post", {"recording_id": recording_id, "action": action}
        )
        return answer

    def queries_recording_link(
        self, *, recording_id: str, action: Literal["download", "play"], timestamp: int | str
    ) -> answers.QueriesRecordingLink:
        """Get a recording by a signed link (§3.4.2).

        recording_id: A recording, as events/recording and the statistics name it.
        action: What the file is for.
        timestamp: Unix seconds until which the link is good.
        """
        answer: answers.QueriesRecordingLink = self.call(
            "queries/recording/link", {"recording_id": recording_id, "action": action, "timestamp": timestamp}
        )
        return answer

    def queries_recording_issa(
        self, *, recording_id: str, action: Literal["download", "play"]
    ) -> answers.QueriesRecordingIssa:
        """Get a recording through the cabinet (§3.4.3).

        recording_id: A recording, as events/recording and the statistics name it.
        action: What the file is for.

        Note: The path in the text lacks a bracket.
        """
        answer: answers.QueriesRecordingIssa = self.call(
            "queries/recording/issa", {"recording_id": recording_id, "action": action}
        )
        return answer

    def queries_recording_categories(
        self,
        *,
        recording_id: list[str] | str,
        with_terms: bool | int | str | None = None,
        with_names: bool | int | str | None = None,
    ) -> answers.QueriesRecordingCategories:
        """Topics found in recordings (§3.4.4).

        recording_id: A list of recordings, or its JSON text, or one alone; the document's examples write the text.
        with_terms: With the words that were found.
        with_names: With the topics' names.

        Note: `recording_id` is a list written as text in the example; a list and a single id are taken too.
        """
        answer: answers.QueriesRecordingCategories = self.call(
            "queries/recording_categories",
            {"recording_id": recording_id, "with_terms": with_terms, "with_names": with_names},
        )
        return answer

    def queries_recording_transcripts(self, *, recording_id: list[str] | str) -> answers.QueriesRecordingTranscripts:
        """Texts of recordings (§3.4.5).

        recording_id: A list of recordings, or its JSON text, or one alone; the document's examples write the text.

        Note: `recording_id` is a list written as text in the example; a list and a single id are taken too.
        """
        answer: answers.QueriesRecordingTranscripts = self.call(
            "queries/recording_transcripts", {"recording_id": recording_id}
        )
        return answer

    def queries_user_info_by_dct_number(self, *, number: str) -> answers.QueriesUserInfoByDctNumber:
        """The site's visitor behind a tracking number (§3.5.1).

        number: The dynamic number.

        Note: The answer is an empty object when the number belongs to nobody.
        """
        answer: answers.QueriesUserInfoByDctNumber = self.call("queries/user_info_by_dct_number", {"number": number})
        return answer

    def queries_user_history_by_dct_number(self, *, number: str) -> answers.QueriesUserHistoryByDctNumber:
        """The pages seen by the visitor behind a tracking number (§3.5.2).

        number: The dynamic number.

        Note: The example writes the parameters in square brackets.
        """
        answer: answers.QueriesUserHistoryByDctNumber = self.call(
            "queries/user_history_by_dct_number", {"number": number}
        )
        return answer

    def config_users_request(
        self,
        *,
        extension: str | None = None,
        ext_fields: list[
            Literal[
                "general.user_id",
                "general.sips",
                "groups",
                "general.access_role_id",
                "telephony.dial_alg",
                "telephony.numbers.schedule",
                "telephony.line_id",
                "telephony.trunk_number_id",
                "general.mobile",
                "general.login",
                "general.use_status",
                "general.use_cc_numbers",
            ]
        ]
        | None = None,
    ) -> answers.ConfigUsersRequest:
        """List the employees (§3.6.1).

        extension: One employee only.
        ext_fields: Further fields wanted.

        Note: The answer has no `result`. Numbers come as numbers and as text.
        """
        answer: answers.ConfigUsersRequest = self.call(
            "config/users/request", {"extension": extension, "ext_fields": ext_fields}
        )
        return answer

    def groups(
        self,
        *,
        group_id: int | str | None = None,
        operator_id: int | str | None = None,
        operator_extension: str | None = None,
        show_users: bool | int | str | None = None,
    ) -> answers.Groups:
        """List the groups (§3.6.2).

        group_id: One group only.
        operator_id: Groups of this employee (user_id).
        operator_extension: Groups of this employee.
        show_users: With the employees.
        """
        answer: answers.Groups = self.call(
            "groups",
            {
                "group_id": group_id,
                "operator_id": operator_id,
                "operator_extension": operator_extension,
                "show_users": show_users,
            },
        )
        return answer

    def group_create(
        self,
        *,
        name: str,
        description: str | None | None = None,
        extension: str | None = None,
        dial_alg_group: int | str | None = None,
        dial_alg_users: int | str | None = None,
        auto_redirect: bool | int | str | None = None,
        auto_dial: int | str | None = None,
        line_id: int | str | None = None,
        use_dynamic_ivr: bool | int | str | None = None,
        use_dynamic_seq_num: bool | int | str | None = None,
        melody_id: int | str | None | None = None,
        operators: list[dict[str, Any]] | None = None,
    ) -> answers.GroupCreate:
        """Add a group (§3.6.3).

        name: The group's name.
        description: A note on the group.
        extension: The group's short number.
        dial_alg_group: Whom a call is given to: 0 one after the other by priority, 1 in parallel by priority, 2 all
            that are free at once, 3 at random, 5 the one that was idle longest.
        dial_alg_users: Which of an employee's numbers ring: 1 all at once, 2 the main ones, 3 SIP only, 4 one after
            the other, 5 as the employee's card says.
        auto_redirect: Whether a caller goes to the employee who is known to them.
        auto_dial: The campaign that calls back those who were missed; 0 is none.
        line_id: The line of that campaign.
        use_dynamic_ivr: Whether callers are told how many minutes are left.
        use_dynamic_seq_num: Whether callers are told their place in the queue.
        melody_id: What callers hear while they wait; null is the PBX's default.
        operators: The group's employees.
        """
        answer: answers.GroupCreate = self.call(
            "group/create",
            {
                "name": name,
                "description": description,
                "extension": extension,
                "dial_alg_group": dial_alg_group,
                "dial_alg_users": dial_alg_users,
                "auto_redirect": auto_redirect,
                "auto_dial": auto_dial,
                "line_id": line_id,
                "use_dynamic_ivr": use_dynamic_ivr,
                "use_dynamic_seq_num": use_dynamic_seq_num,
                "melody_id": melody_id,
                "operators": operators,
            },
        )
        return answer

    def group_update(self, *, group_id: int | str, group: dict[str, Any]) -> answers.GroupUpdate:
        """Change a group (§3.6.4).

        group_id: The group.
        group: The settings of a group; what is not given stays, or has its default. Of `name`, `description`,
            `extension`, `dial_alg_group`, `dial_alg_users`, `auto_redirect`, `auto_dial`, `line_id`,
            `use_dynamic_ivr`, `use_dynamic_seq_num`, `melody_id`, `operators`.
        """
        answer: answers.GroupUpdate = self.call("group/update", {"group_id": group_id, "group": group})
        return answer

    def group_delete(self, *, group_id: int | str) -> answers.GroupDelete:
        """Delete a group (§3.6.5).

        group_id: The group.

        Note: The example's address is that of account/balance.
        """
        answer: answers.GroupDelete = self.call("group/delete", {"group_id": group_id})
        return answer

    def account_balance(self) -> answers.AccountBalance:
        """The balance (§3.6.6)."""
        answer: answers.AccountBalance = self.call("account/balance", {})
        return answer

    def incominglines(self) -> answers.Incominglines:
        """List the lines (§3.6.7)."""
        answer: answers.Incominglines = self.call("incominglines", {})
        return answer

    def audiofiles(self) -> answers.Audiofiles:
        """List the audio files (§3.6.8)."""
        answer: answers.Audiofiles = self.call("audiofiles", {})
        return answer

    def schemas(
        self, *, trunks_numbers: str | None = None, ext_fields: list[Literal["trunks_numbers"]] | None = None
    ) -> answers.Schemas:
        """List the schemes (§3.6.9).

        trunks_numbers: A trunk's number, to have the trunks shown.
        ext_fields: Further fields wanted.

        Note: The parameter is `trunks_numbers` in the text and an entry of `ext_fields` in the example; `Name` in
        the text is `name` in the answer.
        """
        answer: answers.Schemas = self.call("schemas", {"trunks_numbers": trunks_numbers, "ext_fields": ext_fields})
        return answer

    def schema_set(
        self, *, schema_id: int | str, line_id: int | str | None = None, trunk_number_id: int | str | None = None
    ) -> answers.SchemaSet:
        """Let a scheme take a line (§3.6.10).

        schema_id: The scheme.
        line_id: The line.
        trunk_number_id: Or the trunk's number; its options are 2 or 6.

        Note: `line_id` is called required and is missing in the second example: one of line and trunk number is.
        """
        answer: answers.SchemaSet = self.call(
            "schema/set", {"schema_id": schema_id, "line_id": line_id, "trunk_number_id": trunk_number_id}
        )
        return answer

    def roles(self) -> answers.Roles:
        """List the roles (§3.6.11)."""
        answer: answers.Roles = self.call("roles", {})
        return answer

    def member_create(
        self,
        *,
        name: str,
        access_role_id: int | str,
        extension: str,
        email: str | None = None,
        mobile: str | None = None,
        department: str | None = None,
        position: str | None = None,
        login: str | None = None,
        password: str | None = None,
        use_status: bool | int | str | None = None,
        use_cc_numbers: bool | int | str | None = None,
        line_id: int | str | None = None,
        trunk_number_id: int | str | None = None,
        dial_alg: int | str | None = None,
        numbers: list[dict[str, Any]] | None = None,
    ) -> answers.MemberCreate:
        """Add an employee (§3.6.12).

        name: The employee's name.
        access_role_id: Their role, of `roles`.
        extension: An employee's or a group's short number.
        email: E-mail.
        mobile: Mobile number.
        department: Department.
        position: Position.
        login: Login of the cabinet; comes with `password`.
        password: Password of the cabinet; comes with `login`.
        use_status: Whether the contact centre's status decides about their calls.
        use_cc_numbers: Whether they take calls at the numbers chosen in the contact centre.
        line_id: The line they call out by, of `incominglines`; none of region sip.
        trunk_number_id: The trunk's number they call out by; its options are 4 or 6.
        dial_alg: How their numbers ring.
        numbers: Their numbers, in order; replaces all that were there.

        Note: The example writes `user_id ` with a space.
        """
        answer: answers.MemberCreate = self.call(
            "member/create",
            {
                "name": name,
                "access_role_id": access_role_id,
                "extension": extension,
                "email": email,
                "mobile": mobile,
                "department": department,
                "position": position,
                "login": login,
                "password": password,
                "use_status": use_status,
                "use_cc_numbers": use_cc_numbers,
                "line_id": line_id,
                "trunk_number_id": trunk_number_id,
                "dial_alg": dial_alg,
                "numbers": numbers,
            },
        )
        return answer

    def member_update(
        self,
        *,
        user_id: int | str,
        name: str | None = None,
        email: str | None = None,
        mobile: str | None = None,
        department: str | None = None,
        position: str | None = None,
        login: str | None = None,
        password: str | None = None,
        use_status: bool | int | str | None = None,
        use_cc_numbers: bool | int | str | None = None,
        access_role_id: int | str | None = None,
        extension: str | None = None,
        line_id: int | str | None = None,
        trunk_number_id: int | str | None = None,
        outgoingline: str | None = None,
        dial_alg: int | str | None = None,
        numbers: list[dict[str, Any]] | None = None,
    ) -> answers.MemberUpdate:
        """Change an employee (§3.6.13).

        user_id: The employee's id.
        name: The employee's name.
        email: E-mail.
        mobile: Mobile number.
        department: Department.
        position: Position.
        login: Login of the cabinet; comes with `password`.
        password: Password of the cabinet; comes with `login`.
        use_status: Whether the contact centre's status decides about their calls.
        use_cc_numbers: Whether they take calls at the numbers chosen in the contact centre.
        access_role_id: Their role, of `roles`.
        extension: An employee's or a group's short number.
        line_id: The line they call out by, of `incominglines`; none of region sip.
        trunk_number_id: The trunk's number they call out by; its options are 4 or 6.
        outgoingline: The number of the line they call out by.
        dial_alg: How their numbers ring.
        numbers: Their numbers, in order; replaces all that were there.
        """
        answer: answers.MemberUpdate = self.call(
            "member/update",
            {
                "user_id": user_id,
                "name": name,
                "email": email,
                "mobile": mobile,
                "department": department,
                "position": position,
                "login": login,
                "password": password,
                "use_status": use_status,
                "use_cc_numbers": use_cc_numbers,
                "access_role_id": access_role_id,
                "extension": extension,
                "line_id": line_id,
                "trunk_number_id": trunk_number_id,
                "outgoingline": outgoingline,
                "dial_alg": dial_alg,
                "numbers": numbers,
            },
        )
        return answer

    def member_delete(self, *, user_id: int | str) -> answers.MemberDelete:
        """Delete an employee (§3.6.14).

        user_id: The employee.
        """
        answer: answers.MemberDelete = self.call("member/delete", {"user_id": user_id})
        return answer

    def sips(self) -> answers.Sips:
        """List the SIP accounts (§3.6.15)."""
        answer: answers.Sips = self.call("sips", {})
        return answer

    def domains(self) -> answers.Domains:
        """List the SIP domains (§3.6.16).

        Note: The text says `data`, the answer `domains`.
        """
        answer: answers.Domains = self.call("domains", {})
        return answer

    def sip_create(
        self,
        *,
        user_id: int | str,
        password: str,
        login: str | None = None,
        domain: str | None = None,
        description: str | None = None,
    ) -> answers.SipCreate:
        """Add a SIP account (§3.6.17).

        user_id: Whose account it is.
        password: Its password.
        login: Its login; comes with `domain`.
        domain: Its domain; comes with `login`.
        description: A note.
        """
        answer: answers.SipCreate = self.call(
            "sip/create",
            {"user_id": user_id, "password": password, "login": login, "domain": domain, "description": description},
        )
        return answer

    def sip_update(
        self,
        *,
        sip_id: int | str,
        user_id: int | str | None = None,
        login: str | None = None,
        domain: str | None = None,
        password: str | None = None,
        description: str | None = None,
    ) -> answers.SipUpdate:
        """Change a SIP account (§3.6.18).

        sip_id: The account.
        user_id: Whose account it is.
        login: Its login; comes with `domain`.
        domain: Its domain; comes with `login`.
        password: Its password.
        description: A note.
        """
        answer: answers.SipUpdate = self.call(
            "sip/update",
            {
                "sip_id": sip_id,
                "user_id": user_id,
                "login": login,
                "domain": domain,
                "password": password,
                "description": description,
            },
        )
        return answer

    def sip_delete(self, *, sip_id: int | str) -> answers.SipDelete:
        """Delete a SIP account (§3.6.19).

        sip_id: The account.
        """
        answer: answers.SipDelete = self.call("sip/delete", {"sip_id": sip_id})
        return answer

    def trunks_numbers(self) -> answers.TrunksNumbers:
        """List the numbers of SIP trunks (§3.6.20)."""
        answer: answers.TrunksNumbers = self.call("trunks/numbers", {})
        return answer

    def bwlists_state(self) -> answers.BwlistsState:
        """Which of the black and white lists is in force (§3.6.21)."""
        answer: answers.BwlistsState = self.call("bwlists/state", {})
        return answer

    def bwlists_numbers(self) -> answers.BwlistsNumbers:
        """List the black and white lists (§3.6.22).

        Note: The example writes `allow_unknown_number ` with a space.
        """
        answer: answers.BwlistsNumbers = self.call("bwlists/numbers", {})
        return answer

    def bwlists_number_add(
        self,
        *,
        list_type: Literal["black", "white"],
        number: str,
        number_type: Literal["tel", "sip"],
        comment: str | None = None,
    ) -> answers.BwlistsNumberAdd:
        """Add a number to the black or white list (§3.6.23).

        list_type: The list.
        number: A number or a mask: * any run, # one character, - a range.
        number_type: tel or sip.
        comment: A comment.

        Note: The text puts number, comment and type into an object, the example beside `list_type`.
        """
        answer: answers.BwlistsNumberAdd = self.call(
            "bwlists/number/add",
            {"list_type": list_type, "number": number, "number_type": number_type, "comment": comment},
        )
        return answer

    def bwlists_number_delete(self, *, number_id: int | str) -> answers.BwlistsNumberDelete:
        """Delete a number from the black or white list (§3.6.24).

        number_id: The entry.
        """
        answer: answers.BwlistsNumberDelete = self.call("bwlists/number/delete", {"number_id": number_id})
        return answer

    def ab_organization(self, *, org_id: int | str) -> answers.AbOrganization:
        """An organisation (§3.7.1.1).

        org_id: The organisation.
        """
        answer: answers.AbOrganization = self.call("ab/organization", {"org_id": org_id})
        return answer

    def ab_organizations_init(
        self, *, query: str, limit_rows: int | str | None = None, order: list[dict[str, Any]] | None = None
    ) -> answers.AbOrganizationsInit:
        """List the organisations (§3.7.1.2).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        """
        answer: answers.AbOrganizationsInit = self.call(
            "ab/organizations/init", {"query": query, "limit_rows": limit_rows, "order": order}
        )
        return answer

    def each_ab_organizations_init(
        self, *, query: str, limit_rows: int | str | None = None, order: list[dict[str, Any]] | None = None
    ) -> Iterator[answers.Organization]:
        """List the organisations: the rows of all pages, one after the other (§3.7.1.2).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        """
        answer: Iterator[answers.Organization] = self.rows(
            "ab/organizations/init", {"query": query, "limit_rows": limit_rows, "order": order}
        )
        return answer

    def ab_organizations_cursor(self, *, mode: str, cursor: str) -> answers.AbOrganizationsCursor:
        """Further pages of organisations (§3.7.1.3).

        mode: Which page: first-page, last-page, current-page, next-page-1 to next-page-9, prev-page-1 to prev-
            page-9.
        cursor: The `state.cursor` of the page before.

        Note: The example's address is that of ab/organizations/init.
        """
        answer: answers.AbOrganizationsCursor = self.call("ab/organizations/cursor", {"mode": mode, "cursor": cursor})
        return answer

    def ab_organizations_create(self, *, data: list[dict[str, Any]]) -> answers.AbOrganizationsCreate:
        """Add organisations (§3.7.1.4).

        data: At most 500.
        """
        answer: answers.AbOrganizationsCreate = self.call("ab/organizations/create", {"data": data})
        return answer

    def ab_organizations_update(self, *, data: list[dict[str, Any]]) -> answers.AbOrganizationsUpdate:
        """Change organisations (§3.7.1.5).

        data: At most 500.
        """
        answer: answers.AbOrganizationsUpdate = self.call("ab/organizations/update", {"data": data})
        return answer

    def ab_organizations_delete(self, *, data: list[int | str]) -> answers.AbOrganizationsDelete:
        """Delete organisations (§3.7.1.6).

        data: org_ids, at most 500.

        Note: `data` is a list of ids; the text describes objects with an id.
        """
        answer: answers.AbOrganizationsDelete = self.call("ab/organizations/delete", {"data": data})
        return answer

    def ab_group(self, *, group_id: int | str) -> answers.AbGroup:
        """A group of the address book (§3.7.2.1).

        group_id: The group.
        """
        answer: answers.AbGroup = self.call("ab/group", {"group_id": group_id})
        return answer

    def ab_groups_init(
        self, *, query: str, limit_rows: int | str | None = None, order: list[dict[str, Any]] | None = None
    ) -> answers.AbGroupsInit:
        """List the groups of the address book (§3.7.2.3).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        """
        answer: answers.AbGroupsInit = self.call(
            "ab/groups/init", {"query": query, "limit_rows": limit_rows, "order": order}
        )
        return answer

    def each_ab_groups_init(
        self, *, query: str, limit_rows: int | str | None = None, order: list[dict[str, Any]] | None = None
    ) -> Iterator[answers.ContactGroup]:
        """List the groups of the address book: the rows of all pages, one after the other (§3.7.2.3).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        """
        answer: Iterator[answers.ContactGroup] = self.rows(
            "ab/groups/init", {"query": query, "limit_rows": limit_rows, "order": order}
        )
        return answer

    def ab_groups_cursor(self, *, mode: str, cursor: str) -> answers.AbGroupsCursor:
        """Further pages of groups (§3.7.2.4).

        mode: Which page: first-page, last-page, current-page, next-page-1 to next-page-9, prev-page-1 to prev-
            page-9.
        cursor: The `state.cursor` of the page before.

        Note: The example's address is that of ab/organizations/init.
        """
        answer: answers.AbGroupsCursor = self.call("ab/groups/cursor", {"mode": mode, "cursor": cursor})
        return answer

    def ab_groups_create(self, *, data: list[dict[str, Any]]) -> answers.AbGroupsCreate:
        """Add groups of the address book (§3.7.2.6).

        data: At most 500.
        """
        answer: answers.AbGroupsCreate = self.call("ab/groups/create", {"data": data})
        return answer

    def ab_groups_update(self, *, data: list[dict[str, Any]]) -> answers.AbGroupsUpdate:
        """Change groups of the address book (§3.7.2.7).

        data: At most 500.
        """
        answer: answers.AbGroupsUpdate = self.call("ab/groups/update", {"data": data})
        return answer

    def ab_groups_delete(self, *, data: list[int | str]) -> answers.AbGroupsDelete:
        """Delete groups of the address book (§3.7.2.8).

        data: group_ids, at most 500.

        Note: `data` is a list of ids; the text describes objects with an id.
        """
        answer: answers.AbGroupsDelete = self.call("ab/groups/delete", {"data": data})
        return answer

    def ab_contact(
        self, *, contact_id: int | str, contact_ext_fields: bool | int | str | None = None
    ) -> answers.AbContact:
        """A contact (§3.7.2.9).

        contact_id: The contact.
        contact_ext_fields: With custom_values and user_id.

        Note: Numbered as a part of the groups. The example puts `user_id` and `last_call` beside `data`.
        """
        answer: answers.AbContact = self.call(
            "ab/contact", {"contact_id": contact_id, "contact_ext_fields": contact_ext_fields}
        )
        return answer

    def ab_contact_init(
        self,
        *,
        query: str,
        limit_rows: int | str | None = None,
        order: list[dict[str, Any]] | None = None,
        contact_ext_fields: bool | int | str | None = None,
    ) -> answers.AbContactInit:
        """List the contacts (§3.7.3.1).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        contact_ext_fields: With custom_values and user_id.

        Note: Singular, where organisations and groups are plural.
        """
        answer: answers.AbContactInit = self.call(
            "ab/contact/init",
            {"query": query, "limit_rows": limit_rows, "order": order, "contact_ext_fields": contact_ext_fields},
        )
        return answer

    def each_ab_contact_init(
        self,
        *,
        query: str,
        limit_rows: int | str | None = None,
        order: list[dict[str, Any]] | None = None,
        contact_ext_fields: bool | int | str | None = None,
    ) -> Iterator[answers.Contact]:
        """List the contacts: the rows of all pages, one after the other (§3.7.3.1).

        query: What to look for; empty for all.
        limit_rows: Rows on a page, 1 to 500; 10 when not given.
        order: Sort order: objects of one field each, with asc or desc; the first counts most.
        contact_ext_fields: With custom_values and user_id.

        Note: Singular, where organisations and groups are plural.
        """
        answer: Iterator[answers.Contact] = self.rows(
            "ab/contact/init",
            {"query": query, "limit_rows": limit_rows, "order": order, "contact_ext_fields": contact_ext_fields},
        )
        return answer

    def ab_contact_cursor(
        self, *, mode: str, cursor: str, contact_ext_fields: bool | int | str | None = None
    ) -> answers.AbContactCursor:
        """Further pages of contacts (§3.7.3.2).

        mode: Which page: first-page, last-page, current-page, next-page-1 to next-page-9, prev-page-1 to prev-
            page-9.
        cursor: The `state.cursor` of the page before.
        contact_ext_fields: With custom_values and user_id.

        Note: Singular, where organisations and groups are plural.
        """
        answer: answers.AbContactCursor = self.call(
            "ab/contact/cursor", {"mode": mode, "cursor": cursor, "contact_ext_fields": contact_ext_fields}
        )
        return answer

    def ab_contacts_create(
        self, *, data: list[dict[str, Any]], on_error: Literal["skip", "duplicate"] | None = None
    ) -> answers.AbContactsCreate:
        """Add contacts (§3.7.3.3).

        data: At most 500.
        on_error: What becomes of a duplicate: skip (the default) leaves it out, duplicate makes it.

        Note: `data` of the answer is an object by contact_id.
        """
        answer: answers.AbContactsCreate = self.call("ab/contacts/create", {"data": data, "on_error": on_error})
        return answer

    def ab_contacts_update(
        self, *, data: list[dict[str, Any]], on_error: Literal["skip", "duplicate"] | None = None
    ) -> answers.AbContactsUpdate:
        """Change contacts (§3.7.3.4).

        data: At most 500.
        on_error: What becomes of a duplicate: skip (the default) leaves it out, duplicate makes it.

        Note: `data` of the answer is an object by contact_id.
        """
        answer: answers.AbContactsUpdate = self.call("ab/contacts/update", {"data": data, "on_error": on_error})
        return answer

    def ab_contacts_delete(self, *, data: list[int | str]) -> answers.AbContactsDelete:
        """Delete contacts (§3.7.3.5).

        data: contact_ids, at most 500.

        Note: `data` is a list of ids.
        """
        answer: answers.AbContactsDelete = self.call("ab/contacts/delete", {"data": data})
        return answer

    def ab_custom_fields(self) -> answers.AbCustomFields:
        """The custom fields of contacts (§3.7.20).

        Note: `check_lengt` and `Items` in the text are `check_length` and `items` in the answer.
        """
        answer: answers.AbCustomFields = self.call("ab/custom_fields", {})
        return answer

    def campaign_get_list(self) -> answers.CampaignGetList:
        """List the campaigns (§3.8.1).

        Note: The example asks io/v1/campaign/get_list. Statuses are counted otherwise than in §3.8.2.
        """
        answer: answers.CampaignGetList = self.call("campaign/get_list", {})
        return answer

    def campaign(self, *, campaign_id: int | str) -> answers.Campaign:
        """A campaign (§3.8.2).

        campaign_id: The campaign.
        """
        answer: answers.Campaign = self.call("campaign", {"campaign_id": campaign_id})
        return answer

    def task(self, *, task_id: int | str) -> answers.Task:
        """A task of a campaign (§3.8.3).

        task_id: The task.

        Note: The example of its answer spells `Result`; both are read.
        """
        answer: answers.Task = self.call("task", {"task_id": task_id})
        return answer

    def campaign_add(
        self,
        *,
        line_id: int | str,
        name: str,
        schedule: list[dict[str, Any]],
        created_by: int | str | None = None,
        priority: int | str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
        operators: list[int | str] | None = None,
        dial_mode: int | str | None = None,
        voice_message_id: int | str | None = None,
        hold_message_id: int | str | None = None,
        max_redial_count_if_busy: int | str | None = None,
        max_redial_count_if_no_answ: int | str | None = None,
        max_redial_count_if_number_not_avail: int | str | None = None,
        max_wait_time: int | str | None = None,
        additional_calls_coefficient: int | float | str | None = None,
        wait_time_if_busy: int | str | None = None,
        wait_time_if_no_answ: int | str | None = None,
        wait_time_if_number_not_avail: int | str | None = None,
        after_call_processing: int | str | None = None,
    ) -> answers.CampaignAdd:
        """Add a campaign (§3.8.4.1).

        line_id: The line to call by.
        name: At most 70 characters.
        schedule: When it calls.
        created_by: The author (user_id).
        priority: 1 high, 2 normal (the default), 3 low.
        start_date: When it begins, UTC.
        end_date: When it ends, UTC.
        operators: Employees (user_id) who call.
        dial_mode: 2 both at once (the default), 3 the employee first, 4 the customer first.
        voice_message_id: The audio file that customers hear.
        hold_message_id: The audio file while they wait.
        max_redial_count_if_busy: Attempts when busy.
        max_redial_count_if_no_answ: Attempts when nobody answers.
        max_redial_count_if_number_not_avail: Attempts when the number cannot be reached.
        max_wait_time: Seconds to wait for an answer.
        additional_calls_coefficient: Simultaneous attempts for each free employee.
        wait_time_if_busy: Seconds before the next attempt when busy.
        wait_time_if_no_answ: Seconds before the next attempt when nobody answers.
        wait_time_if_number_not_avail: Seconds before the next attempt when the number cannot be reached; 0: none.
        after_call_processing: Seconds of rest after a call.
        """
        answer: answers.CampaignAdd = self.call(
            "campaign/add",
            {
                "line_id": line_id,
                "name": name,
                "schedule": schedule,
                "created_by": created_by,
                "priority": priority,
                "start_date": start_date,
                "end_date": end_date,
                "operators": operators,
                "dial_mode": dial_mode,
                "voice_message_id": voice_message_id,
                "hold_message_id": hold_message_id,
                "max_redial_count_if_busy": max_redial_count_if_busy,
                "max_redial_count_if_no_answ": max_redial_count_if_no_answ,
                "max_redial_count_if_number_not_avail": max_redial_count_if_number_not_avail,
                "max_wait_time": max_wait_time,
                "additional_calls_coefficient": additional_calls_coefficient,
                "wait_time_if_busy": wait_time_if_busy,
                "wait_time_if_no_answ": wait_time_if_no_answ,
                "wait_time_if_number_not_avail": wait_time_if_number_not_avail,
                "after_call_processing": after_call_processing,
            },
        )
        return answer

    def tasks_push(self, *, campaign_id: int | str, tasks: list[dict[str, Any]]) -> answers.TasksPush:
        """Add tasks to a campaign (§3.8.4.2).

        campaign_id: The campaign.
        tasks: The contacts to call.

        Note: The example of its answer spells `Result`; both are read.
        """
        answer: answers.TasksPush = self.call("tasks/push", {"campaign_id": campaign_id, "tasks": tasks})
        return answer

    def campaign_start(self, *, campaign_id: int | str) -> answers.CampaignStart:
        """Start a campaign (§3.8.4.3).

        campaign_id: The campaign.
        """
        answer: answers.CampaignStart = self.call("campaign/start", {"campaign_id": campaign_id})
        return answer

    def campaign_stop(self, *, campaign_id: int | str) -> answers.CampaignStop:
        """Stop a campaign (§3.8.4.4).

        campaign_id: The campaign.
        """
        answer: answers.CampaignStop = self.call("campaign/stop", {"campaign_id": campaign_id})
        return answer

    def campaign_delete(self, *, campaign_id: int | str) -> answers.CampaignDelete:
        """Delete a campaign (§3.8.4.5).

        campaign_id: The campaign.

        Note: The text gives status 6, the example 0.
        """
        answer: answers.CampaignDelete = self.call("campaign/delete", {"campaign_id": campaign_id})
        return answer

    def cc_call(self, *, entry_id: str | int) -> answers.CcCall:
        """What the contact centre knows of a call (§3.9.1).

        entry_id: The journey. The document calls it a number and shows text.
        """
        answer: answers.CcCall = self.call("cc/call", {"entry_id": entry_id})
        return answer

    def tags(self) -> answers.Tags:
        """List the topics (§3.9.2)."""
        answer: answers.Tags = self.call("tags", {})
        return answer

    def script(self, *, script_id: int | str) -> answers.Script:
        """A script of the contact centre (§3.9.3).

        script_id: The script, as `cc/call` names it.

        Note: The text asks for entry_id, the example for script_id.
        """
        answer: answers.Script = self.call("script", {"script_id": script_id})
        return answer

    def quality_control_question(self, *, question_id: int | str) -> answers.QualityControlQuestion:
        """A question by which calls are judged (§3.9.4).

        question_id: The question, as `cc/call` names it.
        """
        answer: answers.QualityControlQuestion = self.call("quality/control/question", {"question_id": question_id})
        return answer

    def task_add(
        self,
        *,
        event_type: int | str,
        start_time: int | str,
        duration: int,
        to_user_id: int | str,
        contact_id: int | str | None = None,
        source_id: int | str | None = None,
        source_type: int | str | None = None,
        description: str | None = None,
        importance: int | None = None,
        is_auto_call: int | str | None = None,
        phone: str | None = None,
    ) -> answers.TaskAdd:
        """Add a task to the contact centre (§4.2).

        event_type: 1 to call, 2 to write, 3 to meet, 4 to do something.
        start_time: Unix seconds.
        duration: Minutes, a day at most.
        to_user_id: The employee whose task it is: the id that the list of employees gives.
        contact_id: A contact of the address book.
        source_id: The contact's source; the PBX's own address book without it.
        source_type: The kind of that source.
        description: At most 1024 characters.
        importance: Stands in the document's example, without an explanation.
        is_auto_call: 1: the contact centre makes the call by itself.
        phone: The number to call.
        """
        answer: answers.TaskAdd = self.call(
            "task/add",
            {
                "event_type": event_type,
                "start_time": start_time,
                "duration": duration,
                "to_user_id": to_user_id,
                "contact_id": contact_id,
                "source_id": source_id,
                "source_type": source_type,
                "description": description,
                "importance": importance,
                "is_auto_call": is_auto_call,
                "phone": phone,
            },
        )
        return answer

    def set_session_status(
        self,
        *,
        abonent_id: int | str,
        status: int | str,
        session: str | None = None,
        ttl: int | None = None,
        device: str | None = None,
        ip: str | None = None,
        version: str | None = None,
        poss: list[int] | None = None,
    ) -> answers.SetSessionStatus:
        """Begin, change or end a user's session (§4.3.1).

        abonent_id: The user: user_id of the employee.
        status: 1 online, 2 do not disturb, 3 break, 4 offline, 5 outbound dialling.
        session: The session; a new one begins without it.
        ttl: Seconds that the session lives, 10 to 604800; the longest when not given.
        device: The device.
        ip: Its address.
        version: The program.
        poss: 1 calls, 2 messages, 3 video.

        Note: The example calls the key api_key.
        """
        answer: answers.SetSessionStatus = self.call(
            "set_session_status",
            {
                "abonent_id": abonent_id,
                "status": status,
                "session": session,
                "ttl": ttl,
                "device": device,
                "ip": ip,
                "version": version,
                "poss": poss,
            },
        )
        return answer

    def set_abonent_status(self, *, abonent_id: int | str, status: int | str) -> answers.SetAbonentStatus:
        """Change a user's status (§4.3.2).

        abonent_id: The user: user_id of the employee.
        status: 1 online, 2 do not disturb, 3 break, 4 offline, 5 outbound dialling.

        Note: The example's address is that of set_session_status.
        """
        answer: answers.SetAbonentStatus = self.call("set_abonent_status", {"abonent_id": abonent_id, "status": status})
        return answer

    def get_presence(
        self,
        *,
        abonent_id: int | str | None = None,
        session_types: list[Literal["sip", "cc", "mtm", "mtd"]] | None = None,
    ) -> answers.GetPresence:
        """Who is there (§4.3.3).

        abonent_id: One user only.
        session_types: Sessions of these kinds only.

        Note: The example writes `session types`.
        """
        answer: answers.GetPresence = self.call(
            "get_presence", {"abonent_id": abonent_id, "session_types": session_types}
        )
        return answer
