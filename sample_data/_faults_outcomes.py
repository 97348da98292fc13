"""Queries about outcomes and their dates, in exports that go in all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sample_data._exports import ExportRow
from sample_data._faults import Edit, Expected, Facts, Fault, Where, constant, with_finding

EVENTS = (
    ("procedure", "procedure_date"), ("complication", "onset_date"),
    ("followup_imaging", "imaging_date"), ("prom", "completed_date"),
    ("subsequent_treatment", "treatment_date"),
)  # fmt: skip
MILD = {"I", "II", "IIIa"}
SEVERE = {"IIIb", "IVa", "IVb", "V"}


def query(
    fault_id: str, place: tuple[str, str], table: str, edit: Edit, rule: str, column: str,
    where: Where = lambda facts: True, *, is_patient_wide: bool = False,
) -> Fault:  # fmt: skip
    finds = (Expected(rule, "W", column),)
    return Fault(fault_id, *place, table, edit, finds, where, is_patient_wide)


def _last_event(facts: Facts, tables: tuple[str, ...] = ()) -> date:
    return max(
        date.fromisoformat(row[column])
        for table, column in EVENTS
        if not tables or table in tables
        for row in facts.known(table)
        if row[column]
    )


def _day_before_last_event(facts: Facts) -> Mapping[str, str]:
    return {"status_date": (_last_event(facts) - timedelta(days=1)).isoformat()}


def _is_alive_after_an_event(facts: Facts) -> bool:
    """True where the last event is of this quarter, and is no procedure."""
    last = _last_event(facts)
    is_later = last > _last_event(facts, ("procedure",))
    return facts.values["status"] == "ALIVE" and is_later and last > facts.export.first.start


def _status_of_last_year(facts: Facts) -> Mapping[str, str]:
    day = facts.export.extracted.date() - timedelta(days=190)
    return {"status_date": day.isoformat()}


def _is_quiet_for_long(facts: Facts) -> bool:
    day = facts.export.extracted.date() - timedelta(days=190)
    return facts.values["status"] == "ALIVE" and _last_event(facts) <= day


def _is_mild(facts: Facts) -> bool:
    is_free = not facts.values["yellow_card_ref"]
    return facts.values["clavien_dindo"] in MILD and is_free


def _is_severe(facts: Facts) -> bool:
    return facts.values["clavien_dindo"] in SEVERE and bool(facts.values["lfpse_ref"])


def _reported_late(facts: Facts) -> Mapping[str, str]:
    day = facts.day("recorded_date") + timedelta(days=31)
    return {
        "yellow_card_ref": f"YC-{facts.values['complication_id']}",
        "yellow_card_date": day.isoformat(),
        "yc_scheme": "MHRA",
    }


def _may_be_reported_late(facts: Facts) -> bool:
    day = facts.day("recorded_date") + timedelta(days=31)
    return _is_mild(facts) and day <= facts.export.last.end


def _told_late(facts: Facts) -> Mapping[str, str]:
    return {"duty_of_candour_date": (facts.day("recorded_date") + timedelta(days=22)).isoformat()}


def _is_seeding(facts: Facts) -> bool:
    return facts.values["nice_category"] == "SEEDING"


def _too_early(facts: Facts) -> Mapping[str, str]:
    """The onset three weeks after the procedure, and the family told in its week."""
    if facts.patient is None:
        return {}
    onset = facts.patient.first_procedure + timedelta(days=21)
    told = onset + timedelta(days=2)
    return {"onset_date": onset.isoformat(), "duty_of_candour_date": told.isoformat()}


def _renewed_for_four_years(facts: Facts) -> Mapping[str, str]:
    start = facts.day("valid_from")
    return {"valid_to": start.replace(year=start.year + 4).isoformat()}


DATES = (
    *(
        query(name, place, "vital_status", _day_before_last_event, "D16", "status_date",
              _is_alive_after_an_event, is_patient_wide=True)
        for name, place in (("W65", ("ZZ101", "2025-26-Q4")), ("W66", ("ZZ301", "2024-25-Q4")))
    ),
    *(
        query(name, place, "vital_status", _status_of_last_year, "D17", "status_date",
              _is_quiet_for_long, is_patient_wide=True)
        for name, place in (("W67", ("ZZ102", "2026-27-Q2")), ("W68", ("ZZ201", "2026-27-Q2")))
    ),
    *(
        query(name, place, "complication", _reported_late, "D15", "yellow_card_date",
              _may_be_reported_late)
        for name, place in (("W69", ("ZZ102", "2025-26-Q1")), ("W70", ("ZZ201", "2024-25-Q2")))
    ),
    *(
        query(name, place, "governance_approval", _renewed_for_four_years, "D22", "valid_to",
              lambda facts: facts.values["approval_id"].endswith("2"))
        for name, place in (("W71", ("ZZ501", "2025-26-Q3")), ("W72", ("ZZ601", "2025-26-Q3")))
    ),
)  # fmt: skip


def _is_drained(facts: Facts) -> bool:
    return facts.values["clavien_dindo"] == "IIIa"


def _is_partial(facts: Facts) -> bool:
    return facts.values["overall_response"] == "PR"


def _is_for_icca(facts: Facts) -> bool:
    return facts.patient is not None and facts.patient.tumour == "ICCA"


def _is_eq5d(facts: Facts) -> bool:
    return facts.values["instrument"] == "EQ-5D-5L"


def _answers(level: str, vas: str) -> Edit:
    items = {f"item_{number:02d}": level for number in range(1, 6)}
    return lambda facts: items | {"vas": vas}


def _completed_after(facts: Facts) -> Mapping[str, str]:
    if facts.patient is None:
        return {}
    return {"completed_date": (facts.patient.first_procedure + timedelta(days=2)).isoformat()}


def _is_baseline(facts: Facts) -> bool:
    return facts.values["timepoint"] == "BASELINE" and facts.patient is not None


OUTCOMES = (
    *(
        query(name, place, "complication", constant(intervention="DRUG"), "O03", "intervention",
              _is_drained)
        for name, place in (("W73", ("ZZ302", "2024-25-Q1")), ("W74", ("ZZ501", "2024-25-Q4")))
    ),
    query("W75", ("ZZ101", "2024-25-Q4"), "complication", _too_early, "O06", "nice_category",
          _is_seeding),
    *(
        query(name, place, "followup_imaging", constant(overall_response="SD"), "O08",
              "overall_response", _is_partial)
        for name, place in (("W76", ("ZZ101", "2025-26-Q3")), ("W77", ("ZZ401", "2025-26-Q4")))
    ),
    *(
        query(name, place, "followup_imaging", constant(criteria="mRECIST"), "O10", "criteria",
              _is_for_icca)
        for name, place in (("W78", ("ZZ201", "2024-25-Q1")), ("W79", ("ZZ301", "2025-26-Q4")))
    ),
    query("W80", ("ZZ401", "2024-25-Q3"), "prom", _answers("1", "35"), "O12b", "vas", _is_eq5d),
    query("W81", ("ZZ102", "2026-27-Q1"), "prom", _answers("5", "92"), "O12b", "vas", _is_eq5d),
    *(
        query(name, place, "prom", _completed_after, "O14", "completed_date", _is_baseline)
        for name, place in (("W82", ("ZZ101", "2026-27-Q1")), ("W83", ("ZZ302", "2024-25-Q4")))
    ),
    with_finding(
        query("W84", ("ZZ302", "2025-26-Q2"), "complication",
              constant(lfpse_ref="", yellow_card_ref="", yellow_card_date="", yc_scheme=""),
              "O16a", "lfpse_ref", _is_severe),
        Expected("O21", "W", "yellow_card_ref"),
    ),
    with_finding(
        query("W85", ("ZZ101", "2025-26-Q4-extra"), "complication",
              constant(lfpse_ref="", duty_of_candour_date="", yellow_card_ref="",
                       yellow_card_date="", yc_scheme=""), "O16a", "lfpse_ref", _is_severe),
        Expected("O16b", "W", "duty_of_candour_date"),
        Expected("O21", "W", "yellow_card_ref"),
    ),
    query("W86", ("ZZ301", "2024-25-Q3"), "complication", _told_late, "O16b",
          "duty_of_candour_date", _is_severe),
)  # fmt: skip

# Ten digits in the range that is never given to a patient: the first passes modulus 11.
NUMBERS = ("9994827367", "9994827361", "9994827362")


def _unreported(facts: Facts) -> list[ExportRow]:
    """The export's complications without an LFPSE reference, the row itself left out."""
    rows = facts.export.rows["complication"]
    return [row for row in rows if row is not facts.row and not row.values["lfpse_ref"]]


def _numbers_beside(facts: Facts) -> Iterable[tuple[ExportRow, Mapping[str, str]]]:
    rows = zip(_unreported(facts), NUMBERS[1:], strict=False)
    return [(row, {"lfpse_ref": number}) for row, number in rows]


def _are_many_unreported(facts: Facts) -> bool:
    return not facts.values["lfpse_ref"] and len(_unreported(facts)) >= 2


IDENTIFIERS = (
    *(
        Fault(name, *place, "complication", constant(lfpse_ref=NUMBERS[0]),
              (Expected("K08b", "W", "lfpse_ref"),), _are_many_unreported, beside=_numbers_beside)
        for name, place in (("W91", ("ZZ102", "2024-25-Q3")), ("W92", ("ZZ201", "2024-25-Q4")))
    ),
    *(
        query(name, place, "procedure", constant(comment=comment), "K08e", "comment",
              lambda facts: facts.is_last_version)
        for name, place, comment in (
            ("W93", ("ZZ301", "2025-26-Q1"), "Transferred from a ward at ZZ1 1AA"),
            ("W94", ("ZZ401", "2024-25-Q4"), "Needles in S8 2ND to last, then S5"),
        )
    ),
)  # fmt: skip


def _as_long(facts: Facts, nights: int) -> Mapping[str, str]:
    """The same admission, and a discharge so many nights later."""
    return {"discharge_date": (facts.day("admission_date") + timedelta(days=nights)).isoformat()}


def _may_stay(nights: int) -> Where:
    """True where the stay fits its quarter, and nothing is dated by the discharge."""

    def fits(facts: Facts) -> bool:
        day = date.fromisoformat(_as_long(facts, nights)["discharge_date"])
        is_sound = facts.day("procedure_date") <= day <= facts.export.last.end
        return facts.is_last_version and is_sound and not facts.values["readmission_30d_date"]

    return fits


SPANS = (
    *(
        query(name, place, "patient", constant(birth_year_month=born), "D23a",
              "birth_year_month", lambda facts: facts.is_last_version)
        for name, place, born in (
            ("W95", ("ZZ101", "2025-26-Q2"), "2012-05"),
            ("W96", ("ZZ301", "2025-26-Q3"), "1931-08"),
        )
    ),
    query("W97", ("ZZ302", "2025-26-Q3"), "procedure", lambda facts: _as_long(facts, 0), "D24a",
          "discharge_date", _may_stay(0)),
    query("W98", ("ZZ102", "2025-26-Q2"), "procedure", lambda facts: _as_long(facts, 19), "D24a",
          "discharge_date", _may_stay(19)),
)  # fmt: skip


QUERIES_OF_OUTCOMES = (*DATES, *OUTCOMES, *IDENTIFIERS, *SPANS)
