"""Waits for the server, and opens one session: the first one pays for the imports."""

from __future__ import annotations

import subprocess
import time
from http.client import HTTPConnection, HTTPException

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

PATIENCE_SECONDS = 60.0


def up(server: subprocess.Popen[bytes], address: str, port: int) -> bool:
    """True once the server has drawn its first page; False if it ended or never answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    reached = "127.0.0.1" if address in ("0.0.0.0", "::") else address
    while time.monotonic() < until:
        if server.poll() is not None:
            return False
        if _is_healthy(reached, port):
            return _draws(reached, port, until - time.monotonic())
        time.sleep(0.1)
    return False


def _is_healthy(address: str, port: int) -> bool:
    connection = HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _draws(address: str, port: int, patience: float) -> bool:
    try:
        with connect(
            f"ws://{address}:{port}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            proxy=None,
        ) as socket:
            asked = BackMsg()
            asked.rerun_script.query_string = ""
            socket.send(asked.SerializeToString())
            while True:
                message = ForwardMsg()
                answer = socket.recv(timeout=patience)
                message.ParseFromString(answer if isinstance(answer, bytes) else b"")
                if message.WhichOneof("type") == "script_finished":
                    return True
    except (OSError, WebSocketException, TimeoutError):
        return False
