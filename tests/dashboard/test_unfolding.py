"""What a button unfolds: nothing of it is drawn, nor asked for, before it is opened."""

import pytest

from dashboard import unfolding
from tests.dashboard.conftest import said

IS_OPEN = unfolding.is_open


@pytest.fixture(autouse=True)
def unfolded(monkeypatch):
    """As a reader finds a page: all of it folded."""
    monkeypatch.setattr(unfolding, "is_open", IS_OPEN)


def opened(page, key):
    page.session_state[key] = True
    return page.run()


def test_a_page_is_sent_with_every_button_and_nothing_folded_in_it(open_page):
    page = open_page("complications", "lead")
    labels = [one.proto.popover.label for one in page.get("popover")]
    assert labels.count("Download") > 8
    assert labels.count("Definition") > 8
    assert labels.count("Saved views") == 1
    assert not page.get("download_button")
    assert not page.text_input
    assert "**S2_30 " not in said(page)


def test_a_download_is_offered_once_its_button_is_opened(open_page):
    page = opened(open_page("complications", "lead"), "download rates-S2_30")
    names = {one.label for one in page.get("download_button")}
    assert names == {"CSV", "Excel (XLSX)", "Picture (PNG)", "Picture (SVG)"}


def test_a_definition_is_said_once_its_button_is_opened(open_page):
    page = opened(open_page("complications", "lead"), "definition rates-S2_30")
    assert said(page).count("**S2_30 ") == 1


def test_a_view_is_saved_in_what_its_button_unfolds(open_page):
    page = opened(open_page("complications", "lead"), "saved views 0")
    assert page.text_input[0].label.startswith("Name of this view")
