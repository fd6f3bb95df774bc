"""What docs/scale.md tells beside the history can be set up; the parts with servers take minutes."""

from pathlib import Path

import pytest

from bench.scale import long_call
from bench.scale.__main__ import PARTS


def test_a_long_call_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_call, "EVENTS", 301)
    found = dict(PARTS["call"](tmp_path, ""))
    assert float(found["its state"].removesuffix(" KB")) < 16
    assert all(found.values())
    assert len(found) == 3
