"""One text, one number or none: every way of writing that people, spreadsheets and switches have."""

import pytest

from router.protocol.dial_plan import is_complete, other_form
from router.protocol.phone_numbers import comparable, is_short, number_from_pbx, number_of, read_number


@pytest.mark.parametrize(
    "text",
    [
        "79261234567", "89261234567", "9261234567", "+79261234567", "8 (926) 123-45-67", "+7 926 123-45-67",
        "926 123-45-67", "8.926.123.45.67", "8-926-123-45-67", "892-612-345-67", "(8-926) 123-45-67", "+ 7 926 1234567",
        "(+7) 926 123 45 67", "+7 8 926 123-45-67", "+8 (926) 123-45-67", "+89261234567", "0079261234567",
        "7.9261234567E+10", "7,9261234567E+10", "7.9261234567e10", "79261234567.0", "79261234567,00", "'79261234567",
        '="79261234567"', "\u202a+7\u00a0926\u00a0123\u201145\u201167\u202c", "+７ ９２６ 123 45 67", "sip:+79261234567@host",
        "sip:79261234567@host", "sip:89261234567@sip.example.ru;user=phone", "<sip:+79261234567@host>", "tel:+79261234567",
        "tel:+7-926-123-45-67", "79261234567@host", "sip:+7(926)123-45-67@host:5060;transport=tcp", " 8 926 123 45 67 ",
        "’79261234567", "‘79261234567", '"79261234567"', "«8 (926) 123-45-67»", "„+7 926 123-45-67“", "\u200e'79261234567",
    ],
)  # fmt: skip
def test_one_number_in_many_spellings(text: str) -> None:
    assert read_number(text).number == "79261234567"
    assert number_of(text) == "79261234567"


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("+7 926 123-45-67 доб. 5", "5"), ("8(926)123-45-67 вн.123", "123"), ("8 926 1234567 (доб. 12)", "12"),
        ("+7 926 123-45-67 ext. 5", "5"), ("+79261234567#404812", "404812"), ("79261234567;ext=12", "12"),
        ("+7 926 123-45-67 x5", "5"), ("89261234567,,5", "5"), ("tel:+79261234567;ext=7", "7"),
        ("8 926 123-45-67 добавочный 100", "100"), ("8 926 123-45-67, доб 5", "5"), ("sip:+79261234567;ext=5@host", "5"),
        ("8 926 123-45-67 Доб. 12", "12"), ("8(926)123-45-67 ДОБ.12", "12"), ("8(926)1234567 Вн. 7", "7"),
    ],
)  # fmt: skip
def test_an_extension_is_cut_off_and_told(text: str, extension: str) -> None:
    found = read_number(text)
    assert (found.number, found.extension) == ("79261234567", extension)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+7 900 000-00-00, +7 900 000-00-01", "more than one number"),
        ("+79000000000 +79000000001", "more than one number"),
        ("79000000000 и 79000000001", "more than one number"),
        ("101, 102", "more than one number"),
        ("900 000-00-00, 101", "more than one number"),
        ("79000000000;101", "more than one number"),
        ("89000000000 89000000001", "more than 15 digits"),
        ("7900000000000000", "more than 15 digits"),
        ("по телефону 100", "words beside the digits"),
        ("79000000001,Ivan", "words beside the digits"),
        ("8-800-FLOWERS", "words beside the digits"),
        ("7.9E+10", "rounded"),
        ("7,92612E+10", "rounded"),
        ("790000012345#", "characters that no number has"),
        ("79261234567²", "characters that no number has"),
        ("101 102", "no telephone number"),
        ("495 1234567 100", "no telephone number"),
        ("8 926 123-45-67/68", "no telephone number"),
        ("8 926 123 45 67 5", "no telephone number"),
        ("+7 926 123", "no telephone number"),
        ("+999 123456789", "no telephone number"),
        ("Иванов", "no digits"),
        ("", "empty"),
    ],
)
def test_what_is_no_number(text: str, reason: str) -> None:
    found = read_number(text)
    assert (found.number, number_of(text)) == ("", "")
    assert reason in found.problem


@pytest.mark.parametrize("text", ["100", "0105", "112", "1", "304", "74952150438", "12345"])
def test_digits_that_need_no_reading_stay(text: str) -> None:
    assert number_of(text) == text


@pytest.mark.parametrize(
    ("text", "number"), [("101.0", "101"), ("304,0", "304"), ("101.00", ""), ("5.0", ""), ("101.5", "")]
)
def test_a_short_number_that_a_data_frame_has_made_a_float(text: str, number: str) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+84 912 345 678", "RU", "84912345678"), ("84 912 345 678", "RU", "84912345678"),
        ("84912345678", "RU", "74912345678"), ("380 44 123 45 67", "RU", "380441234567"),
        ("8-10-49-30-123456", "RU", "4930123456"), ("810 375 29 123 45 67", "RU", "375291234567"),
        ("+49 (0)30 123456", "RU", "4930123456"), ("+1 (212) 555-0123", "RU", "12125550123"),
        ("8 (800) 555-35-35", "RU", "78005553535"), ("3725123456", "RU", "3725123456"), ("123-45-67", "RU", "1234567"),
        ("8 (029) 123-45-67", "BY", "375291234567"), ("80291234567", "BY", "375291234567"),
        ("29 123-45-67", "BY", "375291234567"), ("291234567", "BY", "375291234567"),
        ("030/123456", "DE", "4930123456"), ("0171 1234567", "DE", "491711234567"), ("493012345678", "DE", "493012345678"),
        ("0049 30 123456", "DE", "4930123456"), ("101", "DE", "101"), ("+7 926 123-45-67", "DE", "79261234567"),
        ("8 (701) 234-56-78", "KZ", "77012345678"), ("7012345678", "KZ", "77012345678"), ("87012345678", "KZ", "77012345678"),
        ("(212) 555-0123", "US", "12125550123"), ("2125550123", "US", "12125550123"), ("011 49 30 123456", "US", "4930123456"),
    ],
)  # fmt: skip
def test_numbers_of_other_countries(text: str, country: str, number: str) -> None:
    assert number_of(text, country) == number


@pytest.mark.parametrize(
    "text",
    [
        "anonymous", "Anonymous", "RESTRICTED", "Unavailable", "unknown", "sip:anonymous@anonymous.invalid", "Номер скрыт",
        "<sip:Anonymous@Anonymous.Invalid>", "sip:restricted@10.0.0.1", "sip:+79000000000@anonymous.invalid", "private",
    ],
)  # fmt: skip
def test_withheld_numbers(text: str) -> None:
    found = read_number(text)
    assert (found.number, found.withheld, found.problem) == ("", True, "")
    assert (number_from_pbx(text), comparable(text)) == ("", "")


def test_addresses_are_compared_without_scheme_case_and_parameters() -> None:
    written = (
        "sip:Desk@Example.mangosip.ru;transport=udp",
        "desk@example.mangosip.ru",
        "SIP:desk@example.mangosip.ru?x=1",
    )
    assert {number_of(text) for text in written} == {"desk@example.mangosip.ru"}
    assert number_of("sip:%64esk@example.mangosip.ru") == "desk@example.mangosip.ru"
    assert number_of("sip:101@office.ru") == "101@office.ru"  # an account, not a number


def test_what_the_pbx_says_has_the_code_of_its_country() -> None:
    assert number_from_pbx("84912345678") == "84912345678"  # Vietnam, and not Ryazan
    assert number_from_pbx("89261234567") == "79261234567"  # there is no country 89
    assert number_from_pbx("4532123456") == "4532123456"
    assert number_from_pbx("9261234567") == "79261234567"
    assert number_from_pbx("100") == "100"


@pytest.mark.parametrize(
    ("text", "number", "address"),
    [
        ("sip:Ivan", "ivan", True),  # an account whose host is left out
        ("<sips:Ivan;transport=tcp>", "ivan", True),
        ("sip:+79261234567", "79261234567", False),
        ("sip:8(926)1234567;user=phone", "8(926)1234567", True),  # no parameter of an address without a host is read
        ("sip:Ivan%20P@Host.Example", "ivan p@host.example", True),
        ("Ivan@Host.Example;user=phone", "ivan@host.example", True),
        ("8926@host", "8926@host", True),  # too short for a telephone number: an account
    ],
)
def test_addresses_of_accounts_and_of_numbers(text: str, number: str, address: bool) -> None:
    found = read_number(text)
    assert (found.number, found.address) == (number, address)


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+375 29 123-45-67", "BY", "375291234567"),
        ("+1 926 123-45-67", "RU", "19261234567"),  # eleven digits, and not of Russia
        ("8 926 123-45-67", "US", ""),
        ("0 926 123-45-67", "RU", ""),
    ],
)
def test_codes_and_trunks(text: str, country: str, number: str) -> None:
    assert number_of(text, country) == number


@pytest.mark.parametrize(
    ("number", "other"),
    [("79261234567", "89261234567"), ("375291234567", ""), ("7926123456", ""), ("69261234567", ""), ("101", "")],
)
def test_the_other_form_of_a_number_of_russia(number: str, other: str) -> None:
    assert other_form(number) == other


@pytest.mark.parametrize(
    ("digits", "country", "complete"),
    [
        ("79261234567", "RU", True),
        ("84912345678", "RU", True),
        ("89261234567", "RU", False),
        ("9261234567", "RU", False),
        ("375291234567", "BY", True),
    ],
)
def test_digits_that_begin_with_the_code_of_a_country(digits: str, country: str, *, complete: bool) -> None:
    assert is_complete(digits, country) is complete


def test_a_number_of_the_pbx_is_not_read_once_more() -> None:
    """84 912 345 678 is in Vietnam; what no country has is read as people write it."""
    assert number_from_pbx("84912345678") == "84912345678"
    assert number_from_pbx("89261234567") == "79261234567"
    assert number_from_pbx("79261234567") == "79261234567"
    assert number_from_pbx("926123456") == "926123456"
    assert number_from_pbx("8 926 123-45-67") == "79261234567"


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("8 926 123-45-67", "79261234567"),
        (" Ivan ", "ivan"),
        ("Sip:Ivan@Host", "ivan@host"),
        ("anonymous", ""),
        ("101", "101"),
    ],
)
def test_what_is_compared(text: str, compared: str) -> None:
    assert comparable(text) == compared


def test_more_than_fifteen_digits_are_a_number_only_behind_the_prefix_for_calls_abroad() -> None:
    assert read_number("81049301234567890").number == "49301234567890"
    found = read_number("7900000000000000")
    assert (found.number, found.problem) == ("", "it has more than 15 digits")


@pytest.mark.parametrize(
    ("digits", "short"), [("1", True), ("123456", True), ("1234567", False), ("", False), ("12a", False), ("١", False)]
)
def test_short_numbers_of_the_pbx_have_six_digits_at_most(digits: str, *, short: bool) -> None:
    assert is_short(digits) is short


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel:261234567;phone-context=+79", "79261234567"),
        ("tel:+79261234567;phone-context=+375", "79261234567"),
        ("sip:89261234567@h;User=Phone", "79261234567"),
        ("123456789012345", "123456789012345"),  # fifteen digits are a number
    ],
)
def test_contexts_and_bounds(text: str, number: str) -> None:
    assert number_of(text) == number
