"""Every page of a registry that has hardly begun: a site's first patients alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.app import PAGES
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import OpenPage, said
from tests.ingest.test_journey import EXPORTS, Registry, changed

EXPORT = EXPORTS / "ZZ102" / "2024-25-Q1.zip"
PERSONAS = ("lead", "commissioner", "team")
# What says whose a row is; a table without any is the site's.
LINKS = ("patient_pseudo_id", "procedure_id", "lesion_id")
TABLES = (
    *("patient", "research_enrolment", "mdt_review", "procedure", "lesion", "complication"),
    *("followup_imaging", "vital_status", "prom", "lesion_treatment", "pulse_delivery"),
    "lesion_response",
)


def first_patients(number: int) -> Callable[[str], str]:
    """A change of an export's tables, one after the other: the rows of its first patients."""
    kept: dict[str, set[str]] = {}

    def cut(text: str) -> str:
        head, *rows = csv.reader(io.StringIO(text))
        link = next(one for one in LINKS if one in head)
        of_whom = kept.setdefault(link, {row[head.index(link)] for row in rows[:number]})
        rows = [row for row in rows if row[head.index(link)] in of_whom]
        for one in set(LINKS) & set(head) - {link}:
            kept.setdefault(one, set()).update(row[head.index(one)] for row in rows)
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows([head, *rows])
        return written.getvalue()

    return cut


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.trial)])
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    registry = Registry(tmp_path_factory.mktemp("begun") / "home")
    cut = first_patients(request.param)
    sent = registry.send(changed(EXPORT, **dict.fromkeys(TABLES, cut)), site="ZZ102")
    registry.worker.check(sent)
    assert registry.state(sent) == "accepted"
    registry.worker.publish()
    yield registry.home.path
    registry.ledger.close()


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page_opens_with_hardly_a_patient(
    open_page: OpenPage, begun: Path, persona: str
) -> None:
    for page in PAGES:
        if DEMO_VIEWERS[persona].may(page.action):
            shown = open_page(page.path, persona, at_home=begun)
            assert not shown.exception, page.path
            assert not shown.error, page.path
            assert "our error" not in said(shown), page.path
