"""What foreign answers say, and how answers are kept: rules without threads or network."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from router.engine.effects import StartLookup
from router.engine.secret_marks import mark
from router.runtime.lookups.lookup_answers import extract, from_pbx, from_reply
from router.runtime.lookups.lookup_cache import OVERHEAD_BYTES, Found, LookupCache, cache_key
from router.runtime.outbound_ports import Answer, Reply

OK = (("ok", "bool", "ok"),)


def reply(body: str, status: int = 200) -> Reply:
    return Reply(status=status, body=body.encode())


class TestReplies:
    def test_outputs_have_the_types_that_were_declared(self) -> None:
        body = '{"ok": "yes", "who": {"name": "Анна", "age": "41"}, "phones": ["+7 (900) 000-00-00"], "nothing": null}'
        outputs = (
            ("ok", "bool", "ok"),
            ("name", "text", "who.name"),
            ("age", "number", "who.age"),
            ("phone", "phone", "phones[0]"),
            ("count", "number", "length(phones)"),
            ("nothing", "text", "nothing"),
            ("absent", "text", "a.b.c"),
            ("whole", "text", "who"),
            ("no_number", "number", "who.name"),
            ("no_length", "number", "length(who.age_of)"),
            ("no_path", "text", "a b ]["),
        )
        found = from_reply(reply(body), outputs)
        assert found.state == "found"
        assert found.outputs == {"ok": True, "name": "Анна", "age": 41, "phone": "79000000000", "count": 1}

    @pytest.mark.parametrize(
        ("body", "state"),
        [
            ("{}", "found"), ("[]", "found"), ("7", "found"), ("\ufeff{}", "found"),
            ("", "failed"), ("<html>", "failed"), ("{", "failed"), ("NaN", "failed"), ('"\\ud800"', "failed"),
            ("[" * 100_000, "failed"), ("1" * 6_000, "failed"),
        ],
    )  # fmt: skip
    def test_body(self, body: str, state: str) -> None:
        assert from_reply(reply(body), OK).state == state

    def test_other_than_utf_8(self) -> None:
        assert from_reply(Reply(status=200, body='{"ok": "да"}'.encode("cp1251")), OK).state == "failed"

    def test_lookup_without_outputs_needs_no_json(self) -> None:
        assert from_reply(reply("", 204), ()).state == "found"

    @pytest.mark.parametrize(
        ("answer", "state", "reason"),
        [
            (reply("{}", 404), "not_found", "HTTP 404"),
            (reply("", 204), "not_found", "HTTP 204"),
            (reply("{}", 400), "failed", "HTTP 400"),
            (reply("{}", 302), "failed", "HTTP 302"),
            (reply("{}", 503), "failed", "HTTP 503"),
            (Reply(fault="no answer in time"), "failed", "no answer in time"),
            (Reply(status=200, fault="the answer broke off"), "failed", "the answer broke off"),
        ],
    )
    def test_failures(self, answer: Reply, state: str, reason: str) -> None:
        found = from_reply(answer, OK)
        assert (found.state, found.reason, found.outputs) == (state, reason, {})

    @given(st.binary(max_size=200), st.text(max_size=30), st.sampled_from(["text", "number", "bool", "phone"]))
    def test_nothing_that_comes_raises(self, body: bytes, path: str, kind: str) -> None:
        found = extract(body, (("x", kind, path),))
        assert found.state in ("found", "failed")


class TestPbx:
    @pytest.mark.parametrize(
        ("answer", "state", "reason"),
        [
            (Answer(kind="accepted", status=200, body='{"ok": 1}'), "found", ""),
            (Answer(kind="accepted", status=200, body="{}"), "found", ""),
            (Answer(kind="refused", status=420, code=3310), "not_found", "no such call"),
            (Answer(kind="refused", status=200, code=3399), "not_found", None),
            (Answer(kind="refused", status=404), "not_found", "HTTP 404"),
            (Answer(kind="refused", status=420, code=3104), "failed", None),
            (Answer(kind="limited", status=503), "failed", "HTTP 503"),
            (Answer(kind="banned", status=401), "failed", "HTTP 401"),
            (Answer(kind="not_sent", body="cannot connect"), "failed", "cannot connect"),
            (Answer(kind="unclear"), "failed", "no answer"),
        ],
    )
    def test_each_answer(self, answer: Answer, state: str, reason: str | None) -> None:
        found = from_pbx(answer, OK)
        assert found.state == state
        assert reason is None or found.reason == reason
        assert found.outputs == ({"ok": True} if "ok" in answer.body else {})


REQUEST = StartLookup(
    request_id="t-1",
    kind="http",
    label="verify",
    method="GET",
    url="https://crm.example/79000000000",
    headers={"A": f"Bearer {mark('crm')}", "B": "b"},
    outputs=OK,
)


class TestCache:
    def test_an_answer_is_kept_for_its_time(self) -> None:
        cache, found = LookupCache(), Found(state="found", outputs={"ok": True, "n": 1.5, "who": "Анна"})
        assert cache.get(b"k", 0.0) is None
        cache.put(b"k", found, 100.0)
        assert cache.get(b"k", 100.0) == replace(found, cached=True)
        assert cache.get(b"k", 100.1) is None
        cache.put(b"k", Found(state="not_found"), 200.0)
        assert cache.get(b"k", 150.0) == Found(state="not_found", cached=True)

    def test_what_was_not_used_for_longest_gives_way(self) -> None:
        cache = LookupCache(most_bytes=3 * (OVERHEAD_BYTES + 20))
        for key in (b"1", b"2", b"3"):
            cache.put(key, Found(state="found"), 1.0)
        assert cache.get(b"1", 0.0) is not None
        cache.put(b"4", Found(state="found"), 1.0)
        assert [key for key in (b"1", b"2", b"3", b"4") if cache.get(key, 0.0)] == [b"1", b"3", b"4"]

    def test_an_answer_that_is_larger_than_all_is_not_kept(self) -> None:
        cache = LookupCache(most_bytes=1_000)
        cache.put(b"1", Found(state="found"), 1.0)
        cache.put(b"2", Found(state="found", outputs={"x": "y" * 1_000}), 1.0)
        assert cache.get(b"2", 0.0) is None
        cache.put(b"3", Found(state="found"), 1.0)
        assert cache.get(b"3", 0.0) is not None

    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=40))
    def test_it_never_holds_more_than_it_may(self, puts: list[tuple[int, int]]) -> None:
        cache = LookupCache(most_bytes=2_000)
        for key, size in puts:
            cache.put(bytes([key]), Found(state="found", outputs={"x": "y" * size}), 1.0)
        kept = [cache.get(bytes([key]), 0.0) for key in range(6)]
        assert sum(len(found.outputs["x"]) + OVERHEAD_BYTES for found in kept if found) <= 2_000

    def test_only_what_shapes_the_answer_makes_the_key(self) -> None:
        key = cache_key("clinic", REQUEST)
        same: dict[str, Any] = {
            "request_id": "t-2", "label": "other", "timeout_seconds": 9.0, "cache_seconds": 9.0, "stale_on_error": True,
            "headers": {"B": "b", "A": f"Bearer {mark('crm')}"},
        }  # fmt: skip
        assert cache_key("clinic", replace(REQUEST, **same)) == key
        others: list[dict[str, Any]] = [
            {"kind": "api"}, {"method": "POST"}, {"url": "https://crm.example/"}, {"headers": {}}, {"json": {}},
            {"api": "x"}, {"arguments": {"a": "b"}}, {"outputs": ()},
        ]  # fmt: skip
        keys = {cache_key("clinic", replace(REQUEST, **fields)) for fields in others}
        assert len(keys | {key, cache_key("shop", REQUEST)}) == len(others) + 2
