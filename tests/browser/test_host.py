"""Which names the server answers to: a rebound DNS name must not reach the socket."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

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
