"""Queries about what another table asks for, in exports that go in all the same."""

from __future__ import annotations

from sample_data._faults import Facts, constant
from sample_data._faults_outcomes import query


def _has_lirads(facts: Facts) -> bool:
    return bool(facts.values["lirads_tr"])


def _is_incomplete(facts: Facts) -> bool:
    return facts.values["technique_efficacy"] == "N"


def _is_scan_after_a_month(facts: Facts) -> bool:
    progressed, shown = (
        facts.values[name] for name in ("local_tumour_progression", "technique_efficacy")
    )
    return progressed == "N" and not shown


def _is_of_hcc(facts: Facts) -> bool:
    types = {row["tumour_type"] for row in facts.known("patient")}
    return types == {"HCC"} and facts.is_last_version


# What another table asks for: the tumour type, the nation of the site, the visit.
ASKED_FOR = (
    *(
        query(name, place, "lesion", constant(lirads_category=""), "T16", "lirads_category",
              _is_of_hcc)
        for name, place in (("W99", ("ZZ101", "2025-26-Q1")), ("W104", ("ZZ102", "2024-25-Q4")))
    ),
    *(
        query(name, place, "patient", constant(imd_decile="", imd_version=""), "T17",
              "imd_decile", lambda facts: facts.is_last_version)
        for name, place in (("W100", ("ZZ101", "2025-26-Q3")), ("W105", ("ZZ302", "2025-26-Q4")))
    ),
    *(
        query(name, place, "lesion_response", constant(**{column: ""}), rule, column, where)
        for rule, column, where, places in (
            ("O18", "lirads_tr", _has_lirads,
             (("W101", ("ZZ401", "2025-26-Q3")), ("W106", ("ZZ102", "2025-26-Q1")))),
            ("O19", "technique_efficacy", _is_incomplete,
             (("W102", ("ZZ301", "2025-26-Q2")), ("W107", ("ZZ101", "2025-26-Q2")))),
            ("O20", "local_tumour_progression", _is_scan_after_a_month,
             (("W103", ("ZZ102", "2025-26-Q4")), ("W108", ("ZZ101", "2026-27-Q1")))),
        )
        for name, place in places
    ),
)  # fmt: skip
