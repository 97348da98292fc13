"""NHS numbers in text: which ten digits are one, however they are written.

Without polars: the children that read workbooks and Parquet files use it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from nhs_number.validate import calculate_checksum

WITHHELD = "[name withheld: it held an NHS number]"
KINDS = (".zip", ".xlsx", ".csv", ".parquet")

GAP = r"[\W_]{0,3}"
FLOAT = r"[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{1,2}"
# 3-3-4 with any gaps or none; thousands; single digits with one separator; a float.
FORMS = (
    rf"[0-9]{{3}}{GAP}[0-9]{{3}}{GAP}[0-9]{{4}}",
    r"[0-9](?P<thousands>[\W_])[0-9]{3}(?P=thousands)[0-9]{3}(?P=thousands)[0-9]{3}",
    r"[0-9](?P<single>[\W_])(?:[0-9](?P=single)){8}[0-9]",
    FLOAT,
)
# Bounded by what is no letter or digit, or by the very word for it (NHSno9434765919).
BEFORE = r"(?:(?<![^\W_])|(?<=nhs)|(?<=nhsno)|(?<=nhsnumber))"
# As a look-ahead, so that one candidate does not hide the next.
CANDIDATE = re.compile(rf"{BEFORE}(?=({'|'.join(FORMS)})(?![^\W_]))", re.IGNORECASE)
SIGNIFICANT = 6  # digits of a float below which it is a round number


def is_nhs_number(digits: str) -> bool:
    """True for ten ASCII digits whose last is the check digit of the others.

    Source: NHS Data Dictionary, NHS NUMBER; ten equal digits pass but are never issued.
    """
    if re.fullmatch("[0-9]{10}", digits) is None or len(set(digits)) == 1:
        return False
    return calculate_checksum(digits[:9]) == int(digits[9])


def holds_nhs_number(text: str) -> bool:
    """True where a number in one of the known forms passes the check."""
    return any(is_nhs_number(digits) for digits in ten_digits_in(text))


def ten_digits_in(text: str) -> Iterator[str]:
    """The ten digits of each place that has the shape of an NHS number."""
    for match in CANDIDATE.finditer(plain(text)):
        shape = match.group(1)
        digits = _of_float(shape) if "e" in shape.lower() else re.sub("[^0-9]", "", shape)
        if len(digits) == 10:
            yield digits


def plain_digits(text: str) -> str:
    """The digits of a cell that holds one number and nothing else, else nothing."""
    told = re.sub(r"\.0+$", "", plain(text).strip())
    if re.search("[0-9][eE]", told):
        return _of_float(told) if re.fullmatch(FLOAT, told) else ""
    return re.sub(r"[\W_]", "", told) if re.fullmatch(r"[0-9\W_]+", told) else ""


def plain(text: str) -> str:
    """The text with every kind of digit as 0 to 9, and without marks that are not seen."""
    if text.isascii():
        return text
    return "".join(_plain(c) for c in unicodedata.normalize("NFKC", text))


def bytes_hold_nhs_number(content: bytes) -> bool:
    """True where bytes of an unknown kind hold one as text, in any of the usual encodings."""
    return any(map(holds_nhs_number, _readings(content)))


def _readings(content: bytes) -> Iterator[str]:
    try:
        yield content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield content.decode("latin-1")
        yield content.decode("utf-8", "replace")  # text amid bytes that are none
    for start in (0, 1):  # what is of two bytes a sign may begin at either
        yield content[start:].decode("utf-16-le", "replace")
        yield content[start:].decode("utf-16-be", "replace")


def withheld_name(name: str) -> str:
    """The name, or where it holds a number a stand-in with the kind of file."""
    if not holds_nhs_number(name):
        return name
    kind = "." + name.rpartition(".")[2].lower()
    return WITHHELD + (kind if kind in KINDS else "")


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "" if unicodedata.category(character) in ("Mn", "Me", "Cf") else character


def _of_float(text: str) -> str:
    """The digits of a whole number written as a float (9.434765919E9), else nothing."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) <= SIGNIFICANT or int(exponent) > 9:
        return ""
    number = Decimal(mantissa).scaleb(int(exponent))
    return str(int(number)) if number == number.to_integral_value() else ""
