"""Health, metrics, and the reading half of the admin API."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from router.config.settings import load_settings
from router.engine.state import Call
from router.errors import StoreUnavailable
from router.history.call_record import facts_of
from router.runtime.monitoring.metrics import MOST_ACCOUNTS, name_accounts
from router.runtime.monitoring.refusals import refusals
from router.runtime.records import Share
from router.web import create_app
from tests.runtime.outbox import queued
from tests.stores import pause
from tests.web.parts import FakeParts, settings, signed

TOKEN = "open-sesame-open-sesame-open"
ROWS = [
    {
        "account": "default",
        "entry_id": f"e{n}",
        "status": "running",
        "flow": "main",
        "version": "v1",
        "direction": "incoming",
        "line": "74950000001",
        "caller": "79000000000",
        "started": 1558422128.0,
        "ended": None,
        "outcome": "",
        "sip_call_id": "",
        "changed": 1558422128.0,
        **facts_of(Call(account="default", entry_id=f"e{n}", token="t", started=1558422128.0), 0.0),
        "cursor": f"@{n}",
    }
    for n in range(3)
]


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


@pytest.fixture
def client(parts: FakeParts) -> FlaskClient:
    return create_app(parts).test_client()


def problem(response: Any) -> tuple[int, str]:
    """(status, detail) of an error, after checking its form."""
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert (body["type"], body["status"]) == ("about:blank", response.status_code)
    assert body["title"]
    return response.status_code, body["detail"]


def test_health(client: FlaskClient, parts: FakeParts) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    parts.readiness = ("degraded", "the database is away")
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz").get_json() == {"status": "degraded", "reason": "the database is away"}
    parts.readiness = ("not ready", "no active bundle")
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["reason"]) == (503, "no active bundle")


def test_metrics(client: FlaskClient, parts: FakeParts) -> None:
    client.post("/events/unheard_of/x", data=signed("{}"), content_type="application/x-www-form-urlencoded")
    client.post("/events/call", data=b"")
    page = client.get("/metrics").get_data(as_text=True)
    for line in (
        'ivr_events_total{account="default",kind="other",outcome="stored",reason=""}',
        'ivr_events_total{account="",kind="call",outcome="refused",reason="missing-parameter"}',
        "ivr_event_seconds_bucket",
        'ivr_queue_depth{account="default",command="route"} 2.0',
        'ivr_queue_depth{account="default",command="call/hangup"} 0.0',
        'ivr_queue_depth{account="other",command="route"} 3.0',
        'ivr_live_calls{account="default",flow="main"} 7.0',
        'ivr_live_calls{account="default",flow="night"} 0.0',
    ):
        assert line in page
    assert "unheard_of" not in page


def test_refusals_tell_why_and_whose(client: FlaskClient, parts: FakeParts) -> None:
    before = {(one.account, one.reason, one.subject): one.count for one in refusals.last_hour()}
    form = "application/x-www-form-urlencoded"
    for _ in range(2):
        client.post("/events/call", data=signed("{}", salt="the old one"), content_type=form)
    client.post("/events/call", data=signed("{}", key="a stranger's"), content_type=form)
    client.post("/events/call", data=signed("{}"), content_type=form)  # as `ivr doctor` asks
    client.post("/events/call", data=signed('{"seq": 1}'), content_type=form)
    client.post("/ping", data=signed("{}", salt="the old one"), content_type=form)
    client.get("/events/call")
    page = client.get("/metrics").get_data(as_text=True)
    for line in (
        'ivr_events_total{account="default",kind="call",outcome="refused",reason="wrong-sign"} ',
        'ivr_events_total{account="default",kind="ping",outcome="refused",reason="wrong-sign"} ',
        'ivr_events_total{account="default",kind="call",outcome="refused",reason="missing-parameter"} ',
        'ivr_events_total{account="",kind="call",outcome="refused",reason="missing-parameter"} ',
        'ivr_events_total{account="",kind="call",outcome="refused",reason="unknown-key"} ',
        'ivr_events_total{account="",kind="call",outcome="refused",reason="wrong-method"} ',
    ):
        assert line in page
    assert "stranger" not in page
    listed = client.get("/api/refusals").get_json()["refusals"]
    told = {(one["account"], one["reason"], one.get("sender")): one for one in listed}
    wrong = told["default", "wrong-sign", "127.0.0.1"]
    assert wrong["count"] == before.get(("default", "wrong-sign", "127.0.0.1"), 0) + 2  # the ping is doctor's
    assert (wrong["what"], wrong["account"], wrong["last"][-1]) == ("notification", "default", "Z")
    assert ("", "unknown-key", "127.0.0.1") in told
    assert client.get("/api/refusals?account=nobody").status_code == 404


def test_an_account_beyond_the_labels_is_another(client: FlaskClient) -> None:
    name_accounts([f"a{number}" for number in range(MOST_ACCOUNTS)] + ["default"])
    client.post("/events/call", data=signed('{"seq": 1}'), content_type="application/x-www-form-urlencoded")
    page = client.get("/metrics").get_data(as_text=True)
    assert 'ivr_events_total{account="other",kind="call",outcome="refused",reason="missing-parameter"}' in page


def test_metrics_without_a_database(client: FlaskClient, parts: FakeParts) -> None:
    parts.store.is_down = True
    page = client.get("/metrics").get_data(as_text=True)
    assert "ivr_event_seconds" in page
    assert "ivr_queue_depth" not in page
    assert "ivr_database_up 0.0" in page
    assert "ivr_spooled_events 7.0" in page


def test_calls_in_pages(client: FlaskClient, parts: FakeParts) -> None:
    parts.store.rows = ROWS
    page = client.get(
        "/api/calls?limit=2&live=1&line=7495&flow=main&outcome=answered&sip_call_id=s%401&account=default"
    ).get_json()
    assert [row["entry_id"] for row in page["calls"]] == ["e0", "e1"]
    assert page["calls"][0]["started"] == "2019-05-21T07:02:08.000Z"
    assert page["next"] == "@1"
    filters = {"live": "1", "line": "7495", "flow": "main", "outcome": "answered", "sip_call_id": "s@1"}
    assert parts.store.asked == [("default", filters, 2, "")]
    last = client.get("/api/calls?limit=500&cursor=@1").get_json()
    assert last["next"] is None
    assert parts.store.asked[1] == (None, {}, 500, "@1")


@pytest.mark.parametrize(
    ("since", "instant"),
    [
        ("2019-05-21T07:02:08Z", 1558422128.0),
        ("2019-05-21T10:02:08%2B03:00", 1558422128.0),
        ("1558422128", 1558422128.0),
    ],
)
def test_since(since: str, instant: float, client: FlaskClient, parts: FakeParts) -> None:
    assert client.get(f"/api/calls?since={since}").status_code == 200
    assert float(parts.store.asked[0][1]["since"]) == instant


def test_since_a_duration_ago(client: FlaskClient, parts: FakeParts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.web.queries.time.time", lambda: 1_000_000.0)
    assert client.get("/api/calls?since=7d").status_code == 200
    assert float(parts.store.asked[0][1]["since"]) == 1_000_000.0 - 7 * 86400


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=nan",
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=000000001999999999999999999999",
        "limit=²",
        "cursor=nonsense",
    ],
)
def test_wrong_queries(query: str, client: FlaskClient) -> None:
    assert problem(client.get(f"/api/calls?{query}"))[0] == 400


@pytest.mark.parametrize("entry_id", ["e1", "MTA6/+==", "a//b", "/leading", "trailing/", "a b", "ж", "x/commands"])
def test_entry_ids_are_opaque(entry_id: str, client: FlaskClient, parts: FakeParts) -> None:
    for path in (quote(entry_id, safe=""), quote(entry_id)):
        assert client.get(f"/api/calls/{path}").get_json()["entry_id"] == entry_id
    assert parts.viewed == [(entry_id, None)] * 2


def test_a_call_that_is_not_there(client: FlaskClient) -> None:
    assert problem(client.get("/api/calls/unknown")) == (404, "there is no such call")


def test_commands(client: FlaskClient, parts: FakeParts) -> None:
    (command,) = client.get("/api/commands?state=confirmed").get_json()["commands"]
    assert parts.store.asked == [(None, "confirmed", 100)]
    assert command["wait_seconds"] == 1.5
    assert command["sent"] == "2019-05-21T07:02:09.500Z"
    assert command["deadline"] is None
    assert {"command_id", "command", "call_id", "params", "state", "code", "queued", "confirmed"} <= set(command)


def test_limits(client: FlaskClient) -> None:
    (account,) = client.get("/api/limits").get_json()["limits"]
    windows = {window["window"]: window for window in account["windows"]}
    assert (windows["all"]["count"], windows["all"]["occupied"]) == (10, 0)
    assert (windows["route"]["count"], windows["route"]["seconds"], windows["route"]["occupied"]) == (1, 2.0, 1)
    assert windows["route"]["free_at"] == ["2019-05-21T07:02:10.000Z"]
    assert windows["route"]["next_free"] == "2019-05-21T07:02:10.000Z"
    assert (windows["all"]["next_free"], windows["route"]["share"], account["paused"]) == (None, 1.0, None)


def test_limits_in_pages() -> None:
    text = "accounts: [{name: a, api_key: k, api_salt: s}, {name: b, api_key: l, api_salt: s}]"
    parts = FakeParts(load_settings({}, text, lambda path: path))
    client = create_app(parts).test_client()
    with parts.store.memory.transaction() as transaction:
        transaction.take_slot("b", "route", "c-1", transaction.now + 5.0)
    first = client.get("/api/limits?limit=1").get_json()
    assert [one["account"] for one in first["limits"]] == ["b"]
    assert first["sums"] == {"accounts": 2, "in_use": 1, "queued": 0, "lowered": 0, "paused": 0}
    second = client.get(f"/api/limits?limit=1&cursor={first['next']}").get_json()
    assert ([one["account"] for one in second["limits"]], second["next"]) == (["a"], None)
    assert problem(client.get("/api/limits?cursor=x")) == (400, "cursor is the `next` of the page before")
    assert problem(client.get("/api/limits?limit=0"))[0] == 400


def test_limits_that_others_use_too_and_a_paused_key(client: FlaskClient, parts: FakeParts) -> None:
    with parts.store.memory.transaction() as transaction:
        now = transaction.now
        transaction.save_share("default", Share(window="route", share=0.5, since=now, closed_until=now + 3, strikes=1))
        pause(transaction, "default", now + 60, "HTTP 401: the key is blocked after invalid commands")
        transaction.queue(queued(account="default"))
    (account,) = client.get("/api/limits").get_json()["limits"]
    route = next(window for window in account["windows"] if window["window"] == "route")
    assert (route["share"], route["count"], route["seconds"], route["queued"]) == (0.5, 1, 4.0, 1)
    assert route["closed_until"] == route["next_free"] == "2019-05-21T07:02:12.000Z"
    assert account["paused"] == {
        "until": "2019-05-21T07:03:09.000Z",
        "reason": "HTTP 401: the key is blocked after invalid commands",
    }
    page = client.get("/metrics").get_data(as_text=True)
    assert 'ivr_limit_share{account="default",window="route"} 0.5' in page
    assert 'ivr_limit_used{account="default",window="route"} 1.0' in page
    assert 'ivr_limit_seconds{account="default",window="route"} 4.0' in page
    assert 'ivr_limit_free_seconds{account="default",window="route"} 3.0' in page
    assert 'ivr_paused_seconds{account="default"} 60.0' in page


def test_idle_accounts_are_in_no_metric(client: FlaskClient, parts: FakeParts) -> None:
    page = client.get("/metrics").get_data(as_text=True)
    assert 'ivr_limit_requests{account="default",window="route"} 1.0' in page
    assert 'window="all"' not in page
    assert 'ivr_paused_seconds{account="default"} 0.0' in page


def test_versions(client: FlaskClient, parts: FakeParts) -> None:
    (version,) = client.get("/api/versions").get_json()["versions"]
    assert (version["account"], version["version"], version["activated"]) == ("default", "v1", None)
    response = client.post("/api/versions")
    assert (response.status_code, response.get_json()["version"]) == (201, "v2")
    assert parts.versions.published == [("default", "flows")]
    assert client.post("/api/versions/v1/activate").get_json()["state"] == "active"
    assert problem(client.post("/api/versions/v9/activate"))[0] == 404


def test_a_bundle_with_findings(client: FlaskClient, parts: FakeParts) -> None:
    parts.versions.is_refused = True
    response = client.post("/api/versions")
    assert problem(response)[0] == 422
    (finding,) = response.get_json()["findings"]  # the same object as from `ivr check --json`
    assert (finding["code"], finding["file"], finding["line"], finding["column"]) == ("F102", "main.yaml", 12, 15)


def test_a_store_that_does_not_answer(client: FlaskClient, parts: FakeParts, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("the database is gone")

    monkeypatch.setattr(parts.store, "all_versions", fail)
    assert problem(client.get("/api/versions")) == (503, "the database is gone")


def test_accounts() -> None:
    text = "accounts: [{name: a, api_key: k, api_salt: s}, {name: b, api_key: l, api_salt: s, flows: there}]"
    parts = FakeParts(load_settings({}, text, lambda path: path))
    client = create_app(parts).test_client()
    assert [entry["account"] for entry in client.get("/api/limits").get_json()["limits"]] == ["a", "b"]
    assert [entry["account"] for entry in client.get("/api/versions?account=b").get_json()["versions"]] == ["b"]
    assert problem(client.get("/api/calls?account=c"))[0] == 404
    assert problem(client.post("/api/versions"))[0] == 400
    assert client.post("/api/versions?account=b").status_code == 201
    assert parts.versions.published == [("b", "there")]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/unheard/of", "/unheard", "/console/unheard"])
def test_paths_that_are_not_there(path: str, client: FlaskClient) -> None:
    assert problem(client.get(path))[0] == 404


def test_wrong_methods(client: FlaskClient) -> None:
    assert client.post("/healthz").status_code == 405
    refused = client.delete("/api/calls")
    assert problem(refused) == (405, "this path takes GET")
    assert refused.headers["Allow"] == "GET"
    assert problem(client.get("/api/pause")) == (405, "this path takes POST")
    assert problem(client.put("/api/versions")) == (405, "this path takes GET or POST")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/calls", "GET"),
        ("/api/versions", "GET, POST"),
        ("/api/calls/e1/commands", "GET, POST"),
        ("/api/phone/calls/a/b=", "GET"),
        ("/api/phone/calls/a/b=/acts", "POST"),
    ],
)
def test_options_tells_the_methods_of_the_path(path: str, methods: str, client: FlaskClient) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["Allow"]) == (204, f"{methods}, OPTIONS")


def test_options_of_a_path_that_is_not_there(client: FlaskClient) -> None:
    assert problem(client.options("/api/unheard_of"))[0] == 404


def test_the_token() -> None:
    client = create_app(FakeParts(settings(IVR_ADMIN_TOKEN=TOKEN))).test_client()
    for headers in (
        {},
        {"Authorization": "Bearer other"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "ж"},
    ):
        response = client.get("/api/limits", headers=headers)
        assert problem(response)[0] == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
    remote = {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "203.0.113.8"}
    response = client.get("/api/limits", headers={"Authorization": f"Bearer {TOKEN}"}, environ_overrides=remote)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_CF_CONNECTING_IP": "203.0.113.7"},
        {"HTTP_TRUE_CLIENT_IP": "203.0.113.7"},
        {"HTTP_X_CLUSTER_CLIENT_IP": "203.0.113.7"},
        {"HTTP_X_AZURE_SOCKETIP": "203.0.113.7"},
        {"HTTP_X_ENVOY_EXTERNAL_ADDRESS": "203.0.113.7"},
        {"HTTP_X_AMZN_TRACE_ID": "Root=1-67891233-abcdef012345678912345678"},
        {"HTTP_CDN_LOOP": "cloudflare"},
        {"HTTP_X_ORIGINAL_URL": "/console/"},
        {"HTTP_X_FORWARDED": "for=203.0.113.7"},
        {"HTTP_FORWARDED_FOR": "203.0.113.7"},
        {"HTTP_X_PROXYUSER_IP": "203.0.113.7"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "none, Cross-Site"},
        {"SERVER_NAME": "0.0.0.0"},
        {"SERVER_NAME": "192.0.2.10"},
        {"SERVER_NAME": "::"},
        {"HTTP_HOST": "evil.example:8080"},
        {"HTTP_HOST": "localhost.evil.example"},
        {"HTTP_HOST": "127.0.0.1.nip.io:8080"},
        {"HTTP_HOST": "0.0.0.0:8080"},
        {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "localhost"},
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/api/limits", "/api/unheard_of"])
def test_without_a_token_only_this_machine_is_answered(path: str, environ: dict[str, str], client: FlaskClient) -> None:
    assert problem(client.get(path, environ_overrides=environ))[0] == 403


VENDORS = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-forwarded-user",
    "x-forwarded-by",
    "x-forwarded-ssl",
    "x-forwarded-scheme",
    "x-original-forwarded-for",
    "forwarded",
    "forwarded-for",
    "x-forwarded",
    "via",
    "x-real-ip",
    "x-real-port",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-ray",
    "cf-visitor",
    "cf-ipcountry",
    "cdn-loop",
    "cloudfront-viewer-address",
    "cloudfront-forwarded-proto",
    "x-amz-cf-id",
    "x-amzn-trace-id",
    "fastly-client-ip",
    "fastly-ff",
    "fly-client-ip",
    "fly-forwarded-port",
    "x-azure-clientip",
    "x-azure-fdid",
    "x-azure-ref",
    "x-appengine-user-ip",
    "x-arr-log-id",
    "x-arr-ssl",
    "disguised-host",
    "x-waws-unencoded-url",
    "max-forwards",
    "x-original-url",
    "x-original-host",
    "x-original-uri",
    "x-rewrite-url",
    "x-envoy-external-address",
    "x-envoy-peer-metadata",
    "x-proxyuser-ip",
    "x-proxy-id",
    "x-nginx-proxy",
    "wl-proxy-client-ip",
    "proxy-client-ip",
    "x-remote-ip",
    "x-remote-addr",
    "remote-addr",
    "x-originating-ip",
    "x-host",
    "x-scheme",
    "x-url-scheme",
    "x-ssl",
    "front-end-https",
    "x-varnish",
    "x-vercel-forwarded-for",
    "x-vercel-id",
    "x-nf-client-connection-ip",
    "akamai-origin-hop",
    "x-akamai-edgescape",
    "x-cloud-trace-context",
    "x-goog-iap-jwt-assertion",
    "x-served-by",
    "x-auth-request-user",
    "x-pomerium-claim-email",
    "x-authentik-username",
    "x-sucuri-clientip",
    "incap-client-ip",
    "ngrok-trace-id",
    "tailscale-user-login",
    "x-bluecoat-via",
    "x-zscaler-client-ip",
    "x-coming-from",
    "x-source-ip",
    "x-user-ip",
    "x-forwarded-client-cert",
    "client-cert",
]


@pytest.mark.parametrize("name", VENDORS)
def test_what_any_vendors_proxy_adds_shuts_the_door(name: str, client: FlaskClient) -> None:
    assert problem(client.get("/api/limits", headers={name: "x"}))[0] == 403


def test_what_browsers_and_tools_send_does_not(client: FlaskClient) -> None:
    names = [
        "accept",
        "accept-encoding",
        "accept-language",
        "accept-charset",
        "cache-control",
        "connection",
        "content-type",
        "cookie",
        "dnt",
        "pragma",
        "priority",
        "range",
        "referer",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-ch-viewport-width",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-user",
        "sec-gpc",
        "te",
        "traceparent",
        "tracestate",
        "upgrade-insecure-requests",
        "user-agent",
        "x-requested-with",
        "x-request-id",
        "authorization",
        "if-none-match",
        "if-modified-since",
        "last-event-id",
        "x-prometheus-scrape-timeout-seconds",
        "origin-agent-cluster",
        "x-http-method-override",
        "idempotency-key",
    ]
    assert client.get("/api/limits", headers=dict.fromkeys(names, "x")).status_code == 200


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8080"},
        {"HTTP_HOST": "127.0.0.1:8080", "HTTP_ORIGIN": "http://127.0.0.1:8080"},
        {"SERVER_NAME": "127.0.0.1", "HTTP_SEC_FETCH_SITE": "same-origin"},
        {"HTTP_SEC_FETCH_SITE": "none", "HTTP_USER_AGENT": "curl/8.5.0", "HTTP_ACCEPT": "*/*"},
    ],
)
def test_this_machine_is_answered(environ: dict[str, str], client: FlaskClient) -> None:
    assert client.get("/api/limits", environ_overrides=environ).status_code == 200


@pytest.mark.parametrize(
    "environ",
    [
        {"IVR_TRUSTED_PROXIES": "127.0.0.1"},
        {"IVR_TRUSTED_PROXIES": "10.0.0.0/8"},
        {"IVR_LISTEN": "0.0.0.0:8080"},
        {"IVR_LISTEN": "[::]:8080"},
        {"IVR_LISTEN": "192.0.2.10:8080"},
    ],
)
@pytest.mark.parametrize("path", ["/api/limits", "/console/", "/console/index.html"])
def test_without_a_token_a_router_that_others_reach_answers_nobody(path: str, environ: dict[str, str]) -> None:
    client = create_app(FakeParts(settings(**environ))).test_client()
    status, reason = problem(client.get(path))
    assert status == 403
    assert "IVR_ADMIN_TOKEN" in reason
    assert client.get("/healthz").status_code == 200


def test_guesses_are_slowed() -> None:
    client = create_app(FakeParts(settings(IVR_ADMIN_TOKEN=TOKEN))).test_client()
    answers = [client.get("/api/limits", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(6)]
    assert answers == [401] * 6
    slowed = client.get("/api/limits", headers={"Authorization": f"Bearer {TOKEN}"})
    assert problem(slowed)[0] == 429
    assert slowed.headers["Retry-After"] == "1"
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    assert (
        client.get("/api/limits", headers={"Authorization": "Bearer 0"}, environ_overrides=elsewhere).status_code == 401
    )


def test_health_is_public() -> None:
    client = create_app(FakeParts(settings(IVR_ADMIN_TOKEN=TOKEN))).test_client()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/commands?state=waiting", "state is one of queued, sent, confirmed, failed, expired, unknown"),
        ("/api/calls?outcome=lost", "outcome is one of answered, hung_up, released, missed"),
        ("/api/calls?live=yes", "live is one of 1, 0"),
    ],
)
def test_what_can_be_nothing_is_refused(path: str, said: str, client: FlaskClient) -> None:
    assert problem(client.get(path)) == (400, said)
