"""Change of quality of life (Q1, Q2) and return of questionnaires (Q3)."""

from __future__ import annotations

import pytest

from tests.sql.drawing import values

# 1 January 2024 is day 0.
DAY_42_BEFORE, DAY_43_BEFORE = "2023-11-20", "2023-11-19"
M3 = ("2024-03-02", "2024-05-15")  # day 61 and 135
OUT_OF_M3 = ("2024-03-01", "2024-05-16")  # day 60 and 136


def answered(*rows):
    """(patient, day, answers of EQ-5D-5L as vas)."""
    lines = ["patient|procedure_id|instrument|timepoint|completed_date|vas"]
    for patient, day, vas, label in ((*row, "M3")[:4] for row in rows):
        timepoint = "BASELINE" if day < "2024-01-02" else label
        lines.append(f"{patient}|{patient}|EQ-5D-5L|{timepoint}|{day}|{vas}")
    return "\n".join(lines)


def procedures(*patients):
    return "procedure_id | patient\n" + "\n".join(f"{p} | {p}" for p in patients)


def test_a_change_is_from_day_42_before_to_the_window_of_the_visit(warehouse):
    changes = [
        (DAY_42_BEFORE, M3[0], -10.0),
        ("2024-01-01", M3[1], -10.0),  # the day of the procedure is still before
        (DAY_43_BEFORE, M3[0], "absent"),
        (DAY_42_BEFORE, OUT_OF_M3[0], "absent"),
        (DAY_42_BEFORE, OUT_OF_M3[1], "absent"),
    ]
    people = {f"{before} to {after}": change for before, after, change in changes}
    pairs = (
        (p, day, vas) for p in people for day, vas in zip(p.split(" to "), (80, 70), strict=True)
    )
    connection = warehouse(procedure=procedures(*people), prom=answered(*pairs))
    assert values(connection, "ind_eq5d_vas_m3_per_patient", "amount") == {
        p: change for p, change in people.items() if change != "absent"
    }


@pytest.mark.parametrize(
    ("view", "inside", "outside"),
    [
        ("ind_eq5d_vas_m6_per_patient", ("2024-05-16", "2024-08-13"), ("2024-08-14",)),
        (
            "ind_eq5d_vas_m12_per_patient",
            ("2024-11-01", "2025-03-01"),
            ("2024-10-31", "2025-03-02"),
        ),
    ],
)
def test_later_visits_have_their_own_windows(warehouse, view, inside, outside):
    people = {f"in {day}": day for day in inside} | {f"out {day}": day for day in outside}
    rows = [(p, "2023-12-20", 80) for p in people] + [(p, day, 80) for p, day in people.items()]
    connection = warehouse(procedure=procedures(*people), prom=answered(*rows))
    assert set(values(connection, view)) == {p for p in people if p.startswith("in")}


def test_worse_is_by_the_smallest_change_that_matters(warehouse):
    worse = {73: 1, 74: 0, 80: 0, 95: 0, "": None}
    people = {f"to {after}".strip(): after for after in worse}
    pairs = [(p, "2023-12-20", 80) for p in people]
    pairs += [(p, "2024-04-01", after) for p, after in people.items()]
    connection = warehouse(procedure=procedures(*people), prom=answered(*pairs))
    found = values(connection, "ind_eq5d_vas_m3_per_patient")
    assert found == {p: worse[after] for p, after in people.items()}


def test_of_two_answers_at_one_visit_the_nearest_to_the_nominal_day_counts(warehouse):
    connection = warehouse(
        procedure=procedures("p"),
        prom=answered(
            ("p", "2023-12-20", 80),
            ("p", "2024-03-05", 10, "M1"),
            ("p", "2024-04-01", 75, "M3"),  # day 91
        ),
    )
    assert values(connection, "ind_eq5d_vas_m3_per_patient", "amount") == {"p": -5.0}


def test_a_change_waits_for_the_window_to_elapse(warehouse):
    connection = warehouse(
        complete_to="2024-06-30",
        procedure="procedure_id|patient|procedure_date\nmature|a|2024-02-16\nnot_mature|b|2024-02-17",
        prom="patient|procedure_id|instrument|timepoint|completed_date|vas\n"
        + "\n".join(
            f"{patient}|{procedure}|EQ-5D-5L|{when}|{day}|80"
            for patient, procedure in (("a", "mature"), ("b", "not_mature"))
            for when, day in (("BASELINE", "2024-02-10"), ("M3", "2024-05-01"))
        ),
    )
    assert values(connection, "ind_eq5d_vas_m3_per_patient") == {"mature": 0}


def items(warehouse, *pairs):
    """Two questionnaires of each of patients p0, p1, …: (instrument, items before, after)."""
    names = sorted({name for _, *given in pairs for one in given for name in one})
    head = "patient|procedure_id|instrument|timepoint|completed_date|" + "|".join(
        f"item_{n:02d}" for n in names
    )
    rows = [
        f"p{p}|p{p}|{instrument}|{when}|{day}|" + "|".join(str(given.get(n, "")) for n in names)
        for p, (instrument, before, after) in enumerate(pairs)
        for when, day, given in (("BASELINE", "2023-12-20", before), ("M3", "2024-04-01", after))
    ]
    people = procedures(*(f"p{p}" for p in range(len(pairs))))
    return warehouse(procedure=people, prom="\n".join([head, *rows]))


def test_a_scale_is_worse_by_10_points_in_its_own_direction(warehouse):
    connection = items(
        warehouse,
        # global quality of life: 75.0 to 66.7, then to 58.3
        ("QLQ-C30", {29: 5, 30: 6}, {29: 5, 30: 5}),
        ("QLQ-C30", {29: 5, 30: 6}, {29: 4, 30: 5}),
        # fatigue is a symptom: more is worse
        ("QLQ-HCC18", {15: 1, 16: 1, 17: 1}, {15: 2, 16: 1, 17: 1}),
        ("QLQ-HCC18", {15: 2, 16: 1, 17: 1}, {15: 1, 16: 1, 17: 1}),
        ("QLQ-HCC18", {15: 2, 16: 1, 17: 1}, {15: 1}),
    )
    source = "ind_quality_of_life_m3_per_patient"
    assert values(connection, source) == {"p0": 0, "p1": 1}
    assert values(connection, source, "round(amount, 2)") == {"p0": -8.33, "p1": -16.67}
    source = "ind_hcc18_fatigue_m3_per_patient"
    assert values(connection, source) == {"p2": 1, "p3": 0, "p4": None}
    amounts = {"p2": 11.11, "p3": -11.11, "p4": None}
    assert values(connection, source, "round(amount, 2)") == amounts


def test_fact_hep_is_worse_by_8_points(warehouse):
    before = dict.fromkeys(range(1, 46), 2)
    by_8 = before | dict.fromkeys(range(8, 12), 0)  # not reversed: 2 points each
    by_7 = before | dict.fromkeys(range(8, 11), 0) | {21: 1}
    connection = items(warehouse, ("FACT-Hep", before, by_8), ("FACT-Hep", before, by_7))
    source = "ind_fact_hep_m3_per_patient"
    assert values(connection, source) == {"p0": 1, "p1": 0}
    assert values(connection, source, "amount") == {"p0": -8, "p1": -7}


def levels(profile):
    return {n: int(level) for n, level in enumerate(profile, 1)}


def test_the_index_is_of_the_set_that_the_registry_was_given(home, warehouse):
    (home / "value_sets").mkdir(parents=True)
    (home / "value_sets" / "2022-01-01_CROSSWALK.csv").write_text(
        "profile,value\n11111,1.0\n11112,0.94\n11121,0.941\n55555,-0.594\n"
    )
    expected = {
        "11112": (1, -0.06),  # the smallest change, exactly
        "11121": (0, -0.059),
        "55555": (1, -1.594),
        "22222": (None, None),  # not in the set
    }
    pairs = (("EQ-5D-5L", levels("11111"), levels(after)) for after in expected)
    connection = items(warehouse, *pairs)
    source = "ind_eq5d_m3_per_patient"
    worse, change = values(connection, source), values(connection, source, "round(amount, 3)")
    for number, (after, found) in enumerate(expected.items()):
        assert (worse[f"p{number}"], change[f"p{number}"]) == found, after


def test_without_a_value_set_the_index_is_unknown_and_the_patient_stays(warehouse):
    connection = items(warehouse, ("EQ-5D-5L", levels("11111"), levels("11111")))
    assert values(connection, "ind_eq5d_m3_per_patient") == {"p0": None}
    assert connection.sql("select name from eq5d_value_set").fetchall() == [(None,)]


def test_return_is_of_those_who_consented_and_are_due(warehouse):
    people = {
        # patient: (scope, death, withdrawal, day returned)
        "returned": ("TREATMENT;PROMS", "", "", "2024-03-02"),
        "late": ("TREATMENT;PROMS", "", "", "2024-05-16"),
        "silent": ("TREATMENT;PROMS", "", "", ""),
        "no_consent": ("TREATMENT", "", "", "2024-04-01"),
        "died_day_135": ("TREATMENT;PROMS", "2024-05-15", "", ""),
        "died_day_136": ("TREATMENT;PROMS", "2024-05-16", "", ""),
        "died_after_it": ("TREATMENT;PROMS", "2024-05-01", "", "2024-04-01"),
        "withdrew_day_135": ("TREATMENT;PROMS", "", "2024-05-15", ""),
        "withdrew_day_136": ("TREATMENT;PROMS", "", "2024-05-16", ""),
    }
    connection = warehouse(
        procedure="procedure_id | patient | enrolment_id | death_date\n"
        + "\n".join(f"{p} | {p} | {p} | {died}" for p, (_, died, _, _) in people.items()),
        research_enrolment="enrolment_id | patient | consent_scope | withdrawal_date\n"
        + "\n".join(f"{p} | {p} | {scope} | {gone}" for p, (scope, _, gone, _) in people.items()),
        prom=answered(*((p, day, 80) for p, (_, _, _, day) in people.items() if day)),
    )
    assert values(connection, "ind_prom_return_m3_per_patient") == {
        "returned": 1,
        "late": 0,
        "silent": 0,
        "died_day_136": 0,
        "died_after_it": 1,
        "withdrew_day_136": 0,
    }
    baseline = values(connection, "ind_prom_return_baseline_per_patient")
    assert baseline == dict.fromkeys(set(people) - {"no_consent"}, 0)
