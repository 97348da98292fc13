"""NHS numbers that a site may send: compared with its pseudonyms in memory, and dropped."""

from __future__ import annotations

import polars as pl

from expectations.dictionary import PATIENT
from ingest.nhs_numbers import is_nhs_number, plain_digits
from ingest.pseudonym import linkage_pseudonym
from ingest.reading import LINE, Place, Source

NUMBER = "nhs_number"


def linkage_findings(
    numbers: pl.Series, frame: pl.DataFrame, source: Source, linkage_key: bytes
) -> tuple[Place, ...]:
    """What the numbers say of the pseudonyms beside them; nothing of a number is in it.

    Args:
        numbers: as sent, one a row of `frame`, empty where there is none.
        frame: the table's rows with patient_pseudo_id and source_line.

    Returns:
        K08d where a number lacks its check digit, K08c where it gives another pseudonym.
    """
    rows = frame.select(LINE, PATIENT).with_columns(numbers.alias(NUMBER))
    sent = rows.filter(pl.col(NUMBER).str.strip_chars() != "")
    pseudonyms = {text: _pseudonym(text, linkage_key) for text in sent[NUMBER].unique()}
    found = []
    for line, pseudonym, number in sent.iter_rows():
        if pseudonyms[number] is None:
            found.append(source.place("CHECK_DIGIT", line, PATIENT))
        elif pseudonyms[number] != pseudonym:
            found.append(source.place("LINKAGE", line, PATIENT))
    return tuple(found)


def _pseudonym(text: str, linkage_key: bytes) -> str | None:
    digits = plain_digits(text)
    return linkage_pseudonym(linkage_key, digits) if is_nhs_number(digits) else None
