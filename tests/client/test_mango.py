"""The client against a peer on a loopback port: requests, answers, repeats, pages, reports and recordings."""

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import router
from router import errors
from router.client import Mango, mango
from router.store import open_store
from tests.client.peer import KEY, SALT, Laid, PretendPbx, pretend_pbx, told
from tests.stores import slots_of


@pytest.fixture
def pbx() -> Iterator[PretendPbx]:
    with pretend_pbx() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mango, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(mango, "POLL_SECONDS", 0.01)


def client(pbx: PretendPbx, **options: object) -> Mango:
    given = {"api_url": f"{pbx.url}/vpbx/", "cc_url": f"{pbx.url}/cc/", "patience_seconds": 5.0, **options}
    return Mango(KEY, SALT, **given)  # type: ignore[arg-type]  # options of one test each


def test_it_is_what_the_package_offers() -> None:
    assert router.Mango is Mango
    with pytest.raises(AttributeError, match="Manga"):
        router.Manga  # noqa: B018  # looking is the test


class TestRequests:
    def test_answer_comes_as_it_is(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/config/users/request", told({"users": [{"general": {"name": "A"}}]}))
        assert client(pbx).config_users_request(extension="101") == {"users": [{"general": {"name": "A"}}]}
        assert pbx.asked == [("/vpbx/config/users/request", {"extension": "101"})]

    def test_addresses_may_be_given_without_a_slash_at_the_end(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", told({"groups": []}))
        assert client(pbx, api_url=f"{pbx.url}/vpbx", cc_url=f"{pbx.url}/cc").groups() == {"groups": []}

    def test_address_that_is_none(self, pbx: PretendPbx) -> None:
        with pytest.raises(errors.ConfigurationError, match="api_url"):
            client(pbx, api_url="app.mango-office.ru")

    def test_contact_centre_has_an_address_of_its_own(self, pbx: PretendPbx) -> None:
        pbx.lay("/cc/get_presence", told({"result": 1000, "abonents": []}))
        assert client(pbx).get_presence()["abonents"] == []

    def test_command_gets_an_id_and_tells_it(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/commands/call/hangup", told({"result": 1000}))
        answer = client(pbx).call_hangup(call_id="leg")
        [(_, sent)] = pbx.asked
        assert answer["command_id"] == sent["command_id"]
        assert sent["command_id"].startswith("api-")
        client(pbx).call_hangup(call_id="leg", command_id="mine")
        assert pbx.asked[-1][1]["command_id"] == "mine"

    def test_parameter_that_is_a_keyword(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/commands/callback", told({"result": 1000}))
        client(pbx).callback(from_={"extension": "101"}, to_number="79000000000")
        assert pbx.asked[0][1]["from"] == {"extension": "101"}

    def test_wrong_request_is_not_sent(self, pbx: PretendPbx) -> None:
        with pytest.raises(errors.CommandInvalid, match=r"route: \$\.to_number"):
            client(pbx).route(call_id="leg", to_number="no number at all")
        with pytest.raises(errors.CommandInvalid, match="no method 'dance'"):
            client(pbx).call("dance", {})
        assert pbx.asked == []

    def test_method_of_another_profile(self, pbx: PretendPbx) -> None:
        with pytest.raises(errors.CommandInvalid, match="not in profile 2021"):
            client(pbx).call_hold_on(call_id="leg", initiator="101")
        pbx.lay("/vpbx/commands/call/hold/on", told({"result": 1000}))
        assert client(pbx, profile="2026").call_hold_on(call_id="leg", initiator="101")["command_id"]

    def test_salt_is_in_no_repr(self, pbx: PretendPbx) -> None:
        assert SALT not in repr(vars(client(pbx)))


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (1121, errors.CallFailed),
            (2219, errors.BillingRefused),
            (3104, errors.ParametersInvalid),
            (3200, errors.NumberInvalid),
            (3399, errors.NoSuchObject),
            (3900, errors.RequestInvalid),
            (4101, errors.NotPossibleNow),
            (4999, errors.ActionImpossible),
            (5000, errors.ServerFailed),
            (9000, errors.MangoError),
        ],
    )
    @pytest.mark.parametrize("status", [200, 420])
    def test_code_becomes_the_error_of_its_class(
        self, pbx: PretendPbx, code: int, status: int, kind: type[errors.MangoError]
    ) -> None:
        pbx.lay("/vpbx/groups", told({"result" if status == 200 else "code": code}, status))
        with pytest.raises(errors.MangoError) as raised:
            client(pbx).groups()
        assert type(raised.value) is kind
        assert (raised.value.result, raised.value.method) == (code, "groups")
        assert str(code) in raised.value.message
        assert len(pbx.asked) == 1

    def test_code_with_a_capital_letter_and_as_text(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/campaign/start", told({"Result": "3300"}))
        with pytest.raises(errors.NoSuchObject):
            client(pbx).campaign_start(campaign_id=7)

    def test_refused_key(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", Laid(status=401))
        with pytest.raises(errors.KeyRefused):
            client(pbx).groups()

    def test_answer_that_is_no_json(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", Laid(body=b"<html>"))
        with pytest.raises(errors.NotAnswered, match="a page of HTML"):
            client(pbx).groups()

    @pytest.mark.parametrize("body", [b"[" * 100_000, b'{"result":', b"1000", b"[1000]", b'"OK"'])
    def test_answer_to_a_command_that_is_no_json_object(self, pbx: PretendPbx, body: bytes) -> None:
        pbx.lay("/vpbx/commands/callback", Laid(body=body))
        with pytest.raises(errors.NotAnswered, match="the answer is no JSON"):
            client(pbx).callback(from_={"extension": "100"}, to_number="79000000001")

    def test_php_writes_an_empty_map_as_a_list(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/commands/callback", Laid(body=b"[]"))
        answer = client(pbx).callback(from_={"extension": "100"}, to_number="79000000001", command_id="c1")
        assert answer == {"command_id": "c1"}

    @pytest.mark.parametrize(
        ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)]
    )
    @pytest.mark.parametrize("mark", [b"", BOM_UTF8])
    def test_a_proxy_packs_the_answer(
        self, pbx: PretendPbx, encoding: str, pack: Callable[[bytes], bytes], mark: bytes
    ) -> None:
        def laid(told: bytes) -> Laid:
            return Laid(body=pack(mark + told), headers={"Content-Encoding": encoding})

        pbx.lay("/vpbx/account/balance", laid(b'{"balance": 5}'), laid(b'{"result": 3100}'))
        assert client(pbx).account_balance() == {"balance": 5}
        with pytest.raises(errors.ParametersInvalid):
            client(pbx).account_balance()

    def test_nobody_listens(self) -> None:
        with pretend_pbx() as gone:
            pass
        with pytest.raises(errors.NotReached):
            client(gone, patience_seconds=0.1).groups()


class TestRepeats:
    def test_over_the_limit_is_asked_again_until_the_patience_ends(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", Laid(status=503), Laid(status=429), told({"result": 1000, "groups": []}))
        assert client(pbx, patience_seconds=30.0).groups()["groups"] == []
        assert len(pbx.asked) == 3
        pbx.lay("/vpbx/groups", Laid(status=503))
        with pytest.raises(errors.OverLimit):
            client(pbx, patience_seconds=0.2).groups()

    def test_unclear_question_is_repeated_and_unclear_order_is_not(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/groups", Laid(cut=True), told({"result": 1000, "groups": []}))
        assert client(pbx).groups()["groups"] == []
        pbx.lay("/vpbx/commands/sms", Laid(cut=True), told({"result": 1000}))
        with pytest.raises(errors.NotAnswered):
            client(pbx).sms(text="hello", from_extension="100", to_number="79000000000")
        assert [path for path, _ in pbx.asked] == ["/vpbx/groups", "/vpbx/groups", "/vpbx/commands/sms"]

    def test_limits_are_shared_through_the_database(self, pbx: PretendPbx, tmp_path: Path) -> None:
        database = f"sqlite:///{tmp_path}/ivr.db"
        pbx.lay("/vpbx/config/users/request", told({"users": []}))
        client(pbx, database=database).config_users_request()
        assert set(slots_of(open_store(database), "default")) == {"all", "config/users/request"}
        with pytest.raises(errors.OverLimit, match="no room"):
            client(pbx, database=database, patience_seconds=0.5).config_users_request()
        assert len(pbx.asked) == 1


class TestPages:
    def test_rows_of_all_pages(self, pbx: PretendPbx) -> None:
        def page(number: int, *names: str) -> Laid:
            rows = [{"contact_id": name, "name": name} for name in names]
            info = {"page": number, "pages": 2}
            return told({"result": 1000, "data": rows, "state": {"info": info, "cursor": f"after-{number}"}})

        pbx.lay("/vpbx/ab/contact/init", page(1, "a", "b"))
        pbx.lay("/vpbx/ab/contact/cursor", page(2, "c"))
        found = client(pbx).each_ab_contact_init(query="", limit_rows=2, contact_ext_fields=1)
        assert [contact["name"] for contact in found] == ["a", "b", "c"]
        further = {"mode": "next-page-1", "cursor": "after-1", "contact_ext_fields": 1}
        assert pbx.asked[1:] == [("/vpbx/ab/contact/cursor", further)]

    def test_empty_book(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/ab/organizations/init", told({"result": 1000, "data": [], "state": {"cursor": "x"}}))
        assert list(client(pbx).each_ab_organizations_init(query="")) == []


class TestReports:
    def test_rows_once_they_are_ready(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/stats/request", told({"key": "k1"}))
        ready = Laid(body=b"[r1,r2];1795437000;101\r\n[];1795437060;\r\n")
        pbx.lay("/vpbx/stats/result", Laid(status=204, body=b""), Laid(status=204, body=b""), ready)
        waited: list[float] = []
        params = {"date_from": 1795437000, "date_to": 1795523400, "fields": "records, start,from_extension"}
        assert client(pbx).report("stats/request", params, waiting=waited.append) == [
            {"records": "[r1,r2]", "start": "1795437000", "from_extension": "101"},
            {"records": "[]", "start": "1795437060", "from_extension": ""},
        ]
        assert len(waited) == 2
        assert pbx.asked[-1] == ("/vpbx/stats/result", {"key": "k1"})

    def test_all_columns_when_none_are_named(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/stats/request", told({"key": "k1"}))
        pbx.lay("/vpbx/stats/result", Laid(body=b";".join(b"%d" % number for number in range(13)) + b"\n1;2\n"))
        whole, short = client(pbx).statistics(date_from=1, date_to=2)
        assert (whole["records"], whole["entry_id"]) == ("0", "12")
        assert short == {"1": "1", "2": "2"}

    def test_it_is_not_waited_for_without_end(self, pbx: PretendPbx) -> None:
        pbx.lay("/vpbx/stats/request", told({"key": "k1"}))
        pbx.lay("/vpbx/stats/result", Laid(status=204, body=b""))
        with pytest.raises(errors.NotAnswered, match="not ready after"):
            client(pbx).report("stats/request", {"date_from": 1, "date_to": 2}, patience_seconds=0.05)
        with pytest.raises(errors.NotAnswered, match="not ready yet"):
            client(pbx).stats_result(key="k1")


class TestRecordings:
    def test_file_is_whole_or_not_there(self, pbx: PretendPbx, tmp_path: Path) -> None:
        content = bytes(range(256)) * 1000
        pbx.lay("/vpbx/queries/recording/post", Laid(status=302, headers={"Location": f"{pbx.url}/file.mp3"}))
        pbx.lay("/file.mp3", Laid(body=content, cut=True), Laid(body=content))
        target, seen = tmp_path / "talk.mp3", list[tuple[int, int | None]]()
        with pytest.raises(errors.NotAnswered, match="did not come whole"):
            client(pbx).recording("r1", target)
        assert not target.exists()
        size = client(pbx).recording("r1", target, progress=lambda done, total: seen.append((done, total)))
        assert size == len(content)
        assert target.read_bytes() == content
        assert seen[-1] == (len(content), len(content))
        assert list(tmp_path.iterdir()) == [target]

    def test_signed_link(self, pbx: PretendPbx) -> None:
        link = client(pbx).recording_link("MTox/+==", seconds=60)
        assert link.startswith(f"{pbx.url}/vpbx/queries/recording/link/MTox%2F%2B%3D%3D/play/{KEY}/")
        *_, until, signed = link.split("/")
        assert signed == sha256(f"{KEY}{until}MTox/+=={SALT}".encode()).hexdigest()
        assert pbx.asked == []

    def test_link_is_followed_to_where_it_leads(self, pbx: PretendPbx) -> None:
        pbx.lay(
            "/vpbx/queries/recording/issa/r1/play", Laid(status=302, headers={"Location": "https://files.example/x"})
        )
        answer = client(pbx).queries_recording_issa(recording_id="r1", action="play")
        assert answer["location"] == "https://files.example/x"
