"""What a commissioner is sent: the same for registries of equal roundings, and no true count."""

from __future__ import annotations

import re

import pytest

from dashboard.app import PAGES
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import make_home, procedures, said, specs, write_release

OPEN = [page.path for page in PAGES if DEMO_VIEWERS["commissioner"].may(page.action)]
# Procedures, major complications and breaches at four sites, each pair of one rounding.
FIRST = {"ZZ101": (142, 33, 0), "ZZ102": (131, 31, 28), "ZZ201": (116, 28, 3), "ZZ301": (63, 9, 0)}
SECOND = {"ZZ101": (139, 34, 0), "ZZ102": (132, 32, 29), "ZZ201": (115, 27, 2), "ZZ301": (63, 8, 0)}
WAITING = re.compile(rb"(?<=b )[0-9a-f]{32}$")
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
TRUE = {"142", "131", "116", "452", "101", "139", "132", "449"}


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    homes = []
    for name, registry in (("first", FIRST), ("second", SECOND)):
        drawn = [
            procedure
            for site, (number, events, breaches) in registry.items()
            for procedure in procedures(site, number, S5_30=events, C1=breaches)
        ]
        home = make_home(tmp_path_factory.mktemp(name) / "home")
        homes.append(write_release(home, drawn))
    return homes


def payload(node):
    """Every message of a page as it goes to the browser, without the random name under which a
    download waits; what it holds is compared by itself."""
    if hasattr(node, "children"):
        return [part for child in node.children.values() for part in payload(child)]
    return [WAITING.sub(b"", node.proto.SerializeToString(deterministic=True))]


@pytest.mark.parametrize("path", OPEN)
def test_a_commissioner_is_sent_nothing_but_functions_of_rounded_counts(
    open_page, twins, downloads, path
):
    sent = []
    for home in twins:
        downloads.clear()
        page = open_page(path, "commissioner", at_home=home)
        assert not page.exception
        sent.append((payload(page.main), payload(page.sidebar), list(downloads)))
        words = "\n".join([said(page), *specs(page), *(csv for _, csv in downloads)])
        seen = [
            words[m.start() - 60 : m.end() + 20] for m in NUMBER.finditer(words) if m[0] in TRUE
        ]
        assert not seen
    for one, other in zip(*sent, strict=True):
        assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == []
    assert len(sent[0][0]) > 5


def test_the_figures_of_registries_of_equal_roundings_are_shown(open_page, twins):
    text = said(open_page("complications", "commissioner", at_home=twins[0]))
    assert "100/450" in text
