"""The sample data are one coherent registry: orders, links, clocks, and the told scenario."""

from collections import Counter, defaultdict
from datetime import date, datetime

import pytest
from scipy.stats import binom

from expectations.dictionary import site_tables, tables
from tests.sample_data.replaying import read_register

NAMES = {"surname", "forename", "name", "postcode", "nhs_number", "date_of_birth"}


@pytest.fixture(scope="module")
def current(key, replayed):
    """The current rows by table: (site, cells), from the submissions that hold any."""
    rows = defaultdict(dict)
    for export in key["exports"]:
        if export["state"] == "accepted":
            for row in replayed[export["path"]].sent:
                rows[row.table][export["site"], row.key] = row.cells
    return {
        table: [(site, cells) for (site, _), cells in found.items()]
        for table, found in rows.items()
    }


def test_no_row_is_dated_after_its_period(key, replayed):
    faulty = {
        (export["path"], finding["table"], finding["line"])
        for export in key["exports"]
        for finding in export["findings"]
        if "DATE" in finding["rule"]
    }
    for export in key["exports"]:
        for row in replayed[export["path"]].sent if export["verdict"] != "refused" else ():
            for name, column in site_tables()[row.table].columns.items():
                is_open = column.may_be_future
                is_faulty = (export["path"], row.table, row.line) in faulty
                if column.type == "date" and row.cells[name] and not is_open and not is_faulty:
                    assert row.cells[name] <= export["period_end"], (export["path"], row.line)


def test_nothing_happens_after_a_death(current):
    deaths = {c["patient_pseudo_id"]: c["death_date"] for _, c in current["vital_status"]}
    for table, column in (
        ("procedure", "procedure_date"), ("complication", "onset_date"), ("prom", "completed_date"),
        ("followup_imaging", "imaging_date"), ("subsequent_treatment", "treatment_date"),
    ):  # fmt: skip
        for _, cells in current[table]:
            death = deaths[cells["patient_pseudo_id"]]
            assert not death or cells[column] <= death


def test_every_link_of_the_current_rows_resolves_save_the_planted_ones(current):
    unresolved = []
    for name, table in site_tables().items():
        for column in table.columns.values():
            parent = column.references
            if parent is None or parent in {"research_study"}:
                continue
            first = tables()[parent].key[0]
            known = {(site, cells[first]) for site, cells in current[parent]}
            for site, cells in current[name]:
                value = cells[column.name]
                if value and (site, value) not in known:
                    unresolved.append((name, column.name))
    planted = Counter(unresolved)
    assert planted == {
        ("procedure", "mdt_id"): 1, ("procedure", "approval_id"): 1,
        ("procedure", "second_operator_pseudo_id"): 1, ("pulse_delivery", "lesion_id"): 1,
        ("lesion_response", "imaging_id"): 1,
    }  # fmt: skip


def test_extracts_of_a_site_follow_one_another(play, replayed):
    times = defaultdict(list)
    for action in play["actions"]:
        if action["action"] == "submit" and action["path"] in replayed:
            extracted = datetime.fromisoformat(
                replayed[action["path"]].manifest["extract_datetime"]
            )
            times[action["site"]].append(extracted)
            assert extracted < datetime.fromisoformat(action["at"])
    assert all(found == sorted(found) for found in times.values())


def test_actions_are_in_the_order_of_time_and_end_by_today(play):
    days = [datetime.fromisoformat(action["at"]) for action in play["actions"]]
    assert days == sorted(days)
    assert all(day.tzinfo is not None for day in days)
    assert days[-1].date() <= date.fromisoformat(play["today"])


def test_no_code_is_one_that_an_nhs_body_holds(sample_data, replayed):
    sites = read_register(sample_data / "register")["site"]
    assert {site["site_ods_code"][:2] for site in sites} == {"ZZ"}
    assert {site["trust_ods_code"] for site in sites} == {f"ZZ{n}" for n in range(1, 7)}
    assert {site["icb_ods_code"] for site in sites} == {"QZ1"}
    for each in replayed.values():
        for row in each.sent:
            for name in ("site_ods_code", "mdt_site_ods"):
                assert row.cells.get(name, "ZZ")[:2] in {"ZZ", "#R"}


def test_no_column_could_hold_a_direct_identifier(replayed):
    for each in replayed.values():
        assert not any(NAMES & set(row.cells) for row in each.sent)


def test_pseudonyms_are_64_upper_case_hexadecimal_digits(current):
    for _, cells in current["patient"]:
        assert len(cells["patient_pseudo_id"]) == 64
        assert set(cells["patient_pseudo_id"]) <= set("0123456789ABCDEF")


def test_two_patients_are_treated_at_two_sites(current):
    sites = defaultdict(set)
    for site, cells in current["procedure"]:
        sites[cells["patient_pseudo_id"]].add(site)
    assert sorted(map(sorted, (s for s in sites.values() if len(s) > 1))) == [
        ["ZZ101", "ZZ201"], ["ZZ102", "ZZ302"],
    ]  # fmt: skip


def test_sites_do_3_to_25_procedures_a_year(current):
    years = Counter()
    for site, cells in current["procedure"]:
        day = date.fromisoformat(cells["procedure_date"])
        years[site, day.year - (day.month < 4)] += 1
    full = {place: n for place, n in years.items() if place[1] in {2024, 2025}}
    assert len(full) == 16
    assert all(3 <= count <= 25 for count in full.values()), full


def test_bleeding_at_zz102_is_far_above_that_of_the_others(current):
    bled, done = set(), Counter()
    for site, cells in current["complication"]:
        if cells["nice_category"] == "BLEEDING":
            bled.add((site, cells["procedure_id"]))
    for site, _ in current["procedure"]:
        done[site] += 1
    here = sum(site == "ZZ102" for site, _ in bled)
    rate = (len(bled) - here) / (sum(done.values()) - done["ZZ102"])
    assert 0.02 < rate < 0.08
    assert binom.sf(here - 1, done["ZZ102"], rate) < 1e-4  # an alarm is 0.001


def test_a_third_of_zz302_stands_outside_research_from_2025(current, key):
    done = {
        cells["procedure_id"] for site, cells in current["procedure"]
        if site == "ZZ302" and cells["procedure_date"] >= "2025"
    }  # fmt: skip
    breaches = {
        (export["path"], finding["line"])
        for export in key["exports"] if export["site"] == "ZZ302"
        for finding in export["findings"] if finding["rule"] in {"D04", "D05", "D06"}
    }  # fmt: skip
    assert 0.25 < len(breaches) / len(done) < 0.45


def test_zz401_goes_on_after_its_designation_lapses(sample_data, current):
    designations = read_register(sample_data / "register")["site_designation"]
    lapses = {row["site_ods_code"]: row["designation_end"] for row in designations}
    assert [site for site, day in lapses.items() if day] == ["ZZ401"]
    later = [c for s, c in current["procedure"] if s == "ZZ401" and c["procedure_date"] > lapses[s]]
    assert len(later) > 5


def test_zz501_is_often_late_and_its_last_quarter_is_missing(play, key):
    ends = {export["path"]: export["period_end"] for export in key["exports"]}
    late = Counter()
    for action in play["actions"]:
        if action["action"] == "submit":
            waited = date.fromisoformat(action["at"][:10]) - date.fromisoformat(
                ends[action["path"]]
            )
            late[action["site"]] += waited.days > 42 and "-Q" in action["path"][-8:]
    assert late["ZZ501"] == 4
    assert max(end for path, end in ends.items() if "ZZ501" in path) == "2026-06-30"


def test_questionnaires_come_back_ever_less(current):
    returned = Counter(
        cells["timepoint"] for _, cells in current["prom"] if cells["instrument"] == "EQ-5D-5L"
    )
    order = [returned[name] for name in ("BASELINE", "M1", "M3", "M6", "M12", "M24")]
    assert order == sorted(order, reverse=True)
