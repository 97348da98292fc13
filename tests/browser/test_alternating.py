"""Two sites in one server, turn by turn: nothing of one reaches the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard.app import PAGES
from tests.browser.sign_in import SECRETS, Served, registry, served
from tests.browser.socketed import Session, session
from tests.dashboard.conftest import drawn
from tests.records import record
from tests.sql.small_release import SITES, Complication

# Of each site its code, and what the ids of its procedures begin with.
CANARIES = {site: (site, f"canary-of-{site}") for site in SITES}
PEOPLE = {"lead": "ZZ102", "neighbour": "ZZ201"}
TURNS, SAMPLE = 500, 16


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = drawn()
    for procedure in made:
        procedure.id = f"{CANARIES[procedure.site][1]}-{procedure.id}"
    bleeds = [
        Complication(one.site, f"C{n}", one.id, grade="IIIa")
        for site in PEOPLE.values()
        for n, one in enumerate([one for one in made if one.site == site][:3])
    ]
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        home = registry(tmp_path_factory.mktemp("two") / "home", made, bleeds)
        with served(home) as running:
            yield running


def crossed(received: bytes, own: str) -> list[str]:
    """The canaries of other sites in what was received; without their names a site is nobody."""
    return [
        canary
        for site, canaries in CANARIES.items()
        if site != own
        for canary in canaries
        if canary.encode() in received or canary.encode("utf-16-le") in received
    ]


def turns(people: dict[str, Session], number: int) -> tuple[list[object], int, set[str]]:
    """Open page after page in turn; gives what crossed, the downloads made, own canaries seen."""
    paths = [page.path for page in PAGES if page.group != "Run"]
    found: list[object] = []
    downloads, seen = 0, set()
    for turn in range(number):
        name = list(PEOPLE)[turn % 2]
        own, path = PEOPLE[name], paths[turn // 2 % len(paths)]
        received = people[name].open(path)
        if people[name].offered:
            offered = people[name].offered
            received += people[name].download(offered[turn // 2 % len(offered)])
            downloads += 1
        seen |= {canary for canary in CANARIES[own] if canary.encode() in received}
        found += [(turn, name, path, canary) for canary in crossed(received, own)]
    return found, downloads, seen


def run(chromium: Browser, site: Served, number: int) -> tuple[list[object], int]:
    with session(chromium, site, "lead") as one, session(chromium, site, "neighbour") as other:
        found, downloads, seen = turns({"lead": one, "neighbour": other}, number)
    own = {canary for place in PEOPLE.values() for canary in CANARIES[place]}
    assert seen == own, "the canaries of their own site are what the pages show"
    return found, downloads


def test_two_sites_in_turn_see_nothing_of_each_other(chromium: Browser, site: Served) -> None:
    found, downloads = run(chromium, site, SAMPLE)
    assert not found
    assert downloads


@pytest.mark.trial
def test_two_sites_in_five_hundred_turns_see_nothing_of_each_other(
    chromium: Browser, site: Served
) -> None:
    found, downloads = run(chromium, site, TURNS)
    record(
        "trial-two-sites",
        "Two sites in one server, turn by turn",
        [
            f"{TURNS} pages opened in turn by two signed-in leads of different sites, and"
            f" {downloads} files downloaded from them",
            "searched: every frame of the sockets and every file, for codes and record ids of"
            " the other five sites",
            f"crossings: {found or 'none'}",
        ],
    )
    assert not found
