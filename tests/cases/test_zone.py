"""A flow whose time zone is written as people call it: one finding at the zone, and after its advice nine is nine there."""

from datetime import date
from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.findings import Finding
from router.flow.loader import LoadedBundle, load
from router.flow.suggestions.advice import applied
from router.simulator.read import read_scripts
from router.simulator.run_test import run

FILES = read_directory(Path(__file__).parent / "zone")
TODAY = date(2026, 11, 30)
HERE = "Europe/Moscow"
IN_MOSCOW = (
    "MSK", "msk", "Msk", "МСК", "Moscow", "moscow", "Москва", "GMT+3", "UTC+3", "utc+03:00", "+03:00", "+3", "MSK-3",
    "MSK+0", "Russia/Moscow", "Europe/Mosckow", "europe/moscow", "Europe/Moskow", "Europe Moscow",
)  # fmt: skip
ELSEWHERE = {"MSK+4": "Asia/Novosibirsk", "UTC+7": "Asia/Novosibirsk", "Новосибирск": "Asia/Novosibirsk", "GMT+5": "Asia/Yekaterinburg", "ALMT": "Asia/Almaty"}  # fmt: skip
NOWHERE = ("Moon", "UTC+25", "GMT+5:17", "office")


def written(zone: str) -> dict[str, bytes]:
    return {**FILES, "main.yaml": FILES["main.yaml"].replace(HERE.encode(), f'"{zone}"'.encode())}


def the_finding(zone: str) -> Finding:
    """The only one, at the zone."""
    (finding,) = load(written(zone), today=TODAY).findings
    assert (finding.mark.line, finding.mark.column) == (4, 11)
    return finding


def mended(zone: str) -> LoadedBundle:
    """The bundle after the advice was carried out."""
    files = written(zone)
    loaded = load(
        {**files, "main.yaml": applied(files["main.yaml"].decode(), the_finding(zone).fix).encode()}, today=TODAY
    )
    assert not loaded.findings
    return loaded


def outcomes(loaded: LoadedBundle) -> list[bool]:
    """Whether it is night, and day, by the scripts of Moscow."""
    assert loaded.bundle is not None
    texts = {name: content.decode() for name, content in FILES.items()}
    scripts, _ = read_scripts(loaded.tests, loaded.bundle, texts)
    return [run(script, loaded.bundle).failure is None for script in scripts]


@pytest.mark.parametrize("zone", IN_MOSCOW)
def test_moscow_by_other_names(zone: str) -> None:
    loaded = mended(zone)
    assert loaded.bundle is not None
    assert loaded.bundle.flows["main"].timezone == HERE
    assert outcomes(loaded) == [True, True]


@pytest.mark.parametrize("zone", ELSEWHERE)
def test_another_zone_is_not_moscow(zone: str) -> None:
    loaded = mended(zone)
    assert loaded.bundle is not None
    assert loaded.bundle.flows["main"].timezone == ELSEWHERE[zone]
    assert outcomes(loaded) == [False, True]  # it is day there already


@pytest.mark.parametrize("zone", NOWHERE)
def test_what_no_zone_is_called_is_told_without_a_fix(zone: str) -> None:
    finding = the_finding(zone)
    assert finding.severity == "error"
    assert not finding.fix


def test_the_sign_of_etc_is_told_with_what_it_means_and_counts_as_it_stands() -> None:
    """`Etc/GMT+3` is three hours behind UTC."""
    loaded = load(written("Etc/GMT+3"), today=TODAY)
    assert [finding.code for finding in loaded.findings] == ["W614"]
    assert "UTC-03:00" in loaded.findings[0].message
    assert outcomes(loaded) == [True, False]  # night at 02:59, and at 03:00
