"""Two uploads of one site at once, in any order of their steps: no update is lost."""

import random

import duckdb
import polars as pl
import pytest

from ingest import inbox
from sql.audit_log import faults
from sql.publish_release import served
from sql.walk import current
from sql.warehouse import release_path
from tests.ingest.interleaving import ORDERS, decided_first, judging_once, run
from tests.ingest.test_journey import FIRST, cell, changed

SAMPLE = random.Random(20261128).sample(ORDERS, 6)
OLDER = changed(
    FIRST,
    manifest={"extract_datetime": "2024-08-01T08:00:00+01:00"},
    patient=cell("imd_decile", 1, "3"),
    procedure=cell("discharge_date", 1, "2024-04-04"),
)


def without_first(text):
    lines = text.splitlines()
    return "\n".join([lines[0], *lines[2:]]) + "\n"


# It says nothing of the procedure that the older one changes.
NEWER = changed(
    FIRST,
    manifest={"extract_datetime": "2024-08-02T08:00:00+01:00"},
    patient=cell("imd_decile", 1, "4"),
    lesion=cell("max_diameter_mm", 1, "23.9"),
    procedure=without_first,
)


def test_there_are_252_orders_of_two_uploads_with_five_steps_each():
    assert len(set(ORDERS)) == 252


@pytest.mark.sampled(1)
@pytest.mark.parametrize("order", SAMPLE)
def test_an_older_export_never_overwrites_a_newer_one(registry, monkeypatch, order):
    judging_once(monkeypatch)
    assert lost_update(registry, order) is None


@pytest.mark.sampled(1)
@pytest.mark.parametrize("order", SAMPLE[:3])
def test_the_same_file_sent_twice_at_once_is_one_version(registry, monkeypatch, order):
    judging_once(monkeypatch)
    sent = run(order, registry.home, NEWER, NEWER, registry.now)
    assert sorted(registry.state(one) for one in sent) == ["accepted", "refused"]
    codes = {registry.ledger.submission(one)["code"] for one in sent}
    assert codes == {None, "ALREADY_RECEIVED"}
    assert len(registry.worker.walk()) == 2


def lost_update(registry, order):
    """Run the two in an order; say what is wrong with what came of it, or None."""
    older, newer = run(order, registry.home, OLDER, NEWER, registry.now)
    is_in_order = decided_first(order) == "A"
    states = (registry.state(older), registry.state(newer))
    if states != (("accepted", "accepted") if is_in_order else ("held", "accepted")):
        return f"{order}: {states}"
    walk = registry.worker.walk()
    expected = [registry.first, *([older] if is_in_order else []), newer]
    numbers = [one.acceptance_number for one in walk]
    if [one.submission_id for one in walk] != expected or numbers != [*range(1, len(walk) + 1)]:
        return f"{order}: {numbers} are not {expected}"
    if not is_in_order:
        found = inbox.report(registry.home.path, older).findings
        if "READ.OLDER" not in found["rule"]:
            return f"{order}: the older export is held, and not told so"
    if _values(registry) != ("4", "23.9", "2024-04-04" if is_in_order else "2024-04-03"):
        return f"{order}: {_values(registry)}"
    if faults(registry.ledger):
        return f"{order}: the log's chain is broken"
    if _served(registry) != expected:
        return f"{order}: release {served(registry.home.path)} is not of what is accepted"
    return None


def _values(registry):
    state = current(registry.worker.walk())
    patient, lesion, procedure = (
        state[table].sort("record_key").filter(pl.col("record_key") == key).row(0, named=True)
        for table, key in (
            ("patient", _patient(state)),
            ("lesion", "ZZ101-L0001-1"),
            ("procedure", "ZZ101-P0001-1"),
        )
    )
    return (
        str(patient["imd_decile"]),
        str(lesion["max_diameter_mm"]),
        str(procedure["discharge_date"]),
    )


def _patient(state):
    return state["procedure"].filter(procedure_id="ZZ101-P0001-1")["patient_key"][0]


def _served(registry):
    """The submissions that the served release was built from, in order."""
    path = release_path(registry.home.path, served(registry.home.path))
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.sql(
            "select submission_id from stg_submission order by acceptance_number"
        ).fetchall()
    return [one for (one,) in found]
