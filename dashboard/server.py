"""The server's own process: `python -m dashboard.server --port 8501`, started by the package.

The home, whether it is a demo, and every secret reach it through its environment.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import streamlit as st

from dashboard import signing_in
from dashboard.options import OPTIONS
from dashboard.viewer import is_demo_mode

APP = Path(__file__).parent / "app.py"
LOCAL = ("localhost", "127.0.0.1")


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="dashboard.server")
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", action="append", default=[])
    given = parser.parse_args()
    app = st.App(APP, secrets=None if is_demo_mode() else signing_in.secrets())
    app.run(
        config={
            **{name: _listed(value) for name, value in OPTIONS.items()},
            "server.address": given.address,
            "server.port": given.port,
            "server.allowedHosts": list(dict.fromkeys((*LOCAL, given.address, *given.host))),
            "logger.hideWelcomeMessage": True,
        }
    )


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    main()
