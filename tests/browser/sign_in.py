"""A registry with accounts, served behind a real OpenID Connect provider, both on this host."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sql.accounts import Rights, begin, grant
from sql.ledger import Ledger
from tests.dashboard.conftest import drawn, make_home
from tests.sql.small_release import SITES, Complication, Procedure, write_release

PROVIDER = Path(__file__).parent / "provider"
NODE = Path(sys.executable).parent / "node"
CLIENT_SECRET = "a secret that only the tests know, 32 at least"
SECRETS = {
    name: f"{name}: a secret of the tests alone"
    for name in ("IRE_AUDIT_KEY", "IRE_INBOX_KEY", "IRE_STORAGE_KEY", "IRE_COOKIE_SECRET")
}
ADMINS = {"admin@nhs.test": "Dr A. Admin", "admin2@nhs.test": "Dr B. Admin"}
ACCOUNTS: Mapping[str, Rights] = {
    "uploader": Rights("site uploader", ("ZZ102",), "ZZ1"),
    "lead": Rights("site lead", ("ZZ102",), "ZZ1"),
    "neighbour": Rights("site lead", ("ZZ201",), "ZZ2"),
    "governance": Rights("governance lead", ("ZZ301", "ZZ302"), "ZZ3"),
    "commissioner": Rights("commissioner"),
    "team": Rights("registry team"),
}
# Whom the provider knows: whoever has an account, and three who have none to be let in by.
PEOPLE = {
    name: {"email": f"{name}@nhs.test", "email_verified": True}
    for name in (*ACCOUNTS, "admin", "stranger")
} | {
    "unverified": {"email": "team@nhs.test", "email_verified": False},
    "second": {"email": "lead@nhs.test", "email_verified": True},
}


@dataclass(frozen=True)
class Served:
    """A dashboard that people sign in to, and the provider that says who they are."""

    url: str
    port: int
    provider: str
    home: Path

    def tokens(self, kind: str) -> None:
        """What the provider's ID tokens are from now on: good, expired, tampered, foreign."""
        with urllib.request.urlopen(f"{self.provider}/testing?tokens={kind}") as answer:
            assert answer.read().decode() == kind

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger(self.home / "ledger.sqlite") as opened:
            yield opened


def registry(
    path: Path,
    procedures: list[Procedure] | None = None,
    complications: list[Complication] | None = None,
) -> Path:
    """A home that is no demo: real accounts, an invented release."""
    home = write_release(make_home(path, is_demo=False), procedures or drawn(), complications)
    at = datetime.now(UTC)
    with Ledger(home / "ledger.sqlite") as ledger:
        begin(ledger, ADMINS, at=at)
        for name, rights in ACCOUNTS.items():
            login, by = f"{name}@nhs.test", "admin@nhs.test"
            grant(ledger, login, f"Dr {name}", rights, registered=SITES, by=by, at=at)
    return home


@contextmanager
def served(home: Path, url: str | None = None, processes: int = 1) -> Iterator[Served]:
    """Dashboard and provider on free ports of this host, until the block is left.

    Args:
        url: what browsers open, where a proxy stands between.
        processes: of the dashboard, on its port and the next ones.
    """
    here, there = free_port(processes), free_port()
    url, provider = url or f"http://127.0.0.1:{here}", f"http://127.0.0.1:{there}"
    settings = {
        "IRE_PUBLIC_URL": url,
        "IRE_OIDC_METADATA_URL": f"{provider}/.well-known/openid-configuration",
        "IRE_OIDC_CLIENT_ID": "ire-liver-audit",
        "IRE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    told = [str(there), f"{url}/oauth2callback", json.dumps(PEOPLE)]
    command = [sys.executable, "-m", "dashboard", "--home", str(home), "--port", str(here)]
    command += ["--processes", str(processes)]
    with (
        _running([str(NODE), "provider.mjs", *told], "Provider ready", cwd=PROVIDER),
        _running(command, "Dashboard ready", env=os.environ | SECRETS | settings),
    ):
        yield Served(url, here, provider, home)


@contextmanager
def _running(
    command: list[str],
    ready: str,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[None]:
    server = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert any(line.startswith(ready) for line in server.stdout), f"ended: {server.wait()}"
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def free_port(number: int = 1) -> int:
    """The first of so many free ports in a row."""
    while True:
        with ExitStack() as held:
            first = 0
            try:
                for place in range(number):
                    free = held.enter_context(socket.socket())
                    free.bind(("127.0.0.1", first + place if first else 0))
                    first = first or free.getsockname()[1]
            except OSError:
                continue
            return first
