"""Every method through the client to the emulator and back: the cases are the contract's (tests/catalogue)."""

from collections.abc import Mapping
from typing import Any

import jmespath
import jsonschema
import msgspec
import pytest

from router.catalogue.methods import METHODS, Method
from router.client import Mango, mango
from router.client.signed_http import Reply
from router.errors import CommandInvalid, MangoError, NotAnswered
from router.protocol.schemas import load_schema
from router.runtime.outbound_ports import Answer
from router.sender.command_sender import classify
from tests.catalogue.contract import Contract, cases
from tests.client.peer import KEY, SALT

CASES = cases()
KNOWN_BETTER = {"stats/request", "stats/calls/request", "stats_in_calls_service/request"}
"""Those whose refused case the client does not even send."""


class StageWire:
    """In place of the wire: the emulator on the test's own stage, without a network between."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def ask(self, method: Method, params: Mapping[str, Any], timeout_seconds: float) -> Reply:
        answer = self.contract.ask(method, params)
        if answer.location:
            return Reply(answer=Answer(kind="accepted", status=answer.status), location=answer.location)
        body = answer.csv.encode() if answer.csv is not None else msgspec.json.encode(answer.body)
        return Reply(answer=classify(answer.status, body, api=method.base), body=body)


def stage(name: str, call: str = "") -> tuple[Mango, Contract]:
    """The client, and the emulator with the case's stage set."""
    case, profile = CASES[name], "2021" if "2021" in METHODS[name].profiles else "2026"
    contract = Contract(call or case.get("call", ""), profile)
    contract.prepare(case)
    client = Mango(KEY, SALT, profile=profile)
    client._wire = StageWire(contract)  # type: ignore[assignment]  # the same method, without a network
    return client, contract


@pytest.mark.parametrize("name", METHODS)
def test_answer_has_the_shape_that_the_types_promise(name: str) -> None:
    client, contract = stage(name)
    case = CASES[name]
    params = contract.filled(case["ask"])
    if METHODS[name].answer == "csv":
        with pytest.raises(NotAnswered, match="not ready yet"):
            client.call(name, params)
    contract.stage.wait(case.get("wait", 0))
    answer = client.call(name, params)
    if METHODS[name].answer == "csv":
        assert answer
        return  # without its columns: the report's own function knows them
    jsonschema.validate(answer, load_schema(METHODS[name].response_schema))
    for path, value in contract.filled(case.get("gives", {})).items():
        assert jmespath.search(path, answer) == value, path


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.get("refused", {}).get("code")])
def test_refusal_becomes_the_error_of_its_code(name: str) -> None:
    refused = CASES[name]["refused"]
    client, contract = stage(name, refused.get("call", ""))
    if name in KNOWN_BETTER:
        with pytest.raises(CommandInvalid):
            client.call(name, contract.filled(refused["ask"]))
        return
    with pytest.raises(MangoError) as raised:
        client.call(name, contract.filled(refused["ask"]))
    assert raised.value.result == refused["code"]


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].follow and METHODS[name].kind != "report"])
def test_pages_end(name: str) -> None:
    client, contract = stage(name)
    if name.endswith("cursor"):
        return
    rows = list(client.rows(name, {**contract.filled(CASES[name]["ask"]), "limit_rows": 1}))
    whole = client.call(name, {**contract.filled(CASES[name]["ask"]), "limit_rows": 500})[METHODS[name].rows]
    assert rows == whole


def test_statistics_are_built_and_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    client, contract = stage("stats/result")
    monkeypatch.setattr(mango.time, "sleep", contract.stage.wait)
    names = contract.names
    rows = client.statistics(date_from=names["before"], date_to=names["later"], fields="start,from_number")
    assert rows
    assert set(rows[0]) == {"start", "from_number"}
