"""A few troubles, tried with a real Prometheus; the others are tried by `make soak`, which writes the table."""

import pytest

from tests.troubles.__main__ import recordings
from tests.troubles.catalogue import TROUBLES, Trouble
from tests.troubles.prometheus import is_installed
from tests.troubles.steps import NotHere
from tests.troubles.table import BEGIN, END, PAGE, RUSSIAN_PAGE, markdown, russian
from tests.troubles.trial import complaints, tried


@pytest.mark.acceptance
@pytest.mark.skipif(not is_installed(), reason="prometheus is not installed (Debian: prometheus)")
@pytest.mark.parametrize("trouble", [one for one in TROUBLES if not one.is_slow], ids=lambda one: one.name)
def test_it_is_said(trouble: Trouble) -> None:
    try:
        _, wrong = tried(trouble)
    except NotHere as missing:
        pytest.skip(f"{missing} is missing here")
    assert wrong == []


def test_the_table_is_what_was_recorded() -> None:
    for page, table in ((PAGE, markdown(recordings())), (RUSSIAN_PAGE, russian(recordings()))):
        shown = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()
        assert shown == table, "python -m tests.troubles --table"


def test_all_troubles_were_recorded_and_are_told_as_they_have_to_be() -> None:
    recorded = recordings()
    assert list(recorded) == [one.name for one in TROUBLES]
    assert len(recorded) >= 25
    assert {one.name: wrong for one in TROUBLES if (wrong := complaints(one, recorded[one.name]))} == {}
