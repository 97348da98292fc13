"""One claim a side of every rule on selection, technique and complications."""


def test_t01_a_diagnosis_code_fits_its_tumour_type(holds):
    assert holds(
        "T01",
        patient="""
        patient_key      | icd10_primary | tumour_type
        hcc              | C22.0         | HCC
        mixed            | C22.0         | MIXED
        icca             | C22.1         | ICCA
        perihilar        | C24.0         | PHCCA
        perihilar_liver  | C22.9         | PHCCA
        hcc_as_bile_duct | C22.1         | HCC
        icca_as_hcc      | C22.0         | ICCA
        hcc_unspecified  | C22.9         | HCC
        icca_perihilar   | C24.0         | ICCA
        metastasis       | C78.7         | HCC
        """,
    ) == {
        "hcc": True,
        "mixed": True,
        "icca": True,
        "perihilar": True,
        "perihilar_liver": True,
        "hcc_as_bile_duct": False,
        "icca_as_hcc": False,
        "hcc_unspecified": False,
        "icca_perihilar": False,
        "metastasis": None,
    }


def test_t02_a_metastasis_is_out_of_scope(holds):
    assert holds(
        "T02",
        patient="""
        patient_key | icd10_primary
        primary     | C22.9
        metastasis  | C78.7
        """,
    ) == {"primary": True, "metastasis": False}


def test_t03_stage_and_category_belong_to_their_tumours(holds):
    patient = """
        patient_key   | tumour_type | bclc_stage | cholango
        hcc           | HCC         | A          |
        mixed         | MIXED       | A          |
        icca          | ICCA        |            | INTRAHEPATIC
        icca_staged   | ICCA        | A          | INTRAHEPATIC
        hcc_category  | HCC         |            | PERIHILAR
        untyped       |             | A          | PERIHILAR
    """.replace("cholango", "cholangio_category")
    stands = dict.fromkeys(("hcc", "mixed", "icca", "icca_staged", "hcc_category"), True)
    assert holds("T03a", patient=patient) == stands | {"icca_staged": False, "untyped": None}
    assert holds("T03b", patient=patient) == stands | {"hcc_category": False, "untyped": None}


def test_t10_and_t11_the_linked_mdt_is_specialist_and_recommended_ire(holds):
    tables = {
        "procedure": """
        procedure_id | mdt_id
        specialist   | specialist
        local        | local
        other        | other
        none         |
        """,
        "mdt_review": """
        mdt_id     | mdt_level                | recommendation
        specialist | SUPRAREGIONAL_TRANSPLANT | IRE
        local      | LOCAL                    | IRE
        other      | SPECIALIST_HPB           | TACE
        """,
    }
    stands = {"specialist": True, "local": True, "other": True, "none": None}
    assert holds("T10", **tables) == stands | {"other": False}
    assert holds("T11", **tables) == stands | {"local": False}


def test_p01_to_p03_anaesthesia_block_and_synchronisation(holds):
    procedure = """
        procedure_id | anaesthesia | nmb_used | tof_count_at_first_pulse | ecg_sync_used
        as_guided    | GA          | true     | 0                        | true
        not_counted  | GA          | true     |                          | true
        left_over    | GA          | true     | 1                        | true
        without      | SEDATION    | false    |                          | false
        unknown      |             |          |                          |
    """
    yes = {"as_guided": True, "not_counted": True, "left_over": True}
    no = {"without": False, "unknown": None}
    assert holds("P01", procedure=procedure) == yes | no
    assert holds("P02", procedure=procedure) == yes | no | {"left_over": False}
    assert holds("P03a", procedure=procedure) == yes | no


def test_p03b_and_p09_each_delivery_is_synchronised_verified_and_parallel(holds):
    pulses = """
        delivery_id  | ecg_sync | spacing_verified_imaging | parallel_confirmed
        as_guided    | true     | CT                       | true
        not_verified | true     | NO                       | true
        not_parallel | true     | CT                       | false
        not_synced   | false    | CT                       | true
    """
    stands = dict.fromkeys(("as_guided", "not_verified", "not_parallel", "not_synced"), True)
    assert holds("P03b", pulse_delivery=pulses) == stands | {"not_synced": False}
    unverified = {"not_verified": False, "not_parallel": False}
    assert holds("P09", pulse_delivery=pulses) == stands | unverified


def test_o01_the_category_is_that_of_the_subtype(holds):
    assert holds(
        "O01",
        complication="""
        complication_id | subtype    | nice_category
        fits            | BILE_LEAK  | ADJACENT_STRUCTURE
        does_not        | BILE_LEAK  | BLEEDING
        other           | ABSCESS    | OTHER
        no_such_subtype | SCRATCH    | OTHER
        """,
    ) == {"fits": True, "does_not": False, "other": True, "no_such_subtype": None}


def test_o05_a_confirmation_and_a_complication_contradict_each_other(holds):
    assert holds(
        "O05",
        procedure="""
        procedure_id | no_complication_confirmed
        clean        | true
        both         | true
        complicated  | false
        silent       |
        """,
        complication="""
        complication_id | procedure_id
        1               | both
        2               | complicated
        """,
    ) == {"clean": True, "both": False, "complicated": True, "silent": True}


def test_o15_a_suspected_device_has_a_yellow_card(holds):
    assert holds(
        "O15",
        complication="""
        complication_id | device_related_suspected | yellow_card_ref
        reported        | Y                        | YC-1
        unreported      | Y                        |
        not_suspected   | N                        |
        not_known       | 9                        |
        """,
    ) == {"reported": True, "unreported": False, "not_suspected": True, "not_known": None}


def test_k05_a_link_resolves_or_is_an_orphan_and_an_empty_link_is_neither(holds):
    tables = {
        "procedure": """
        procedure_id | patient_key | mdt_id
        placed       | a           | mdt
        orphan       | b           | elsewhere
        no_link      | a           |
        """,
        "patient": "patient_key\na\na",
        "mdt_review": "mdt_id\nmdt",
    }
    found = holds("K05a__patient_pseudo_id", **tables)
    assert found == {"placed": True, "orphan": False, "no_link": True}
    found = holds("K05b__mdt_id", **tables)
    assert found == {"placed": True, "orphan": False, "no_link": None}
