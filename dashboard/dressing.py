"""The frame of every page, with a stylesheet and a script of ours: what Streamlit's has not.

Contrast, reduced motion, and roles that a screen reader needs. Both files are this server's own,
as the policy of headers.py asks; neither holds a word that somebody typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.headers import App, Message, Receive, Send
from dashboard.theme import dark_rules

FOLDER = Path(__file__).parent / "browser"
FILES = {"look.css": "text/css", "roles.js": "text/javascript"}
OURS = (
    b'<link rel="stylesheet" href="./look.css" />'
    b'<script type="module" src="./roles.js"></script></head>'
)


def routes() -> list[Route]:
    """Where the two files are had."""
    written = {name: (FOLDER / name).read_text("utf-8") for name in FILES}
    written["look.css"] += dark_rules()
    return [Route(f"/{name}", _giving(written[name], kind)) for name, kind in FILES.items()]


def _giving(text: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def given(request: Request) -> Response:
        # Asked for anew at each visit: an update is seen at once.
        return Response(text, media_type=kind, headers={"Cache-Control": "no-cache"})

    return given


class Dressed:
    """An ASGI application whose HTML names our stylesheet and script."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "." in scope["path"]:
            await self.app(scope, receive, send)
            return
        # Neither packed nor "not modified": the frame is read here.
        asked = [one for one in scope["headers"] if one[0] not in AS_IT_IS]
        begun: Message = {}
        body = b""

        async def sent(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start" and _is_html(message):
                begun = message
            elif begun and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    whole = body.replace(b"</head>", OURS, 1)
                    await send({**begun, "headers": _of_length(begun["headers"], len(whole))})
                    await send({"type": "http.response.body", "body": whole})
            else:
                await send(message)

        await self.app({**scope, "headers": asked}, receive, sent)


AS_IT_IS = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range", b"if-range")
OF_THE_BARE_FRAME = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


def _is_html(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in message.get("headers", ())
    )


def _of_length(headers: Any, length: int) -> list[tuple[bytes, bytes]]:
    kept = [one for one in headers if one[0].lower() not in OF_THE_BARE_FRAME]
    return [*kept, (b"content-length", str(length).encode())]
