"""The Reader on a release that the real build made."""

import json

import pytest

from sql import catalog
from sql.access import Viewer
from sql.publish import write_public
from sql.reader import Reader
from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
TEAM = Viewer("E. Demo", "registry team")


@pytest.fixture
def home(home):
    rows = with_parents(
        {
            "procedure": draw("""
                procedure_id | procedure_date | no_complication_confirmed | death_date
                bled         | 2026-02-01     |                           |
                silent       | 2026-02-02     |                           |
                died         | 2026-02-03     | Y                         | 2026-03-15
                recent       | 2026-09-20     | Y                         |
            """),
            "complication": draw("""
                complication_id | procedure_id | onset_date | clavien_dindo
                c1              | bled         | 2026-02-05 | IVa
            """),
            "lesion": draw("""
                lesion_id | patient
                l2        | of recent
            """),
            "lesion_treatment": draw("""
                procedure_id | lesion_id
                recent       | l2
            """),
        }
    )
    rows["procedure"][2]["enrolment_id"] = "never sent"
    rows["complication"][0] |= {
        "nice_category": "BLEEDING",
        "subtype": "HAEMATOMA",
        "device_related_suspected": "Y",
    }
    one = accept(
        home,
        1,
        site="ZZ102",
        exclusions="""
            rule | table_name | record_key | is_protected | procedure_id | source_line
            K05a | procedure  | lost       | Y            | lost         | 9
        """,
        findings="""
            finding_id | rule | table_name | record_key | source_file   | source_line | column_name
            f1         | D02  | procedure  | bled       | procedure.csv | 2           | mdt_id
        """,
        **{name: [row | {"site": "ZZ102"} for row in table] for name, table in rows.items()},
    )
    path = build(
        home,
        [one],
        register=load_register(home, site="site_ods_code\nZZ101\nZZ102"),
        number=3,
        today=TODAY,
        built_at=BUILT,
    )
    write_public(path, path.with_name("release-3.public.duckdb"))
    (home / "releases/CURRENT").write_text(json.dumps({"release": 3}))
    return home


def test_every_figure_of_a_site_comes_from_the_release_as_built(home):
    with Reader.open(home, LEAD) as reader:
        assert reader.release().number == 3
        assert reader.sites()["site_id"].to_list() == ["ZZ102"]
        rates = {
            row["indicator_id"]: row
            for row in reader.rates(["S2_30", "S5_30", "S7_90", "S4_24M", "E2_M1"]).iter_rows(
                named=True
            )
        }
        assert (rates["S2_30"]["events"], rates["S2_30"]["unknown"]) == (1, 1)
        assert rates["S2_30"]["eligible"] == 3
        assert (rates["S2_30"]["immature"], rates["S2_30"]["excluded_by_site"]) == (1, 1)
        assert rates["S7_90"]["events"] == 1
        assert rates["S4_24M"]["immature"] == 4
        assert rates["E2_M1"]["immature"] == 1
        assert reader.cases("S2_30")["complication_id"].to_list() == ["c1"]
        death = reader.cases("S7_90").row(0, named=True)
        assert (death["procedure_id"], death["day"]) == ("died", 40)
        assert death["source_file"] == "vital_status.csv"
        assert reader.sentinel_events()["event"].to_list() == [
            "death within 90 days",
            "Clavien-Dindo IV or V",
        ]
        assert reader.complications()["yellow_card"].to_list() == ["not reported"]


def test_compliance_and_data_quality_come_from_the_release_as_built(home):
    with Reader.open(home, LEAD) as reader:
        found = {row["rule_id"]: row for row in reader.compliance().iter_rows(named=True)}
        assert (found["C1"]["eligible"], found["C1"]["not_met"]) == (4, 3)
        assert found["C1"]["cannot_tell"] == 1
        assert found["C1"]["clause"] == "1.1"
        assert set(reader.breaches("C1")["reason"]) == {
            "no enrolment in research",
            "enrolment record not sent",
        }
        assert reader.breach_reasons("C11").height
        assert reader.compliance_trend("C1")["eligible"].sum() == 4
        assert reader.trend("S2_30")["eligible"].sum() == 3
        assert not reader.funnel("S2_30").is_empty()
        segment = reader.completeness().filter(column_name="segment").row(0, named=True)
        assert (segment["table_name"], segment["filled"], segment["expected"]) == ("lesion", 0, 1)
        assert reader.findings()["rule"].to_list() == ["D02"]
        assert reader.finding_rows()["source_line"].to_list() == [2]
        assert reader.participation()["state"].to_list().count("reported") == 15
        assert reader.periods()[-1] == "2023/24 Q3"
        (survival,) = reader.survival()
        assert (survival.patients, survival.deaths) == (4, 1)
    with Reader.open(home, TEAM) as reader:
        assert reader.exclusions()["procedure_id"].to_list() == ["lost"]
        assert reader.indicators()["id"].to_list() == list(catalog.indicators())


def test_every_indicator_of_the_catalogue_can_be_read(home):
    with Reader.open(home, LEAD) as reader:
        for entry in catalog.indicators().values():
            if entry.kind == "survival":
                assert len(reader.survival(entry.id, by="site")) == 1
            elif entry.kind == "incidence":
                assert len(reader.incidence(entry.id, by="site")) == 1
            else:
                assert reader.rates([entry.id]).height == 1
                assert reader.cases(entry.id).width
