"""`--update`: what is rewritten, and that nothing else is."""

import pytest

from router.simulator.update import rewritten, updated
from tests.simulator.bundles import read

BEFORE = """# тесты главного сценария
flow: main
tests:
  - name: "a"   # first
    script:
      - expect: {play:   audio.again}   # the prompt
      - keys: "2"
      - expect:
          route: group sales   # to whom
          priority: "normal"

      # the end
      - expect_end:  released
"""
AFTER = """# тесты главного сценария
flow: main
tests:
  - name: "a"   # first
    script:
      - expect: {play:   audio.menu}   # the prompt
      - keys: "2"
      - expect:
          route: person operator   # to whom
          priority: "high"

      # the end
      - expect_end:  missed
"""


def update(text: str) -> tuple[str, str | None]:
    """(the text afterwards, why the test still fails)."""
    bundle, scripts, findings = read(text)
    assert not findings
    verdict, edits = updated(scripts[0], bundle)
    return rewritten(text, edits), verdict.failure.reason if verdict.failure is not None else None


def script(*lines: str) -> str:
    head = "flow: main\ntests:\n  - name: one\n    script:\n"
    return head + "".join(f"      - {line}\n" for line in lines)


def test_only_the_values_that_differ_are_rewritten() -> None:
    assert update(BEFORE) == (AFTER, None)
    assert update(AFTER) == (AFTER, None)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str) -> None:
    assert update(BEFORE.replace("\n", end)) == (AFTER.replace("\n", end), None)


REWRITTEN = {
    "expect: {route: group sales, priority: high}": "expect: {play: audio.menu}",
    "expect: hangup": "expect: {play: audio.menu}",
    'expect: {play: {prompt: "9", after_play_time: 1}}': 'expect: {play: {prompt: "audio.menu", after_play_time: "7"}}',
    "expect: {play: 9}": "expect: {play: audio.menu}",
}


@pytest.mark.parametrize(("before", "after"), REWRITTEN.items())
def test_another_command_is_said_anew(before: str, after: str) -> None:
    assert update(script(before)) == (script(after), None)


def test_another_command_in_a_block_keeps_what_follows() -> None:
    text = script("expect:\n          route: group sales\n          priority: high   # gone\n", "keys: 9")
    after, _ = update(text)
    assert after == script("expect:\n          {play: audio.menu}   # gone\n", "keys: 9")


def test_a_command_without_fields() -> None:
    given = "    given: {from: ''}\n    script:"
    before = script("expect: {play: audio.menu}").replace("    script:", given)
    assert update(before) == (script("expect: hangup").replace("    script:", given), None)


def test_what_is_no_matter_of_words_is_left_to_the_author() -> None:
    never = script("expect: {play: audio.again}", "expect: {play: audio.sorry}")
    after, why = update(never)
    assert after == script("expect: {play: audio.menu}", "expect: {play: audio.sorry}")
    assert why == "expected play audio.sorry, but no command came within 3 s; play audio.again comes after 9 s"
    unexpected = script("expect: {play: audio.menu}", "keys: 1")
    assert update(unexpected) == (unexpected, "nobody expected route group sales, 0 s after the call came")
