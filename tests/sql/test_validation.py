"""Every recorded answer is worked out anew, and one wrong number is found."""

from __future__ import annotations

import json
import math
import shutil
from datetime import UTC, datetime

import pytest
from firthmodels import FirthLogisticRegression

from sql.statistics.adjust import firth
from sql.statistics.competing import aalen_johansen
from sql.statistics.survival import at, follow_up, kaplan_meier, median
from sql.validation import references, validate
from sql.validation.comparing import Reference, compared
from sql.validation.validate import SECTIONS, as_json, differences, fingerprint, kept
from sql.validation.words import difference_words, tolerance_words, why_not

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
EXACT = Reference("Verdicts", "funnel.verdict", "R", "file.csv", 1, 0)
NEAR = Reference("Limits", "intervals.wilson", "R", "file.csv", 1, 1e-9)


@pytest.fixture(scope="module")
def made():
    return validate.validate(AT)


def test_every_recorded_answer_agrees(made):
    assert [(one.reference.what, one.first) for one in made.comparisons if not one.agrees] == []
    assert made.agrees
    assert made.sentence.startswith("All ")


def test_every_file_of_answers_is_compared(made):
    read = {one.reference.file.split(":")[0] for one in made.comparisons}
    files = {path.name for path in references.FOLDER.iterdir() if path.is_file()}
    assert files - read == {"README.md", "known_differences.toml"}


# file | a recorded number of it | one that is wrong | what finds it | in which section
TAMPERED = [
    ("proportion_ci.csv", "0.793450685622763", "0.793450785622763", "Wilson interval", "Intervals"),
    (
        "poisson_ci.csv",
        "3.68887945411394",
        "3.68887955411394",
        "Exact interval of a count",
        "Intervals",
    ),
    ("isr_ci.csv", "2.38095238095238", "2.38095248095238", "Interval of a ratio", "Intervals"),
    ("newcombe_1998.csv", "0.0524", "0.0526", "Difference of two proportions", "Intervals"),
    ("sdc_rules.csv", "\n8,10,", "\n8,5,", "Rounding of published counts", "Intervals"),
    (
        "funnel_rules.csv",
        "\n0.02,2,2,2,",
        "\n0.02,2,1,2,",
        "Smallest and largest flagged",
        "Funnels",
    ),
    (
        "funnel_sites.csv",
        "0.28162923599767",
        "0.28162923699767",
        "Their tail probabilities",
        "Funnels",
    ),
    (
        "funnel_binomial_limits.csv",
        "0.186224489795917",
        "0.187224489795917",
        "Funnel limits of a",
        "Funnels",
    ),
    (
        "funnel_smr_limits.csv",
        "4.24637200263013",
        "4.24637300263013",
        "Funnel limits of a ratio",
        "Funnels",
    ),
    (
        "survival_refs.csv",
        "0.409241624460064",
        "0.409241634460064",
        "Kaplan-Meier at landmarks",
        "Survival",
    ),
    ("survival_refs.csv", "52.5,,43,90", "52,,43,90", "Median survival", "Survival"),
    ("survival_refs.csv", ",840,,806,,", ",840,,806,1022,", "Median follow-up", "Survival"),
    (
        "survival_refs.csv",
        "0.034103712974349,",
        "0.034103713974349,",
        "Cumulative incidence",
        "Survival",
    ),
    (
        "cusum_path.csv",
        "-0.0198026272961798",
        "-0.0198026292961798",
        "Risk-adjusted CUSUM",
        "Charts",
    ),
    ("oracles.json", "0.05091977323911226", "0.05091978323911226", "Incidence and Gray", "Other"),
    ("refs.json", "2.94803317510236", "2.94803318510236", "Overdispersion", "Funnels"),
    ("refs.json", "83.7321933366785", "83.7321943366785", "Charts of rare events", "Charts"),
    ("refs.json", "0.331870995656346", "0.331871995656346", "Firth", "Case mix"),
    ("published_ire.csv", ",66,truncated", ",67,truncated", "Published per cents", "Published"),
    ("published_ire.csv", "22.17", "22.18", "Wilson intervals of published", "Published"),
]


@pytest.mark.parametrize(("file", "recorded", "instead", "found_by", "section"), TAMPERED)
def test_one_wrong_number_in_the_answers_is_found(
    tmp_path, monkeypatch, file, recorded, instead, found_by, section
):
    copy = tmp_path / "references"
    shutil.copytree(references.FOLDER, copy)
    content = (copy / file).read_text("utf-8")
    assert recorded in content
    (copy / file).write_text(content.replace(recorded, instead, 1), "utf-8")
    monkeypatch.setattr(references, "FOLDER", copy)
    comparisons = next(make for name, make in SECTIONS.items() if name.startswith(section))
    wrong = [one for one in comparisons() if not one.agrees]
    assert any(one.reference.what.startswith(found_by) and one.first for one in wrong)


def test_a_missing_row_is_a_disagreement(tmp_path, monkeypatch):
    copy = tmp_path / "references"
    shutil.copytree(references.FOLDER, copy)
    lines = (copy / "proportion_ci.csv").read_text("utf-8").splitlines(keepends=True)
    (copy / "proportion_ci.csv").write_text("".join(lines[:-1]), "utf-8")
    monkeypatch.setattr(references, "FOLDER", copy)
    first = next(SECTIONS["Intervals"]())
    assert not first.agrees
    assert why_not(first) == "47 of 48 recorded rows were compared"


def test_nothing_compared_never_agrees():
    assert not compared(EXACT, []).agrees
    assert not validate.Validation(AT, "", {}).agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        (None, None, True),
        (math.nan, None, True),
        (None, 0.0, False),
        (0.0, None, False),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        ("within", "within", True),
        ("within", "alert high", False),
        ("1", 1.0, False),
        (1.0, 1.0 + 1e-10, True),
        (1.0, 1.0 + 1e-8, False),
    ],
)
def test_a_gap_equals_a_gap_and_a_word_the_same_word(ours, theirs, agrees):
    found = compared(NEAR, [("here", [ours], [theirs])])
    assert found.agrees is agrees
    assert bool(found.first) is not agrees


def test_a_disagreement_says_where_and_how_much():
    found = compared(NEAR, [("1/5", [0.25, 2.0], [0.25, 2.5])])
    assert (found.numbers, found.disagreements, found.largest_difference) == (2, 1, 0.5)
    assert why_not(found) == "1 of 2 numbers; the first: 1/5: 2, recorded 2.5"
    word = compared(EXACT, [("A", ["within"], ["alert high"])])
    assert difference_words(word) == "no number"
    assert word.first == "A: within, recorded alert high"


def test_small_numbers_are_told_as_powers_of_ten():
    near = compared(NEAR, [("", [1.0], [1.0 + 6e-10])])
    assert difference_words(near) == "6 × 10⁻¹⁰"
    assert tolerance_words(NEAR) == "10⁻⁹"
    assert tolerance_words(EXACT) == "none"
    assert difference_words(compared(EXACT, [("", [1], [1])])) == "none"


def test_a_relative_difference_is_a_share_of_what_was_recorded():
    runs = Reference("Runs", "cusum.run_length", "R", "refs.json", 1, 1e-3, is_relative=True)
    found = compared(runs, [("", [1001.0], [1000.0])])
    assert found.agrees
    assert difference_words(found) == "10⁻³ of the number"


def test_what_is_kept_is_read_back_as_it_was(made, tmp_path):
    (tmp_path / validate.KEPT).write_text(as_json(made), "utf-8")
    again = kept(tmp_path)
    assert again.sections == made.sections
    assert (again.at, again.fingerprint, again.agrees) == (AT, fingerprint(), True)
    told = json.loads(as_json(made))
    assert told["agrees"] is True
    assert len(told["known_differences"]) == len(differences())


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"validated_at": "soon"}'])
def test_a_home_without_a_result_that_can_be_read_has_none(tmp_path, content):
    if content is not None:
        (tmp_path / validate.KEPT).write_text(content, "utf-8")
    assert kept(tmp_path) is None


# The known differences, as far as they are recorded or can be made here


def test_the_known_differences_are_as_they_are_told():
    told = {(one.library.split()[0], one.about.split()[0]): one for one in differences()}
    lifelines = references.answers("oracles.json")["lifelines"]
    veteran = references.table("data/veteran.csv").filter(trt=2)
    assert lifelines["veteran_2_median"] == 52
    assert median(kaplan_meier(veteran["time"], veteran["ev"])).estimate == 52.5
    men = references.table("data/lung.csv").filter(sex=1)
    assert follow_up(men["time"], men["ev"]).upper is None
    assert lifelines["lung_1_follow_up_upper"] == 1022
    mgus2 = references.table("data/mgus2_cr.csv")
    curve = aalen_johansen(mgus2["time"], mgus2["cause"], causes=[1])
    ours = at(curve, [120])["estimate"][0]
    runs = lifelines["mgus2_incidence_at_120"]
    assert len(set(runs)) == 3
    assert all(abs(one - ours) > 5e-5 for one in runs)
    words = told["lifelines", "Cumulative"]
    assert words.theirs.count(" %") == 3
    assert f"{100 * ours:.3f} %" in words.ours
    assert all(f"{100 * one:.3f} %" in words.theirs for one in runs)


def test_the_standard_errors_of_firthmodels_are_not_the_references():
    one = references.answers("refs.json")["firth"]["continuous"]
    covariate = [[value] for value in one["x"]]
    model = FirthLogisticRegression(backend="numpy", max_iter=1000, gtol=1e-10, xtol=1e-10)
    model.fit(covariate, one["y"])
    recorded = references.answers("oracles.json")["firthmodels"]["se"]
    assert model.bse_[::-1].tolist() == pytest.approx(recorded, abs=1e-7)
    assert firth(covariate, one["y"]).se.tolist() == pytest.approx(one["se"], abs=1e-9)
    assert abs(model.bse_[0] - one["se"][1]) > 0.01


def test_the_error_of_cmprsk_is_another_one_by_no_more_than_is_told():
    rows = references.table("survival_refs.csv")
    keys = ["group", "time"]
    gaps = []
    for cause in (1, 2):
        ours = rows.filter(stat=f"aj_cause{cause}_loglog").select(*keys, "se")
        theirs = rows.filter(stat=f"cmprsk_cause{cause}").select(*keys, "se")
        both = ours.join(theirs, on=keys)
        assert both.height == 15
        gaps.append((both["se"] - both["se_right"]).abs().max())
    assert 2.4e-5 < max(gaps) < 2.55e-5
