"""The Reader: one release, one viewer, own rows and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import duckdb
import polars as pl
import pytest

from sql.access import AccessDenied, Viewer
from sql.publish import strata
from sql.reader import NoRelease, Reader
from tests.sql.small_release import (
    Complication,
    Procedure,
    procedures,
    write_release,
)

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
GOVERNANCE = Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3")
COMMISSIONER = Viewer("D. Demo", "commissioner")
TEAM = Viewer("E. Demo", "registry team")
ADMIN = Viewer("F. Demo", "registry admin")

# Every method that gives own rows, with arguments that a page would give.
OWN_ROWS = {
    "sites": lambda reader: reader.sites(),
    "rates": lambda reader: reader.rates(["S5_30", "S7_90"]),
    "trend": lambda reader: reader.trend("S5_30"),
    "funnel": lambda reader: reader.funnel("S5_30"),
    "cases": lambda reader: reader.cases("S5_30"),
    "complications": lambda reader: reader.complications(),
    "sentinel_events": lambda reader: reader.sentinel_events(),
    "split": lambda reader: reader.split("S5_30", "operator case number"),
    "in_order": lambda reader: (
        reader.in_order("S5_30", site=reader.viewer.sites[0]).procedures
        if reader.viewer.sites
        else reader.in_order("S5_30", site="ZZ101").procedures
    ),
    "compliance": lambda reader: reader.compliance(),
    "breaches": lambda reader: reader.breaches("C1"),
    "breach_reasons": lambda reader: reader.breach_reasons("C1"),
    "compliance_trend": lambda reader: reader.compliance_trend("C1"),
    "completeness": lambda reader: reader.completeness(),
    "findings": lambda reader: reader.findings(),
    "finding_rows": lambda reader: reader.finding_rows(),
    "participation": lambda reader: reader.participation(),
    "ascertainment": lambda reader: reader.ascertainment(),
    "survival": lambda reader: pl.concat(s.curve for s in reader.survival()),
    "incidence": lambda reader: pl.concat(s.curve for s in reader.incidence()),
    "followed": lambda reader: reader.followed("E6_OS"),
    "responses": lambda reader: reader.responses(),
    "courses": lambda reader: reader.courses(),
    "quality_of_life": lambda reader: reader.quality_of_life(),
    "measures": lambda reader: reader.measures(["Env1_KM"]),
    "due": lambda reader: reader.due(date(2026, 11, 16)),
    "amounts": lambda reader: reader.amounts("Env1_KM"),
    "not_counted": lambda reader: reader.not_counted(["S5_90", "E6_OS"]),
    "by age": lambda reader: reader.split("S5_30", "age"),
}
PUBLISHED = {
    "published_rates": lambda reader: reader.published_rates(["S5_30", "C1"]),
    "published_survival": lambda reader: reader.published_survival(),
    "published_equity": lambda reader: reader.published_equity("S5_30"),
    "published_incidence": lambda reader: reader.published_incidence(),
    "compliance_status": lambda reader: reader.compliance_status(),
    "compliance_national": lambda reader: reader.compliance_national(),
    "published_participation": lambda reader: reader.published_participation(),
    "published_ascertainment": lambda reader: reader.published_ascertainment(),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    drawn = [
        *procedures("ZZ101", 40, S5_30=2),
        *procedures("ZZ102", 31, S5_30=4, C1=3),
        *procedures("ZZ201", 30, S5_30=2),
        *procedures("ZZ301", 25, S5_30=1),
        *procedures("ZZ302", 5, C1=2),
    ]
    found = [
        Complication(p.site, f"C{p.id}", p.id, "OTHER", "ABSCESS", "IIIa", 5)
        for p in drawn
        if p.values.get("S5_30") == 1
    ]
    return write_release(tmp_path_factory.mktemp("home"), drawn, found)


@pytest.fixture
def opened(home):
    readers = []

    def open_for(viewer):
        readers.append(Reader.open(home, viewer))
        return readers[-1]

    yield open_for
    for reader in readers:
        reader.__exit__(None, None, None)


def test_no_release_yet_is_said_in_words(tmp_path):
    with pytest.raises(NoRelease, match="No data yet"):
        Reader.open(tmp_path, LEAD)


def test_a_release_of_another_schema_is_not_read(tmp_path):
    home = write_release(tmp_path, [])
    with duckdb.connect(str(home / "releases/release-14.duckdb")) as connection:
        connection.execute("update release set schema_version = 0")
    with pytest.raises(NoRelease, match="another version"):
        Reader.open(home, LEAD)


def test_the_release_says_how_far_its_data_go(opened):
    for viewer in (LEAD, COMMISSIONER, TEAM, ADMIN):
        release = opened(viewer).release()
        assert release.number == 14
        assert release.status == "Data to 30 Sep 2026, release 14, 6 of 6 sites reporting"


@pytest.mark.parametrize("call", OWN_ROWS.values(), ids=OWN_ROWS)
def test_own_rows_name_own_sites_only(opened, call):
    for viewer, own in ((LEAD, {"ZZ102"}), (GOVERNANCE, {"ZZ301", "ZZ302"})):
        found = call(opened(viewer))
        if "site_id" in found.columns:
            assert set(found["site_id"].drop_nulls()) <= own
        if "sites" in found.columns and found.height:
            assert found["sites"].max() <= len(own)


@pytest.mark.parametrize("viewer", [COMMISSIONER, ADMIN, GOVERNANCE], ids=lambda v: v.role)
def test_what_is_on_record_of_a_procedure_is_for_those_who_see_its_site(opened, viewer):
    assert opened(LEAD).on_record("ZZ102", "P000").height
    with pytest.raises(AccessDenied):
        opened(viewer).on_record("ZZ102", "P000")


@pytest.mark.parametrize("call", OWN_ROWS.values(), ids=OWN_ROWS)
@pytest.mark.parametrize("viewer", [COMMISSIONER, ADMIN], ids=lambda v: v.role)
def test_roles_without_rows_are_refused_every_row(opened, viewer, call):
    with pytest.raises(AccessDenied, match="may not see rows"):
        call(opened(viewer))


@pytest.mark.parametrize("call", PUBLISHED.values(), ids=PUBLISHED)
def test_published_figures_are_the_same_for_every_viewer_but_the_admin(opened, call):
    for viewer in (GOVERNANCE, COMMISSIONER, TEAM):
        assert call(opened(viewer)).equals(call(opened(LEAD)))
    with pytest.raises(AccessDenied):
        call(opened(ADMIN))


def test_a_commissioner_needs_the_public_file_only(tmp_path):
    home = write_release(tmp_path, procedures("ZZ101", 30))
    (home / "releases/release-14.duckdb").unlink()
    with Reader.open(home, COMMISSIONER) as reader:
        assert reader.release().number == 14
        assert reader.periods() == strata()["national"]["periods"]
        assert "never a patient's row" in reader.scope()
        assert reader.indicators().height
        for call in PUBLISHED.values():
            assert call(reader).width


@pytest.mark.parametrize(
    "call",
    [
        lambda reader, site: reader.cases("S5_30", site=site),
        lambda reader, site: reader.breaches("C1", site=site),
        lambda reader, site: reader.trend("S5_30", site=site),
        lambda reader, site: reader.in_order("S5_30", site=site),
        lambda reader, site: reader.split("S3_1", "ECG synchronisation", site=site),
        lambda reader, site: reader.compliance_trend("C1", site=site),
        lambda reader, site: reader.finding_rows(site=site),
    ],
)
def test_another_site_is_refused_in_the_same_words_whether_or_not_it_exists(opened, call):
    said = set()
    for site in ("ZZ101", "ZZ999"):
        with pytest.raises(AccessDenied) as denied:
            call(opened(LEAD), site)
        said.add(str(denied.value))
    assert said == {"This account may see rows for ZZ102 only."}


def test_exclusions_are_for_governance_leads_and_the_registry_team(opened):
    assert opened(GOVERNANCE).exclusions().is_empty()
    assert opened(TEAM).exclusions().is_empty()
    with pytest.raises(AccessDenied, match="site lead may not see exclusions"):
        opened(LEAD).exclusions()


def test_the_cache_key_differs_by_scope_and_release(home, opened, tmp_path):
    other = write_release(tmp_path, procedures("ZZ101", 3), number=15)
    keys = {opened(viewer).cache_key for viewer in (LEAD, GOVERNANCE, COMMISSIONER, TEAM)}
    assert len(keys) == 4
    with Reader.open(other, LEAD) as later:
        assert later.cache_key not in keys
        assert later.cache_key[0] == opened(LEAD).cache_key[0]


def test_a_site_outside_the_release_has_no_rows(opened):
    stranger = Viewer("Dr X. Demo", "site lead", ("ZZ999",), "ZZ9")
    reader = opened(stranger)
    assert reader.rates(["S5_30"]).is_empty()
    assert reader.scope().startswith("You see the rows of no site")


def test_a_readers_connection_can_read_its_file_and_do_nothing_else(opened, tmp_path):
    reader = opened(LEAD)
    for query in (
        "select * from read_csv('/etc/passwd')",
        f"attach '{tmp_path / 'other.duckdb'}'",
        "set memory_limit = '8GB'",
        "create table stored as select 1",
        "install httpfs",
    ):
        with pytest.raises(duckdb.Error):
            reader._source.rows(query)


def test_the_scope_is_said_in_one_sentence(opened):
    assert opened(LEAD).scope() == (
        "You see the rows of Site ZZ102 (ZZ102); "
        "other sites only within published national figures."
    )
    assert opened(TEAM).scope() == "You see the rows of all 6 sites."


def test_a_sites_missing_quarters_are_named(tmp_path):
    home = write_release(
        tmp_path,
        [],
        missing={"ZZ102": ("2026/27 Q1", "2026/27 Q2")},
        nil={"ZZ102": ("2025/26 Q4",)},
        complete_to={"ZZ102": date(2026, 3, 31)},
    )
    with Reader.open(home, LEAD) as reader:
        row = reader.sites().row(0, named=True)
        assert row["complete_to"] == date(2026, 3, 31)
        assert row["quarters_missing"] == ["2026/27 Q1", "2026/27 Q2"]
        assert row["note"] == "Site ZZ102 has not reported 2026/27 Q1, 2026/27 Q2."
        states = dict(reader.participation().select("quarter", "state").iter_rows())
        assert states["2025/26 Q4"] == "nil return"
        assert states["2026/27 Q2"] == "missing"


def test_own_rows_of_a_patient_treated_twice_stay_with_each_site(tmp_path):
    drawn = [
        Procedure("ZZ101", "P1", patient="one", values={"S5_30": 1}),
        Procedure("ZZ102", "P1", patient="one", values={"S5_30": 0}),
    ]
    found = [Complication("ZZ101", "C1", "P1", "OTHER", "SEPSIS", "IVa", 2)]
    home = write_release(tmp_path, drawn, found)
    with Reader.open(home, LEAD) as reader:
        assert reader.cases("S5_30").is_empty()
        assert reader.complications().is_empty()
        assert reader.sentinel_events().is_empty()


def test_several_sessions_may_read_one_release_at_the_same_time(home):
    def read(viewer):
        with Reader.open(home, viewer) as reader:
            return [reader.rates(["S5_30"])["eligible"].to_list() for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, [LEAD, GOVERNANCE] * 4))
    assert found == [[[31]] * 5, [[25, 5]] * 5] * 4
