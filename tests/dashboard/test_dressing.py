"""The frame of every page names our stylesheet and script; nothing else is touched."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route

from dashboard.dressing import FILES, Dressed, routes

FRAME = "<html><head><title>x</title></head><body>" + "y" * 2000 + "</body></html>"


async def frame(request):
    return HTMLResponse(FRAME, headers={"ETag": "of the bare frame", "X-Kept": "yes"})


async def in_parts(request):
    return StreamingResponse(iter([FRAME[:20], FRAME[20:]]), media_type="text/html")


async def data(request):
    return JSONResponse("</head>")


SERVED = Starlette(
    routes=[Route("/", frame), Route("/parts", in_parts), Route("/data", data), *routes()],
    middleware=[Middleware(Dressed), Middleware(GZipMiddleware, minimum_size=10)],
)


def asked(path, **headers):
    async def ask():
        transport = httpx.ASGITransport(SERVED)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as browser:
            return await browser.get(path, headers=headers)

    with ThreadPoolExecutor(1) as another:  # a browser's own loop may be running in this thread
        return another.submit(asyncio.run, ask()).result()


@pytest.mark.parametrize("path", ["/", "/parts"])
def test_the_frame_of_a_page_names_both_files_once(path):
    answer = asked(path, **{"If-None-Match": "of the bare frame"})
    assert answer.status_code == 200
    for name in FILES:
        assert answer.text.count(f"./{name}") == 1
    assert answer.text.index("look.css") < answer.text.index("</head>")
    assert answer.text.endswith("y</body></html>")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers


def test_other_headers_of_the_frame_are_kept():
    assert asked("/").headers["x-kept"] == "yes"


def test_what_is_no_page_is_given_as_it_is():
    assert asked("/data").json() == "</head>"


@pytest.mark.parametrize(("name", "kind"), FILES.items())
def test_both_files_are_had_from_this_server(name, kind):
    answer = asked(f"/{name}")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["cache-control"] == "no-cache"
    assert len(answer.text) > 500


def test_whoever_asks_for_less_motion_gets_none():
    rules = asked("/look.css").text
    from_there = rules.index("@media (prefers-reduced-motion: reduce)")
    assert "animation-duration: 0.01ms !important" in rules[from_there:]
    assert "transition-duration: 0.01ms !important" in rules[from_there:]
