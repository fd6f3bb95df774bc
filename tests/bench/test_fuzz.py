"""A slice of the million: bad requests change nothing and are nobody's fault but the sender's."""

from pathlib import Path

from bench.fuzz import KINDS, faults, run, state
from bench.inside import posted, router_inside
from bench.traffic import call_events


def test_bad_requests_are_refused_and_change_nothing(tmp_path: Path) -> None:
    database = tmp_path / "router" / "ivr.db"
    with router_inside(tmp_path / "router") as inside:
        assert set(inside.answer([posted(event) for event in call_events("good")])) == {200}
        before = state(database)
        seen = run(inside, 1500, seed=7)
        assert state(database) == before
    assert {kind for kind, _ in seen} == set(KINDS)
    assert not faults(seen)
