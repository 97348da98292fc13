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


@pytest.fixture
def load(tmp_path):
    """A load of the registry's own values."""

    def keep(text):
        folder = tmp_path / "policy" / "1"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / policy.FILE).write_text(text, "utf-8")
        (folder / "manifest.json").write_text(json.dumps({"n": 1, "by": "registry team"}))
        return folder

    return keep


def values(found, name):
    return [(one.since, one.until, one.value) for one in found if one.name == name]


FIVE = '[[near_mm]]\nsince = 2025-04-01\nvalue = 5\nsource = "Registry team, 3 March 2025"\n'


def test_what_is_shipped_holds_until_a_registry_s_own_value_does(load):
    found = policy.in_force(load(FIVE))
    assert values(found, "near_mm") == [
        (date(2013, 2, 1), date(2025, 3, 31), 10),
        (date(2025, 4, 1), None, 5),
    ]
    assert values(found, "supervised_cases") == [(date(2013, 2, 1), None, 0)]
    table = policy.as_table(found)
    assert table.filter(name="near_mm")["recorded"].to_list() == ["as shipped", "load 1"]
    assert table.filter(name="near_mm")["value"].to_list() == ["10", "5"]


def test_a_day_has_one_value_of_each_and_the_first_holds_before_its_day(load):
    spans = policy.as_spans(policy.in_force(load(FIVE)))
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


# Each of two procedures, on the last day of a value and on the first of the next.

LESIONS = """
    lesion_id | patient | max_diameter_mm | dist_vessel_mm | nearest_duct
    l1        | a       | 20              | 8              | NONE
    l2        | b       | 20              | 8              | NONE
"""
DAYS = "procedure_id | patient | procedure_date\nbefore | a | 2025-03-31\nafter | b | 2025-04-01"


@pytest.fixture
def scored(home, load):
    """Of one indicator by procedure, under the values of a load: value and reason."""

    def score(model, text, **drawn):
        rows = with_parents({name: draw(rows) for name, rows in drawn.items()})
        found = {}
        for number, given in ((1, None), (2, text)):
            built = home / str(number)
            path = build(
                built,
                [accept(built, 1, **rows)],
                register=load_register(built),
                number=number,
                today=TODAY,
                built_at=BUILT,
                policy=None if given is None else load(given),
            )
            with duckdb.connect(str(path), read_only=True) as connection:
                query = f"select procedure_id, value, reason from {model}"
                found[number] = {p: (v, r) for p, v, r in connection.sql(query).fetchall()}
        return found[1], found[2]

    return score


def test_a_nearer_near_scores_lesions_from_its_day_on_only(scored):
    drawn = {
        "procedure": DAYS,
        "lesion": LESIONS,
        "lesion_treatment": "procedure_id | lesion_id\nbefore | l1\nafter | l2",
    }
    shipped, own = scored("ind_small_and_near_per_lesion", FIVE, **drawn)
    assert {p: v for p, (v, _) in shipped.items()} == {"before": 1, "after": 1}
    assert {p: v for p, (v, _) in own.items()} == {"before": 1, "after": 0}


def test_a_wider_quorum_scores_meetings_of_procedures_from_its_day_on_only(scored):
    who = ("hepatology", "hpb_surgery", "ir", "oncology")
    columns = " | ".join(f"attended_{name}" for name in who)
    row = "SPECIALIST_HPB | IRE | Y | Y | Y | Y"
    drawn = {
        "procedure": """
            procedure_id | patient | procedure_date | mdt_id
            before       | a       | 2025-03-31     | m1
            after        | b       | 2025-04-01     | m2
            told         | c       | 2025-04-01     | m3
        """,
        "mdt_review": f"""
            mdt_id | patient | meeting_date | mdt_level | recommendation | {columns} | attended_cns
            m1     | a       | 2025-03-01   | {row} | N
            m2     | b       | 2025-03-01   | {row} | N
            m3     | c       | 2025-03-01   | {row} |
        """,
    }
    text = (
        '[[quorum]]\nsince = 2025-04-01\nsource = "Registry team"\n'
        'value = "cns;hepatology;hpb_surgery;radiology"\n'
    )
    shipped, own = scored("ind_mdt_selection_per_procedure", text, **drawn)
    assert {p: v for p, (v, _) in shipped.items()} == dict.fromkeys(("before", "after", "told"), 1)
    assert own == {
        "before": (1, None),
        "after": (0, "not quorate: no clinical nurse specialist"),
        "told": (None, "attendance not recorded"),
    }


def test_first_cases_need_supervision_where_the_policy_of_the_day_asks_for_it(scored):
    drawn = {
        "procedure": """
            procedure_id | patient | procedure_date | primary_operator_pseudo_id | supervised
            before       | a       | 2025-03-31     | new                        | N
            second       | b       | 2025-04-01     | new                        | N
            taught       | c       | 2025-04-01     | taught                     | Y
            unsaid       | d       | 2025-04-01     | unsaid                     |
            unknown      | e       | 2025-04-01     | unknown                    | N
            skilled      | f       | 2025-04-01     | skilled                    | N
            third        | g       | 2025-04-02     | new                        | N
        """,
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
    text = '[[supervised_cases]]\nsince = 2025-04-01\nvalue = 2\nsource = "Registry team"\n'
    shipped, own = scored("ind_trained_operator_per_procedure", text, **drawn)
    assert {value for value, _ in shipped.values()} == {1}
    assert own == {
        "before": (1, None),
        "second": (0, "a first case of the operator, not supervised"),
        "taught": (1, None),
        "unsaid": (None, "supervision of a first case of the operator not recorded"),
        "unknown": (None, "earlier IRE cases of the operator not recorded"),
        "skilled": (1, None),
        "third": (1, None),
    }
