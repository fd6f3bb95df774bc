import pytest

from router.flow.resources.masks import compile_mask, matches


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("7926*", "79261234567"),
        ("7926*", "7926"),
        ("*", ""),
        ("*", "anything"),
        ("*4567", "79261234567"),
        ("79*67", "79261234567"),
        ("7*26*67", "79261234567"),
        ("*a*b*", "xxaxxbxx"),
        ("7926xxxxxxx", "79261234567"),
        ("7926#######", "79261234567"),
        ("7926XXX", "7926123"),
        ("749511122-5xx", "74951112399"),
        ("74951112-5", "74951115"),
        ("7-9*", "8"),
        ("10-20", "15"),
        ("10-20", "10"),
        ("10-20", "20"),
        ("74950000000-74950000099", "74950000042"),
        ("1-5", "3"),
        ("", ""),
        ("привет*", "привет, мир"),
        ("a.c", "a.c"),
        ("[1]", "[1]"),
    ],
)
def test_a_mask_covers(mask: str, text: str) -> None:
    assert matches(text, mask)


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("7926*", "7925"),
        ("7926*", "+7926"),
        ("*4567", "45678"),
        ("79*97", "797"),
        ("7926xxx", "792612"),
        ("7926xxx", "79261234"),
        ("7926xxx", "7926abc"),
        ("x", "٣"),
        ("7-9*", "6"),
        ("10-20", "9"),
        ("10-20", "21"),
        ("10-20", "015"),
        ("10-20", "1a"),
        ("a.c", "abc"),
        ("", "1"),
        ("9-5*", "7"),
        ("79*", "879"),
    ],
)
def test_a_mask_does_not_cover(mask: str, text: str) -> None:
    assert not matches(text, mask)


def test_a_range_that_falls_is_no_mask() -> None:
    assert compile_mask("9-5*") is None
    assert compile_mask("20-10") is not None  # 2, a digit from 0 to 1, 0
    assert matches("200", "20-10")


def test_a_run_takes_in_line_breaks() -> None:
    assert matches("a\nb", "a*b")


def test_many_runs_do_not_multiply() -> None:
    """With backtracking over every run this would take longer than the universe has existed."""
    assert not matches("a" * 5000, "*a" * 60 + "*b")
    assert matches("a" * 5000, "*a" * 60 + "*")
