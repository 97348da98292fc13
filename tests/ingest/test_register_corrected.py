"""A register that is corrected later: what is judged, as of before and as of after."""

import shutil
from datetime import timedelta

import duckdb
import pytest

from ingest.register import load_register
from tests.ingest.test_journey import FIRST, ROOT, Registry


def centre(release):
    """Of C3 by procedure: 1 met, 0 not met, None cannot tell."""
    with duckdb.connect(str(release.full), read_only=True) as connection:
        found = connection.execute(
            "select unit_key, value from indicator_value where indicator_id = 'C3' order by all"
        )
        return dict(found.fetchall())


@pytest.mark.trial
def test_a_correction_scores_history_anew_and_as_of_before_it_does_not(tmp_path):
    registry = Registry(tmp_path / "home")
    registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    before = registry.now
    served = centre(registry.worker.publish())
    assert set(served.values()) == {1}
    corrected = shutil.copytree(ROOT / "sample_data" / "register", tmp_path / "register")
    path = corrected / "site_designation.csv"
    text = path.read_text("utf-8")
    assert "ZZ101,2019-04-02" in text
    path.write_text(text.replace("ZZ101,2019-04-02", "ZZ101,2025-01-01"), "utf-8")
    registry.now += timedelta(days=1)
    load_register(registry.home, corrected, by="registry team", at=registry.now)
    assert set(centre(registry.worker.publish()).values()) == {0}
    assert centre(registry.worker.publish(as_of=before)) == served
    assert set(centre(registry.worker.publish(as_of=registry.now)).values()) == {0}
    registry.ledger.close()
