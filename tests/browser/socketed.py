"""A signed-in session by its bare socket: all that the server sends a browser, as bytes."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from playwright.sync_api import Browser, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.browser.sign_in import Served

PATIENCE_SECONDS = 60.0


@dataclass
class Session:
    """One person's socket, and the files that the last page offered."""

    socket: ClientConnection
    url: str
    cookie: str
    offered: tuple[str, ...] = ()
    id: str = ""

    def open(self, page: str, query: str = "") -> bytes:
        """Open a page; gives every byte that came for it."""
        return b"".join(self.frames(page, query))

    def frames(self, page: str, query: str = "") -> list[bytes]:
        """Open a page and all that it unfolds; gives every message that came for it."""
        folded = self._run(page, query, ())
        named = [name for frame in folded for name in _unfolding(_parsed(frame))]
        return folded + self._run(page, query, named)

    def _run(self, page: str, query: str, unfolded: Sequence[str]) -> list[bytes]:
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = query
        for name in unfolded:
            asked.rerun_script.widget_states.widgets.add(id=name, bool_value=True)
        self.socket.send(asked.SerializeToString())
        frames, files = [], []
        while True:
            frame = self.socket.recv(timeout=PATIENCE_SECONDS)
            assert isinstance(frame, bytes)
            frames.append(frame)
            message = _parsed(frame)
            files += _files(message)
            if message.WhichOneof("type") == "new_session":
                self.id = message.new_session.initialize.session_id
            if message.WhichOneof("type") == "script_finished":
                self.offered = tuple(files)
                return frames

    def download(self, file_id: str) -> bytes:
        """A file of the page that is open, as its button gives it."""
        asked = BackMsg()
        asked.backend_operation_request.request_id = file_id
        asked.backend_operation_request.session_id = self.id
        asked.backend_operation_request.deferred_file.file_id = file_id
        self.socket.send(asked.SerializeToString())
        while True:
            frame = self.socket.recv(timeout=PATIENCE_SECONDS)
            assert isinstance(frame, bytes)
            message = _parsed(frame)
            if message.WhichOneof("type") == "backend_operation_response":
                url = f"{self.url}{message.backend_operation_response.deferred_file.url}"
                with urllib.request.urlopen(url) as answer:
                    content: bytes = answer.read()
                    return frame + content


@contextmanager
def session(chromium: Browser, site: Served, name: str) -> Iterator[Session]:
    """Sign a person in by a real browser, and take its session over."""
    from tests.browser.test_sign_in import sign_in

    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url)
    sign_in(page, name)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    cookies = {one["name"]: one["value"] for one in context.cookies(site.url)}
    context.close()
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    with connected(site.url, cookie, unquote(cookies["_streamlit_xsrf"])) as opened:
        yield opened


@contextmanager
def connected(url: str, cookie: str = "", token: str = "") -> Iterator[Session]:
    """A session of whom the cookie says; without one that of a demo's persona."""
    with connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=[Subprotocol(name) for name in ("streamlit", token) if name],
        origin=Origin(url),
        additional_headers={"Cookie": cookie} if cookie else {},
        max_size=None,
        proxy=None,
    ) as socket:
        yield Session(socket, url, cookie)


def _parsed(frame: bytes) -> ForwardMsg:
    message = ForwardMsg()
    message.ParseFromString(frame)
    return message


def _unfolding(message: ForwardMsg) -> list[str]:
    """The button that a message draws, if it unfolds something."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "add_block":
        return []
    block = message.delta.add_block
    return [block.popover.id] if block.WhichOneof("type") == "popover" else []


def _files(message: ForwardMsg) -> list[str]:
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return []
    element = message.delta.new_element
    if element.WhichOneof("type") != "download_button":
        return []
    return [element.download_button.deferred_file_id]
