"""Local policy values: dated, of a registry's own, and of the procedure's day."""

import json
from datetime import date
from itertools import pairwise

import duckdb
import pytest

from expectations.rule_files import terms
from sql import policy
from sql.catalog import indicators, macros, models
from sql.policy import PolicyError
from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents


def kept(home, text):
    """A load of a registry's own values."""
    folder = home / "policy" / "1"
    folder.mkdir(parents=True)
    (folder / policy.FILE).write_text(text, "utf-8")
    (folder / "manifest.json").write_text(json.dumps({"n": 1, "by": "registry team"}))
    return folder


def values(found, name):
    return [(one.since, one.until, one.value) for one in found if one.name == name]


FIVE = '[[near_mm]]\nsince = 2025-04-01\nvalue = 5\nsource = "Registry team, 3 March 2025"\n'


def test_what_is_shipped_holds_until_a_registry_s_own_value_does(tmp_path):
    found = policy.in_force(kept(tmp_path, FIVE))
    assert values(found, "near_mm") == [
        (date(2013, 2, 1), date(2025, 3, 31), 10),
        (date(2025, 4, 1), None, 5),
    ]
    assert values(found, "supervised_cases") == [(date(2013, 2, 1), None, 0)]
    table = policy.as_table(found)
    assert table.filter(name="near_mm")["recorded"].to_list() == ["as shipped", "load 1"]
    assert table.filter(name="near_mm")["value"].to_list() == ["10", "5"]


def test_a_day_has_one_value_of_each_and_the_first_holds_before_its_day(tmp_path):
    spans = policy.as_spans(policy.in_force(kept(tmp_path, FIVE)))
    days = [(row["since"], row["until"]) for row in spans.iter_rows(named=True)]
    assert days[0][0] == policy.LONG_AGO
    assert days[-1] == (date(2025, 4, 1), None)
    assert all((after[0] - before[1]).days == 1 for before, after in pairwise(days))
    assert spans["near_mm"].to_list() == [10, 10, 5]
    assert spans["quorum"].null_count() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no value; expected some of: near_mm, quorum, supervised_cases"),
        ("near_mm = [", "not a TOML file"),
        (FIVE.replace("near_mm", "far_mm"), "no threshold far_mm; known: near_mm"),
        ("near_mm = 5\n", "expected a list, each headed"),
        (FIVE.replace("= 5", "= 0.5"), "a number of 1 to 50 mm"),
        (FIVE.replace("= 5", "= true"), "a number of 1 to 50 mm"),
        (FIVE.replace("= 5", "= nan"), "a number of 1 to 50 mm"),
        (FIVE.replace("2025-04-01", '"2025-04-01"'), "since must be a day"),
        (FIVE.replace("2025-04-01", "2025-04-01T00:00:00"), "since must be a day"),
        (FIVE.replace("value = 5\n", ""), "expected since, value and source"),
        (FIVE.replace("Registry team, 3 March 2025", " "), "source must say who decided it"),
        (FIVE + "note = 1\n", "unknown: note"),
        (FIVE + FIVE, "each day must come after the one above it"),
        (FIVE.replace("near_mm", "quorum"), "members joined by ;, each once, of: hepatology"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_is_allowed(tmp_path, text, said):
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=said) as refused:
        policy.read(path, "load 1")
    assert str(refused.value).startswith("own.toml")


def test_every_threshold_decides_an_indicator_that_reads_it():
    selects = {model.name: model.select for model in models()}
    for threshold in policy.thresholds().values():
        readers = {name for name, text in selects.items() if f"policy.{threshold.name}" in text}
        assert readers
        assert threshold.decides in indicators()


def test_what_rules_call_near_is_what_is_shipped():
    near = next(macro for macro in macros() if macro.name == "is_near")
    assert near.arguments.endswith(", near_mm")
    (shipped,) = (one.value for one in policy.shipped() if one.name == "near_mm")
    assert float(terms()["near_mm"].splitlines()[-1]) == shipped


# Procedures on the last day of a value and on the first of the next, under what is shipped and
# under a registry's own values.

OWN = (
    FIVE
    + """
[[quorum]]
since = 2025-04-01
value = "cns;hepatology;hpb_surgery;radiology"
source = "Registry team"

[[supervised_cases]]
since = 2025-04-01
value = 2
source = "Registry team"
"""
)
THERE = "SPECIALIST_HPB | IRE | Y | Y | Y | Y"
DRAWN = {
    "procedure": """
        procedure_id | patient | procedure_date | mdt_id | primary_operator_pseudo_id | supervised
        near_before  | a       | 2025-03-31     |        |                            |
        near_after   | b       | 2025-04-01     |        |                            |
        mdt_before   | c       | 2025-03-31     | m1     |                            |
        mdt_after    | d       | 2025-04-01     | m2     |                            |
        mdt_unsaid   | e       | 2025-04-01     | m3     |                            |
        mdt_silent   | m       | 2025-04-01     | m4     |                            |
        op_before    | f       | 2025-03-31     |        | new                        | N
        op_second    | g       | 2025-04-01     |        | new                        | N
        op_taught    | h       | 2025-04-01     |        | taught                     | Y
        op_unsaid    | i       | 2025-04-01     |        | unsaid                     |
        op_unknown   | j       | 2025-04-01     |        | unknown                    | N
        op_skilled   | k       | 2025-04-01     |        | skilled                    | N
        op_third     | l       | 2025-04-02     |        | new                        | N
    """,
    "lesion": """
        lesion_id | patient | max_diameter_mm | dist_vessel_mm | nearest_duct
        l1        | a       | 20              | 8              | NONE
        l2        | b       | 20              | 8              | NONE
    """,
    "lesion_treatment": "procedure_id | lesion_id\nnear_before | l1\nnear_after | l2",
    "mdt_review": f"""
        mdt_id | patient | mdt_level | recommendation | attended_hepatology | attended_hpb_surgery | attended_ir | attended_oncology | attended_cns
        m1     | c       | {THERE} | N
        m2     | d       | {THERE} | N
        m3     | e       | {THERE} |
        m4     | m       | SPECIALIST_HPB | IRE | | | | |
    """,  # noqa: E501 (a drawn table: a line a row)
    "operator": """
        operator_pseudo_id | ire_cases_before_registry_start
        new                | 0
        taught             | 0
        unsaid             | 0
        unknown            |
        skilled            | 2
    """,
    "operator_training": "training_id | operator_pseudo_id | training_type | training_date\n"
    + "\n".join(
        f"{name} | {name} | SIGN_OFF | 2024-01-01"
        for name in ("new", "taught", "unsaid", "unknown", "skilled")
    ),
}


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """The same registry under what is shipped, and under OWN."""
    home = tmp_path_factory.mktemp("home")
    rows = with_parents({name: draw(text) for name, text in DRAWN.items()})
    accepted, register = [accept(home, 1, **rows)], load_register(home)
    loads = (None, kept(home, OWN))
    return [
        build(
            *(home, accepted),
            register=register,
            number=number,
            today=TODAY,
            built_at=BUILT,
            policy=load,
        )
        for number, load in enumerate(loads, 1)
    ]


def scored(releases, model, prefix):
    """Of one indicator by procedure, shipped and own: value and reason."""
    found = []
    for path in releases:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.sql(f"select procedure_id, value, reason from {model}").fetchall()
        found.append({p: (v, r) for p, v, r in rows if p.startswith(prefix)})
    return found


def test_a_nearer_near_scores_lesions_from_its_day_on_only(releases):
    shipped, own = scored(releases, "ind_small_and_near_per_lesion", "near")
    assert {p: v for p, (v, _) in shipped.items()} == {"near_before": 1, "near_after": 1}
    assert {p: v for p, (v, _) in own.items()} == {"near_before": 1, "near_after": 0}


def test_a_wider_quorum_scores_meetings_of_procedures_from_its_day_on_only(releases):
    shipped, own = scored(releases, "ind_mdt_selection_per_procedure", "mdt")
    assert {p: value for p, (value, _) in shipped.items()} == {
        "mdt_before": 1,
        "mdt_after": 1,
        "mdt_unsaid": 1,
        "mdt_silent": None,
    }
    assert own == {
        "mdt_before": (1, None),
        "mdt_after": (0, "not quorate: no clinical nurse specialist"),
        "mdt_unsaid": (None, "attendance recorded in part"),
        "mdt_silent": (None, "attendance not recorded"),
    }


def test_first_cases_need_supervision_where_the_policy_of_the_day_asks_for_it(releases):
    shipped, own = scored(releases, "ind_trained_operator_per_procedure", "op")
    assert {value for value, _ in shipped.values()} == {1}
    assert own == {
        "op_before": (1, None),
        "op_second": (0, "a first case of the operator, not supervised"),
        "op_taught": (1, None),
        "op_unsaid": (None, "supervision of a first case of the operator not recorded"),
        "op_unknown": (None, "earlier IRE cases of the operator not recorded"),
        "op_skilled": (1, None),
        "op_third": (1, None),
    }
