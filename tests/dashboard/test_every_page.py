"""What stands on every page, for every persona."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise

import duckdb
import pytest

from dashboard import app
from dashboard.app import PAGES
from expectations.dictionary import tables
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import make_home, said
from tests.dashboard.test_submissions import sent

OPEN = [
    (page.path, persona)
    for page in PAGES
    for persona, viewer in DEMO_VIEWERS.items()
    if viewer.may(page.action)
]
CLOSED = [
    (page.path, persona)
    for page in PAGES
    for persona, viewer in DEMO_VIEWERS.items()
    if not viewer.may(page.action)
]


def charts_without_words_or_table(page):
    """The charts that say nothing where they cannot be seen, or that no table follows.

    Two charts with the same words may share one.
    """
    drawn = [*(one for one in page.main if one.type in ("vega_lite_chart", "dataframe")), None]
    return [
        one.proto.alt or "no words"
        for one, after in pairwise(drawn)
        if one.type == "vega_lite_chart"
        and not (one.proto.alt and after and after.type == "dataframe")
        and not (one.proto.alt and after and after.proto.alt == one.proto.alt)
    ]


LISTS_OF_CODES = {"definitions", "rules"}
# Not abbreviations that a reader must be told: kinds of files, grades, what the page itself is.
TOLD = {"CSV", "XLSX", "PDF", "HTML", "ZIP", "PNG", "SVG", "DOCX", "TXT", "MB", "II", "III", "IV"}
TOLD |= {"DEMO", "LATE", "ZZ", "UK", "SAS", "EQ-5D-5L"}


def unexplained(text):
    """The words in capitals that the foot of the page does not explain; no codes and no ids."""
    codes = {
        code
        for one in tables().values()
        for column in one.columns.values()
        if column.codes is not None
        for code in column.codes.codes
    }
    capitals = set(re.findall(r"(?<![\w-])[A-Z]+(?:-?[A-Z0-9]+)*(?![\w-])", text))
    explained = set(re.findall(r"(?m)^- \*\*([^*]+)\*\*: \S", text))
    return {
        word
        for word in capitals - explained - TOLD - codes
        if len(word) > 1 and not re.search(r"^(ZZ|OP|YC|STUDY)|^[A-Z]{1,3}[0-9]", word)
    }


@pytest.mark.parametrize(("path", "persona"), OPEN)
def test_every_page_says_whose_it_is_and_has_no_stand_in_for_a_missing_value(
    open_page, path, persona
):
    page = open_page(path, persona)
    text = said(page)
    assert not page.exception
    assert not page.error
    assert "IRE Liver Audit" in text
    assert "DEMO" in text
    assert f"{DEMO_VIEWERS[persona].name}, {DEMO_VIEWERS[persona].role}" in text
    assert "Data to 30 Sep 2026, release 14, 5 of 6 sites reporting" in text
    assert "NICE HTG532: use only in the context of research." in text
    assert charts_without_words_or_table(page) == []
    assert path in LISTS_OF_CODES or unexplained(text) == set()
    for shown in page.dataframe:
        texts = set(shown.value.astype(str).to_numpy().ravel())
        assert not {"None", "nan", "NaT", "<NA>"} & texts


@pytest.mark.parametrize(("path", "persona"), CLOSED)
def test_a_page_that_a_viewer_may_not_open_refuses(open_page, path, persona):
    page = open_page(path, persona)
    assert "Not permitted" in said(page)
    assert not page.dataframe


def test_before_the_first_release_a_page_says_that_there_is_no_data_yet(open_page, tmp_path):
    page = open_page("home", "lead", at_home=make_home(tmp_path / "empty"))
    assert "No data yet" in said(page)
    assert not page.exception


def test_before_the_first_release_an_export_can_be_sent_and_followed(open_page, tmp_path):
    home = make_home(tmp_path / "empty")
    page = open_page("upload", "uploader", at_home=home)
    assert "Export of ZZ102" in page.file_uploader[0].label
    sent(home, "received")
    sent(home, "held")
    for path in ("upload", "submissions"):
        page = open_page(path, "uploader", at_home=home)
        text = said(page)
        assert "No release yet" in text
        assert "received.zip (ZZ102)" in text
        assert "held, 1 finding must be corrected" in text
        assert page.get("download_button")
        assert not page.error


def test_a_release_of_another_version_is_not_said_to_be_no_data(open_page, home, tmp_path):
    old = shutil.copytree(home, tmp_path / "old")
    with duckdb.connect(str(old / "releases" / "release-14.duckdb")) as connection:
        connection.execute("update release set schema_version = 0")
    text = said(open_page("complications", "lead", at_home=old))
    assert "The served release was made by another version" in text
    assert "No data yet" not in text


def test_an_error_of_ours_shows_an_incident_and_nothing_else(open_page, monkeypatch, caplog):
    def broken(view: object) -> None:
        raise RuntimeError("secret of patient 42")

    pages = [app.Page("Review", "Home", "home", broken, "see definitions")]
    monkeypatch.setattr(app, "PAGES", pages)
    page = open_page("home", "lead")
    assert "Incident" in page.error[0].value
    assert "secret" not in said(page)
    incident = page.error[0].value.split("Incident ")[1][:8]
    assert f"incident {incident}: RuntimeError at app.py:" in caplog.text
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text
    assert not any(record.exc_info for record in caplog.records)


def test_without_a_demo_nobody_is_signed_in_and_nothing_is_shown(open_page):
    page = open_page("complications", "team", is_demo=False)
    assert "Nobody is signed in" in said(page)
    assert not page.dataframe
    assert not page.metric


def test_personas_are_refused_on_a_home_that_is_not_a_demo_home(open_page, tmp_path):
    real = make_home(tmp_path / "real", is_demo=False)
    page = open_page("complications", "team", at_home=real)
    assert "not a demo home" in said(page)
    assert not page.metric
