import pytest

from router.flow.resources.key_patterns import KeyTrie, parse_pattern


@pytest.mark.parametrize(
    ("written", "pattern"),
    [("1", "1"), ("star", "*"), ("pound", "#"), ("3xx", "3xx"), ("*", "*"), ("12#", "12#"), ("0", "0")],
)
def test_a_key_is_read(written: str, pattern: str) -> None:
    assert parse_pattern(written) == pattern


@pytest.mark.parametrize("written", ["", "a", "1 2", "3XX", "хх", "stars", "1-3", "٣", "1\n"])
def test_what_is_no_key_is_refused(written: str) -> None:
    assert parse_pattern(written) is None


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("", (None, True)),
        ("1", ("1", False)),
        ("3", (None, True)),
        ("31", (None, True)),
        ("317", ("3xx", False)),
        ("3179", (None, False)),
        ("*", ("*", False)),
        ("#", (None, False)),
        ("3*", (None, False)),
        ("9", (None, False)),
    ],
)
def test_digits_are_matched(digits: str, expected: tuple[str | None, bool]) -> None:
    assert KeyTrie(["1", "2", "*", "3xx"]).match(digits) == expected


def test_a_complete_pattern_that_may_go_on_says_both() -> None:
    assert KeyTrie(["1", "1xx"]).match("1") == ("1", True)


@pytest.mark.parametrize(
    ("patterns", "digits", "meant"),
    [
        (["xxx", "1xx", "11x", "111"], "111", "111"),
        (["xxx", "1xx", "11x"], "111", "11x"),
        (["xxx", "1xx"], "111", "1xx"),
        (["x11", "1xx"], "111", "x11"),
        (["x1", "1x"], "11", "1x"),
    ],
)
def test_the_most_specific_pattern_is_meant(patterns: list[str], digits: str, meant: str) -> None:
    assert KeyTrie(patterns).match(digits)[0] == meant
    assert KeyTrie(reversed(patterns)).match(digits)[0] == meant


def test_an_x_that_somebody_sends_is_no_key() -> None:
    assert KeyTrie(["x", "3x"]).match("x") == (None, False)
    assert KeyTrie(["x", "3x"]).match("3x") == (None, False)


def test_no_patterns_match_nothing() -> None:
    assert KeyTrie([]).match("") == (None, False)
    assert KeyTrie([]).match("1") == (None, False)


@pytest.mark.parametrize(
    ("patterns", "pairs"),
    [
        (["1", "2", "3xx", "*"], []),
        (["1", "1xx"], [("1", "1xx")]),
        (["x", "12"], [("x", "12")]),
        (["1x", "x23", "1"], [("1", "1x"), ("1x", "x23"), ("1", "x23")]),
        (["x", "*1", "#"], []),
        (["xx", "1", "3x*"], [("1", "xx"), ("xx", "3x*")]),
    ],
)
def test_ambiguous_patterns_are_found(patterns: list[str], pairs: list[tuple[str, str]]) -> None:
    assert KeyTrie(patterns).ambiguous() == sorted(pairs)


def test_an_ambiguous_pair_is_one_that_some_caller_can_meet() -> None:
    trie = KeyTrie(["1", "1xx", "x7", "40", "4x2"])
    met = set()
    for number in range(1000):
        for width in (1, 2, 3):
            exact, more = trie.match(f"{number:0{width}}"[:width])
            if exact is not None and more:
                met.add(exact)
    assert met == {short for short, _ in trie.ambiguous()}
