"""One claim a side of every threshold of the rules on complications and outcomes."""


def test_o02_every_recorded_grade_says_the_same_of_death(holds):
    assert holds(
        "O02",
        complication="""
        complication_id | patient_key | clavien_dindo | ctcae_grade | cirse_grade | sir_grade
        all_fatal       | dead        | V             | 5           | 6           | F
        fatal_2017      | dead        | V             |             |             | DEATH
        clavien_only    | dead        | V             |             |             |
        none_fatal      | dead        | IVb           | 4           | 5           | E
        ctcae           | dead        | IVb           | 5           |             |
        cirse           | dead        | IVb           |             | 6           |
        sir             | dead        | IVb           |             |             | DEATH
        sir_2003        | dead        | IVb           |             |             | F
        ctcae_4         | dead        | V             | 4           |             |
        cirse_5         | dead        | V             |             | 5           |
        sir_life        | dead        | V             |             |             | LIFE_THREAT
        ungraded        | dead        |               | 5           |             |
        alive           | alive       | V             |             |             |
        lost            | lost        | V             |             |             |
        no_status       | no_status   | V             |             |             |
        """,
        vital_status="""
        patient_key | status
        dead        | DEAD
        alive       | ALIVE
        lost        | LOST
        """,
    ) == {
        "all_fatal": True,
        "fatal_2017": True,
        "clavien_only": True,
        "none_fatal": True,
        "ctcae": False,
        "cirse": False,
        "sir": False,
        "sir_2003": False,
        "ctcae_4": False,
        "cirse_5": False,
        "sir_life": False,
        "ungraded": None,
        "alive": None,  # whether it is the day of the procedure (D18) is not known
        "lost": None,
        "no_status": None,
    }


def test_o02_leaves_a_death_on_the_day_of_the_procedure_to_d18(holds):
    assert holds(
        "O02",
        complication="""
        complication_id | procedure_id | patient_key | onset_date | clavien_dindo
        same_day        | 1            | alive       | 2025-01-10 | V
        day_after       | 1            | alive       | 2025-01-11 | V
        no_status       | 1            | no_status   | 2025-01-11 | V
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-01-10
        """,
        vital_status="""
        patient_key | status
        alive       | ALIVE
        """,
    ) == {"same_day": True, "day_after": False, "no_status": None}


def test_o03_a_grade_from_iiia_goes_with_an_intervention_of_that_kind(holds):
    acts = ("DRAIN", "ERCP", "EMBOLISATION", "CARDIOVERSION", "SURGERY", "ICU")
    rows = "".join(f"{act} | IIIa | DRUG;{act}\n" for act in acts)
    assert holds(
        "O03",
        complication=f"""
        complication_id | clavien_dindo | intervention
        ii              | II            | DRUG
        iid             | IId           | NONE
        iiia            | IIIa          | DRUG;TRANSFUSION
        iiiad           | IIIad         | NONE
        v               | V             | DRUG
        unsaid          | IIIa          |
        minor_unsaid    | I             |
        ungraded        |               | DRUG
        {rows}""",
    ) == {
        "ii": True,
        "iid": True,
        "iiia": False,
        "iiiad": False,
        "v": False,
        "unsaid": None,
        "minor_unsaid": True,
        "ungraded": None,
    } | dict.fromkeys(acts, True)
