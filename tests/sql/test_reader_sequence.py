"""One site's procedures in order: gaps, CUSUM, sentinel events at their place, worked by hand."""

from datetime import date, timedelta
from math import log, sqrt

import pytest

from sql.access import Viewer
from sql.reader import Reader
from sql.statistics.cusum import run_length
from tests.sql.small_release import Complication, Procedure, procedures, write_release

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
FIRST = date(2024, 4, 1)


@pytest.fixture
def reading(tmp_path):
    readers = []

    def of(drawn, complications=None, viewer=LEAD):
        home = write_release(tmp_path / str(len(readers)), drawn, complications)
        readers.append(Reader.open(home, viewer))
        return readers[-1]

    yield of
    for reader in readers:
        reader.__exit__(None, None, None)


def in_time(outcomes: str, every: int = 10) -> list[Procedure]:
    """One procedure a letter, every so many days: x event, . none, ? not known."""
    value = {"x": 1, ".": 0, "?": None}
    return [
        Procedure("ZZ102", f"P{n:03d}", FIRST + timedelta(days=every * n), {"S5_30": value[one]})
        for n, one in enumerate(outcomes, start=1)
    ]


def test_gaps_are_counted_between_events_among_the_known(reading):
    found = reading(in_time("..?xx......x.")).in_order("S5_30", site="ZZ102")
    assert (found.known, found.events, found.unknown, found.since) == (12, 3, 1, 1)
    assert found.gaps["number"].to_list() == [3, 4, 11]
    assert found.gaps["between"].to_list() == [2, 0, 6]
    assert found.gaps["centre"].to_list() == [2, 2, 2]
    mean = 8 / 3
    assert found.gaps["upper"][0] == pytest.approx(mean + 3 * sqrt(mean * (mean + 1)))
    assert found.gaps["chance"].to_list() == pytest.approx([1 - 0.931**n for n in (3, 1, 7)])
    assert found.gaps_sentence == (
        "Site ZZ102 (ZZ102), major complication (Clavien-Dindo IIIa or worse), 30 days, from "
        "11 Apr 2024 to 30 Sep 2026: 3 events in 12 procedures with a known outcome; 1 since the "
        "last; median gap 2, shortest 0; the limit is on trial (fewer than 13 gaps)."
    )


def test_the_cusum_adds_the_evidence_for_doubled_odds(reading):
    found = reading(in_time("..?xx......x.")).in_order("S5_30", site="ZZ102")
    total, sums = 0.0, []
    for event in (0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0):
        total = max(0.0, total + event * log(2) - log(1 + 0.069))
        sums.append(total)
    assert found.procedures["up"].to_list() == pytest.approx(sums)
    assert not found.procedures["is_signal"].any()
    assert found.in_control == pytest.approx(run_length(0.069, found.threshold))
    assert found.in_control >= 250 > run_length(0.069, found.threshold - 0.01)
    assert found.delay == pytest.approx(run_length(0.069, found.threshold, 2, 2))
    assert "no signal in 12 procedures; it stands at " in found.cusum_sentence
    assert "Crude CUSUM (no case-mix adjustment)" in found.cusum_sentence
    assert "one false signal in 252 procedures on average" in found.cusum_sentence


def test_an_unknown_outcome_that_could_make_it_signal_is_said(reading):
    # Three events running signal at 1.80; the third of them is not known.
    found = reading(in_time("..?xx......x.")).in_order("S5_30", site="ZZ102")
    assert found.is_signal_if_unknown
    assert "and would signal were the 1 unknown outcome an event" in found.cusum_sentence
    calm = reading(in_time("..?.........")).in_order("S5_30", site="ZZ102")
    assert "and would not signal were the 1 unknown outcome an event" in calm.cusum_sentence


def test_a_signal_is_dated_and_the_sum_starts_again(reading):
    found = reading(in_time("..xxx.")).in_order("S5_30", site="ZZ102")
    assert found.procedures["is_signal"].to_list() == [False] * 4 + [True, False]
    assert found.procedures["up"][5] == 0
    assert "1 signal of more events than expected, the last at procedure 5" in found.cusum_sentence
    assert "(21 May 2024)" in found.cusum_sentence


def test_without_an_event_there_is_no_gap_and_the_chance_of_none_is_said(reading):
    found = reading(in_time("....")).in_order("S5_30", site="ZZ102")
    assert found.gaps.is_empty()
    assert found.since == 4
    # 0.931 to the fourth is 0.751
    assert "0 events" not in found.gaps_sentence
    assert "no event in 4 procedures" in found.gaps_sentence
    assert "would happen by chance 75 times in 100" in found.gaps_sentence


def test_one_event_tells_no_limit(reading):
    found = reading(in_time("..x.")).in_order("S5_30", site="ZZ102")
    assert found.gaps["between"].to_list() == [2]
    assert found.gaps["upper"].to_list() == [None]
    assert "one event tells no limit" in found.gaps_sentence


def test_a_site_without_a_known_outcome_says_so(reading):
    for drawn in ([], in_time("??")):
        found = reading(drawn).in_order("S5_30", site="ZZ102")
        assert found.procedures.is_empty()
        assert "no procedure with a known outcome up to 30 Sep 2026." in found.gaps_sentence
        assert "no procedure with a known outcome up to 30 Sep 2026." in found.cusum_sentence


def test_the_period_moves_the_end_and_not_the_start(reading):
    reader = reading(in_time("x..x" * 10, every=20))
    whole, early = (
        reader.in_order("S5_30", site="ZZ102", period=period)
        for period in ("36 months", "2024/25 Q2")
    )
    assert whole.start == early.start == date(2024, 4, 21)
    assert (whole.end, early.end) == (date(2026, 9, 30), date(2024, 9, 30))
    assert (whole.known, early.known) == (40, 9)


def test_case_mix_narrows_the_order_and_the_sentinel_events(reading):
    drawn = in_time("x.x.")
    drawn[0].tumour_type = drawn[1].tumour_type = "ICCA"
    found = [
        Complication("ZZ102", "C1", "P001", "OTHER", "SEPSIS", "IVa"),
        Complication("ZZ102", "C3", "P003", "OTHER", "SEPSIS", "V"),
    ]
    order = reading(drawn, found).in_order("S5_30", site="ZZ102", tumour_type="ICCA")
    assert order.procedures["procedure_id"].to_list() == ["P001", "P002"]
    assert order.sentinel["procedure_id"].to_list() == ["P001"]


def test_a_sentinel_event_stands_at_its_procedure_or_the_last_before_it(reading):
    drawn = in_time("?..?")
    found = [Complication("ZZ102", f"C{n}", f"P00{n}", "OTHER", "SEPSIS", "IVa") for n in (1, 2, 4)]
    order = reading(drawn, found).in_order("S5_30", site="ZZ102")
    assert order.sentinel.select("number", "procedure_id").rows() == [
        (0, "P001"),
        (1, "P002"),
        (2, "P004"),
    ]


def test_the_order_of_one_day_is_that_of_the_procedures_ids(reading):
    drawn = in_time("x..", every=0)
    names = reading(list(reversed(drawn))).in_order("S5_30", site="ZZ102").procedures
    assert names["procedure_id"].to_list() == ["P001", "P002", "P003"]


# Against the national rate


def national(reading, *, viewer=LEAD):
    """Nationally 15 of 160 (rounded from 14 of 161): 9.4 %."""
    drawn = [
        *procedures("ZZ101", 60, S5_30=5, S1_90=9),
        *procedures("ZZ102", 41, S5_30=6, S1_90=9),
        *procedures("ZZ201", 60, S5_30=3, S1_90=9),
    ]
    return reading(drawn, viewer=viewer)


def test_the_national_target_is_that_of_the_published_counts(reading):
    reader = national(reading)
    row = reader.rates(["S5_30"], against="national").row(0, named=True)
    assert row["target"] == 15 / 160
    assert "within what chance allows around 9.4 %" in row["sentence"]
    target = reader.target("S5_30", against="national")
    assert target.said == "9.4 % (national, 15 of 160, rounded)"
    assert reader.in_order("S5_30", site="ZZ102", against="national").target == target
    lines = reader.funnel("S5_30", against="national")
    assert lines.height
    assert not lines.equals(reader.funnel("S5_30"))


def test_an_outcome_without_a_benchmark_can_be_judged_against_the_national_rate(reading):
    reader = national(reading)
    assert reader.rates(["S1_90"])["verdict"].to_list() == [None]
    assert reader.target("S1_90").said == "nothing: no rate to judge by is published"
    assert reader.rates(["S1_90"], against="national")["verdict"].to_list() == ["within"]


def test_a_selection_without_a_national_figure_is_judged_against_nothing(reading):
    reader = national(reading)
    for narrowed in ({"tumour_type": "HCC"}, {"size_band": "UNDER_30_MM"}):
        target = reader.target("S5_30", against="national", **narrowed)
        assert target.rate is None
        assert target.said == "nothing: no national figure for this selection"
        assert reader.rates(["S5_30"], against="national", **narrowed)["verdict"][0] is None
        assert reader.funnel("S5_30", against="national", **narrowed).is_empty()
        order = reader.in_order("S5_30", site="ZZ102", against="national", **narrowed)
        assert order.threshold is None
        assert "no CUSUM, as it is judged against nothing: no national" in order.cusum_sentence


def test_a_benchmark_says_that_no_filter_moves_it(reading):
    reader = national(reading)
    assert reader.target("S5_30").rate == reader.target("S5_30", tumour_type="ICCA").rate == 0.069
    assert "no filter moves it" in reader.target("S5_30").moves


# Side by side


def test_arrhythmia_is_split_by_ecg_synchronisation(reading):
    drawn = procedures("ZZ102", 20, S3_1=3)
    for procedure in drawn[:2]:
        procedure.ecg_sync = False
    drawn[19].ecg_sync = None
    found = reading(drawn).split("S3_1", "ECG synchronisation")
    assert found.select("part", "events", "eligible").rows() == [
        ("with synchronisation", 1, 17),
        ("without synchronisation", 2, 2),
        ("synchronisation not recorded", 0, 1),
    ]


def test_the_learning_curve_counts_each_operators_cases_at_the_site(reading):
    drawn = in_time("x" + "." * 23)
    for n, procedure in enumerate(drawn):
        procedure.operator = ("one", "two")[n % 2]
    found = reading(drawn).split("S5_30", "operator case number")
    assert found.select("part", "operators", "events", "eligible").rows() == [
        ("case 1 to 5", 2, 1, 10),
        ("case 6 to 10", 2, 0, 10),
        ("case 11 to 20", 2, 0, 4),
    ]


def test_a_filter_does_not_renumber_an_operators_cases(reading):
    drawn = in_time("." * 24)
    for n, procedure in enumerate(drawn):
        procedure.operator = ("one", "two")[n % 2]
    for procedure in drawn[-4:]:
        procedure.tumour_type = "ICCA"
    found = reading(drawn).split("S5_30", "operator case number", tumour_type="ICCA")
    assert found["part"].to_list() == ["case 11 to 20"]


def test_a_band_of_one_operators_cases_shows_no_outcome(reading):
    found = reading(in_time("x" * 6)).split("S5_30", "operator case number")
    assert found["eligible"].to_list() == [5, 1]
    for name in ("events", "unknown", "rate", "lower", "upper"):
        assert found[name].null_count() == 2


@pytest.mark.parametrize(
    ("one", "two", "shown"),
    [
        (6, 5, [None, None]),  # case 6 is of the first alone; what is left of the whole goes too
        (11, 8, [10, None, None]),  # of the other bands the smallest: 8, not 10
        (12, 5, [None, None, None]),  # two bands of the first are still one person's
    ],
)
def test_the_other_bands_do_not_give_away_one_operators_cases(reading, one, two, shown):
    drawn = in_time("x" * (one + two))
    for procedure in drawn[one:]:
        procedure.operator = "operator 2"
    found = reading(drawn).split("S5_30", "operator case number")
    assert found["events"].to_list() == shown


def test_bands_of_two_operators_hide_each_other(reading):
    drawn = in_time("x" * 30)
    for procedure in drawn[10:]:
        procedure.operator = "operator 2"
    for procedure in drawn[15:20]:  # case 6 to 10 of the second
        procedure.tumour_type = "ICCA"
    found = reading(drawn).split("S5_30", "operator case number", tumour_type="HCC")
    assert found["operators"].to_list() == [2, 1, 1]
    assert found["events"].to_list() == [10, None, None]
