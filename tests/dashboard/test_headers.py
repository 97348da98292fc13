"""Every answer carries the headers; the routes that are shut are answered as if they were not."""

import re

import pytest

from dashboard.headers import ALWAYS, HTTPS, Guarded, content_security_policy


def answered(path, *, is_https=True, given=()):
    """Status and headers, as a browser gets them of an app that answers all with `given`."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(given)})
        await send({"type": "http.response.body", "body": b""})

    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {}

    asked = Guarded(app, is_https=is_https)({"type": "http", "path": path}, receive, send)
    with pytest.raises(StopIteration):
        asked.send(None)  # nothing in it waits, so no event loop is needed
    return sent[0]["status"], [
        (name.decode(), value.decode()) for name, value in sent[0]["headers"]
    ]


@pytest.mark.parametrize("path", ["/", "/media/a.csv", "/_stcore/health", "/_stcore/agent/mcp"])
def test_every_answer_carries_the_headers(path):
    headers = dict(answered(path)[1])
    for name, value in {**ALWAYS, **HTTPS}.items():
        assert headers[name.lower()] == value
    assert headers["content-security-policy"] == content_security_policy()


def test_what_the_app_said_of_the_same_header_is_replaced():
    headers = answered("/", given=[(b"X-Frame-Options", b"SAMEORIGIN"), (b"etag", b"1")])[1]
    assert [value for name, value in headers if name.lower() == "x-frame-options"] == ["DENY"]
    assert ("etag", "1") in headers


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/below/_stcore/metrics",
        "/_stcore/script-health-check",
    ],
)
def test_what_nobody_outside_needs_is_not_there(path):
    assert answered(path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/healthz"])
def test_what_a_browser_needs_is_answered(path):
    assert answered(path)[0] == 200


def test_downloads_are_kept_by_no_cache():
    assert dict(answered("/media/a.csv", given=[(b"Cache-Control", b"public")])[1])[
        "cache-control"
    ] == ("no-store")


@pytest.mark.parametrize("is_https", [True, False])
def test_cookies_are_secure_where_the_line_is(is_https):
    given = [(b"set-cookie", b"a=1; HttpOnly"), (b"Set-Cookie", b"b=2; Secure")]
    headers = answered("/", is_https=is_https, given=given)[1]
    cookies = [value for name, value in headers if name.lower() == "set-cookie"]
    assert cookies == [f"a=1; HttpOnly{'; Secure' if is_https else ''}", "b=2; Secure"]
    assert ("strict-transport-security" in dict(headers)) is is_https


def test_no_script_is_allowed_but_what_is_shipped():
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/=]+'", policy["script-src"])
    assert not re.search(r"unsafe-eval|\*|https?:", content_security_policy())
    assert "unsafe" not in policy["script-src"] + policy["default-src"]
