"""The same export sent in forty harmless ways says the same."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from expectations.dictionary import site_tables
from ingest.canonical import canonical_digest
from ingest.conform import conform
from ingest.read import read_export
from tests.ingest.test_journey import EXPORTS
from tests.trials.variations import SITES, VARIATIONS, clean, export_of

# Each variation of one site's export here; `make trials` judges each of all five.
PAIRS = [(name, SITES[n % len(SITES)]) for n, name in enumerate(VARIATIONS)]


@cache
def export(site):
    return export_of(EXPORTS / site / "2024-25-Q1.zip")


def read(path):
    """The digest of an export, and what reading and typing it found."""
    sent = read_export(path)
    typed, found = {}, list(sent.findings)
    for name, raw in sent.tables.items():
        typed[name], untypable, _ = conform(raw, site_tables()[name])
        found += untypable.rows()
    return canonical_digest(sent.manifest, typed, sent.removed), found


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    return {site: read(clean(export(site)).write(folder)) for site in SITES}


@pytest.mark.parametrize(("name", "site"), PAIRS)
def test_a_harmless_variation_reads_as_the_clean_export(name, site, expected, tmp_path):
    sent = VARIATIONS[name](export(site), Random(name)).write(tmp_path)
    assert read(sent) == expected[site]
    assert expected[site][1] == []


def test_there_are_forty():
    assert len(VARIATIONS) == 40
