"""Numbers of the whole world in every style come back as their digits; junk never becomes a number."""

import re

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from router.protocol.dial_plan import is_complete
from router.protocol.phone_numbers import number_of, read_number, usual_number

ABROAD = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966)
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
EXAMPLES = [
    (region, example)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
]
BLANKS = st.sampled_from(["", " ", "  ", "\xa0", "-", ".", " (", ") "])


def digits_of(number: phonenumbers.PhoneNumber) -> str:
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def test_every_country_in_every_international_style() -> None:
    for region, example in EXAMPLES:
        for country in ("RU", "KZ", region):
            for style in ABROAD:
                text = phonenumbers.format_number(example, style)
                assert number_of(text, country) == digits_of(example), (text, country)


def test_every_country_as_its_own_people_write() -> None:
    for region, example in EXAMPLES:
        text = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        digits = re.sub(r"\D", "", text)
        if len(digits) < 7:
            continue  # as short as an extension of the PBX, which it then is
        wanted = {digits_of(example), digits if is_complete(digits) else ""}
        assert number_of(text, region) in wanted, (text, region)


NATIONAL = st.from_regex(r"(9[0-9]|49[59]|800)[0-9]{8}", fullmatch=True).map(lambda digits: digits[:10])


@given(
    NATIONAL,
    st.sampled_from(["+7", "8", "7", "", "+7 ", "8 "]),
    st.lists(BLANKS, min_size=10, max_size=10),
    st.booleans(),
)
def test_separators_change_nothing(national: str, code: str, blanks: list[str], extension: bool) -> None:
    body = "".join(digit + blank for digit, blank in zip(national, blanks, strict=True)).rstrip(" -.(")
    text = f"{code}{body}{' доб. 5' if extension else ''}"
    found = read_number(text)
    if found.number:
        groups = re.findall("[0-9]+", text)
        digits = re.sub(r"\D", "", f"{code}{body}")
        abroad = groups[0] not in ("7", "8") and is_complete(digits)  # `84 95…` begins with the code of Vietnam
        assert found.number == f"7{national}" or (abroad and found.number == digits)
    if code.strip() and len(re.findall("[0-9]+", body)) <= 4:
        assert found.number, found.problem


ALPHABET = "0123456789+()-., ;#*xдоб.ext/@sip:telEe\xa0и"


@given(st.text(alphabet=ALPHABET, max_size=40), st.sampled_from(["RU", "KZ", "BY", "DE", "US"]))
def test_junk_is_no_number_that_nobody_wrote(text: str, country: str) -> None:
    """The digits of a number are digits of the text in their order, behind the code of a country."""
    number = read_number(text, country).number
    if not number or "@" in number or not number.isdecimal():
        return
    assert len(number) <= 15
    written = re.sub(r"\D", "", text)
    codes = {"RU": "7", "KZ": "7", "BY": "375", "DE": "49", "US": "1"}
    code = codes[country]
    assert any(rest and rest in written for rest in {number, number.removeprefix(code)}), (text, number)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = read_number(text)
    assert bool(found.number) + found.withheld + bool(found.problem) == 1


@given(
    st.sampled_from(["+7", "8", "7"]),
    st.text(alphabet=" -(", min_size=0, max_size=3),
    NATIONAL,
    st.lists(st.text(alphabet=" )-", max_size=2), min_size=3, max_size=3),
    st.sampled_from(["RU", "KZ"]),
)
def test_the_short_way_answers_what_the_long_one_does(
    code: str, behind: str, national: str, blanks: list[str], country: str
) -> None:
    text = f"{code}{behind}{national[:3]}{blanks[0]}{national[3:6]}{blanks[1]}{national[6:8]}{blanks[2]}{national[8:]}"
    number = usual_number(text, country)
    assert number in ("", read_number(text, country).number)
    if country == "RU" and behind in (" ", " (", "-", "(") and blanks == [" ", "-", "-"]:
        assert number == f"7{national}"
