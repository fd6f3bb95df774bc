"""When there are traces, and when not a module of theirs is loaded."""

import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from router.tracing import otel_options

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_wanted(environ: dict[str, str], wanted: bool) -> None:
    assert otel_options.are_wanted(environ) is wanted


def test_without_the_library_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otel_options, "_is_installed", lambda: False)
    with capture_logs() as lines:
        assert otel_options.open_exporter(ENDPOINT) is None
    assert "ivr-router[otel]" in lines[0]["advice"]


def test_other_protocols_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otel_options, "_is_installed", lambda: True)
    with capture_logs() as lines:
        assert otel_options.open_exporter({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}) is None
    assert lines[0]["protocol"] == "grpc"


def test_off_means_not_imported() -> None:
    code = "import sys, router.bootstrap; from router.tracing import open_exporter; assert open_exporter({}) is None; "
    code += "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
