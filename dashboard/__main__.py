"""Starts the dashboard's servers: `python -m dashboard --home HOME [--port 8501] [--demo]`.

One serves one core. Where there are more, the proxy in front shares browsers out among them; they
keep nothing that another needs.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dashboard import settings
from sql.secrets import SecretMissing

ROOT = Path(__file__).parents[1]
LOOK_SECONDS = 0.2
Server = subprocess.Popen[bytes]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped. Gives the exit code: 2 for a wrong call, else that of a server's end."""
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
    ports = range(given.port, given.port + given.processes)
    servers = [start(home, given.address, port, is_demo=given.demo, hosts=hosts) for port in ports]
    _pass_on_signals(servers)
    from dashboard import warm  # it loads Streamlit: beside the servers, not before them

    for server, port in zip(servers, ports, strict=True):
        if not warm.up(server, given.address, port):
            return _stopped(servers) or 1
    there = " and ".join(f"http://{given.address}:{port}" for port in ports)
    print(f"Dashboard ready at {there}", flush=True)
    while all(server.poll() is None for server in servers):
        time.sleep(LOOK_SECONDS)
    return _stopped(servers)


def _stopped(servers: Sequence[Server]) -> int:
    """Stop those that still serve: whatever started them starts them all again."""
    ended = next((one.returncode for one in servers if one.poll() is not None), 0)
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait()
    return ended


def start(
    home: Path, address: str, port: int, *, is_demo: bool, hosts: Sequence[str] = ()
) -> Server:
    """A server as a child process; the home reaches it through its environment alone."""
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
    parser.add_argument(
        "--processes",
        type=_some,
        default=1,
        help="how many servers, on this port and the next ones, behind a proxy",
    )
    parser.add_argument("--address", default="127.0.0.1", help="listen here (default: local)")
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        help="a host name that browsers use, beside localhost; may be given several times",
    )
    parser.add_argument("--demo", action="store_true", help="pick a persona instead of signing in")
    return parser


def _some(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("one at least")
    return number


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def _pass_on_signals(servers: Sequence[Server]) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        for server in servers:
            server.send_signal(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
