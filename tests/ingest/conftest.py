"""A home made once: the first quarter of one site is accepted. Tests work on copies of it."""

import pytest

from tests.ingest.journeys import SECOND, Journey, made_once


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


@pytest.fixture(scope="session")
def made_of_two(tmp_path_factory):
    """A home in which two quarters of a site are accepted and published; don't change it."""
    made = made_once(tmp_path_factory.mktemp("two") / "home")
    made.send(SECOND.read_bytes())
    made.worker.run_once()
    yield made
    made.ledger.close()


@pytest.fixture
def two_quarters(made_of_two, tmp_path):
    """A copy of it that a test may change."""
    copy = Journey(made_of_two, tmp_path / "home")
    copy.worker.reconcile()
    yield copy
    copy.ledger.close()
