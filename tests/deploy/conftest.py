"""The names of the metrics that a router exports."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from router.web import create_app
from tests.web.parts import FakeParts


@pytest.fixture(scope="session")
def exported() -> set[str]:
    """Every name that can stand in an expression: of families, and of the series of each kind."""
    page = create_app(FakeParts()).test_client().get("/metrics").get_data(as_text=True)
    names = {"ivr_workers", "ivr_dispatcher_heartbeat_age_seconds", "ivr_timers_heartbeat_age_seconds"}
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    for family in text_string_to_metric_families(page):
        if family.name.endswith("_created"):  # workers that share their counts do not tell it
            continue
        names |= {family.name.removesuffix("_total") + ending for ending in endings[family.type]}
    return names
