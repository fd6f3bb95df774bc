"""Whether there are traces, by OpenTelemetry's own variables: https://opentelemetry.io/docs/specs/otel/configuration/."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from router.logs import get_logger

if TYPE_CHECKING:
    from router.tracing.exporter import SpanExporting

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP: Final = "http/protobuf"
LIBRARY: Final = "opentelemetry.exporter.otlp.proto.http"

log = get_logger()


def are_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector, or OTLP by name, and does not switch traces off."""
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return exporter == "otlp" or (not exporter and any(environ.get(name, "").strip() for name in ENDPOINTS))


def open_exporter(environ: Mapping[str, str]) -> "SpanExporting | None":
    """What sends spans, None when they are not configured. Imports the library only then."""
    if not are_wanted(environ):
        return None
    if not _is_installed():
        log.warning("no traces: OpenTelemetry is not installed", advice="pip install 'ivr-router[otel]'")
        return None
    protocol = next((environ[name].strip() for name in PROTOCOLS if environ.get(name, "").strip()), HTTP)
    if protocol != HTTP:
        log.warning("no traces: they leave by OTLP over HTTP alone", protocol=protocol,
                    advice=f"set OTEL_EXPORTER_OTLP_PROTOCOL={HTTP} and the collector's HTTP port, 4318")  # fmt: skip
        return None
    from router.tracing.exporter import SpanExporting

    return SpanExporting(environ)


def _is_installed() -> bool:
    try:
        return find_spec(LIBRARY) is not None
    except ModuleNotFoundError:
        return False
