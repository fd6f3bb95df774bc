"""What a CRM answers, in the forms that CRMs have, through the running router: who is dialled in the end, and what the
trace says of a value that did not fit. The CRM is a web server on loopback that answers by the line that was called."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Site, site, wait_for
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance

BUNDLE = Path(__file__).parent / "crm"
VIP, DEBT, DESK, HANGUP = "extension 901", "extension 902", "extension 903", "hangup"
OWN = "number 79000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer, whom it leads to, and which outputs the trace says something of."""

    body: str
    leads_to: str
    noted: tuple[str, ...] = ()


def _case(body: str, leads_to: str, *noted: str) -> Case:
    return Case(body=body, leads_to=leads_to, noted=noted)


CASES = {
    f"749500001{number:02}": case
    for number, case in enumerate(
        [
            _case('{"phone": 79000000000.0}', OWN),
            _case('{"phone": 7.9e10}', OWN),
            _case('{"phone": 79000000000}', OWN),
            _case('{"phone": "7.9000000000E+10"}', OWN),
            _case('{"phone": "79000000000.0"}', OWN),
            _case('{"phone":"+7 (900) 000-00-00 \\u0434\\u043e\\u0431. 123"}', OWN, "phone"),
            _case('{"phone":"8 900 000 00 00 ext. 7"}', OWN, "phone"),
            _case('{"phone":"+78129999331#404812"}', "number 78129999331", "phone"),
            _case('{"phone":"+84 912 345 678"}', "number 84912345678"),
            _case('{"phone":"sip:+79000000000@host.example"}', OWN),
            _case('{"vip":"N","phone":"8 900 000 00 00"}', OWN),
            _case('{"phone":"+7 900 000-00-00, +7 900 000-00-01"}', DESK, "phone"),
            _case('{"phone":"8 900 000-00-00 Anna"}', DESK, "phone"),
            _case('{"phone":"7900000000000000000"}', DESK, "phone"),
            _case('{"phone":["79000000000"]}', DESK, "phone"),
            _case('{"phone":{"mobile":"79000000000"}}', DESK, "phone"),
            _case('{"phone":true}', DESK, "phone"),
            _case('{"phone":"anonymous"}', DESK, "phone"),
            _case('{"phone":""}', DESK, "phone"),
            _case('{"phone":null,"vip":null,"debt":null}', DESK),
            _case("{}", DESK),
            _case('{"vip":"Y"}', VIP),
            _case('{"vip":"Да"}', VIP),
            _case('{"vip":1}', VIP),
            _case('{"vip":"maybe"}', DESK, "vip"),
            _case('{"debt":"1 250,50"}', DEBT),
            _case('{"debt":"1\\u00a0250,50"}', DEBT),
            _case('{"debt":"-1 250,50"}', DESK),
            _case('{"debt":"1250.00|RUB"}', DESK, "debt"),
            _case("not json", HANGUP),
        ],
        start=1,
    )
}
PBX = """
lines: LINES
employees: {901: {number: "sip:a@pbx.example", behaves: never}}
schemes: {main: {silence: 60s, then: hang_up}}
"""


def _answer(asked: Asked) -> Told:
    return Told(body=CASES[asked.path.removeprefix("/")].body.encode())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The bundle with the address of a CRM that answers, on all of the lines."""
    directory = tmp_path_factory.mktemp("crm")
    crm = Web(_answer)
    flows, pbx = directory / "flows", directory / "pbx.yaml"
    flows.mkdir()
    text = (BUNDLE / "main.yaml").read_text(encoding="utf-8")
    (flows / "main.yaml").write_text(text.replace("http://127.0.0.1:21702", crm.url), encoding="utf-8")
    pbx.write_text(PBX.replace("LINES", json.dumps({line: {"scheme": "main"} for line in CASES})), encoding="utf-8")
    with site(directory, pbx=pbx, flows=flows, IVR_WATCH="0") as served:
        yield served
    crm.close()


@pytest.fixture(scope="module")
def calls(running: Site) -> dict[str, Any]:
    """Line -> its call, once a command was queued. All callers come at once: the limits are another matter."""
    dialled = {line: running.dial(line) for line in CASES}
    return {
        line: wait_for(line, lambda entry_id=entry_id: _with_command(running.call(entry_id)))
        for line, entry_id in dialled.items()
    }


def _with_command(call: Any) -> Any:
    return call if call["commands"] else None


@pytest.mark.parametrize("line", CASES)
def test_who_is_dialled_and_what_is_said(calls: dict[str, Any], line: str) -> None:
    case, call = CASES[line], calls[line]
    assert call["commands"][0]["label"] == case.leads_to
    said = [one["text"] for one in call["events"] if one["kind"] == "note" and "find" in one["text"]]
    assert [name for name in ("phone", "vip", "debt") if any(name in text for text in said)] == list(case.noted)
