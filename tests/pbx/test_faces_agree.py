"""Whatever is done to a call, in whatever order: both faces of the model tell the same.

The emulator takes a moment for each leg and the simulator none, so every act is given the time that its consequences
take. Commands name any leg that there was; a happening that cannot be is impossible in both.
"""

from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from router.pbx.happenings import HAPPENINGS, Impossible
from tests.pbx.faces import EmulatedFace, Face, ScriptedFace
from tests.pbx.test_commands import COMMANDS

MOST_LEGS: Final = 8
EMPLOYEE: Final = ("initiator", "call_party_number")

Act = tuple[str, Any]
ACTS: Final[st.SearchStrategy[Act]] = st.one_of(
    st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(0, MOST_LEGS)),
    st.tuples(st.just("happen"), st.sampled_from(HAPPENINGS)),
    st.tuples(st.just("press"), st.sampled_from(("1", "4711", "12*", "#"))),
    st.tuples(st.just("hang up"), st.none()),
)


def done(call: Face, act: Act) -> object:
    """What comes of it, in words."""
    what, which = act
    try:
        match what:
            case "happen":
                return call.happen(which)
            case "press":
                return call.press(which)
            case "hang up":
                return call.hang_up()
    except Impossible as impossible:
        return str(impossible)
    if which > call.legs:
        return None
    command, params = COMMANDS[what]
    there = call.employee_on(which)  # in a script everybody is on the leg on whose behalf it acts
    return call.command(command, which, **{name: there if name in EMPLOYEE else params[name] for name in params})


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_both_tell_the_same(acts: list[Act]) -> None:
    emulated, scripted = EmulatedFace(), ScriptedFace()
    for act in acts:
        assert done(emulated, act) == done(scripted, act), act
