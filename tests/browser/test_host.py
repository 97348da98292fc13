"""Which addresses the server answers to: names of hosts, and the paths of pages.

A rebound DNS name must not reach the socket.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, Look

pytestmark = pytest.mark.browser

HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def status(address: str, host: str) -> str:
    port = urlsplit(address).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(HANDSHAKE.format(host=f"{host}:{port}").encode())
        return connection.recv(100).decode().split()[1]


@pytest.mark.parametrize(("host", "answer"), [("127.0.0.1", "101"), ("evil.example", "403")])
def test_the_socket_answers_known_hosts_only(address, host, answer):
    assert status(address, host) == answer


def test_home_opened_by_its_own_path_is_the_page_at_the_root(chromium, address):
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(f"{address}/home?persona=lead&as_of=2025-26")
    Look(page, address).settle("Home")
    expect(page).to_have_url(f"{address}/?persona=lead&as_of=2025-26")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.close()
