"""What every answer carries for the browser, and which of the server's own routes are shut.

The server says these itself, so that no proxy in front of it can forget them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
YEAR_SECONDS = 365 * 24 * 60 * 60

# Streamlit's own: what it measures of itself, and its interface for programs.
SHUT = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HTTPS = {"Strict-Transport-Security": f"max-age={YEAR_SECONDS}"}
NOT_KEPT = {"Cache-Control": "no-store"}  # downloads and charts may hold rows of patients


def content_security_policy() -> str:
    """What a page may load: of this server alone, and no script that it did not ship."""
    shipped = re.findall(r"<script>(.*?)</script>", INDEX.read_text("utf-8"), re.DOTALL)
    hashes = (hashlib.sha256(script.encode("utf-8")).digest() for script in shipped)
    known = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashes)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {known}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Guarded:
    """An ASGI application within these headers, its shut routes answered as if they were not."""

    def __init__(self, app: App, *, is_https: bool) -> None:
        self.app, self.is_https = app, is_https
        policy = {"Content-Security-Policy": content_security_policy()}
        self.headers = _encoded(ALWAYS | policy | (HTTPS if is_https else {}))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_kept_out = "/media/" in scope["path"]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_ours(message.get("headers", ()), is_kept_out)
            await send(message)

        if any(part in scope["path"] for part in SHUT):
            await sent({"type": "http.response.start", "status": 404, "headers": []})
            await sent({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, sent)

    def _with_ours(self, given: Iterable[Header], is_kept_out: bool) -> list[Header]:
        ours = [*self.headers, *(_encoded(NOT_KEPT) if is_kept_out else ())]
        names = {name for name, _ in ours}
        kept = [self._secure(*one) for one in given if one[0].lower() not in names]
        return [*kept, *ours]

    def _secure(self, name: bytes, value: bytes) -> Header:
        """A cookie that no browser sends over a line that can be read."""
        is_open = name.lower() == b"set-cookie" and b"secure" not in value.lower()
        return name, value + b"; Secure" if self.is_https and is_open else value


def _encoded(headers: dict[str, str]) -> list[Header]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
