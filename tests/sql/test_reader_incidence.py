"""Local progression as a Reader gives it, and as it is published."""

import polars as pl
import pytest

from sql.access import AccessDenied, Viewer
from sql.disclosure import hes
from sql.published_incidence import life_table
from sql.published_life_tables import TOO_MANY_LEFT
from sql.reader import Reader
from sql.statistics.competing import aalen_johansen
from tests.sql.small_release import procedures, write_release

TEAM = Viewer("E. Demo", "registry team")
COMMISSIONER = Viewer("D. Demo", "commissioner")


def followed(indicator, *ends, site="ZZ101"):
    """Rows of an incidence: (days, what ended it or None)."""
    return [
        {
            "indicator_id": indicator,
            "site_id": site,
            "unit_key": f"{site} {n}",
            "value": int(end == "local progression"),
            "time_days": float(days),
            "ended_by": end,
        }
        for n, (days, end) in enumerate(ends)
    ]


MIXED = [
    *((100 + 10 * n, "local progression") for n in range(6)),
    *((200 + 10 * n, "death") for n in range(4)),
    (250, "transplant"),
    *((900, None) for _ in range(20)),
]


def test_incidence_is_aalen_johansen_and_never_one_minus_kaplan_meier(tmp_path):
    home = write_release(tmp_path, procedures("ZZ101", 40), more=followed("E4_LTP", *MIXED))
    with Reader.open(home, TEAM) as reader:
        (found,) = reader.incidence()
    days = [float(day) for day, _ in MIXED]
    codes = {"local progression": 1, "death": 2, "transplant": 3, None: 0}
    expected = aalen_johansen(days, [codes[end] for _, end in MIXED]).filter(
        (pl.col("cause") == 1) & (pl.col("time") <= 365.25)
    )
    year = found.landmarks.row(0, named=True)
    assert year["estimate"] == pytest.approx(expected["estimate"][-1], abs=1e-12)
    assert year["estimate"] == pytest.approx(6 / 31, abs=1e-12)  # all progressed while 31 at risk
    assert (found.units, found.events, found.competing) == (31, 6, 5)
    assert set(found.curve["cause"]) == {"local progression", "death", "transplant"}
    assert found.curve.filter(pl.col("years") == 0)["estimate"].to_list() == [0, 0, 0]
    assert "19.4 %" in found.sentence
    assert "5 ended in death or transplant first" in found.sentence


def test_incidence_per_tumour_has_no_interval(tmp_path):
    home = write_release(tmp_path, procedures("ZZ101", 40), more=followed("E4_LTPL", *MIXED))
    with Reader.open(home, TEAM) as reader:
        (found,) = reader.incidence("E4_LTPL")
    assert found.unit == "lesion"
    assert found.landmarks["lower"].to_list() == [None, None]
    assert found.landmarks["estimate"].null_count() == 0


@pytest.mark.parametrize("number", [0, 1, 9])
def test_incidence_of_few_patients_is_not_judged(tmp_path, number):
    home = write_release(
        tmp_path, procedures("ZZ101", 40), more=followed("E4_LTP", *MIXED[:number])
    )
    with Reader.open(home, TEAM) as reader:
        (found,) = reader.incidence()
    assert found.units == number
    assert found.curve.is_empty()
    assert found.landmarks["estimate"].to_list() == [None, None]
    assert "too few to judge" in found.sentence


def test_incidence_by_site_gives_every_own_site(tmp_path):
    home = write_release(
        tmp_path,
        procedures("ZZ101", 40),
        more=followed("E4_LTP", *MIXED) + followed("E4_LTP", (9, None), site="ZZ102"),
    )
    with Reader.open(home, Viewer("G. Demo", "governance lead", ("ZZ101", "ZZ102"))) as reader:
        found = reader.incidence(by="site")
        rows = reader.followed("E4_LTP")
    assert [(one.site_id, one.units) for one in found] == [("ZZ101", 31), ("ZZ102", 1)]
    assert rows.height == 32


@pytest.mark.parametrize(
    ("entered", "intervals", "percents"),
    [
        (100, [(1, 20, 10, 60), (2, 10, 0, 30)], [21, 35]),
        (100, [(1, 20, 10, 15)], [None]),  # fewer than 20 at risk
        (100, [(1, None, 10, 60), (2, 10, 0, 30)], [None, None]),
        (100, [(1, 20, None, 60)], [None]),
        (40, [(1, 0, 0, 40)], [0]),
        (0, [(1, 0, 0, 0)], [None]),
    ],
)
def test_published_incidence_is_shown_from_20_at_risk_and_never_past_a_suppressed_count(
    entered, intervals, percents
):
    found = life_table(entered, intervals)
    assert found["percent"].to_list() == percents
    assert all((p is None) == (n is not None) for p, n in found.select("percent", "note").rows())


@pytest.mark.parametrize(
    ("entered", "intervals", "limits"),
    [
        # Ten left: 20 of 100 had they left at the end of the year, of 90 at its start; each
        # with its binomial variance on the log-log scale, worked out by hand.
        (100, [(1, 20, 10, 60)], (13, 31)),
        # Nobody left: one estimate, 20 of 100, and 30 of 100 after the second year.
        (100, [(1, 20, 10, 70), (2, 10, 0, 60)], (21, 39)),
        (40, [(1, 0, 0, 40)], (None, None)),
    ],
)
def test_published_incidence_covers_whenever_in_a_year_people_left(entered, intervals, limits):
    row = life_table(entered, intervals).row(-1, named=True)
    assert (row["lower"], row["upper"]) == limits


def test_incidence_that_leaving_decides_is_not_published():
    shown = life_table(100, [(1, 20, 0, 40)]).row(0, named=True)  # 20 of 100, or of 60
    assert (shown["percent"], shown["note"]) == (25, None)
    row = life_table(100, [(1, 30, 0, 20)]).row(0, named=True)  # 30 of 100, or of 50
    assert (row["percent"], row["lower"], row["upper"]) == (None, None, None)
    assert row["note"] == TOO_MANY_LEFT


def test_incidence_is_published_of_three_sites_and_in_rounded_counts(tmp_path):
    more = [
        row for site in ("ZZ101", "ZZ102", "ZZ201") for row in followed("E4_LTP", *MIXED, site=site)
    ]
    home = write_release(tmp_path, procedures("ZZ101", 40), more=more)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.published_incidence()
    assert found["entered_text"].to_list() == ["95", "60"]
    assert found["events_text"].to_list() == ["20", "0"]
    assert found["competing_text"].to_list() == ["15", "0"]
    assert found["percent"].to_list() == [21, 21]
    assert hes(18) == 20


def test_two_sites_make_no_national_incidence(tmp_path):
    more = followed("E4_LTP", *MIXED) + followed("E4_LTP", *MIXED, site="ZZ102")
    home = write_release(tmp_path, procedures("ZZ101", 40), more=more)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.published_incidence()
    assert set(found["events_text"]) == {"*"}
    assert found["percent"].to_list() == [None, None]


def narrowed(tmp_path):
    """20 drawn patients, the first 12 with a lesion under 3 cm; the first five ended."""
    drawn = procedures("ZZ101", 20)
    for procedure in drawn[:12]:
        procedure.lesions_mm = (20.0,)
    ends = [(100 + n, "local progression" if n < 5 else None) for n in range(20)]
    more = [row | {"procedure_id": f"P{n:03d}"} for n, row in enumerate(followed("E4_LTP", *ends))]
    return write_release(tmp_path, drawn, more=more)


def test_curves_follow_the_selected_patients_of_one_own_site(tmp_path):
    with Reader.open(narrowed(tmp_path), TEAM) as reader:
        (few,) = reader.incidence(size_band="UNDER_30_MM", site="ZZ101")
        (none,) = reader.incidence(tumour_type="ICCA")
        (alive,) = reader.survival(size_band="UNDER_30_MM", site="ZZ101")
        (elsewhere,) = reader.survival(site="ZZ201")
    assert (few.units, few.events, few.site_id) == (12, 5, "ZZ101")
    assert few.at_risk.rows() == [(0, 12)]
    assert (none.units, none.curve.height) == (0, 0)
    assert (alive.patients, alive.site_name) == (12, "Site ZZ101")
    assert elsewhere.patients == 0


@pytest.mark.parametrize("call", ["survival", "incidence"])
def test_a_curve_of_another_site_is_refused(tmp_path, call):
    lead = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
    with Reader.open(narrowed(tmp_path), lead) as reader:
        with pytest.raises(AccessDenied):
            getattr(reader, call)(site="ZZ101")
        assert getattr(reader, call)(site="ZZ102")[0].site_id == "ZZ102"
