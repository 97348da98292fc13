"""C1: done in research that is approved, open and consented to on the day."""

from __future__ import annotations

import pytest

from tests.sql.drawing import values

MET, NOT_MET, CANNOT_TELL = 1, 0, None


def of(connection, indicator):
    return values(connection, f"ind_{indicator}_per_procedure")


def reasons(connection, indicator):
    return values(connection, f"ind_{indicator}_per_procedure", "reason")


def research(warehouse, **drawn):
    """One study, open and confirmed, in the register, unless the test draws another."""
    register = {"research_study": "study_id\nstudy", "study_site": "study_id\nstudy"}
    return warehouse(**(register | drawn))


def test_research_consent_on_the_day_is_met_and_the_day_after_is_not(warehouse):
    connection = research(
        warehouse,
        procedure="""
        procedure_id | enrolment_id | patient
        on_the_day   | a            | p
        day_after    | b            | p
        not_enrolled |              | p
        not_sent     | x            | p
        no_date      | c            | p
        no_treatment | d            | p
        no_scope     | e            | p
        other_person | f            | p
        """,
        research_enrolment="""
        enrolment_id | patient | consent_date | consent_scope
        a            | p       | 2024-01-01   | LINKAGE;TREATMENT
        b            | p       | 2024-01-02   | TREATMENT
        c            | p       |              | TREATMENT
        d            | p       | 2023-12-01   | DATA_REGISTRY;LINKAGE
        e            | p       | 2023-12-01   |
        f            | q       | 2023-12-01   | TREATMENT
        """,
    )
    assert of(connection, "research_only") == {
        "on_the_day": MET,
        "day_after": NOT_MET,
        "not_enrolled": NOT_MET,
        "not_sent": CANNOT_TELL,
        "no_date": CANNOT_TELL,
        "no_treatment": NOT_MET,
        "no_scope": CANNOT_TELL,
        "other_person": CANNOT_TELL,
    }
    assert reasons(connection, "research_only") == {
        "on_the_day": None,
        "day_after": "consent after the procedure",
        "not_enrolled": "no enrolment in research",
        "not_sent": "enrolment record not sent",
        "no_date": "date of consent not recorded",
        "no_treatment": "consent does not cover the treatment",
        "no_scope": "scope of consent not recorded",
        "other_person": "the enrolment is of another patient",
    }
    consent = values(connection, "fct_procedure", "has_registry_consent")
    assert consent["no_treatment"] is True
    assert consent["on_the_day"] is False
    assert consent["not_enrolled"] is consent["no_scope"] is None


def test_research_needs_an_approved_study_that_is_open_on_the_day(warehouse):
    studies = """
        study_id   | rec_reference | rec_favourable_opinion_date | study_open | study_close
        edges      | 21/LO/0123    | 2024-01-01                  | 2024-01-01 | 2024-01-01
        rec_late   | 21/LO/0123    | 2024-01-02                  | 2023-01-01 |
        no_opinion | 21/LO/0123    |                             | 2023-01-01 |
        no_rec     |               | 2023-01-01                  | 2023-01-01 |
        bad_rec    | REC pending   | 2023-01-01                  | 2023-01-01 |
        opens_late | 21/LO/0123    | 2023-01-01                  | 2024-01-02 |
        closed     | 21/LO/0123    | 2023-01-01                  | 2023-01-01 | 2023-12-31
        no_opening | 21/LO/0123    | 2023-01-01                  |            |
    """
    names = [line.split("|")[0].strip() for line in studies.strip().splitlines()[1:]]
    names.append("not_in_register")
    connection = warehouse(
        research_study=studies,
        study_site="study_id\n" + "\n".join(names[:-1]),
        procedure="procedure_id | enrolment_id | patient\n"
        + "\n".join(f"{name} | {name} | p" for name in names),
        research_enrolment="enrolment_id | study_id | patient\n"
        + "\n".join(f"{name} | {name} | p" for name in names),
    )
    assert of(connection, "research_only") == {
        "edges": MET,
        "rec_late": NOT_MET,
        "no_opinion": NOT_MET,
        "no_rec": NOT_MET,
        "bad_rec": NOT_MET,
        "opens_late": NOT_MET,
        "closed": NOT_MET,
        "no_opening": CANNOT_TELL,
        "not_in_register": CANNOT_TELL,
    }


@pytest.mark.parametrize(
    ("confirmed", "closed", "value"),
    [
        ("2024-01-01", "2024-01-01", MET),
        ("2023-01-01", "", MET),
        ("2024-01-02", "", NOT_MET),
        ("2023-01-01", "2023-12-31", NOT_MET),
    ],
)
def test_research_needs_the_site_confirmed_and_open_on_the_day(warehouse, confirmed, closed, value):
    connection = research(
        warehouse,
        study_site=f"study_id | site_confirmation_date | closed\nstudy | {confirmed} | {closed}",
        procedure="procedure_id | enrolment_id | patient\none | a | p",
        research_enrolment="enrolment_id | patient\na | p",
    )
    assert of(connection, "research_only") == {"one": value}
