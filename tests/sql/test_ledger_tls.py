"""A ledger in PostgreSQL over TLS: a server that is not the one meant is told nothing."""

import os
import shutil
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sql.ledger import Ledger, LedgerAway
from sql.ledger_errors import UNTRUSTED
from tests.certificates import certificate_in
from tests.postgresql import USER, Server

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
NAMED, UNNAMED = "127.0.0.1", "127.0.0.2"  # by the certificate


class Encrypted(Server):
    """A server that lets people in over TLS on this host's own addresses, and on its socket."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind((NAMED, 0))
            self.port = free.getsockname()[1]
        self.certificate = certificate_in(folder)
        if os.getuid() == 0:
            for path in (folder, *self.certificate):
                shutil.chown(path, USER, USER)
        self.certificate.key.chmod(0o600)
        super().__init__(
            listen_addresses=f"{NAMED},{UNNAMED}",
            port=str(self.port),
            ssl="on",
            ssl_cert_file=str(self.certificate.public),
            ssl_key_file=str(self.certificate.key),
        )

    def url(self, database, folder=None):
        return f"{super().url(database, folder)}&port={self.port}"

    def verified(self, database, host=NAMED, root=None):
        """How to get in where the server must show the certificate of the host asked for."""
        root = root or self.certificate.public
        told = f"sslmode=verify-full&sslrootcert={root}"
        return f"postgresql://{USER}@{host}:{self.port}/{database}?{told}"


@pytest.fixture(scope="module")
def encrypted():
    # PostgreSQL's own user does not see into what pytest makes.
    folder = Path(tempfile.mkdtemp(prefix="ire-tls-"))
    server = Encrypted(folder)
    yield server
    server.remove()
    shutil.rmtree(folder)


def opened(tmp_path, monkeypatch, url):
    monkeypatch.setenv("IRE_LEDGER_URL", url)
    return Ledger(tmp_path / "ledger.sqlite")


def test_a_ledger_is_kept_over_tls_with_a_verified_server(tmp_path, encrypted, monkeypatch):
    url = encrypted.verified(encrypted.new_database())
    with opened(tmp_path, monkeypatch, url) as ledger:
        ledger.append("looked", "release 1", by="Dr A", at=AT)
        asked = "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
        with ledger.read() as connection:
            is_encrypted, version = connection.exec_driver_sql(asked).one()
        assert [one["subject"] for one in ledger.events()] == ["release 1"]
    assert (is_encrypted, version) == (True, "TLSv1.3")
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("why", ["signed by somebody else", "of another host"])
def test_a_server_that_is_not_the_one_meant_is_told_nothing(tmp_path, encrypted, monkeypatch, why):
    database = encrypted.new_database()
    url = encrypted.verified(database, host=UNNAMED)
    if why == "signed by somebody else":
        url = encrypted.verified(database, root=certificate_in(tmp_path).public)
    with pytest.raises(LedgerAway) as away:
        opened(tmp_path, monkeypatch, url).close()
    assert str(away.value) == UNTRUSTED
    tables = "select count(*) from information_schema.tables where table_schema = 'public'"
    assert encrypted.do(database, tables) == (0,)
    with opened(tmp_path, monkeypatch, encrypted.verified(database)) as ledger:
        assert ledger.events() == []
