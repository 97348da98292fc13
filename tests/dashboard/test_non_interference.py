"""What a commissioner is sent: the same for registries of equal roundings, and no true count."""

from __future__ import annotations

import re

import pytest

from tests.dashboard.conftest import said, specs
from tests.dashboard.twins import OPEN, TRUE, twin_homes

WAITING = re.compile(rb"(?<=b )[0-9a-f]{32}$")
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    return twin_homes(tmp_path_factory.mktemp("twins"))


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
