"""All 252 orders of the steps of two uploads at once: no update is lost."""

import shutil
import time

import pytest

from tests.ingest.interleaving import ORDERS, judging_once
from tests.ingest.journeys import Journey, made_once
from tests.ingest.test_interleavings import lost_update
from tests.records import record

pytestmark = pytest.mark.trial


def test_in_no_order_of_their_steps_is_one_of_two_uploads_lost(tmp_path, monkeypatch):
    judging_once(monkeypatch)
    made = made_once(tmp_path / "made")
    failures, began = [], time.monotonic()
    for order in ORDERS:
        registry = Journey(made, tmp_path / order)
        failures.append(lost_update(registry, order))
        registry.ledger.close()
        shutil.rmtree(registry.home.path)
    made.ledger.close()
    lost = [failure for failure in failures if failure is not None]
    record(
        "trial-interleavings",
        "Two uploads at once, in every order of their steps",
        [
            f"{len(failures)} orders of two uploads with five steps each (received, being checked,"
            " checked, decided, published)",
            f"an update lost, or an older export over a newer one: {len(lost)}",
            f"{time.monotonic() - began:.0f} s",
        ],
    )
    assert not lost
