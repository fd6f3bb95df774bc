"""What the client makes of answers and parameters: CSV, the PBX's own words, notations, and what it never sends."""

from collections.abc import Iterator
from typing import Any

import pytest

from router import errors
from router.client import mango
from router.protocol.peer_words import words_of
from tests.client.peer import Laid, PretendPbx, pretend_pbx, told
from tests.client.test_mango import client

DONE = told({"result": 1000})


@pytest.fixture
def pbx() -> Iterator[PretendPbx]:
    with pretend_pbx() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE_SECONDS", "CENTRE_PAUSE_SECONDS", "POLL_SECONDS"):
        monkeypatch.setattr(mango, name, 0.01)


class TestTables:
    @pytest.mark.parametrize(
        ("line", "group"),
        [
            ('"Support (calls, mail, CRM)";79000000001', "Support (calls, mail, CRM)"),
            ('"Moscow; Tver";79000000001', "Moscow; Tver"),
            ('"the ""first"" line";79000000001', 'the "first" line'),
            ('"two\nlines";79000000001', "two\nlines"),
            ('"two\r\nlines";79000000001', "two\r\nlines"),
            ("vertical\x0btab\u2028;79000000001", "vertical\x0btab\u2028"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_service_report_is_quoted(self, pbx: PretendPbx, line: str, group: str, end: str) -> None:
        row = {"group": group, "abonent_number": "79000000001"}
        for text, rows in ((line, [row]), (f"{line}{end}{line}{end}", [row, row])):
            pbx.lay("/vpbx/stats_in_calls_service/result", Laid(body=text.encode()))
            told_rows = client(pbx).stats_in_calls_service_result(key="k", fields="group, abonent_number")
            assert told_rows == rows

    def test_other_report_is_not(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/stats/result", Laid(body='[];"a"b;101\r\n[r1,r2];;102\r\n'.encode("utf-8-sig")))
        rows = client(pbx).stats_result(key="k", fields="records,from_number,to_extension")
        assert rows == [
            {"records": "[]", "from_number": '"a"b', "to_extension": "101"},
            {"records": "[r1,r2]", "from_number": "", "to_extension": "102"},
        ]
        assert pbx.asked == [("/vpbx/stats/result", {"key": "k"})], "the PBX is not sent the columns"


class TestWords:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b'{"code": 3104}', ""),
            (b'{"code": 3104, "message": "date_from: wrong format"}', "date_from: wrong format"),
            ('{"result": 3100, "description": "Неверный период"}'.encode(), "Неверный период"),
            (b'{"result": 3100, "fields": {"start_date": 3111}}', '{"fields":{"start_date":3111}}'),
            (b'{"result": 3100, "message": "no", "errors": ["a"]}', 'no; {"errors":["a"]}'),
            (b"<h1>Method\n\x1b[31m Failure</h1>", "<h1>Method [31m Failure</h1>"),
        ],
    )
    @pytest.mark.parametrize("status", [420, 200])
    def test_they_are_kept_and_shown(self, pbx: PretendPbx, body: bytes, said: str, status: int) -> None:
        pbx.lay("/vpbx/groups", Laid(status=status if body[:1] == b"{" else 420, body=body))
        with pytest.raises(errors.MangoError) as raised:
            client(pbx).groups()
        assert raised.value.said == said
        assert (f'the PBX says: "{said}"' in raised.value.message) == bool(said)

    def test_they_have_an_end(self) -> None:
        assert len(words_of("x" * 10_000)) == 500

    def test_a_key_that_is_refused_says_why(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", told({"message": "blocked until 12:02"}, 401))
        with pytest.raises(errors.KeyRefused, match="blocked until 12:02"):
            client(pbx).groups()


class TestContactCentre:
    @pytest.mark.parametrize("status", [200, 420])
    def test_5008_has_two_meanings_and_is_asked_about_twice(self, pbx: PretendPbx, status: int) -> None:
        pbx.lay("/cc/get_presence", told({"result": 5008}, status))
        with pytest.raises(errors.ContactCentreUnavailable) as raised:
            client(pbx, patience_seconds=60.0).get_presence()
        assert all(words in raised.value.message for words in ("over the limit", "has no contact centre"))
        assert raised.value.result == 5008
        assert len(pbx.asked) == 2

    def test_once_over_the_limit_it_goes_on(self, pbx: PretendPbx) -> None:
        pbx.lay("/cc/get_presence", told({"result": 5008}), told({"result": 1000, "abonents": []}))
        assert client(pbx).get_presence()["abonents"] == []


class TestPages:
    def test_the_largest_is_asked_for(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/ab/organizations/init", told({"result": 1000, "data": []}))
        assert list(client(pbx).each_ab_organizations_init(query="")) == []
        assert list(client(pbx).each_ab_organizations_init(query="", limit_rows=3)) == []
        assert [asked["limit_rows"] for _, asked in pbx.asked] == [500, 3]


class TestNotations:
    @pytest.mark.parametrize(
        ("method", "given", "sent"),
        [
            ("task/add", {"duration": "15", "is_auto_call": True}, {"duration": 15, "is_auto_call": 1}),
            ("task/add", {"duration": 15, "is_auto_call": "1", "phone": 79000000001}, {"phone": "79000000001"}),
            ("groups", {"show_users": True, "operator_extension": 101}, {"operator_extension": "101"}),
            ("route", {"call_id": 100500, "to_number": 101}, {"call_id": "100500", "to_number": "101"}),
            ("route", {"call_id": "leg", "to_number": "8 (900) 000-00-55"}, {"to_number": "79000000055"}),
            ("route", {"call_id": "leg", "to_number": "sip:anna@pbx.example"}, {"to_number": "sip:anna@pbx.example"}),
            ("callback", {"from": {"extension": 101}, "to_number": "79000000001"}, {"from": {"extension": "101"}}),
            ("campaign/add", {"additional_calls_coefficient": 0.5}, {"additional_calls_coefficient": 0.5}),
            ("campaign/add", {"additional_calls_coefficient": "1.0"}, {"additional_calls_coefficient": 1}),
            ("stats/request", {"date_from": "1072915200"}, {"date_from": "1072915200"}),
            ("set_session_status", {"ttl": "120", "poss": ["1", 2]}, {"ttl": 120, "poss": [1, 2]}),
        ],
    )
    def test_numbers_text_and_truth_are_one(
        self, pbx: PretendPbx, method: str, given: dict[str, Any], sent: dict[str, Any]
    ) -> None:
        whole = {
            "task/add": {"event_type": 1, "start_time": 1399906980, "to_user_id": 7},
            "campaign/add": {
                "line_id": 1, "name": "n", "schedule": [{"weekday": 1, "start": "07:00", "end": "15:00"}],
            },
            "stats/request": {"date_to": 1072915300},
            "set_session_status": {"abonent_id": 1, "status": 1},
        }  # fmt: skip
        made = client(pbx)
        path = {"task/add": "/cc/", "set_session_status": "/cc/", "route": "/vpbx/commands/"}.get(method, "/vpbx/")
        pbx.lay(f"{'/vpbx/commands/' if method == 'callback' else path}{method}", DONE)
        made.call(method, {**whole.get(method, {}), **given})
        [(_, asked)] = pbx.asked
        assert {name: asked[name] for name in sent} == sent
        assert [type(asked[name]) for name in sent] == [type(value) for value in sent.values()]

    def test_an_id_is_no_truth_value(self, pbx: PretendPbx) -> None:
        with pytest.raises(errors.CommandInvalid, match=r"\$.campaign_id"):
            client(pbx).call("campaign/start", {"campaign_id": True})

    def test_a_custom_value_goes_by_its_id_alone(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/ab/contacts/update", DONE)
        made = client(pbx)
        data = [{"contact_id": "19447351", "custom_values": [{"custom_value_id": 28494}]}]
        made.ab_contacts_update(data=data)
        assert pbx.asked == [("/vpbx/ab/contacts/update", {"data": data})]
        for wrong in ({}, {"custom_value_id": ""}, {"text": "new"}):
            with pytest.raises(errors.CommandInvalid, match="custom_values"):
                made.ab_contacts_update(data=[{"contact_id": "1", "custom_values": [wrong]}])
