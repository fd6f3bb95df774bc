"""The requests of published clients, sent to the emulator in their own form, and the answers that they need."""

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote_plus

import pytest
import yaml

from router.emulator.pbx_answers import Answer
from router.emulator.routes import find
from router.protocol.sign import sign
from tests.catalogue.contract import URLENCODED, Contract
from tests.emulator.stage import KEY, SALT

HERE = Path(__file__).parent
FIELDS = {"path", "json", "key", "call", "status", "code", "result", "result_code", "has", "csv"}


def requests() -> Iterator[Any]:
    """Every request of every file, as (form, request)."""
    for file in sorted(HERE.glob("*.yaml")):
        client = yaml.safe_load(file.read_text(encoding="utf-8"))
        for number, request in enumerate(client["requests"]):
            assert set(request) <= FIELDS, file.name
            yield pytest.param(client["form"], request, id=f"{file.stem}-{number}-{request['path']}")


def body(form: str, text: str) -> tuple[bytes, str]:
    """A signed body in the client's form, and its content type."""
    fields = {"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text}
    if form == "multipart":
        edge = "--------------------------735323031399963166993862"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        return f"{''.join(parts)}--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
    written = {name: value if form == "unescaped" else quote_plus(value) for name, value in fields.items()}
    return "&".join(f"{name}={value}" for name, value in written.items()).encode(), URLENCODED


def ask(played: Contract, form: str, path: str, text: str) -> Answer:
    found = find(path.strip("/"), played.stage.pbx.profile)
    assert found is not None, path
    played._at += played.pause_seconds
    content, content_type = body(form, text)
    answer = played.stage.pbx.request(played.stage.now, played._at, found[0], content, content_type)
    played.stage.wait(0)
    return answer


def texts(played: Contract, form: str, request: dict[str, Any]) -> Iterator[str]:
    """The json of a request; that of a report's key asks for the report first."""
    names = {name: str(value) for name, value in played.names.items()}
    if "key" in request:
        ordered = Template('{"date_from":$before,"date_to":$now}').substitute(names)
        names["key"] = ask(played, form, request["path"].replace("result", "request"), ordered).body["key"]
        played.stage.wait(3)
    yield Template(request.get("key") or request["json"]).substitute(names)


@pytest.mark.parametrize(("form", "request_"), [*requests()])
def test_it_gets_what_it_needs(form: str, request_: dict[str, Any]) -> None:
    played = Contract(request_.get("call", "in_group" if "key" in request_ else ""))
    [text] = texts(played, form, request_)
    answer = ask(played, form, request_["path"], text)
    assert answer.status == request_.get("status", 200), dict(answer.body)
    if "code" in request_:
        assert answer.body["code"] == request_["code"]
    if "result" in request_:
        assert answer.body == {"result": 1000}
        assert played.stage.pbx.requests[-1]["result"] == request_["result"]
    if "result_code" in request_:
        assert answer.body["result"] == request_["result_code"]
    assert set(request_.get("has", ())) <= set(answer.body)
    if "csv" in request_:
        assert answer.csv is not None
        lines = answer.csv.split("\r\n")
        assert len(lines) > 1
        assert all(line.startswith("[") for line in lines[:-1])


def test_every_client_of_the_readme_has_its_file() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    files = {file.name for file in HERE.glob("*.yaml")}
    assert len(files) >= 6
    assert all(f"| `{name}` |" in text for name in files)
