"""What people decide of a submission: what was seen is what is done, and by whom it needs."""

import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from ingest import inbox
from sql.ledger import LedgerError
from tests.ingest.journeys import CORRECTION, SECOND
from tests.ingest.test_journey import FIRST, cell, changed

WRONG = {"patient": cell("imd_decile", 1, "11")}


def orphaned(text):
    """A pulse row of a lesion that is not there."""
    return cell("lesion_id", 1, "ZZ101-L0001-9")(text)


def with_lesion(text):
    """The lesion that the pulse row asks for: a second one of the first patient."""
    lines = text.splitlines()
    second = lines[1].replace("ZZ101-L0001-1", "ZZ101-L0001-9").replace(",1,6,", ",2,6,")
    return "\n".join([*lines, second]) + "\n"


@pytest.mark.trial
def test_a_list_that_was_not_shown_is_not_accepted(registry):
    held = registry.later(**WRONG)
    asked = {"by": "site lead", "exclusions": "0" * 64}
    outcome = registry.ask(inbox.request_accept, held, **asked)
    assert "not what was shown" in outcome
    assert registry.state(held) == "held"
    shown = inbox.report(registry.home.path, held).exclusions_digest
    assert registry.ask(inbox.request_accept, held, by="site lead", exclusions=shown) == "done"
    accepted = registry.ledger.events(held)[-1]
    assert json.loads(accepted["detail"])["exclusions"] == shown
    assert accepted["by"] == "site lead"


@pytest.mark.trial
def test_a_list_that_another_submission_has_changed_since_is_shown_anew(registry):
    held = registry.later(1, pulse_delivery=orphaned)
    shown = inbox.report(registry.home.path, held)
    assert "K05a" in shown.exclusions["rule"]
    other = {"period_start": "2024-07-01", "period_end": "2024-09-30"} | registry.extracted(1)
    assert registry.state(registry.later(1, manifest=other, lesion=with_lesion)) == "accepted"
    outcome = registry.ask(
        inbox.request_accept, held, by="site lead", exclusions=shown.exclusions_digest
    )
    assert "look at the new list" in outcome
    now = inbox.report(registry.home.path, held)
    assert "K05a" not in now.exclusions["rule"]
    asked = {"by": "site lead", "exclusions": now.exclusions_digest}
    assert registry.ask(inbox.request_accept, held, **asked) == "done"


def test_a_protected_exclusion_needs_both_in_either_order_and_names_both(registry):
    grade = {"complication": cell("clavien_dindo", 1, "VII")}
    held = registry.later(1, **grade)
    agree = {"by": "registry team", "registry_reason": "seen with the site"}
    assert "site must ask" in registry.ask(inbox.request_accept, held, **agree)
    assert registry.ask(inbox.request_accept, held, by="site lead") == "done"
    listed = pl.read_parquet(registry.home.submission_folder(held) / "exclusions.parquet")
    by = listed.select("accepted_by", "agreed_by", "agreed_reason").unique().rows()
    assert by == [("site lead", "registry team", "seen with the site")]
    detail = json.loads(registry.ledger.events(held)[-1]["detail"])
    assert (detail["agreed_by"], detail["agreed_reason"]) == by[0][1:]


def test_the_registry_team_agrees_with_a_reason_only(registry):
    held = registry.later(1, complication=cell("clavien_dindo", 1, "VII"))
    with pytest.raises(LedgerError, match="reason"):
        registry.worker.accept(held, by="registry team", for_registry=True)
    with pytest.raises(LedgerError, match="registry team must agree"):
        registry.worker.accept(held, by="site lead")


def test_what_is_not_protected_is_for_the_site_to_decide(registry):
    held = registry.later(**WRONG)
    with pytest.raises(LedgerError, match="the site decides"):
        registry.worker.accept(held, by="registry team", for_registry=True, reason="quicker")
    assert registry.state(held) == "held"


@pytest.mark.trial
def test_a_held_submission_that_a_lock_has_overtaken_is_not_accepted(registry):
    held = registry.later(**WRONG)
    inbox.lock(registry.home.path, "2024/25", by="registry team", at=registry.now, reason="year")
    assert "refused now (LOCKED)" in registry.ask(inbox.request_accept, held, by="site lead")
    assert registry.state(held) == "held"


def test_a_locked_year_takes_a_reasoned_correction_and_nothing_else(registry):
    registry.ledger.close()
    inbox.lock(registry.home.path, "2024/25", by="registry team", at=registry.now, reason="year")
    ordinary = registry.later(1, patient=cell("imd_decile", 1, "3"))
    assert registry.ledger.submission(ordinary)["code"] == "LOCKED"
    change = {"patient": cell("imd_decile", 1, "3"), "manifest": CORRECTION}
    assert registry.state(registry.later(1, **change)) == "accepted"


@pytest.mark.trial
def test_a_procedure_of_a_locked_year_in_a_later_export_is_held_and_may_be_left_out(registry):
    inbox.lock(registry.home.path, "2024/25", by="registry team", at=registry.now, reason="year")
    after = {"period_start": "2025-04-01", "period_end": "2025-06-30"}
    change = {"manifest": after, "procedure": cell("discharge_date", 1, "2024-04-04")}
    sent = registry.later(1, **change)
    assert registry.state(sent) == "held"
    found = inbox.report(registry.home.path, sent).findings.filter(rule="K10b")
    assert found.select("table", "line", "severity").rows() == [("procedure", 2, "R")]
    assert registry.ask(inbox.request_accept, sent, by="site lead") == "done"
    folder = registry.home.submission_folder(sent)
    kept = pl.read_parquet(folder / "procedure.parquet")["procedure_id"].to_list()
    assert "ZZ101-P0001-1" not in kept
    current = [one.submission_id for one in registry.worker.walk(site="ZZ101")]
    assert current == [registry.first, sent]


def test_in_a_locked_period_the_registry_team_withdraws_with_the_site(registry):
    inbox.lock(registry.home.path, "2024/25", by="registry team", at=registry.now, reason="year")
    asked = {"by": "site lead", "reason": "wrong patients"}
    outcome = registry.ask(inbox.request_withdraw, registry.first, **asked)
    assert "registry team must agree" in outcome
    assert registry.state(registry.first) == "accepted"
    agreed = {"by": "registry team", "reason": "as the site says", "for_registry": True}
    assert registry.ask(inbox.request_withdraw, registry.first, **agreed) == "done"
    event = registry.ledger.events(registry.first)[-1]
    assert (event["new"], event["by"]) == ("withdrawn", "site lead")
    assert json.loads(event["detail"])["agreed_by"] == "registry team"


def test_new_rows_of_a_signed_quarter_void_its_sign_off_and_its_text_stays(registry):
    registry.sign()
    assert registry.state(registry.first) == "signed"
    sent = registry.later(1, procedure=cell("discharge_date", 1, "2024-04-04"))
    assert registry.voids() == [f"new rows: {sent}"]
    assert registry.state(registry.first) == "accepted"


def test_rows_of_a_later_quarter_leave_a_sign_off_standing(registry):
    registry.sign()
    after = {"period_start": "2024-07-01", "period_end": "2024-09-30"}
    change = {"manifest": after, "vital_status": cell("status_date", 1, "2024-07-20")}
    assert registry.state(registry.later(1, **change)) == "accepted"
    assert registry.voids() == [None]


def test_a_withdrawal_voids_the_sign_off_of_what_it_takes_away(registry):
    registry.sign()
    registry.worker.withdraw(registry.first, by="site lead", reason="wrong patients")
    assert registry.voids() == [f"withdrawn: {registry.first}"]
    assert registry.state(registry.first) == "withdrawn"


def test_a_signed_submission_that_is_superseded_is_signed_again_once_it_is_current(registry):
    registry.sign()
    registry.worker._derive_superseded(frozenset({registry.first}))
    assert registry.state(registry.first) == "superseded"
    registry.worker._derive_superseded(frozenset())
    assert registry.state(registry.first) == "signed"


def test_the_same_content_again_is_said_to_be_received_already(registry):
    before = registry.worker.walk()
    later = registry.again(changed(FIRST, manifest=registry.extracted(2)))
    for sent in (registry.again(), later):
        row = registry.ledger.submission(sent)
        assert (row["state"], row["code"]) == ("refused", "ALREADY_RECEIVED")
        assert f"already received as {registry.first}" in row["note"]
        assert inbox.report(registry.home.path, sent).verdict == "repeated"
        assert not registry.home.inbox_file(sent).exists()
        ends = [event for event in registry.ledger.events(sent) if event["new"] == "refused"]
        assert [json.loads(e["detail"])["same_as"] for e in ends] == [registry.first]
    assert registry.worker.walk() == before


def test_the_same_content_after_its_withdrawal_is_a_new_submission(registry):
    registry.worker.withdraw(registry.first, by="site lead", reason="wrong quarter")
    assert registry.state(registry.again()) == "accepted"


def test_the_same_content_after_a_newer_one_is_no_repeat_but_older(registry):
    registry.later(1, patient=cell("imd_decile", 1, "3"))
    sent = registry.again()
    assert registry.state(sent) == "held"
    assert "READ.OLDER" in inbox.report(registry.home.path, sent).findings["rule"]


def test_an_accepted_file_is_given_back_as_it_was_received_and_no_other(registry):
    path = registry.home.path
    assert inbox.as_received(path, registry.first) == ("export.zip", FIRST.read_bytes())
    held = registry.later(**WRONG)
    refused = registry.again()
    assert inbox.as_received(path, held) is None
    assert inbox.as_received(path, refused) is None


def test_the_difference_of_two_submissions_is_told_cell_by_cell_with_what_it_moved(registry):
    second = registry.later(
        1, patient=cell("imd_decile", 1, "3"), procedure=cell("anaesthesia", 1, "SEDATION")
    )
    told = inbox.difference(registry.home.path, registry.first, second, today=registry.now.date())
    changes = told.cells.filter(pl.col("table").is_in(["patient", "procedure"]))
    assert changes.select("change", "column", "new").rows() == [
        ("changed", "imd_decile", "3"),
        ("changed", "anaesthesia", "SEDATION"),
    ]
    assert told.cells["key"].str.len_chars().max() < 64  # no patient's key in full
    assert told.counts() == {"added": 0, "dropped": 0, "changed": 2}
    moved = told.indicators.filter(indicator_id="C6").row(0, named=True)
    assert (moved["units_changed"], moved["numerator_after"] - moved["numerator_before"]) == (1, -1)
    own = {"today": registry.now.date(), "own_rows": True}
    assert (
        inbox.difference(registry.home.path, registry.first, second, **own).counts()["changed"] == 2
    )
    with pytest.raises(LedgerError, match="never accepted"):
        inbox.difference(registry.home.path, registry.first, registry.again(), **own)


@pytest.mark.trial
def test_no_other_site_s_quarters_are_in_the_difference(registry):
    registry.now = datetime(2024, 11, 1, 9, tzinfo=UTC)
    second = registry.again(SECOND.read_bytes())
    told = inbox.difference(registry.home.path, registry.first, second, today=date(2024, 12, 1))
    reported = told.indicators.filter(indicator_id="D3").row(0, named=True)
    assert (reported["numerator_before"], reported["denominator_before"]) == (0, 2)
    assert (reported["numerator_after"], reported["denominator_after"]) == (1, 2)
    assert reported["units_changed"] == 1


def test_the_first_quarters_of_a_site_are_received_and_the_next_are_missing(registry):
    rows = inbox.due(registry.home.path, ["ZZ101"], registry.now.date())
    told = rows.select("quarter", "state", "is_late_today").rows()[:2]
    assert told == [("2024/25 Q1", "received", False), ("2024/25 Q2", "missing", True)]
    sent = registry.again(SECOND.read_bytes())
    rows = inbox.due(registry.home.path, ["ZZ101"], registry.now.date())
    second = rows.row(1, named=True)
    assert (second["state"], second["submission_id"], second["is_late"]) == ("received", sent, True)


def test_a_nil_return_reports_its_quarter(registry, tmp_path):
    registry.now += timedelta(minutes=1)
    said = {"period_start": "2024-07-01", "period_end": "2024-09-30", "nil_return": True}
    sent = registry.again(nil(said | registry.extracted(3)))
    assert registry.state(sent) == "accepted"
    rows = inbox.due(registry.home.path, ["ZZ101"], registry.now.date())
    assert rows["state"].to_list()[:3] == ["received", "nil return", "missing"]


def nil(said):
    """An export that says of a quarter that nothing was done in it."""
    import zipfile

    from tests.ingest.test_journey import zipped

    with zipfile.ZipFile(FIRST) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest |= said | {"files": [], "hes_ire_count": 0}
    return zipped({"manifest.json": json.dumps(manifest).encode()})
