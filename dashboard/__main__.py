"""Starts the dashboard's server: `python -m dashboard --home HOME [--port 8501] [--demo]`."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dashboard import settings
from sql.secrets import SecretMissing

ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped. Gives the exit code: 2 for a wrong call, else the server's."""
    given = _parser().parse_args(arguments)
    home: Path = given.home.resolve()
    if not (home / "home.json").is_file():
        return _refuse(f"{given.home}: no registry home here (home.json is missing)")
    if given.demo and not settings.is_demo(home):
        return _refuse(f"{given.home}: --demo refused, this is not a demo home")
    try:
        hosts = given.host if given.demo else [*given.host, settings.public_host()]
    except SecretMissing as missing:
        return _refuse(str(missing))
    server = start(home, given.address, given.port, is_demo=given.demo, hosts=hosts)
    _pass_on_signals(server)
    from dashboard import warm  # it loads Streamlit: beside the server, not before it

    url = f"http://{given.address}:{given.port}"
    if not warm.up(server, given.address, given.port):
        server.terminate()
        return server.wait() or 1
    print(f"Dashboard ready at {url}", flush=True)
    return server.wait()


def start(
    home: Path, address: str, port: int, *, is_demo: bool, hosts: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """The server as a child process; the home reaches it through its environment alone."""
    # The package's own folder is put on the path for the child.
    known = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {
        settings.HOME: str(home),
        settings.DEMO: "1" if is_demo else "0",
        "PYTHONPATH": known,
    }
    command = [sys.executable, "-m", "dashboard.server", "--address", address, "--port", str(port)]
    named = [f"--host={host}" for host in hosts]
    return subprocess.Popen(command + named, env=environment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dashboard", description="Serve the dashboard.")
    parser.add_argument("--home", type=Path, required=True, help="the registry's home")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1", help="listen here (default: local)")
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        help="a host name that browsers use, beside localhost; may be given several times",
    )
    parser.add_argument("--demo", action="store_true", help="pick a persona instead of signing in")
    return parser


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def _pass_on_signals(server: subprocess.Popen[bytes]) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        server.send_signal(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
