"""The server's own process: `python -m dashboard.server --port 8501`, started by the package.

The home, whether it is a demo, and every secret reach it through its environment.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas  # noqa: F401  # whole, before a thread draws: Altair reads it half imported, and fails
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard import data, dressing, settings
from dashboard.headers import Guarded
from dashboard.options import OPTIONS
from dashboard.viewer import is_demo_mode
from ingest import inbox
from sql.ledger_engine import KEPT
from sql.open_files import FILES

APP = Path(__file__).parent / "app.py"
LOCAL = ("localhost", "127.0.0.1")
KEPT_OPEN = 2  # files of releases: the two of the one that is served


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="dashboard.server")
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", action="append", default=[])
    given = parser.parse_args()
    FILES.most = KEPT_OPEN
    KEPT.is_asked = True
    secrets = None if is_demo_mode() else settings.secrets()
    is_https = secrets is not None and secrets["auth"]["redirect_uri"].startswith("https:")
    app = st.App(
        APP,
        secrets=secrets,
        routes=[Route("/healthz", healthy), *dressing.routes()],
        middleware=[Middleware(Guarded, is_https=is_https), Middleware(dressing.Dressed)],
    )
    app.run(
        config={
            **{name: _listed(value) for name, value in OPTIONS.items()},
            "server.address": given.address,
            "server.port": given.port,
            "server.allowedHosts": list(dict.fromkeys((*LOCAL, given.address, *given.host))),
            "logger.hideWelcomeMessage": True,
        }
    )


def healthy(request: Request) -> PlainTextResponse:
    """For whatever watches the server: 200, or 503; what is wrong is said by `ire-audit health`."""
    is_fit = not inbox.health(data.home())
    return PlainTextResponse("ok" if is_fit else "unfit", status_code=200 if is_fit else 503)


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    main()
