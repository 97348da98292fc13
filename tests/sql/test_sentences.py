"""The sentences that read a figure."""

import pytest

from sql import sentences
from sql.statistics.funnel import judge


@pytest.mark.parametrize(
    ("number", "one", "said"),
    [
        (0, "procedure", "no procedure"),
        (1, "breach", "1 breach"),
        (2, "procedure", "2 procedures"),
        (3, "query", "3 queries"),
    ],
)
def test_numbers_agree_with_their_noun(number, one, said):
    assert sentences.counted(number, one) == said
    assert sentences.counted(2, "breach", "breaches") == "2 breaches"
    assert sentences.counted(2, "day") == "2 days"
    assert sentences.counted(2000, "day") == "2,000 days"


@pytest.mark.parametrize(
    ("events", "n", "said"),
    [
        (0, 2755, "0.0 %"),
        (1, 2755, "under 0.1 %"),
        (2, 2755, "0.1 %"),
        (4, 31, "12.9 %"),
        (2754, 2755, "over 99.9 %"),
        (2755, 2755, "100.0 %"),
    ],
)
def test_a_few_of_many_are_not_none_and_not_all(events, n, said):
    assert sentences.percent(events / n) == said


@pytest.mark.parametrize(
    ("events", "n", "unknown", "said"),
    [
        (0, 20, 0, "within what chance allows around 5.0 %"),
        (0, 5, 0, "too few to judge against 5.0 %"),
        (4, 20, 0, "alert: worse than chance allows around 5.0 % (95 % limit)"),
        (6, 20, 0, "alarm: worse than chance allows around 5.0 % (99.8 % limit)"),
        (2, 20, 2, "no verdict around 5.0 % until the unknown outcomes are known"),
        (0, 100, 0, "better than chance allows around 5.0 %"),
    ],
)
def test_every_verdict_has_its_clause(events, n, unknown, said):
    assert sentences.judgement(judge(events, n, 0.05, unknown=unknown), 0.05) == said


def test_the_note_says_what_is_flagged_and_what_n_could_show():
    assert sentences.note(judge(0, 10, 0.069), 10) == (
        "An alert needs 4 unfavourable outcomes in 10, an alarm 5; "
        "a doubled rate would be flagged 4 times in 100."
    )
    assert sentences.note(judge(0, 1, 0.069), 1).startswith(
        "No number of unfavourable outcomes in 1 could be flagged; "
    )


def test_no_per_cent_is_said_under_10():
    limits = (0.25, 0.07, 0.6)
    nine = sentences.rate("Site B", "Bleeding", "procedure", (2, 9, 0), limits)
    assert nine == "Site B, bleeding: 2 of 9 procedures."
    assert "25.0 %" in sentences.rate("Site B", "Bleeding", "procedure", (3, 10, 0), limits)
    assert sentences.compliance("Site B", "Rule", (9, 9, 0)) == (
        "Site B, rule: met in 9 of 9 procedures."
    )


def test_of_none_known_no_count_is_said():
    said = sentences.rate("Site B", "Bleeding", "procedure", (0, 3, 3), None)
    assert said == "Site B, bleeding: not known for any of 3 procedures."


def test_what_is_no_outcome_is_known_and_not_an_outcome_that_is():
    limits = (0.25, 0.07, 0.6)
    for unit, known in (("patient", "of whom it is known"), ("procedure", "of which it is known")):
        said = sentences.rate("Site B", "Gas", unit, (3, 13, 1), limits, is_outcome=False)
        assert f"3 of 12 {unit}s {known}, 25.0 %" in said
    assert "12 procedures with a known outcome" in sentences.rate(
        "Site B", "Bleeding", "procedure", (3, 13, 1), limits
    )


def test_two_sites_are_both():
    assert sentences.expected_flags([20, 20], 0.069).startswith("Were both sites at 6.9 %")
    assert sentences.expected_flags([20] * 3, 0.069).startswith("Were all 3 sites at 6.9 %")


def test_a_title_within_a_sentence_keeps_a_name_s_capitals():
    assert sentences.lowered("Death within 30 days") == "death within 30 days"
    assert sentences.lowered("EQ-5D index") == "EQ-5D index"
    assert sentences.lowered("FACT-Hep total") == "FACT-Hep total"
