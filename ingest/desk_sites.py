"""The site that a thing is of, as the registry has it; NOT_KNOWN of what is not there."""

from __future__ import annotations

from pathlib import Path

from ingest.desk_rights import NOT_KNOWN
from ingest.home import open_home
from sql import case_documents, outlier_cases
from sql.ledger import Ledger, LedgerError
from sql.sentinel_reviews import site_of_event


def itself(home: Path, site: str) -> str:
    """The site, where it is what is asked about."""
    return site


def of_submission(home: Path, submission_id: str) -> str:
    with Ledger(open_home(home).ledger_path) as ledger:
        try:
            return str(ledger.submission(submission_id)["site_ods_code"])
        except LedgerError:
            return NOT_KNOWN


def of_case(home: Path, number: int) -> str:
    with Ledger(open_home(home).ledger_path) as ledger, ledger.read() as connection:
        try:
            return str(outlier_cases.one(connection, number)["site_ods_code"])
        except LedgerError:
            return NOT_KNOWN


def of_event(home: Path, key: str) -> str:
    """Of a sentinel event, which is no row of the ledger: as the served release has it."""
    return site_of_event(home, key, open_home(home).storage_keys()) or NOT_KNOWN


def of_document(home: Path, document: int) -> str:
    with Ledger(open_home(home).ledger_path) as ledger, ledger.read() as connection:
        try:
            number = case_documents.one(connection, document)["case_number"]
            return str(outlier_cases.one(connection, number)["site_ods_code"])
        except LedgerError:
            return NOT_KNOWN
