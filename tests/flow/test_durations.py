import pytest

from router.flow.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("500ms", 0.5),
        ("6s", 6.0),
        ("0s", 0.0),
        ("1.5s", 1.5),
        ("2m", 120.0),
        ("10m", 600.0),
        ("1h", 3600.0),
        ("30d", 2_592_000.0),
        ("1m30s", 90.0),
        ("1h30m", 5400.0),
        ("1s500ms", 1.5),
        ("2m5ms", 120.005),
    ],
)
def test_a_duration_is_read(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", "5", "5 s", " 5s", "s", "ms", "-5s", "5sec", "30s1m", "1m1m", "1.s", "5S", "٥s", "9999999s", "1e3s", "5s\n"],
)
def test_what_is_no_duration_is_refused(written: str) -> None:
    assert parse_duration(written) is None


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (0.0004, "0s"),
        (0.5, "500ms"),
        (6, "6s"),
        (90, "1m30s"),
        (3600, "1h"),
        (86_400, "1d"),
        (93_784.25, "1d2h3m4s250ms"),
        (-90, "-1m30s"),
    ],
)
def test_a_duration_is_written(seconds: float, written: str) -> None:
    assert format_duration(seconds) == written


def test_what_is_written_reads_back() -> None:
    for milliseconds in range(0, 10_000_000, 7919):
        assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000
