"""The sample proxy configuration, started: TLS, headers, cookies, shut routes, foreign names."""

from __future__ import annotations

import http.client
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.browser.sign_in import SECRETS, free_port, registry, served
from tests.browser.test_sign_in import sign_in, still
from tests.certificates import Certificate, certificate_in

SAMPLE = Path(__file__).parents[2] / "docs" / "operations" / "nginx.conf"
MAIN = """
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format told '$browser $upstream_addr $uri';
    access_log {folder}/access.log told;
    include {folder}/site.conf;
}}
"""


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]


class Proxied(NamedTuple):
    """Where the proxy listens: with TLS, and without."""

    port: int
    plain: int
    log: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def asked(self, path: str) -> Answer:
        """The answer to a GET."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=_trusting())
        return _answer(connection, path, f"localhost:{self.port}")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    folder = tmp_path_factory.mktemp("proxied")
    made = certificate_in(folder)
    proxy = Proxied(free_port(), free_port(), folder / "access.log")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        with served(registry(folder / "home"), proxy.url, processes=2) as behind:
            (folder / "site.conf").write_text(_adapted(proxy, behind.port, made))
            (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
            command = [nginx, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
            running = subprocess.Popen(command)
            _wait(proxy)
            yield proxy
            running.terminate()
            running.wait(timeout=20)


def _adapted(proxy: Proxied, port: int, made: Certificate) -> str:
    """The sample, with what its first lines tell an operator to replace, and free ports."""
    text = SAMPLE.read_text("utf-8")
    for old, new in {
        "audit.example.nhs.uk": "localhost",
        "/etc/ire-audit/tls/fullchain.pem": str(made.public),
        "/etc/ire-audit/tls/key.pem": str(made.key),
        "listen 80;": f"listen 127.0.0.1:{proxy.plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.port} ssl http2;",
        "127.0.0.1:8501": f"127.0.0.1:{port}",
        "127.0.0.1:8502": f"127.0.0.1:{port + 1}",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _answer(connection: http.client.HTTPConnection, path: str, host: str) -> Answer:
    with closing(connection):
        connection.request("GET", path, headers={"Host": host})
        given = connection.getresponse()
        given.read()
        return Answer(given.status, given.getheaders())


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _wait(proxy: Proxied) -> None:
    for _ in range(100):
        try:
            assert proxy.asked("/_stcore/health").status == 200
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the proxy does not answer")


def test_a_person_signs_in_through_the_proxy_and_every_cookie_is_secure(
    proxied: Proxied, chromium: Browser
) -> None:
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(proxied.url)
    sign_in(page, "governance")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert "governance lead" in still(page)
    here = [one for one in context.cookies() if one["name"].startswith("_streamlit")]
    assert here
    assert all(one["secure"] for one in here)
    assert all(one["httpOnly"] for one in here if "user" in one["name"])
    assert not [text for text in wrong if "Content Security Policy" in text]
    context.close()


@pytest.mark.trial
def test_browsers_are_shared_out_and_each_stays_with_its_server(
    proxied: Proxied, chromium: Browser
) -> None:
    for _ in range(20):
        assert proxied.asked("/_stcore/health").status == 200
    for _ in range(3):
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(proxied.url)
        sign_in(page, "governance")
        page.get_by_role("link", name="Complications").click()
        expect(page.get_by_role("heading", name="Complications", exact=True)).to_be_visible()
        still(page)  # Home has such a button too, which is gone with it
        page.get_by_test_id("stPopover").get_by_role("button", name="Download").first.click()
        with page.expect_download() as given:
            page.get_by_role("button", name="CSV", exact=True).click()
        assert given.value.suggested_filename.endswith(".csv")
        context.close()
    known: dict[str, set[str]] = {}
    for line in proxied.log.read_text().splitlines():
        browser, server, _ = line.split(" ", 2)
        known.setdefault(browser, set()).add(server)
    assert all(len(servers) == 1 for servers in known.values())
    assert len(set.union(*known.values())) == 2


def test_every_answer_has_the_headers_once_and_names_no_version(proxied: Proxied) -> None:
    for path in ("/", "/_stcore/health", "/static/missing.js"):
        headers = proxied.asked(path).headers
        names = [name.lower() for name, _ in headers]
        for name in (
            "content-security-policy",
            "strict-transport-security",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
        ):
            assert names.count(name) == 1, (path, name)
        assert not re.search(r"uvicorn|nginx/|streamlit/", str(headers))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/agent/mcp", 404),
        ("/_stcore/script-health-check", 404),
        ("/healthz", 200),
        ("/_stcore/health", 200),
    ],
)
def test_shut_routes_are_not_there_and_open_ones_are(
    proxied: Proxied, path: str, status: int
) -> None:
    assert proxied.asked(path).status == status


def test_without_tls_one_is_sent_to_it(proxied: Proxied) -> None:
    connection = http.client.HTTPConnection("localhost", proxied.plain)
    answer = _answer(connection, "/complications?period=year", "localhost")
    assert answer.status == 308
    assert dict(answer.headers)["Location"] == "https://localhost/complications?period=year"


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:{port}", "https://localhost:{port}", 101),
        ("localhost:{port}", "https://evil.example", 403),
        ("localhost:{port}", "null", 403),
        ("evil.example", "https://evil.example", 421),
        ("evil.example", "https://localhost:{port}", 421),
        ("localhost.evil.example", "https://localhost.evil.example", 421),
    ],
)
def test_the_socket_is_opened_to_our_own_pages_only(
    proxied: Proxied, host: str, origin: str, status: int
) -> None:
    named, origin = host.format(port=proxied.port), origin.format(port=proxied.port)
    assert _socket_status(proxied, named, origin) == status


def _socket_status(proxied: Proxied, host: str, origin: str) -> int:
    try:
        with connect(
            f"wss://{host}/_stcore/stream",
            address=("127.0.0.1", proxied.port),
            ssl=_trusting(),
            proxy=None,
            origin=Origin(origin),
        ):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code
