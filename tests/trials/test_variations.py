"""Forty harmless variations of five sites' exports, each judged whole: one digest a site."""

from __future__ import annotations

from random import Random

import pytest

from ingest.pipeline import judge
from ingest.read import read_export
from ingest.submission import Registry
from tests.ingest.test_journey import EXPORTS
from tests.records import record
from tests.trials.judging import NOW
from tests.trials.variations import SITES, VARIATIONS, clean, export_of

pytestmark = pytest.mark.trial


def judged(path):
    found = judge(lambda: read_export(path), lambda site: Registry(), now=NOW)
    return found.verdict, found.assessment.digest if found.assessment else None


def test_forty_variations_of_five_exports_are_accepted_with_one_digest_a_site(tmp_path):
    failures, count = [], 0
    for site in SITES:
        export = export_of(EXPORTS / site / "2024-25-Q1.zip")
        (folder := tmp_path / site).mkdir()
        expected = judged(clean(export).write(folder))
        assert expected[0] == "accepted"
        for name, vary in VARIATIONS.items():
            count += 1
            (place := folder / f"{count}").mkdir()
            if judged(vary(export, Random(name)).write(place)) != expected:
                failures.append((site, name))
    record(
        "trial-variations",
        "Harmless variations of clean exports",
        [
            f"{count - len(failures)} of {count} accepted with the clean export's digest:"
            f" {len(VARIATIONS)} variations of {len(SITES)} sites' exports",
            f"variations: {', '.join(VARIATIONS)}",
            f"failures: {failures or 'none'}",
        ],
    )
    assert not failures
