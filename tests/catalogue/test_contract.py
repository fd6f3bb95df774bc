"""Every row of the catalogue keeps its contract; a new row without a case fails here."""

from typing import Any

import jsonschema
import pytest

from router.catalogue.methods import CONTACT_CENTRE, METHODS
from router.protocol.schemas import load_schema
from tests.catalogue.contract import Contract, cases, content, mismatches

CASES = cases()
NEEDED = {"ask", "bad"}
KNOWN = NEEDED | {"call", "before", "gives", "result", "wait", "pushes", "then", "refused"}
REFUSED = [name for name, case in CASES.items() if "refused" in case]


def contract(name: str, case: dict[str, Any]) -> Contract:
    made = Contract(case.get("call", ""), "2021" if "2021" in METHODS[name].profiles else "2026")
    made.prepare(case)
    return made


def named_rows(name: str, rows: Any, params: dict[str, Any]) -> Any:
    """Rows of CSV as objects, by the columns that were asked for."""
    if METHODS[name].answer != "csv":
        return rows
    columns = [column.strip() for column in params["fields"].split(",")]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    assert set(CASES) == set(METHODS)
    for name, case in CASES.items():
        assert KNOWN >= set(case) >= NEEDED, name
        assert "result" in case or "gives" in case, name


@pytest.mark.parametrize("name", CASES)
def test_round_trip(name: str) -> None:
    case, method = CASES[name], METHODS[name]
    played = contract(name, case)
    before = len(played.stage.sent)
    jsonschema.validate(played.filled(case["ask"]), load_schema(method.schema))
    if method.answer == "csv":
        assert played.ask(method, case["ask"]).status == 204
    played.stage.wait(case.get("wait", 0))
    answer = played.ask(method, case["ask"])
    assert answer.status == (302 if method.answer == "redirect" else 200)
    body = content(method, answer)
    if method.answer == "csv":
        body = named_rows(name, body, case["before"][-1]["with"])
    jsonschema.validate(body, load_schema(method.response_schema))
    assert not [*mismatches(body, played.filled(case.get("gives", {})))]
    if "result" in case:
        assert played.stage.pbx.requests[-1]["result"] == case["result"]
    played.stage.wait(5)
    pushed = {one.path for one in played.stage.sent[before:]}
    assert pushed >= {*case.get("pushes", ()), *([method.result_path] if method.has_result else [])}
    if "then" in case:
        later = played.ask(METHODS[case["then"]["ask"]], case["then"]["with"])
        assert not [*mismatches(dict(later.body), case["then"]["gives"])]


@pytest.mark.parametrize("name", CASES)
def test_a_bad_request_gets_the_documents_code(name: str) -> None:
    case, method = CASES[name], METHODS[name]
    played = contract(name, case)
    sent = len(played.stage.sent)
    answer = played.ask(method, case["bad"]["ask"], case["bad"].get("sign", ""))
    if method.base == CONTACT_CENTRE:
        assert (answer.status, answer.body) == (200, {"result": case["bad"]["code"]})
    else:
        assert (answer.status, answer.body["code"]) == (420, case["bad"]["code"])
    assert len(played.stage.sent) == sent, "a refused request changes nothing"


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_carried_out(name: str) -> None:
    case, method = CASES[name]["refused"], METHODS[name]
    played = contract(name, CASES[name] | {"call": case.get("call", CASES[name].get("call", ""))})
    answer = played.ask(method, case["ask"])
    if "result" in case:
        assert played.stage.pbx.requests[-1]["result"] == case["result"]
    elif "gives" in case:
        assert not [*mismatches(dict(answer.body), case["gives"])]
    elif "code" in case and method.base == CONTACT_CENTRE:
        assert answer.body == {"result": case["code"]}
    elif "code" in case:
        assert (answer.status, answer.body["code"]) == (420, case["code"])
    else:
        assert answer.status == case["status"]
