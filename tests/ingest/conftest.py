"""A home made once: the first quarter of one site is accepted. Tests work on copies of it."""

import pytest

from tests.ingest.journeys import Journey, made_once


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The home itself; copy it, don't change it."""
    made = made_once(tmp_path_factory.mktemp("made") / "home")
    yield made
    made.ledger.close()


@pytest.fixture
def registry(made, tmp_path):
    """A copy that a test may change. A file whose tests begin with nothing has its own."""
    copy = Journey(made, tmp_path / "home")
    yield copy
    copy.ledger.close()
