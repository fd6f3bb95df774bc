"""Keys that were typed before the step that takes them began."""

from tests.engine.scenario import Scenario

STEPS = """
  first: {play: {prompt: audio.hello, next: ask}}
  ask: {menu: {prompt: audio.hello, type_ahead: true, keys: {1: more, 2: bye}, no_input: {goto: bye}, no_match: {max: 1, goto: bye}}}
  more: {collect: {prompt: audio.again, type_ahead: true, into: pin, length: 3, next: shut, no_input: {goto: bye}, no_match: {goto: bye}}}
  shut: {menu: {prompt: audio.again, keys: {5: bye}, no_input: {goto: bye}, no_match: {goto: bye}}}
  bye: hangup"""
HEAD = "flow: main\nfor: any\non_error: oops\nvars: {pin: {type: text}, code: {type: text}}\n"
SECRET = """
  secret: {collect: {prompt: audio.again, into: code, secret: true, next: bye, no_input: {goto: bye}, no_match: {goto: bye}}}"""


def played(call: Scenario) -> list[str]:
    return [command.label for command in call.commands]


def heard_hello(steps: str = STEPS) -> Scenario:
    return Scenario(steps, header=HEAD).comes().done()


def test_keys_of_a_prompt_are_for_the_menu_behind_it() -> None:
    call = heard_hello().keys("1").wait(5)
    assert (call.at_step, played(call)) == ("more", ["audio.hello", "audio.again"])


def test_one_packet_may_be_for_several_steps() -> None:
    call = heard_hello().keys("1777").wait(5)
    assert call.at_step == "shut"
    assert call.call.variables["pin"] == "777"
    assert played(call) == ["audio.hello", "audio.again"], "neither the menu's prompt nor that of the collect is heard"


def test_packets_add_up() -> None:
    call = heard_hello().keys("1").keys("7").keys("77").wait(5)
    assert (call.at_step, call.call.variables["pin"]) == ("shut", "777")


def test_what_is_not_enough_is_waited_for() -> None:
    call = heard_hello().keys("17").wait(5)
    assert (call.at_step, played(call)) == ("more", ["audio.hello"])
    assert call.keys("77").at_step == "shut"


def test_the_rest_of_a_packet_is_for_the_next_step_that_listens() -> None:
    call = heard_hello().wait(5).keys("17")
    assert call.at_step == "more"
    assert call.keys("77").at_step == "shut"


def test_a_step_that_takes_nothing_ahead_drops_what_was_typed() -> None:
    call = heard_hello().keys("17775").wait(5)
    assert (call.at_step, call.call.typed) == ("shut", "")
    assert played(call)[-1] == "audio.again"


def test_wrong_keys_ahead_are_a_mistake_and_the_rest_is_dropped() -> None:
    call = heard_hello().keys("92").wait(5)
    assert (call.at_step, played(call)) == ("ask", ["audio.hello", "audio.hello"])
    assert "re-prompt 1 of 1" in call.notes


def test_without_type_ahead_nothing_is_kept() -> None:
    call = heard_hello(STEPS.replace("type_ahead: true, ", "")).keys("1")
    assert call.call.typed == ""
    assert "digits dropped" in call.notes


class Mirror:
    """Seals by turning a text round, so that a test sees what is stored."""

    def seal(self, text: str, *_bound_to: str) -> str:
        return f"<{text[::-1]}>" if text else ""

    def open(self, sealed: str, *_bound_to: str) -> str:
        return sealed[1:-1][::-1]


def test_where_secrets_are_collected_keys_are_kept_sealed() -> None:
    steps = STEPS.replace("2: bye", "2: secret") + SECRET
    call = Scenario(steps, header=HEAD, sealer=Mirror()).comes().done().keys("1")
    assert call.call.typed == "<1>"
    assert [entry.data["digits"] for entry in call.trace if entry.kind == "digits"] == ["*"]
    call.wait(5)
    assert call.at_step == "more"
    assert "1 keys typed ahead" in call.notes
    assert call.call.typed == ""


POUND = """
  first: {menu: {prompt: audio.hello, keys: {1: code, 2: open}, no_input: {goto: bye}, no_match: {goto: bye}}}
  code: {collect: {prompt: audio.again, type_ahead: true, into: code, length: {min: 3, max: 4}, terminator: pound, next: pin, no_input: {goto: bye}, no_match: {max: 0, goto: bye}}}
  pin: {collect: {prompt: audio.again, type_ahead: true, into: pin, length: 2, next: ask, no_input: {goto: bye}, no_match: {max: 0, goto: bye}}}
  ask: {menu: {prompt: audio.hello, type_ahead: true, keys: {5: shut, star: bye}, no_input: {goto: bye}, no_match: {max: 0, goto: bye}}}
  open: {collect: {prompt: audio.again, into: code, length: 3, next: confirm, no_input: {goto: bye}, no_match: {goto: bye}}}
  confirm: {menu: {keys: {pound: shut}, no_input: {goto: bye}, no_match: {max: 0, goto: bye}}}
  shut: {wait: {for: 1h, next: bye}}
  bye: hangup"""


def asked(keys: str) -> Scenario:
    return Scenario(POUND, header=HEAD).comes().done().keys(keys)


def test_a_pound_behind_a_number_that_its_length_ended_is_no_mistake_of_the_next_step() -> None:
    call = asked("11234#77#5")
    assert call.at_step == "shut"
    assert (call.call.variables["code"], call.call.variables["pin"]) == ("1234", "77")
    assert call.notes.count("# belongs to the number before") == 2


def test_it_may_come_a_moment_later_and_cuts_no_prompt_off() -> None:
    call = asked("1123#77").done()
    assert (call.at_step, played(call)[-1]) == ("ask", "audio.hello")
    due = call.call.timers["prompt"]
    call.wait(2).keys("#")
    assert (call.at_step, call.call.timers["prompt"]) == ("ask", due)
    assert call.keys("5").at_step == "shut"


def test_a_second_one_and_one_that_is_late_are_mistakes() -> None:
    assert asked("1123#77##").at_step == "bye"
    assert asked("1123#77").done().wait(3.5).keys("#").at_step == "bye"


def test_one_that_ended_its_own_number_leaves_none_over() -> None:
    assert asked("1123##").at_step == "bye"


def test_a_step_that_has_a_use_for_the_key_gets_it() -> None:
    assert asked("1123#77*").at_step == "bye", "star is a key of the menu"
    assert asked("2").done().keys("123").keys("#").at_step == "shut"
