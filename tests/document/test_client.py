"""The document's requests and answers against the client: what is sent is what stands there, what comes is what is read.

The request goes over real HTTP to a peer that keeps what it was asked; so nothing is left out, renamed or rewritten on
the way, numbers as text included.
"""

from collections.abc import Iterator

import jsonschema
import pytest

from router import errors
from router.catalogue.methods import CONTACT_CENTRE
from router.client import mango
from router.client.signed_http import link_of
from router.protocol.schemas import load_schema
from tests.client.peer import Laid, PretendPbx, pretend_pbx
from tests.client.test_mango import client
from tests.document.document import ANY, Example, examples

FORGETFUL = {
    "3.2.8-request-1": "initiator",  # the example leaves out what the text says must be filled in
}


@pytest.fixture(scope="module")
def pbx() -> Iterator[PretendPbx]:
    with pretend_pbx() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mango, "CENTRE_PAUSE_SECONDS", 0.01)


def address(one: Example) -> str:
    base = "/cc/" if one.method.base == CONTACT_CENTRE else "/vpbx/"
    return f"{base}{one.method.path}"


@pytest.mark.parametrize("one", examples("request"), ids=lambda one: one.id)
def test_a_request_is_sent_as_it_stands(pbx: PretendPbx, one: Example) -> None:
    pbx.asked.clear()
    pbx.lay(
        address(one), Laid(status=302, headers={"Location": "/file"}) if one.method.answer == "redirect" else Laid()
    )
    made = client(pbx)
    if one.id in FORGETFUL:
        with pytest.raises(errors.CommandInvalid, match=FORGETFUL[one.id]):
            made.call(one.method.name, one.content)
        return
    made.call(one.method.name, one.content)
    assert pbx.asked == [(address(one), one.content)]


@pytest.mark.parametrize(
    "one", [one for one in examples("answer") if one.path != ANY and one.json], ids=lambda one: one.id
)
def test_an_answer_is_told_as_it_stands(pbx: PretendPbx, one: Example) -> None:
    asked = next(other for other in examples("request") if other.method is one.method)
    pbx.lay(address(one), Laid(body=one.json.encode()))
    jsonschema.validate(one.content, load_schema(one.method.response_schema))
    assert client(pbx).call(one.method.name, asked.content) == one.content


def test_rows_of_the_first_report(pbx: PretendPbx) -> None:
    [answer] = [one for one in examples("answer") if one.path == "stats/result"]
    asked = next(one for one in examples("request") if one.path == "stats/request")
    pbx.lay("/vpbx/stats/result", Laid(body=answer.csv.encode()))
    rows = client(pbx).stats_result(key="k", fields=asked.content["fields"])
    assert [row["records"] for row in rows] == ["547658365,547658366,547658367", "677567599", "547658365"]
    assert [row["from_extension"] for row in rows] == ["456", "", "32"]
    assert [row["disconnect_reason"] for row in rows] == ["Busy", "", "RemoteHangup"]


def test_rows_of_the_second_report(pbx: PretendPbx) -> None:
    """§3.3.4.3: a group's name with commas is quoted; the second line of the example ends early, and so its values go by
    number."""
    [answer] = [one for one in examples("answer") if one.path == "stats_in_calls_service/result"]
    pbx.lay("/vpbx/stats_in_calls_service/result", Laid(body=answer.csv.encode()))
    whole, short = client(pbx).stats_in_calls_service_result(key="k")
    assert (whole["group"], whole["operator"]) == (
        "Клиентский (входящие Москва+Екатеринбург)",
        "Лаврова Татьяна Сергеевна",
    )
    assert (whole["time_working"], whole["time_pause"], whole["time-ivr"]) == ("324", "", "23")
    assert [short[str(place)] for place in (2, 7, 13)] == [
        "Техническая поддержка (ВАТС, ЦОВ, CRM)",
        "09.08.2018 12:02:54",
        "09.08.2018",
    ]


REFUSALS = {
    "1.4.1-answer-1": errors.OverLimit,
    "1.4.2-answer-1": errors.ContactCentreUnavailable,
    "2.2-answer-1": errors.ParametersInvalid,
    "2.3-answer-1": errors.ServerFailed,
    "4.1-answer-1": errors.ContactCentreUnavailable,
}


@pytest.mark.parametrize("one", [one for one in examples("answer") if one.path == ANY], ids=lambda one: one.id)
def test_what_every_method_can_answer(pbx: PretendPbx, one: Example) -> None:
    pbx.lay("/vpbx/groups", Laid(status=one.status, body=one.json.encode()))
    with pytest.raises(REFUSALS[one.id]):
        client(pbx, patience_seconds=0.3).groups()


@pytest.mark.parametrize("one", [one for one in examples("redirect") if one.path], ids=lambda one: one.id)
def test_a_recording_is_somewhere_else(pbx: PretendPbx, one: Example) -> None:
    made = client(pbx)
    if one.path == "queries/recording/post":
        pbx.lay(f"/vpbx/{one.path}", Laid(status=one.status, headers={"Location": one.location}, body=b""))
        assert made.queries_recording_post(recording_id="r", action="play") == {"location": one.location}
        return
    [link] = [other for other in examples("link") if other.path.startswith(one.path)]
    recording_id, action, *rest = link.path.removeprefix(f"{one.path}/").rstrip("/").split("/")
    params = {"recording_id": recording_id, "action": action, **({"timestamp": int(rest[1])} if rest else {})}
    row = made._exchange.method(one.path)
    given = made._do(made._exchange.given(row, params))
    ours = link_of(made._peer, row, given).removeprefix(f"{pbx.url}/vpbx/").split("/")
    theirs = link.path.rstrip("/").split("/")
    assert len(ours) == len(theirs)
    secret = {5, 7} if rest else set()  # key and sign are ours
    assert [part for n, part in enumerate(ours) if n not in secret] == [
        part for n, part in enumerate(theirs) if n not in secret
    ]
