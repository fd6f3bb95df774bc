"""A path into an answer that JMESPath does not take because a name lacks its quotes: the finding says how to write it."""

import pytest

from router.flow.loader import load

FLOW = """
flow: main
for: any
on_error: bye
start: ask
steps:
  ask:
    lookup:
      http: {url: "https://crm.example/x"}
      outputs: {debt: {type: number, from: 'PATH'}}
      next: bye
      on: {else: bye}
  bye: hangup
"""


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("value[0].Долг", 'value[0]."Долг"'),
        ("order-id.total", '"order-id".total'),
        ("items[?paid==`true`].Имя", 'items[?paid==`true`]."Имя"'),
        ("@odata.etag", '"@odata.etag"'),
        ("value[10].Сумма по договору", 'value[10]."Сумма по договору"'),
        ("1c_id", '"1c_id"'),
        ("links[0].$ref", 'links[0]."$ref"'),
        ("max(items[].цена)", 'max(items[]."цена")'),
    ],
)
def test_name_without_its_quotes(path: str, instead: str) -> None:
    (found,) = (finding for finding in load({"main.yaml": FLOW.replace("PATH", path).encode()}).findings)
    assert (found.code, found.message) == ("F507", f"`{path}` is not a JMESPath expression")
    assert found.suggestion == f"put the name in quotes, and the whole in single ones: '{instead}'"
    assert load({"main.yaml": FLOW.replace("PATH", instead).encode()}).findings == ()


@pytest.mark.parametrize("path", ["a..b", "items[?x==", "a[''", "Имя["])
def test_other_mistakes_get_no_advice(path: str) -> None:
    (found,) = load({"main.yaml": FLOW.replace("'PATH'", f'"{path}"').encode()}).findings
    assert (found.code, found.suggestion) == ("F507", "")
